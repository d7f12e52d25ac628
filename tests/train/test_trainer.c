/* The steps of a run from inside: what the outside of scrawl_train cannot tell apart. */
#include "run.h"

#include <math.h>

#include "train/trainer.h"

#define MAX_SEEN (RUN_EPOCHS * RUN_IMAGES)

typedef struct Inside {
    TestFolder place;
    ScrawlRecipe *recipe;
    ScrawlTrainOptions options;
    ScrawlLog log;
    RunFolder folder;
    Trainer trainer;
    /* Labels in the order in which they were trained on. */
    uint16_t seen[MAX_SEEN];
    size_t n_seen;
    double valid_loss[RUN_EPOCHS], train_loss[RUN_EPOCHS];
} Inside;

/* Once a batch: its labels still lie in the trainer. */
static bool see_batch(void *context, const ScrawlProgress *progress)
{
    Inside *inside = context;
    if (strncmp(progress->what, "epoch", 5) != 0)
        return true;
    size_t n = (size_t)progress->done - inside->n_seen % inside->trainer.data.train_view.n;
    assert_true(inside->n_seen + n <= MAX_SEEN);
    for (size_t i = 0; i < n; i++)
        inside->seen[inside->n_seen++] = inside->trainer.step.labels[i];
    return true;
}

static void see_epoch(void *context, const ScrawlEpoch *epoch)
{
    Inside *inside = context;
    inside->valid_loss[epoch->epoch - 1] = epoch->valid_loss;
    inside->train_loss[epoch->epoch - 1] = epoch->train_loss;
}

/* n copies of one picture, one of them with another label. */
static void write_same(const char *path, int n)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < n; i++) {
        fprintf(file, "%d", i ? 3 : 4);
        for (int k = 0; k < 14 * 14; k++)
            fprintf(file, ",%d", k * 37 % 256);
        fprintf(file, "\n");
    }
    assert_int_equal(fclose(file), 0);
}

