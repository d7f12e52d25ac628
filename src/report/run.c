#include "report/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "eval/evaluate.h"
#include "eval/statistics.h"
#include "model/model.h"
#include "train/metrics.h"

double run_seconds(const Run *run)
{
    double sum = 0;
    for (size_t i = 0; i < run->n_epochs; i++)
        sum += run->epochs[i].seconds > 0 ? run->epochs[i].seconds : 0;
    return sum;
}

static ScrawlStatus read_recipe(Run *run, const RunFolder *files, ScrawlError *error)
{
    ScrawlStatus status = scrawl_recipe_load(&run->recipe, files->recipe, error);
    if (status == SCRAWL_STATUS_NOT_FOUND)
        return error_set(error, status,
                         "%s: expected the folder of a run or a sweep, found no recipe.yaml and no "
                         "results.json in it",
                         run->folder);
    if (!status)
        status = scrawl_recipe_check(run->recipe, error);
    return status ? status : scrawl_recipe_text(run->recipe, &run->recipe_text, error);
}

static void read_score(const ScrawlModelInfo *info, const char *key, RunScore *out)
{
    for (int i = 0; i < info->n_scores; i++) {
        const ScrawlScore *score = &info->scores[i];
        if (strcmp(score->key, key) != 0 || score->n == 0)
            continue;
        out->n = score->n;
        out->n_errors = score->n_errors;
        out->accuracy = 1 - (double)score->n_errors / (double)score->n;
        out->loss = score->loss;
        out->interval = wilson_interval(score->n - score->n_errors, score->n);
    }
}

