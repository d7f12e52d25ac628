/* Calibrating a model: on what it held out, on other data, by its folds; what it then says of
 * itself; and that it never uses what it has seen. */
#include "../model/describe.h"
#include "bars.h"

#include <math.h>

#include "data/split.h"
#include "eval/evaluate.h"
#include "eval/leakage.h"
#include "scrawl/calibrate.h"
#include "scrawl/ensemble.h"

#define N_FOLDS 4
#define N_IMAGES 2000

typedef struct Fixture {
    char folder[40];
    char data[512]; /* what a model that was trained on train.csv says */
    ScrawlModel *model, *folds[N_FOLDS];
} Fixture;

static const char row[] =
    "[{\"name\":\"train.csv\",\"split\":\"train\",\"use\":\"training\",\"sha256\":\"%s\"},"
    "{\"name\":\"train.csv\",\"split\":\"train\",\"use\":\"validation\",\"sha256\":\"%s\"},"
    "{\"name\":\"evaluated.csv\",\"split\":\"test\",\"use\":\"test\",\"sha256\":\"%064d\"}]";

static ScrawlModel *make_fold(const Fixture *f, int fold)
{
    char recipe[128];
    snprintf(recipe, sizeof recipe,
             "name: m\ndata: {train: train.csv, validation: 0.25, seed: 4, fold: %d}\n", fold);
    return bars_model("m", recipe, f->data);
}

static int setup(void **state)
{
    static Fixture f;
    ScrawlDataset *train;
    f = (Fixture){.folder = "/tmp/scrawl-calibrate-XXXXXX"};
    if (!mkdtemp(f.folder) || chdir(f.folder))
        return -1;
    bars_write("train.csv", 1, N_IMAGES, 0, 10);
    bars_write("other.csv", 2, N_IMAGES, 0, 10);
    bars_write("few.csv", 3, 100, 0, 10);
    if (scrawl_dataset_open(&train, "train.csv", NULL, NULL))
        return -1;
    snprintf(f.data, sizeof f.data, row, train->sha256, train->sha256, 0);
    scrawl_dataset_free(train);
    for (int i = 0; i < N_FOLDS; i++)
        f.folds[i] = make_fold(&f, i);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;
    for (int i = 0; i < N_FOLDS; i++)
        scrawl_model_free(f->folds[i]);
    return remove("train.csv") || remove("other.csv") || remove("few.csv") || chdir("/") ||
           rmdir(f->folder);
}

static int setup_model(void **state)
{
    Fixture *f = *state;
    f->model = make_fold(f, 1);
    return 0;
}

static int teardown_model(void **state)
{
    Fixture *f = *state;
    scrawl_model_free(f->model);
    return 0;
}

static ScrawlCalibration *calibrate(const Fixture *f, const ScrawlCalibrateOptions *options)
{
    ScrawlError error = {0};
    ScrawlCalibration *calibration;
    if (scrawl_model_calibrate(f->model, options, &calibration, &error))
        fail_msg("%s", error.message);
    return calibration;
}

static ScrawlEvaluation *evaluate(const ScrawlModel *model, const char *data, const Split *split)
{
    ScrawlEvaluateOptions options = {.n_threads = 2};
    ScrawlEvaluation *e;
    ScrawlDataset *set;
    assert_int_equal(scrawl_dataset_open(&set, data, NULL, NULL), SCRAWL_STATUS_OK);
    DatasetView view = {set, split ? split->validation : NULL,
                        split ? split->n_validation : set->info.n};
    assert_int_equal(evaluate_view(&e, model, &view, &options, NULL), SCRAWL_STATUS_OK);
    scrawl_dataset_free(set);
    return e;
}