/* A trainer before its first batch. `set` is NULL-terminated. */
static void begin(Inside *inside, const char *const *set)
{
    *inside = (Inside){.place = {{0}}};
    run_enter(&inside->place);
    write_same("same.csv", 20);
    assert_int_equal(scrawl_recipe_load(&inside->recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
    for (; *set; set++)
        assert_int_equal(scrawl_recipe_set(inside->recipe, *set, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_check(inside->recipe, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(run_folder_init(&inside->folder, "run", NULL), SCRAWL_STATUS_OK);
    inside->log = (ScrawlLog){.context = inside, .progress = see_batch};
    inside->options = (ScrawlTrainOptions){.folder = "run",
                                           .n_threads = 1,
                                           .log = &inside->log,
                                           .progress_seconds = 1e-9,
                                           .epoch = see_epoch,
                                           .epoch_context = inside};
    assert_int_equal(
        trainer_create(&inside->trainer, inside->recipe, &inside->options, &inside->folder, NULL),
        SCRAWL_STATUS_OK);
    assert_int_equal(run_folder_begin(&inside->folder, false, inside->trainer.recipe_text, NULL),
                     SCRAWL_STATUS_OK);
}

static void train(Inside *inside)
{
    while (inside->trainer.state.epoch < RUN_EPOCHS)
        assert_int_equal(trainer_epoch(&inside->trainer, NULL), SCRAWL_STATUS_OK);
}

static void end(Inside *inside)
{
    trainer_deinit(&inside->trainer);
    run_folder_deinit(&inside->folder);
    scrawl_recipe_free(inside->recipe);
    folder_leave(&inside->place);
}

/* Every image once an epoch, in another order each time. */
static void test_order(void **state)
{
    (void)state;
    Inside inside;
    begin(&inside, (const char *const[]){NULL});
    train(&inside);
    size_t n = inside.trainer.data.train_view.n;
    const TrainData *data = &inside.trainer.data;
    assert_int_equal(inside.n_seen, RUN_EPOCHS * n);
    size_t size = n * sizeof inside.seen[0];
    for (int a = 0; a < RUN_EPOCHS; a++) {
        size_t counts[10] = {0};
        for (size_t i = 0; i < n; i++) {
            counts[inside.seen[(size_t)a * n + i]]++;
            counts[data->train->labels[data->train_view.indices[i]]]--;
        }
        for (int i = 0; i < 10; i++)
            assert_int_equal(counts[i], 0);
        for (int b = 0; b < a; b++)
            assert_int_not_equal(
                memcmp(inside.seen + (size_t)a * n, inside.seen + (size_t)b * n, size), 0);
    }
    end(&inside);
}

static double lowest(const double *losses)
{
    return fmin(losses[0], fmin(losses[1], losses[2]));
}

/* The plateau hears of the validation loss; of the training loss only without validation. */
static void test_plateau(void **state)
{
    (void)state;
    Inside inside;
    begin(&inside, (const char *const[]){NULL});
    train(&inside);
    assert_true(inside.trainer.state.plateau.best_loss == lowest(inside.valid_loss));
    end(&inside);
    begin(&inside, (const char *const[]){"data.validation=0", NULL});
    train(&inside);
    assert_true(inside.trainer.state.plateau.best_loss == lowest(inside.train_loss));
    end(&inside);
}

/* Twenty copies of one picture, answers that smoothing makes nearly alike, and a rate that changes
 * nothing: only dropout's masks can make the loss of one epoch differ much from that of another (by
 * 0.04; by 0.002 where the masks are always the same and only the order changes). */
static void test_dropout_goes_on(void **state)
{
    (void)state;
    Inside inside;
    begin(&inside,
          (const char *const[]){"data={train: 'same.csv:all', validation: 0}",
                                "augmentation=", "train.batch=20", "train.learning_rate=1e-12",
                                "train.label_smoothing=0.9", NULL});
    train(&inside);
    assert_true(fabs(inside.train_loss[0] - inside.train_loss[1]) > 0.01);
    assert_true(fabs(inside.train_loss[1] - inside.train_loss[2]) > 0.01);
    end(&inside);
}

static void test_smoothing(void **state)
{
    (void)state;
    Inside inside;
    begin(&inside, (const char *const[]){NULL});
    train(&inside);
    double plain = inside.train_loss[2];
    end(&inside);
    begin(&inside, (const char *const[]){"train.label_smoothing=0.3", NULL});
    train(&inside);
    assert_true(inside.train_loss[2] > plain + 0.1);
    end(&inside);
}

/* Every counter that a checkpoint could lie about. */
static void test_lies(void **state)
{
    (void)state;
    Inside inside;
    begin(&inside, (const char *const[]){NULL});
    assert_int_equal(trainer_epoch(&inside.trainer, NULL), SCRAWL_STATUS_OK);
    TrainState *now = &inside.trainer.state;
    assert_int_equal(trainer_resume(&inside.trainer, NULL), SCRAWL_STATUS_OK);
    uint64_t *const counters[] = {&now->epoch, &now->batch, &now->n_seen, &now->n_correct,
                                  &now->n_steps};
    TrainState good = *now;
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        static const uint64_t lies[] = {1, 1000000, (uint64_t)-1};
        for (size_t k = 0; k < 3; k++) {
            ScrawlError error = {0};
            *now = good;
            *counters[i] += lies[k];
            assert_int_equal(trainer_save(&inside.trainer, NULL), SCRAWL_STATUS_OK);
            assert_int_equal(trainer_resume(&inside.trainer, &error), SCRAWL_STATUS_FORMAT);
            assert_non_null(strstr(error.message, "its counters contradict the recipe"));
        }
    }
    *now = good;
    end(&inside);
}

/* What goes wrong while the model is described is told as what it is. */
static void test_description_too_long(void **state)
{
    (void)state;
    Inside inside;
    ScrawlError error = {0};
    begin(&inside, (const char *const[]){NULL});
    train(&inside);
    for (size_t i = 1; i < PROVENANCE_MAX_ROWS; i++)
        assert_int_equal(provenance_add_data(&inside.trainer.initial,
                                             &(ScrawlDataRow){.initial = true, .n = i}, NULL),
                         SCRAWL_STATUS_OK);
    assert_int_equal(trainer_save_model(&inside.trainer, &error), SCRAWL_STATUS_LIMIT);
    assert_string_equal(error.message, "a model with more than 1000 rows of data");
    end(&inside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_plateau),
        cmocka_unit_test(test_dropout_goes_on),
        cmocka_unit_test(test_smoothing),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_description_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