static ScrawlStatus read_model(Run *run, const RunFolder *files, ScrawlError *error)
{
    if (!file_exists(files->model))
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = scrawl_model_load(&run->model, files->model, error);
    if (status)
        return status;
    read_score(scrawl_model_info(run->model), "test", &run->test);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus run_open(Run *run, const char *folder, const ScrawlReportOptions *options,
                      ScrawlError *error)
{
    RunFolder files;
    *run = (Run){.folder = folder, .test = {.accuracy = NAN, .loss = NAN}};
    ScrawlStatus status = run_folder_init(&files, folder, error);
    if (!status)
        status = read_recipe(run, &files, error);
    if (!status && file_exists(files.metrics))
        status = metrics_read(files.metrics, &run->epochs, &run->n_epochs, error);
    if (!status)
        status = read_model(run, &files, error);
    if (!status && run->model)
        status = evaluated_open(&run->evaluated, run->model, run->recipe, options, error);
    run_folder_deinit(&files);
    if (status)
        run_close(run);
    return status;
}

void run_close(Run *run)
{
    if (!run)
        return;
    evaluated_close(&run->evaluated);
    scrawl_model_free(run->model);
    mem_free(run->epochs);
    scrawl_free(run->recipe_text);
    scrawl_recipe_free(run->recipe);
    *run = (Run){0};
}

typedef struct Source {
    const ScrawlModel *model;
    const ScrawlRecipe *recipe;
    const ScrawlReportOptions *options;
} Source;

static ScrawlSplit split_of(const ScrawlDataRow *row)
{
    return strcmp(row->split, "train") == 0 ? SCRAWL_SPLIT_TRAIN
           : strcmp(row->split, "all") == 0 ? SCRAWL_SPLIT_ALL
                                            : SCRAWL_SPLIT_TEST;
}

static ScrawlStatus open_data(Evaluated *evaluated, const Source *source, const char *text,
                              ScrawlSplit split, ScrawlError *error)
{
    ScrawlDataOptions data_options = {.split = split,
                                      .data_folder = source->options->data_folder,
                                      .no_download = !source->options->data,
                                      .seed = (uint64_t)source->recipe->data.seed,
                                      .log = source->options->log};
    ScrawlStatus status = scrawl_dataset_open(&evaluated->dataset, text, &data_options, error);
    if (!status)
        evaluated->view = (DatasetView){evaluated->dataset, NULL, evaluated->dataset->info.n};
    return status;
}

static ScrawlStatus evaluate(Evaluated *evaluated, const Source *source, ScrawlError *error)
{
    const ScrawlEvaluateOptions evaluate_options = {.n_threads = source->options->n_threads,
                                                    .cpu = source->options->cpu,
                                                    .log = source->options->log};
    return evaluate_view(&evaluated->evaluation, source->model, &evaluated->view, &evaluate_options,
                         error);
}

/* The data may be others by now than those that the model's file names. */
static void compare_sum(Evaluated *evaluated, const ScrawlDataRow *row)
{
    const ScrawlDatasetInfo *info = &evaluated->dataset->info;
    size_t used = strlen(evaluated->note);
    if (strcmp(row->sha256, info->sha256) != 0)
        snprintf(evaluated->note + used, sizeof evaluated->note - used,
                 "%sThe data of %.200s:%s have changed since the training: their checksum is not "
                 "the one in the model's file.",
                 used ? " " : "", info->name, info->split);
}

static ScrawlStatus evaluate_test(Evaluated *evaluated, const Source *source,
                                  const ScrawlDataRow *row, ScrawlError *error)
{
    ScrawlStatus status = open_data(evaluated, source, row->name, split_of(row), error);
    if (!status)
        compare_sum(evaluated, row);
    return status ? status : evaluate(evaluated, source, error);
}

static ScrawlStatus evaluate_holdout(Evaluated *evaluated, const Source *source,
                                     const ScrawlDataRow *row, ScrawlError *error)
{
    const DataSection *section = &source->recipe->data;
    const SplitChoice choice = recipe_split(section);
    ScrawlStatus status = open_data(evaluated, source, section->train, SCRAWL_SPLIT_TRAIN, error);
    if (!status)
        status = split_create(&evaluated->split, evaluated->dataset, &choice, error);
    if (status)
        return status;
    evaluated->holdout = true;
    evaluated->view = (DatasetView){evaluated->dataset, evaluated->split.validation,
                                    evaluated->split.n_validation};
    snprintf(evaluated->note, sizeof evaluated->note,
             "The run has no test set. What follows is of the images that were held out for "
             "validation, which the training may have been steered by.");
    compare_sum(evaluated, row);
    return evaluate(evaluated, source, error);
}

static ScrawlStatus evaluate_own(Evaluated *evaluated, const Source *source, ScrawlError *error)
{
    const Provenance *provenance = &source->model->description->provenance;
    const ScrawlDataRow *test = provenance_find(provenance, SCRAWL_DATA_USE_TEST);
    const ScrawlDataRow *validation = provenance_find(provenance, SCRAWL_DATA_USE_VALIDATION);
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (test)
        status = evaluate_test(evaluated, source, test, error);
    else if (validation)
        status = evaluate_holdout(evaluated, source, validation, error);
    else
        snprintf(evaluated->note, sizeof evaluated->note,
                 "The run has neither a test set nor images held out for validation: nothing was "
                 "evaluated. --data D names a data set.");
    return status;
}

/* What is not at hand is told on the page instead. */
static ScrawlStatus forgive(Evaluated *evaluated, ScrawlStatus status, const ScrawlError *why,
                            ScrawlError *error)
{
    if (status == SCRAWL_STATUS_NO_MEMORY || status == SCRAWL_STATUS_INTERRUPTED ||
        status == SCRAWL_STATUS_USAGE || status == SCRAWL_STATUS_UNSUPPORTED)
        return error_set(error, status, "%s", why->message);
    evaluated_close(evaluated);
    snprintf(evaluated->note, sizeof evaluated->note,
             "The data are not at hand, so nothing was evaluated: "
             "%s. --data D names a data set.",
             why->message);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus evaluated_open(Evaluated *evaluated, const ScrawlModel *model,
                            const ScrawlRecipe *recipe, const ScrawlReportOptions *options,
                            ScrawlError *error)
{
    const Source source = {model, recipe, options};
    ScrawlError why = {0};
    ScrawlStatus status;
    *evaluated = (Evaluated){0};
    if (options->data) {
        status = open_data(evaluated, &source, options->data, SCRAWL_SPLIT_TEST, error);
        if (!status)
            status = evaluate(evaluated, &source, error);
    } else {
        status = evaluate_own(evaluated, &source, &why);
        status = status ? forgive(evaluated, status, &why, error) : status;
        if (!status && evaluated->note[0])
            log_message(options->log, SCRAWL_LOG_LEVEL_WARNING, "%s", evaluated->note);
    }
    if (status)
        evaluated_close(evaluated);
    return status;
}

void evaluated_close(Evaluated *evaluated)
{
    if (!evaluated)
        return;
    scrawl_evaluation_free(evaluated->evaluation);
    split_deinit(&evaluated->split);
    scrawl_dataset_free(evaluated->dataset);
    *evaluated = (Evaluated){0};
}
