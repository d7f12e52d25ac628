/* Selecting members: the same as by trying all ensembles, on images that nobody has learned from,
 * and never on a test set. Evaluating is of whole models: members, shifts and records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../model/describe.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/split.h"
#include "eval/evaluate.h"
#include "model/model.h"
#include "scrawl/ensemble.h"

#define N_MODELS 5
#define N_IMAGES 400
#define SIDE 8

/* Pictures of ten classes: a bright row, with noise, so that no model is perfect. */
static void write_images(const char *path, unsigned seed, int n)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < n; i++) {
        fprintf(file, "%d", i % 10);
        for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
            seed = seed * 1664525 + 1013904223;
            int noise = (int)(seed >> 24), on = pixel % 10 == i % 10;
            fprintf(file, ",%d", on ? noise / 2 + 60 : noise / 2);
        }
        fprintf(file, "\n");
    }
    assert_int_equal(fclose(file), 0);
}

typedef struct Fixture {
    char folder[32];
    ScrawlModel *models[N_MODELS];
    ScrawlDataset *train;
    Split split;
} Fixture;

static const char recipe[] = "name: m\ndata: {train: train.csv, validation: 0.25, seed: 4}\n";

/* Weights that know the classes' pattern, each model with its own errors and temperature. */
static ScrawlModel *make_model(int number, const char *sha256)
{
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlError error = {0};
    Graph *graph;
    ScrawlModel *model;
    char data[256];
    preprocess.height = preprocess.width = SIDE;
    assert_int_equal(graph_create_json(&graph, "m",
                                       "{\"input\":[1,8,8],\"layers\":[\"flatten\","
                                       "{\"dense\":{\"units\":10}}]}",
                                       NULL),
                     SCRAWL_STATUS_OK);
    if (model_create(&model, graph, &preprocess, names, 10, &error))
        fail_msg("%s", error.message);
    graph_initialize(model->networks->graph, (uint64_t)number + 1, model->networks->parameters,
                     model->networks->state);
    for (int k = 0; k < 10; k++)
        for (int pixel = 0; pixel < SIDE * SIDE; pixel++)
            model->networks->parameters[k * SIDE * SIDE + pixel] *= 4.0f + (float)number;
    for (int k = 0; k < 10; k++)
        for (int pixel = k; pixel < SIDE * SIDE; pixel += 10)
            model->networks->parameters[k * SIDE * SIDE + pixel] += 1.5f;
    model_calibrate(model, 1 + 0.5 * number, 0);
    snprintf(data, sizeof data,
             "[{\"name\":\"train.csv\",\"split\":\"train\","
             "\"use\":\"validation\",\"sha256\":\"%s\"}]",
             sha256);
    assert_int_equal(model_set_text(model, &model->description->name, "m", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(model_set_text(model, &model->description->recipe, recipe, NULL),
                     SCRAWL_STATUS_OK);
    set_data(model, data);
    return model;
}

static int setup(void **state)
{
    static Fixture f;
    f = (Fixture){.folder = "/tmp/scrawl-choose-XXXXXX"};
    ScrawlDataOptions options = {.split = SCRAWL_SPLIT_TRAIN, .seed = 4};
    if (!mkdtemp(f.folder) || chdir(f.folder))
        return -1;
    write_images("train.csv", 1, N_IMAGES);
    write_images("other.csv", 2, 100);
    if (scrawl_dataset_open(&f.train, "train.csv", &options, NULL) ||
        split_create(&f.split, f.train, &(SplitChoice){0.25, 0, 4}, NULL))
        return -1;
    for (int i = 0; i < N_MODELS; i++)
        f.models[i] = make_model(i, f.train->info.sha256);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;
    for (int i = 0; i < N_MODELS; i++)
        scrawl_model_free(f->models[i]);
    split_deinit(&f->split);
    scrawl_dataset_free(f->train);
    return remove("train.csv") || remove("other.csv") || chdir("/") || rmdir(f->folder);
}

static const ScrawlModel *const *models_of(const Fixture *f)
{
    return (const ScrawlModel *const *)f->models;
}

static ScrawlSelection choose(const Fixture *f, const ScrawlSelectOptions *options)
{
    ScrawlError error = {0};
    ScrawlSelection selection;
    if (scrawl_ensemble_select(models_of(f), N_MODELS, options, &selection, &error))
        fail_msg("%s", error.message);
    return selection;
}

/* The loss of an ensemble of some of the models, evaluated as any model is. A single model's logits
 * are before its temperature. */
static double loss_of(const Fixture *f, const int *members, int n,
                      const ScrawlEnsembleOptions *options, size_t *n_errors)
{
    const ScrawlModel *chosen[N_MODELS];
    DatasetView part = {f->train, f->split.validation, f->split.n_validation};
    ScrawlEvaluateOptions evaluate_options = {.n_threads = 2, .cpu = "none"};
    ScrawlEvaluation *evaluation;
    ScrawlModel *ensemble;
    double loss = 0;
    for (int i = 0; i < n; i++)
        chosen[i] = f->models[members[i]];
    assert_int_equal(scrawl_ensemble_create(&ensemble, chosen, n, options, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(evaluate_view(&evaluation, ensemble, &part, &evaluate_options, NULL),
                     SCRAWL_STATUS_OK);
    for (size_t i = 0; i < part.n; i++) {
        double sum = 0;
        size_t truth = evaluation->labels[i];
        assert_int_equal(truth, f->train->labels[part.indices[i]]);
        for (int k = 0; k < 10; k++)
            sum += exp((double)evaluation->logits[i * 10 + (size_t)k] / ensemble->temperature);
        loss += log(sum) - (double)evaluation->logits[i * 10 + truth] / ensemble->temperature;
    }
    *n_errors = evaluation->n_errors;
    scrawl_evaluation_free(evaluation);
    scrawl_model_free(ensemble);
    return loss / (double)part.n;
}

static void check_steps(const Fixture *f, const ScrawlEnsembleOptions *options, int n_first)
{
    ScrawlSelectOptions wish = {
        .n_selected = N_MODELS, .ensemble = *options, .cpu = "none", .n_threads = 1};
    ScrawlSelection selection = choose(f, &wish), again;
    int members[N_MODELS];
    bool taken[N_MODELS] = {false};
    assert_string_equal(selection.data, "train.csv");
    assert_string_equal(selection.split, "validation");
    assert_int_equal(selection.n, f->split.n_validation);
    for (int step = 0; step < N_MODELS; step++) {
        double lowest = INFINITY;
        int best = -1;
        size_t n_errors, errors_of_best = 0;
        for (int i = 0; i < N_MODELS; i++) {
            members[step] = i;
            double loss = taken[i] ? INFINITY : loss_of(f, members, step + 1, options, &n_errors);
            if (loss < lowest) {
                lowest = loss;
                best = i;
                errors_of_best = n_errors;
            }
        }
        /* An ensemble of one does not vote. */
        if (step >= n_first) {
            assert_int_equal(selection.steps[step].model, best);
            assert_true(fabs(selection.steps[step].loss - lowest) < 1e-5);
            assert_int_equal(selection.steps[step].n_errors, errors_of_best);
        }
        members[step] = selection.steps[step].model;
        taken[members[step]] = true;
        if (!options->tta) /* with shifts a member's temperature comes before their mean */
            assert_true(fabs(selection.steps[step].alone -
                             loss_of(f, &members[step], 1, NULL, &n_errors)) < 1e-5);
    }
    wish.n_threads = 3;
    again = choose(f, &wish);
    assert_memory_equal(again.steps, selection.steps, N_MODELS * sizeof selection.steps[0]);
}

static void test_each_step_is_the_best(void **state)
{
    check_steps(*state, &(ScrawlEnsembleOptions){0}, 0);
    check_steps(*state, &(ScrawlEnsembleOptions){.combine = "vote"}, 1);
    check_steps(*state, &(ScrawlEnsembleOptions){.tta = "cross"}, 1);
}

static void test_chosen_ensemble(void **state)
{
    const Fixture *f = *state;
    ScrawlSelectOptions options = {.n_selected = 3, .data = "train.csv", .cpu = "none"};
    ScrawlSelection selection = choose(f, &options);
    ScrawlModel *ensemble;
    char expected[256];
    assert_string_equal(selection.split, "validation"); /* named, but their own */
    assert_int_equal(scrawl_ensemble_create_selected(&ensemble, models_of(f), &selection, 3,
                                                     &options.ensemble, NULL),
                     SCRAWL_STATUS_OK);
    assert_int_equal(ensemble->info.n_members, 3);
    for (int i = 0; i < 3; i++)
        assert_memory_equal(ensemble->networks[i].parameters,
                            f->models[selection.steps[i].model]->networks->parameters, 100);
    snprintf(expected, sizeof expected,
             "{\"validation\":{\"data\":\"train.csv\",\"split\":"
             "\"validation\",\"n\":%zu,\"errors\":%zu,",
             selection.n, selection.steps[2].n_errors);
    assert_memory_equal(scores_of(ensemble), expected, strlen(expected));
    scrawl_model_free(ensemble);
    assert_int_equal(
        scrawl_ensemble_create_selected(&ensemble, models_of(f), &selection, 0, NULL, NULL),
        SCRAWL_STATUS_USAGE);

    options.data = "other.csv:train";
    selection = choose(f, &options);
    assert_string_equal(selection.split, "train");
    assert_int_equal(selection.n, 80);
}

static void refused(const Fixture *f, int n, const ScrawlSelectOptions *options,
                    ScrawlStatus status, const char *sentence)
{
    ScrawlError error = {0};
    ScrawlSelection selection;
    assert_int_equal(scrawl_ensemble_select(models_of(f), n, options, &selection, &error), status);
    if (!strstr(error.message, sentence))
        fail_msg("expected \"%s\" in \"%s\"", sentence, error.message);
}

/* Changes a text of one model for one call. */
/* Model 1 has another recipe, or another list of data, for the time of the call. */
static void refused_with(const Fixture *f, const char *other_recipe, const char *data,
                         ScrawlStatus status, const char *sentence)
{
    ScrawlModel *model = f->models[1];
    char **field = &model->description->recipe;
    char *old_recipe = mem_string(*field), *old_data = mem_string(data_of(model));
    ScrawlSelectOptions options = {.n_selected = 2};
    if (other_recipe)
        assert_int_equal(model_set_text(model, field, other_recipe, NULL), SCRAWL_STATUS_OK);
    if (data)
        set_data(model, data);
    refused(f, N_MODELS, &options, status, sentence);
    assert_int_equal(model_set_text(model, field, old_recipe, NULL), SCRAWL_STATUS_OK);
    set_data(model, old_data);
    mem_free(old_recipe);
    mem_free(old_data);
}

static void test_refusals(void **state)
{
    const Fixture *f = *state;
    ScrawlModel *model = f->models[1];
    ScrawlSelectOptions options = {.n_selected = 6};
    char row[256];
    refused(f, N_MODELS, &options, SCRAWL_STATUS_USAGE, "1 to 5 of 5 models, found 6");
    options.n_selected = 0;
    refused(f, N_MODELS, &options, SCRAWL_STATUS_USAGE, "found 0");
    options.n_selected = 1;
    refused(f, 1, &options, SCRAWL_STATUS_USAGE, "two models or more");
    options.data = "other.csv:test";
    refused(f, N_MODELS, &options, SCRAWL_STATUS_USAGE, "test sets never choose");
    options.data = "other.csv:all";
    refused(f, N_MODELS, &options, SCRAWL_STATUS_USAGE, "test sets never choose");
    options.data = "train.csv:train";
    refused(f, N_MODELS, &options, SCRAWL_STATUS_MISMATCH, "model m was trained on it");
    options.data = "other.csv+train.csv";
    refused(f, N_MODELS, &options, SCRAWL_STATUS_MISMATCH, "model m was trained on it");
    options.data = "nothing.csv";
    refused(f, N_MODELS, &options, SCRAWL_STATUS_NOT_FOUND, "nothing.csv");
    options = (ScrawlSelectOptions){.n_selected = 1, .n_threads = -1};
    refused(f, N_MODELS, &options, SCRAWL_STATUS_USAGE, "threads");
    options = (ScrawlSelectOptions){.n_selected = 1, .ensemble.tta = "x"};
    refused(f, N_MODELS, &options, SCRAWL_STATUS_USAGE, "tta");

    refused_with(f, "", NULL, SCRAWL_STATUS_RECIPE, "has no recipe in it");
    refused_with(f, "data: [", NULL, SCRAWL_STATUS_FORMAT, "m:2:1");
    refused_with(f, "data: {train: train.csv, validation: 0.25}", NULL, SCRAWL_STATUS_MISMATCH,
                 "seed 4 and 0");
    refused_with(f, "data: {train: train.csv, validation: 0.25, seed: 4, fold: 1}", NULL,
                 SCRAWL_STATUS_MISMATCH, "fold 0 and 1");
    refused_with(f, "data: {train: train.csv, seed: 4}", NULL, SCRAWL_STATUS_MISMATCH,
                 "validation 0.25 and 0.1");
    refused_with(f, "data: {train: x.csv, validation: 0.25, seed: 4}", NULL, SCRAWL_STATUS_MISMATCH,
                 "of train.csv and x.csv");
    refused_with(f, NULL, "[]", SCRAWL_STATUS_MISMATCH,
                 "not the data that model 1 (m) was trained on");
    snprintf(row, sizeof row, "[{\"use\":\"training\",\"sha256\":\"%s\"}]", f->train->sha256);
    refused_with(f, NULL, row, SCRAWL_STATUS_MISMATCH, "they have changed since");
    /* The same images under another name, and one that was for evaluation. */
    assert_int_equal(rename("train.csv", "copy.csv"), 0);
    options = (ScrawlSelectOptions){.n_selected = 1, .data = "copy.csv"};
    refused(f, N_MODELS, &options, SCRAWL_STATUS_MISMATCH, "model m was trained on it");
    snprintf(row, sizeof row, "[{\"name\":\"x\",\"use\":\"test\",\"sha256\":\"%s\"}]",
             f->train->sha256);
    ScrawlModel *two[] = {f->models[1], f->models[1]};
    char *was = mem_string(data_of(model));
    ScrawlSelection selection;
    ScrawlError error = {0};
    set_data(model, row);
    assert_int_equal(
        scrawl_ensemble_select((const ScrawlModel *const *)two, 2, &options, &selection, &error),
        SCRAWL_STATUS_MISMATCH);
    assert_non_null(strstr(error.message, "model m was evaluated on it"));
    set_data(model, was);
    mem_free(was);
    assert_int_equal(rename("copy.csv", "train.csv"), 0);
}

static void test_evaluate_shifts_and_record(void **state)
{
    const Fixture *f = *state;
    ScrawlModel *model, *shifted;
    ScrawlEvaluation *plain, *wish, *own;
    ScrawlEvaluateOptions options = {.n_threads = 1, .cpu = "none"};
    ScrawlError error = {0};
    size_t size = sizeof(float) * 10 * f->train->info.n;
    assert_int_equal(scrawl_ensemble_create(&model, models_of(f), 1, NULL, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_ensemble_create(&shifted, models_of(f), 1,
                                            &(ScrawlEnsembleOptions){.tta = "square"}, NULL),
                     SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_evaluate(&plain, model, f->train, &options, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_evaluate(&own, shifted, f->train, &options, NULL), SCRAWL_STATUS_OK);
    options.tta = "square";
    assert_int_equal(scrawl_evaluate(&wish, model, f->train, &options, NULL), SCRAWL_STATUS_OK);
    assert_memory_equal(own->logits, wish->logits, size);
    assert_true(memcmp(own->logits, plain->logits, size) != 0);
    options.tta = "x";
    ScrawlEvaluation *none;
    assert_int_equal(scrawl_evaluate(&none, model, f->train, &options, &error),
                     SCRAWL_STATUS_USAGE);
    assert_null(none);

    assert_int_equal(scrawl_model_record(model, plain, f->train, NULL), SCRAWL_STATUS_OK);
    assert_non_null(strstr(scores_of(model), "{\"train.csv:train\":{\"data\":\"train.csv\""));
    char row[256];
    snprintf(row, sizeof row, "[{\"name\":\"x\",\"use\":\"test\",\"sha256\":\"%s\"}]",
             f->train->sha256);
    set_data(model, row);
    assert_int_equal(scrawl_model_record(model, plain, f->train, NULL), SCRAWL_STATUS_OK);
    assert_non_null(strstr(scores_of(model), ",\"test\":{\"data\":\"train.csv\""));
    scrawl_evaluation_free(plain);
    scrawl_evaluation_free(wish);
    scrawl_evaluation_free(own);
    scrawl_model_free(model);
    scrawl_model_free(shifted);
}

static void test_no_memory(void **state)
{
    const Fixture *f = *state;
    ScrawlSelectOptions options = {.n_selected = 2, .n_threads = 1, .cpu = "none"};
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n += 3) { /* reading the file takes its share of them */
        ScrawlError error = {0};
        ScrawlSelection selection;
        mem_fail_at(n);
        status = scrawl_ensemble_select(models_of(f), 2, &options, &selection, &error);
        mem_fail_at(0);
        if (status && status != SCRAWL_STATUS_NO_MEMORY)
            fail_msg("allocation %d: %s", (int)n, error.message);
        assert_true(status || n > 60);
        assert_true(error.status == status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_step_is_the_best),
        cmocka_unit_test(test_chosen_ensemble),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_evaluate_shifts_and_record),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