/* What the model then answers is what the calibration said. */
static void test_holdout(void **state)
{
    const Fixture *f = *state;
    ScrawlCalibrateOptions options = {.max_error = 0.05, .n_threads = 1};
    ScrawlCalibration *c = calibrate(f, &options);
    ScrawlDataset *train;
    Split split;
    assert_int_equal(scrawl_dataset_open(&train, "train.csv", NULL, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(split_create(&split, train, &(SplitChoice){0.25, 1, 4}, NULL), 0);
    ScrawlEvaluation *e = evaluate(f->model, "train.csv", &split);
    assert_string_equal(c->data, "train.csv");
    assert_string_equal(c->split, "validation");
    assert_int_equal(c->evaluation->n, split.n_validation);
    assert_memory_equal(c->evaluation->labels, e->labels, e->n * sizeof *e->labels);
    assert_memory_equal(c->evaluation->logits, e->logits, e->n * 10 * sizeof *e->logits);
    assert_true(c->temperature_before == 1 && c->temperature > 1.05);
    assert_true(c->loss < c->loss_before && c->ece < c->ece_before);
    assert_true(c->loss == e->loss && c->ece == e->ece);
    assert_true(f->model->temperature == c->temperature);
    assert_true(f->model->threshold == c->evaluation->threshold && f->model->threshold > 0.1);
    assert_true(scrawl_model_info(f->model)->threshold == f->model->threshold);
    assert_int_equal(e->n_accepted, c->evaluation->n_accepted);
    assert_int_equal(e->n_accepted_errors, c->evaluation->n_accepted_errors);
    assert_true(e->n_accepted_errors > 0 && e->n_accepted < e->n);
    assert_true(c->bound <= 0.05 &&
                c->bound > (double)e->n_accepted_errors / (double)e->n_accepted);
    scrawl_evaluation_free(e);
    scrawl_calibration_free(c);
    split_deinit(&split);
    scrawl_dataset_free(train);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

/* Data and scores in the model; a second calibration takes the place of the first. */
static void test_what_the_model_says(void **state)
{
    const Fixture *f = *state;
    ScrawlModel *model = f->model;
    ScrawlCalibrateOptions options = {.data = "other.csv", .max_error = 0.05};
    set_scores(model, "{\"test\":{\"loss\":1}}");
    ScrawlCalibration *c = calibrate(f, &options);
    assert_string_equal(c->split, "train");
    assert_memory_equal(data_of(model), f->data, strlen(f->data) - 1);
    assert_non_null(strstr(data_of(model), "\"use\":\"calibration\",\"n\":1600,"));
    assert_non_null(strstr(data_of(model), ",\"max_error\":0.05,\"confidence\":0.95}]"));
    assert_null(strstr(scores_of(model), "\"test\""));
    assert_memory_equal(scores_of(model), "{\"other.csv:train\":{\"data\":\"other.csv\"", 38);
    scrawl_calibration_free(c);

    /* Nothing changes but the error bound, which goes. */
    double temperature = model->temperature;
    set_scores(model, "{\"test\":{\"loss\":1}}");
    options.max_error = 0.1;
    options.confidence = 0.9;
    c = calibrate(f, &options);
    assert_true(fabs(c->temperature / temperature - 1) < 1e-9);
    scrawl_calibration_free(c);
    options = (ScrawlCalibrateOptions){0};
    c = calibrate(f, &options);
    assert_true(c->temperature != c->temperature_before && c->bound == 0);
    assert_true(model->threshold == 0);
    assert_int_equal(count(data_of(model), "\"use\":\"calibration\""), 1);
    assert_int_equal(count(data_of(model), "max_error"), 0);
    assert_memory_equal(scores_of(model), "{\"validation\":{\"data\":\"train.csv\"", 33);
    scrawl_calibration_free(c);
}

/* An error bound that was made stays where the temperature is what it was. */
static void test_threshold_is_kept(void **state)
{
    const Fixture *f = *state;
    ScrawlCalibrateOptions options = {.max_error = 0.05};
    scrawl_calibration_free(calibrate(f, &options));
    double threshold = f->model->threshold;
    options.max_error = 0;
    ScrawlCalibration *c = calibrate(f, &options);
    assert_true(c->temperature == c->temperature_before);
    assert_true(f->model->threshold == threshold);
    assert_int_equal(count(data_of(f->model), "\"use\":\"calibration\""), 1);
    assert_non_null(strstr(data_of(f->model), ",\"max_error\":0.05,\"confidence\":0.95}]"));
    scrawl_calibration_free(c);
}

/* The folds' answers on all training images, each by the one that held it out. */
static void test_folds(void **state)
{
    const Fixture *f = *state;
    ScrawlCalibrateOptions options = {
        .max_error = 0.05, .folds = (const ScrawlModel *const *)f->folds, .n_folds = N_FOLDS};
    f->folds[2]->networks->parameters[0] += 1; /* so that folds differ */
    ScrawlCalibration *c = calibrate(f, &options);
    ScrawlDataset *train;
    size_t n = 0, n_train = N_IMAGES * 4 / 5;
    assert_int_equal(scrawl_dataset_open(&train, "train.csv", NULL, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(c->evaluation->n, n_train);
    for (int fold = 0; fold < N_FOLDS; fold++) {
        Split split;
        assert_int_equal(split_create(&split, train, &(SplitChoice){0.25, fold, 4}, NULL), 0);
        ScrawlEvaluation *e = evaluate(f->folds[fold], "train.csv", &split);
        assert_memory_equal(c->evaluation->logits + n * 10, e->logits,
                            e->n * 10 * sizeof *e->logits);
        n += e->n;
        scrawl_evaluation_free(e);
        split_deinit(&split);
    }
    assert_int_equal(n, n_train);
    assert_string_equal(c->split, "validation");
    assert_string_equal(scores_of(f->model), "{}"); /* they are not its own */
    assert_true(f->model->threshold > 0 && f->folds[0]->threshold == 0);
    assert_non_null(strstr(data_of(f->model), ",\"folds\":4,\"max_error\":0.05,"));
    f->folds[2]->networks->parameters[0] -= 1;
    scrawl_calibration_free(c);
    scrawl_dataset_free(train);
}

/* An ensemble calibrates on what all of its members held out. */
static void test_ensemble(void **state)
{
    Fixture *f = *state;
    ScrawlModel *single = f->model, *ensemble;
    const ScrawlModel *same[] = {single, single}, *other[] = {single, f->folds[0]};
    ScrawlCalibrateOptions options = {.max_error = 0.05};
    ScrawlCalibration *c;
    ScrawlError error = {0};
    assert_int_equal(scrawl_ensemble_create(&ensemble, same, 2, NULL, NULL), SCRAWL_STATUS_OK);
    f->model = ensemble;
    c = calibrate(f, &options);
    assert_int_equal(c->evaluation->n, N_IMAGES / 5);
    assert_true(ensemble->temperature > 1 && ensemble->threshold > 0);
    scrawl_calibration_free(c);
    scrawl_model_free(ensemble);
    f->model = single;
    assert_int_equal(scrawl_ensemble_create(&ensemble, other, 2, NULL, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_model_calibrate(ensemble, &options, &c, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_non_null(strstr(error.message, "members 0 and 1 held out different images"));
    scrawl_model_free(ensemble);
}

/* The model stays as it is. */
static void refused(const Fixture *f, const ScrawlCalibrateOptions *options, ScrawlStatus expected,
                    const char *sentence)
{
    ScrawlCalibration *calibration;
    ScrawlError error = {0};
    char *data = mem_string(data_of(f->model));
    ScrawlStatus status = scrawl_model_calibrate(f->model, options, &calibration, &error);
    if (status != expected || !strstr(error.message, sentence))
        fail_msg("expected \"%s\", found %s: %s", sentence, scrawl_status_name(status),
                 error.message);
    assert_null(calibration);
    assert_string_equal(data_of(f->model), data);
    assert_string_equal(scores_of(f->model), "{}");
    assert_true(f->model->temperature == 1 && f->model->threshold == 0);
    mem_free(data);
}

static void test_refusals(void **state)
{
    const Fixture *f = *state;
    ScrawlCalibrateOptions options = {.max_error = 0.6};
    refused(f, &options, SCRAWL_STATUS_USAGE, "at most 0.5, found 0.6");
    options.max_error = -0.1;
    refused(f, &options, SCRAWL_STATUS_USAGE, "found -0.1");
    options = (ScrawlCalibrateOptions){.max_error = 0.05, .confidence = 1};
    refused(f, &options, SCRAWL_STATUS_USAGE, "confidence: expected 0.5 to 0.9999, found 1");
    options = (ScrawlCalibrateOptions){.max_error = 0.05, .n_threads = -1};
    refused(f, &options, SCRAWL_STATUS_USAGE, "threads");
    options = (ScrawlCalibrateOptions){.max_error = 0.01};
    refused(f, &options, SCRAWL_STATUS_MISMATCH,
            "train.csv: 400 images are too few to prove an error bound of 0.01: expected 1000");
    options = (ScrawlCalibrateOptions){.max_error = 0.0065, .data = "other.csv"};
    refused(f, &options, SCRAWL_STATUS_LIMIT, "and the lowest bound is 0.0");
    options.max_error = 0.012; /* proven, had the threshold been fixed before */
    refused(f, &options, SCRAWL_STATUS_LIMIT,
            "other.csv: 1600 images do not prove an error rate "
            "of 0.012: 0 errors among the surest 435 would");
    options.data = "other.csv+few.csv+other.csv";
    refused(f, &options, SCRAWL_STATUS_USAGE, "expected each data set once, found other.csv twice");
    options.data = "train.csv:train";
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "was trained on it, so it cannot calibrate it");
    options.data = "other.csv+train.csv";
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "was trained on it");
    options.data = "nothing.csv";
    refused(f, &options, SCRAWL_STATUS_NOT_FOUND, "nothing.csv");

    /* Its own test set, by name and split or by its bytes; another's test set is data like any. */
    ScrawlModel *model = f->model;
    ScrawlDataset *few;
    char list[256];
    options = (ScrawlCalibrateOptions){.data = "few.csv:test"};
    assert_int_equal(scrawl_dataset_open(&few, "few.csv:test", NULL, NULL), 0);
    snprintf(list, sizeof list,
             "[{\"name\":\"x\",\"split\":\"test\",\"use\":\"test\",\"sha256\":"
             "\"%s\"}]",
             few->sha256);
    set_data(model, list);
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "was evaluated on it, so it cannot calibrate it");
    set_data(model, "[{\"name\":\"few.csv\",\"split\":"
                    "\"test\",\"use\":\"test\",\"sha256\":\"0\"}]");
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "was evaluated on it");
    options.data = "few.csv:all";
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "was evaluated on it");
    options.data = "few.csv";
    scrawl_calibration_free(calibrate(f, &options));
    scrawl_dataset_free(few);
}

/* Weights that were trained on the same data have seen what was then held out of them. */
static void test_initial_weights(void **state)
{
    static const char initial[] =
        "[{\"name\":\"%s\",\"split\":\"train\",\"use\":\"initial %s\"},%s";
    const Fixture *f = *state;
    ScrawlCalibrateOptions options = {.max_error = 0.05};
    char list[1024];
    for (int i = 0; i < 2; i++) {
        snprintf(list, sizeof list, initial, "few.csv+train.csv", i ? "outliers" : "training",
                 f->data + 1);
        set_data(f->model, list);
        refused(f, &options, SCRAWL_STATUS_MISMATCH,
                "train.csv: model m started from weights that "
                "may have learned from what it held out");
    }
    snprintf(list, sizeof list, initial, "other.csv", "training", f->data + 1);
    set_data(f->model, list);
    scrawl_calibration_free(calibrate(f, &options));
}

/* Other cuts of the same forms have images in common with what it was trained on. */
static void test_kin(void **state)
{
    static const struct {
        const char *list, *data;
        ScrawlStatus expected;
    } cases[] = {
        {"[{\"name\":\"mnist\",\"split\":\"train\",\"use\":\"training\"}]", "qmnist:train",
         SCRAWL_STATUS_MISMATCH},
        {"[{\"name\":\"mnist\",\"split\":\"train\",\"use\":\"training\"}]", "emnist-digits:test",
         SCRAWL_STATUS_MISMATCH},
        {"[{\"name\":\"mnist\",\"split\":\"train\",\"use\":\"training\"}]", "qmnist:test",
         SCRAWL_STATUS_OK},
        {"[{\"name\":\"mnist\",\"split\":\"test\",\"use\":\"test\"}]", "emnist-digits:test",
         SCRAWL_STATUS_OK},
        {"[{\"name\":\"own@gone.yaml\",\"split\":\"train\",\"use\":\"training\"}]", "few.csv",
         SCRAWL_STATUS_OK},
    };
    const Fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DataSpec spec;
        ScrawlError error = {0};
        set_data(f->model, cases[i].list);
        assert_int_equal(spec_parse(&spec, cases[i].data, SCRAWL_SPLIT_TRAIN, NULL), 0);
        if (leakage_check(f->model, &spec, "0", "so it cannot calibrate it", &error) !=
            cases[i].expected)
            fail_msg("%s: %s", cases[i].data, error.message);
        if (cases[i].expected)
            assert_non_null(strstr(error.message, "shares images with mnist, on which model m was "
                                                  "trained, so it cannot calibrate it"));
        spec_deinit(&spec);
    }
}

static void test_fold_refusals(void **state)
{
    const Fixture *f = *state;
    const ScrawlModel *two[] = {f->folds[0], f->folds[1]}, *same[] = {f->folds[1], f->folds[1]};
    ScrawlCalibrateOptions options = {.folds = two, .n_folds = 1};
    refused(f, &options, SCRAWL_STATUS_USAGE, "expected 2 to 64 folds, found 1");
    options.n_folds = 2;
    options.data = "other.csv";
    refused(f, &options, SCRAWL_STATUS_USAGE, "no data beside them");
    options = (ScrawlCalibrateOptions){.folds = same, .n_folds = 2};
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "fold 1 held out 400 images that a fold before");

    ScrawlModel *whole = bars_model("m", "data: {train: train.csv, validation: 0}", f->data);
    ScrawlModel *silent = bars_model("m", "", f->data);
    ScrawlModel *changed = bars_model("m", f->folds[1]->info.recipe, "[]");
    options = (ScrawlCalibrateOptions){.folds = two, .n_folds = 2};
    two[1] = whole;
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "the model held no images back");
    two[1] = silent;
    refused(f, &options, SCRAWL_STATUS_RECIPE, "has no recipe in it");
    two[1] = changed;
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "they have changed since");
    model_set_passes(changed, MODEL_COMBINE_AVERAGE, MODEL_TTA_CROSS);
    refused(f, &options, SCRAWL_STATUS_MISMATCH, "fold 1 (m) is not of the same recipe");
    two[1] = f->folds[1];
    ScrawlModel *model = f->model;
    char list[1024];
    snprintf(list, sizeof list, "[{\"name\":\"no.csv\",\"use\":\"outliers\",\"sha256\":\"1\"},%s",
             f->data + 1);
    set_data(model, list);
    refused(f, &options, SCRAWL_STATUS_MISMATCH,
            "fold 0 (m) was not trained on the pictures of no class that model m was trained on");
    set_data(model, "[{\"name\":\"other.csv\",\"split\":"
                    "\"train\",\"use\":\"training\",\"sha256\":\"0\"}]");
    refused(f, &options, SCRAWL_STATUS_MISMATCH,
            "the folds were trained on train.csv, but model m was not");
    scrawl_model_free(whole);
    scrawl_model_free(silent);
    scrawl_model_free(changed);
}

static void test_no_memory(void **state)
{
    const Fixture *f = *state;
    ScrawlCalibrateOptions options = {.max_error = 0.05,
                                      .n_threads = 1,
                                      .folds = (const ScrawlModel *const *)f->folds,
                                      .n_folds = 2};
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        ScrawlCalibration *calibration;
        ScrawlError error = {0};
        mem_fail_at(n);
        status = scrawl_model_calibrate(f->model, &options, &calibration, &error);
        mem_fail_at(0);
        if (status && status != SCRAWL_STATUS_NO_MEMORY)
            fail_msg("allocation %d: %s", (int)n, error.message);
        assert_true(!status || f->model->temperature == 1);
        assert_true(status || n > 60);
        scrawl_calibration_free(calibration);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_model, teardown_model)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_holdout),
        TEST(test_what_the_model_says),
        TEST(test_threshold_is_kept),
        TEST(test_folds),
        TEST(test_ensemble),
        TEST(test_refusals),
        TEST(test_kin),
        TEST(test_initial_weights),
        TEST(test_fold_refusals),
        TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
