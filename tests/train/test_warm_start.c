/* Starting from another model: what is copied, what is renewed, what is refused; and a resumed run
 * that needs that model no more. */
#include "../model/describe.h"
#include "run.h"

#include "base/checksum.h"
#include "base/error.h"
#include "model/model.h"
#include "scrawl/ensemble.h"
#include "train/warm_start.h"

/* A trainer of tiny.yaml with changes, up to where init_weights is called. */
typedef struct Fixture {
    TestFolder folder;
    ScrawlRecipe *recipe;
    ScrawlTrainOptions options;
    RunFolder run;
    Trainer trainer;
    char messages[1024]; /* of the log */
    ScrawlLog log;
} Fixture;

static void keep_message(void *context, ScrawlLogLevel level, const char *text)
{
    Fixture *f = context;
    (void)level;
    size_t used = strlen(f->messages);
    snprintf(f->messages + used, sizeof f->messages - used, "%s\n", text);
}

static void open_trainer(Fixture *f, const char *init, const char *const *set)
{
    ScrawlError error = {0};
    f->messages[0] = '\0';
    f->log = (ScrawlLog){.level = SCRAWL_LOG_LEVEL_INFO, .context = f, .message = keep_message};
    f->options = (ScrawlTrainOptions){
        .folder = "other", .n_threads = 1, .cpu = "none", .init = init, .log = &f->log};
    assert_int_equal(scrawl_recipe_load(&f->recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
    for (int i = 0; set && set[i]; i++)
        assert_int_equal(scrawl_recipe_set(f->recipe, set[i], NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_check(f->recipe, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(run_folder_init(&f->run, "other", NULL), SCRAWL_STATUS_OK);
    if (trainer_create(&f->trainer, f->recipe, &f->options, &f->run, &error))
        fail_msg("%s", error.message);
}

static void close_trainer(Fixture *f)
{
    trainer_deinit(&f->trainer);
    run_folder_deinit(&f->run);
    scrawl_recipe_free(f->recipe);
}

/* first/model.safetensors: an epoch of tiny.yaml with another seed. */
static ScrawlModel *train_first(void)
{
    ScrawlModel *model;
    Run run = {.options = {.folder = "first"}, .set = {"train.seed=9", "train.epochs=1"}};
    assert_ok(&run, run_train(&run));
    assert_int_equal(scrawl_model_load(&model, "first", NULL), SCRAWL_STATUS_OK);
    return model;
}

static bool same_tensor(const Fixture *f, const ScrawlModel *model, const char *layer_name, int i)
{
    const Graph *mine = f->trainer.graph, *theirs = model->networks->graph;
    const ParameterTensor *a = &mine->layers[graph_find(mine, layer_name)].tensors[i];
    const ParameterTensor *b = &theirs->layers[graph_find(theirs, layer_name)].tensors[i];
    const TrainState *state = &f->trainer.state;
    const real *to = (a->trainable ? state->parameters : state->state) + a->offset;
    const real *from =
        (b->trainable ? model->networks->parameters : model->networks->state) + b->offset;
    return a->count == b->count && memcmp(to, from, a->count * sizeof *to) == 0;
}

static void test_everything_is_copied(void **state)
{
    (void)state;
    Fixture f = {0};
    ScrawlError error = {0};
    run_enter(&f.folder);
    ScrawlModel *model = train_first();
    /* What no list of ours has is left out. */
    set_data(model, "[{\"other\":[7]},{}]");
    assert_int_equal(scrawl_model_save(model, "first/best.safetensors", NULL), 0);
    open_trainer(&f, "first", NULL);
    assert_false(same_tensor(&f, model, "conv1", 0));
    assert_false(same_tensor(&f, model, "batchnorm1", 2)); /* a running statistic */
    assert_int_equal(init_weights(&f.trainer, &error), SCRAWL_STATUS_OK);
    const TrainState *now = &f.trainer.state;
    assert_memory_equal(now->parameters, model->networks->parameters,
                        now->n_parameters * sizeof(real));
    assert_memory_equal(now->state, model->networks->state, now->n_state * sizeof(real));
    assert_string_equal(f.messages, "init: weights of 3 layers from model tiny\n");
    close_trainer(&f);

    open_trainer(&f, "first", (const char *[]){"preprocessing.mean=0.1", NULL});
    assert_int_equal(init_weights(&f.trainer, &error), SCRAWL_STATUS_OK);
    assert_non_null(strstr(f.messages, "mean and sd are 0.1 and 0.5, model tiny learned with 0.5"));
    close_trainer(&f);
    scrawl_model_free(model);
    folder_leave(&f.folder);
}

/* The layers before the last are the model's, the last one is as it was drawn. */
static void assert_renewed(Fixture *f, const ScrawlModel *model, const char *sentence)
{
    ScrawlError error = {0};
    const Graph *graph = f->trainer.graph;
    const Layer *dense = &graph->layers[graph_find(graph, "dense1")];
    const real *weight = f->trainer.state.parameters + dense->tensors[0].offset;
    size_t size = dense->tensors[0].count * sizeof *weight;
    real *drawn = malloc(size);
    memcpy(drawn, weight, size);
    if (init_weights(&f->trainer, &error))
        fail_msg("%s", error.message);
    assert_memory_equal(weight, drawn, size);
    assert_true(same_tensor(f, model, "conv1", 0) && same_tensor(f, model, "conv1", 1));
    for (int i = 0; i < 4; i++)
        assert_true(same_tensor(f, model, "batchnorm1", i));
    assert_non_null(strstr(f->messages, "init: weights of 2 layers"));
    if (!strstr(f->messages, sentence))
        fail_msg("no \"%s\" in \"%s\"", sentence, f->messages);
    free(drawn);
}

static void test_other_classes_renew_the_last_layer(void **state)
{
    (void)state;
    Fixture f = {0};
    run_enter(&f.folder);
    ScrawlModel *model = train_first();
    Buffer csv = read_bytes("pen.csv");
    FILE *file = fopen("more.csv", "w"); /* two classes more, of a copy of the first pictures */
    assert_non_null(file);
    fwrite(csv.data, 1, csv.size, file);
    for (int i = 0; i < 40; i++) {
        const char *line = buffer_text(&csv), *comma = strchr(line, ',');
        fprintf(file, "%d%.*s\n", 10 + i % 2, (int)strcspn(comma, "\n"), comma);
    }
    assert_int_equal(fclose(file), 0);
    buffer_deinit(&csv);
    open_trainer(&f, "first",
                 (const char *[]){"data.train=more.csv", "network.layers[6].dense.units=12", NULL});
    assert_renewed(&f, model, "the last layer, dense1, is renewed: 12 classes instead of 10");
    close_trainer(&f);

    model->class_names[3][0] = 'x';
    assert_int_equal(scrawl_model_save(model, "named.safetensors", NULL), SCRAWL_STATUS_OK);
    open_trainer(&f, "named.safetensors", NULL);
    assert_renewed(&f, model, "dense1, is renewed: the classes have other names");
    close_trainer(&f);
    scrawl_model_free(model);
    folder_leave(&f.folder);
}

static void refused(Fixture *f, const char *init, const char *set, const char *sentence)
{
    ScrawlError error = {0};
    open_trainer(f, init, (const char *[]){set, NULL});
    assert_int_equal(init_weights(&f->trainer, &error), SCRAWL_STATUS_MISMATCH);
    if (!strstr(error.message, sentence))
        fail_msg("no \"%s\" in \"%s\"", sentence, error.message);
    assert_false(file_exists("other"));
    close_trainer(f);
}

static void test_misfits(void **state)
{
    (void)state;
    Fixture f = {0};
    run_enter(&f.folder);
    ScrawlModel *model = train_first(), *ensemble;
    refused(&f, "first", "network.layers[0].conv2d.channels=5",
            "layer conv1: the recipe expects a weight of 5 x 1 x 3 x 3, model tiny has a weight of "
            "6 x 1 x 3 x 3");
    refused(&f, "first",
            "network.layers[0]={conv2d: {channels: 6, kernel: 3, padding: 1, "
            "name: a}}",
            "has no layer conv1 (conv2d), which model tiny has");
    refused(&f, "first", "network.layers[2]={conv2d: {channels: 6, kernel: 1}}",
            "model tiny has no layer conv2 (conv2d)");
    refused(&f, "first", "network.layers[4]={adaptive_avgpool: {size: 1}}",
            "layer dense1: the recipe expects a weight of 10 x 6, model tiny has a weight of 10 x");
    refused(&f, "first",
            "network.layers[0]={conv2d: {channels: 6, kernel: 3, padding: 1, bias: "
            "false}}",
            "layer conv1: the recipe has a conv2d with 1 tensors, model tiny a conv2d");
    assert_int_equal(
        scrawl_ensemble_create(&ensemble, (const ScrawlModel *[]){model, model}, 2, NULL, NULL),
        SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_model_save(ensemble, "two.safetensors", NULL), SCRAWL_STATUS_OK);
    refused(&f, "two.safetensors", NULL, "is an ensemble of 2 members");
    scrawl_model_free(ensemble);
    scrawl_model_free(model);
    folder_leave(&f.folder);
}

static void test_resumed_without_the_model(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    scrawl_model_free(train_first());
    Run whole = {.options = {.folder = "whole", .init = "first"}};
    assert_ok(&whole, run_train(&whole));
    Run run = {.options = {.folder = "run", .init = "first", .progress_seconds = 1e-9},
               .stop_at = 14};
    assert_int_equal(run_train(&run), SCRAWL_STATUS_INTERRUPTED);

    ScrawlModel *model;
    char sha256[CHECKSUM_TEXT_SIZE];
    Buffer first = read_bytes("first/model.safetensors");
    checksum_sha256(first.data, first.size, sha256);
    buffer_deinit(&first);
    assert_int_equal(remove("first/model.safetensors"), 0);
    Run rest = {.options = {.folder = "run", .resume = true, .n_threads = 2}};
    assert_ok(&rest, run_train(&rest));
    assert_same_file("whole/model.safetensors", "run/model.safetensors");
    assert_int_equal(scrawl_model_load(&model, "run", NULL), SCRAWL_STATUS_OK);
    const char *data = data_of(model);
    assert_non_null(strstr(data, "{\"name\":\"tiny\",\"use\":\"initial weights\""));
    assert_non_null(strstr(data, sha256));
    assert_non_null(strstr(data, "\"use\":\"initial training\",\"n\":"));
    assert_non_null(strstr(data, "\"use\":\"initial validation\",\"n\":"));
    assert_null(strstr(data, "initial test"));
    scrawl_model_free(model);
    folder_leave(&folder);
}

static void test_what_it_started_from_cannot_change(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    scrawl_model_free(train_first());
    static const char *const texts[] = {"[]", "[{\"name\":\"x\"}]", "x"};
    for (size_t i = 0; i < 3; i++) {
        Run run = {
            .options = {.folder = "run", .init = "first", .force = true, .progress_seconds = 1e-9},
            .stop_at = 14};
        assert_int_equal(run_train(&run), SCRAWL_STATUS_INTERRUPTED);
        write_text("run/checkpoint/init.json", texts[i]);
        Run rest = {.options = {.folder = "run", .resume = true}};
        assert_int_equal(run_train(&rest), i < 2 ? SCRAWL_STATUS_MISMATCH : SCRAWL_STATUS_FORMAT);
    }
    /* A new run in its place has started from nothing. */
    Run anew = {.options = {.folder = "run", .force = true}};
    assert_ok(&anew, run_train(&anew));
    assert_false(file_exists("run/checkpoint/init.json"));
    /* And a failure leaves the run that is there. */
    Run wrong = {.options = {.folder = "run", .force = true, .init = "first"},
                 .set = {"network.layers[0].conv2d.channels=5"}};
    assert_int_equal(run_train(&wrong), SCRAWL_STATUS_MISMATCH);
    assert_true(file_exists("run/model.safetensors"));
    Run both = {.options = {.folder = "run", .resume = true, .init = "first"}};
    assert_int_equal(run_train(&both), SCRAWL_STATUS_USAGE);
    folder_leave(&folder);
}

static void test_no_memory(void **state)
{
    (void)state;
    Fixture f = {0};
    run_enter(&f.folder);
    scrawl_model_free(train_first());
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        ScrawlError error = {0};
        open_trainer(&f, "first", NULL);
        mem_fail_at(n);
        status = init_weights(&f.trainer, &error);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 20));
        assert_int_equal(error.status, status);
        close_trainer(&f);
    }
    folder_leave(&f.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_copied),
        cmocka_unit_test(test_other_classes_renew_the_last_layer),
        cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_resumed_without_the_model),
        cmocka_unit_test(test_what_it_started_from_cannot_change),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
