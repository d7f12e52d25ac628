/* scrawl eval of versions of the data: --noise and --clean in one table, and --corruptions. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/eval.h"

#define NONE "-" /* in the table */

/* A data set's table. */
typedef struct Table {
    Evaluate *evaluate;
    const ScrawlDataset *data;
    size_t base; /* errors of the data as it is */
    int done;    /* rows so far */
    int noise_width, clean_width;
} Table;

static ScrawlStatus eval_run(Evaluate *evaluate, const ScrawlModel *model,
                             const ScrawlDataset *data, ScrawlEvaluation **evaluation,
                             ScrawlError *error)
{
    ScrawlEvaluateOptions options = {.n_threads = evaluate->globals->threads,
                                     .cpu = evaluate->globals->cpu,
                                     .log = &evaluate->bar.log,
                                     .tta = evaluate->arguments->tta};

    return scrawl_evaluate(evaluation, model, data, &options, error);
}

static int longest(const TextList *list, const char *title)
{
    int width = (int)strlen(title);

    for (int i = 0; i < list->n; i++)
        if ((int)strlen(list->items[i]) > width)
            width = (int)strlen(list->items[i]);
    return width;
}

static void print_head(const Table *table)
{
    const ScrawlDatasetInfo *info = scrawl_dataset_info(table->data);
    char n[TEXT_SIZE];

    printf("%s:%s, %s images, seed %d\n\n", info->name, info->split, count_text(n, (double)info->n),
           table->evaluate->arguments->seed);
    printf("%-*s  %-*s  %9s  %7s  %10s  %13s\n", table->noise_width, "noise", table->clean_width,
           "clean", "accuracy", "errors", "difference", "cross-entropy");
}

static void print_row(const Table *table, const ScrawlEvaluation *e, const Version *version)
{
    char accuracy[TEXT_SIZE], errors[TEXT_SIZE], difference[TEXT_SIZE + 1] = "", number[TEXT_SIZE];
    bool fewer = e->n_errors < table->base;

    if (table->done)
        snprintf(difference, sizeof difference, "%s%s",
                 fewer                       ? "-"
                 : e->n_errors > table->base ? "+"
                                             : "",
                 count_text(number, fewer ? (double)(table->base - e->n_errors)
                                          : (double)(e->n_errors - table->base)));
    printf("%-*s  %-*s  %9s  %7s  %10s  %13.4f\n", table->noise_width,
           version->noise ? version->noise : NONE, table->clean_width,
           version->clean ? version->clean : NONE, percent_text(accuracy, e->accuracy),
           count_text(errors, (double)e->n_errors), difference, e->loss);
}

/* `evaluated` is the version, made of table->data. */
static int add_row(Table *table, const ScrawlDataset *evaluated, const Version *version)
{
    Evaluate *evaluate = table->evaluate;
    ScrawlEvaluation *e = NULL;
    ScrawlError error = {0};
    int status = EXIT_SUCCESS;
    bool failed;

    snprintf(evaluate->bar.note, sizeof evaluate->bar.note, "%.30s%s%.30s",
             version->noise ? version->noise : "", version->clean ? " " : "",
             version->clean ? version->clean : "");
    failed = eval_run(evaluate, evaluate->model, evaluated, &e, &error);
    bar_clear(&evaluate->bar);
    if (failed)
        return cli_error(&error);
    if (!table->done)
        table->base = e->n_errors;
    if (!evaluate->arguments->json)
        print_row(table, e, version);
    else if (json_array_append_new(evaluate->list,
                                   eval_version_json(evaluate, e, table->data, evaluated, version)))
        status = cli_fail("no memory for JSON");
    table->done++;
    scrawl_evaluation_free(e);
    return status;
}

/* The rows of one corruption, NULL for none: as it is, then with each denoising. Of the data no
 * more than the original, the corrupted and one denoised are in memory. */
static int add_rows(Table *table, const char *noise)
{
    Evaluate *evaluate = table->evaluate;
    const TextList *clean = &evaluate->arguments->clean;
    ScrawlCorruptionOptions options = {.seed = (uint64_t)evaluate->arguments->seed,
                                       .n_threads = evaluate->globals->threads};
    ScrawlDataset *corrupted = NULL, *denoised = NULL;
    const ScrawlDataset *evaluated = table->data;
    Version version = {.noise = noise};
    ScrawlError error = {0};
    int status;

    if (noise && scrawl_dataset_corrupt(&corrupted, table->data, noise, &options, &error))
        return cli_error(&error);
    evaluated = corrupted ? corrupted : table->data;
    status = add_row(table, evaluated, &version);
    for (int i = 0; i < clean->n && !status; i++) {
        version.clean = clean->items[i];
        if (scrawl_dataset_denoise(&denoised, evaluated, version.clean, options.n_threads, &error))
            status = cli_error(&error);
        else
            status = add_row(table, denoised, &version);
        scrawl_dataset_free(denoised);
    }
    scrawl_dataset_free(corrupted);
    return status;
}

int eval_noise(Evaluate *evaluate, const char *text)
{
    const EvalArguments *given = evaluate->arguments;
    ScrawlDataOptions options = {.split = SCRAWL_SPLIT_TEST, .log = &evaluate->bar.log};
    Table table = {.evaluate = evaluate,
                   .noise_width = longest(&given->noise, "noise"),
                   .clean_width = longest(&given->clean, "clean")};
    ScrawlDataset *data = NULL;
    ScrawlError error = {0};
    ScrawlStatus failed = scrawl_dataset_open(&data, text, &options, &error);
    int status;

    bar_clear(&evaluate->bar);
    if (failed)
        return cli_error(&error);
    table.data = data;
    if (!given->json)
        print_head(&table);
    status = add_rows(&table, NULL);
    for (int i = 0; i < given->noise.n && !status; i++)
        status = add_rows(&table, given->noise.items[i]);
    if (!given->json)
        putchar('\n');
    scrawl_dataset_free(data);
    return status;
}

/* scrawl eval --corruptions: D. Hendrycks, T. Dietterich, "Benchmarking Neural Network Robustness
 * to Common Corruptions and Perturbations", ICLR 2019, section 4, on the fifteen corruptions that
 * are in the spirit of MNIST-C. */

#define N_STRENGTHS SCRAWL_CORRUPTION_STRENGTHS
#define MAX_SPEC 64

/* One corruption's errors, as parts of 1. */
typedef struct Row {
    double model[N_STRENGTHS], baseline[N_STRENGTHS];
} Row;

/* What a data set's table comes to. */
typedef struct Sums {
    double error;            /* of the data as it is */
    double mean, corruption; /* sums over the corruptions: of mean errors; of corruption errors */
    int n;
    json_t *evaluations, *rows; /* NULL without --json */
} Sums;

static double mean_of(const double errors[N_STRENGTHS])
{
    double sum = 0;

    for (int k = 0; k < N_STRENGTHS; k++)
        sum += errors[k];
    return sum / N_STRENGTHS;
}

/* NAN without a baseline, and where the baseline makes no error. */
static double corruption_error(const Evaluate *evaluate, const Row *row)
{
    double base = mean_of(row->baseline);

    return evaluate->baseline && base > 0 ? mean_of(row->model) / base : NAN;
}

static double error_of(const ScrawlEvaluation *e)
{
    return (double)e->n_errors / (double)e->n;
}

/* The error of one model on one version; the first model's evaluation is kept for --json. */
static int evaluate_version(Evaluate *evaluate, const ScrawlModel *model, const ScrawlDataset *data,
                            const ScrawlDataset *evaluated, const Version *version,
                            json_t *evaluations, double *result)
{
    ScrawlEvaluation *e = NULL;
    ScrawlError error = {0};
    int status = EXIT_SUCCESS;

    if (eval_run(evaluate, model, evaluated, &e, &error)) {
        bar_clear(&evaluate->bar);
        return cli_error(&error);
    }
    *result = error_of(e);
    if (evaluations && json_array_append_new(
                           evaluations, eval_version_json(evaluate, e, data, evaluated, version)))
        status = cli_fail("no memory for JSON");
    scrawl_evaluation_free(e);
    return status;
}

/* A corruption at strength k + 1. */
static int evaluate_strength(Evaluate *evaluate, const ScrawlDataset *data,
                             const ScrawlCorruption *corruption, int k, const Sums *sums, Row *row)
{
    ScrawlCorruptionOptions options = {.seed = (uint64_t)evaluate->arguments->seed,
                                       .n_threads = evaluate->globals->threads};
    char spec[MAX_SPEC];
    Version version = {.noise = spec, .corruption = corruption->name, .strength = k + 1};
    ScrawlDataset *corrupted = NULL;
    ScrawlError error = {0};
    int status;

    snprintf(spec, sizeof spec, "%.40s=%.15g", corruption->name, corruption->strengths[k]);
    snprintf(evaluate->bar.note, sizeof evaluate->bar.note, "%.60s", spec);
    if (scrawl_dataset_corrupt(&corrupted, data, spec, &options, &error)) {
        bar_clear(&evaluate->bar);
        return cli_error(&error);
    }
    status = evaluate_version(evaluate, evaluate->model, data, corrupted, &version,
                              sums->evaluations, &row->model[k]);
    if (!status && evaluate->baseline)
        status = evaluate_version(evaluate, evaluate->baseline, data, corrupted, &version, NULL,
                                  &row->baseline[k]);
    scrawl_dataset_free(corrupted);
    return status;
}

static void print_corruptions_head(const Evaluate *evaluate, const ScrawlDatasetInfo *info,
                                   const Sums *sums)
{
    char n[TEXT_SIZE], error[TEXT_SIZE];

    printf("%s:%s, %s images, seed %d; uncorrupted %s wrong\n", info->name, info->split,
           count_text(n, (double)info->n), evaluate->arguments->seed,
           percent_text(error, sums->error));
    if (evaluate->baseline)
        printf("relative to the errors of %s\n", evaluate->arguments->baseline);
    printf("\n%-14s  error in %% at strength\n%-14s", "corruption", "");
    for (int k = 0; k < N_STRENGTHS; k++)
        printf("  %6d", k + 1);
    printf("  %6s%s\n", "mean", evaluate->baseline ? "  relative" : "");
}

static void print_corruption(const Evaluate *evaluate, const char *name, const Row *row)
{
    char relative[TEXT_SIZE];

    printf("%-14s", name);
    for (int k = 0; k < N_STRENGTHS; k++)
        printf("  %6.2f", 100 * row->model[k]);
    printf("  %6.2f", 100 * mean_of(row->model));
    if (evaluate->baseline)
        printf("  %8s", percent_text(relative, corruption_error(evaluate, row)));
    putchar('\n');
    fflush(stdout);
}

static json_t *json_numbers(const double *values)
{
    json_t *list = json_array();

    for (int k = 0; k < N_STRENGTHS; k++)
        json_array_append_new(list, json_number(values[k]));
    return list;
}

static json_t *json_row(const Evaluate *evaluate, const ScrawlCorruption *corruption,
                        const Row *row)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "corruption", corruption->name, "unit",
                     corruption->unit, "strengths", json_numbers(corruption->strengths), "errors",
                     json_numbers(row->model), "mean_error", json_number(mean_of(row->model)),
                     "baseline_errors",
                     evaluate->baseline ? json_numbers(row->baseline) : json_null(),
                     "corruption_error", json_number(corruption_error(evaluate, row)));
}

static int add_corruption(Evaluate *evaluate, const ScrawlDataset *data,
                          const ScrawlCorruption *corruption, Sums *sums)
{
    int status = EXIT_SUCCESS;
    Row row = {0};

    for (int k = 0; k < N_STRENGTHS && !status; k++)
        status = evaluate_strength(evaluate, data, corruption, k, sums, &row);
    bar_clear(&evaluate->bar);
    if (status)
        return status;
    sums->mean += mean_of(row.model);
    sums->corruption += corruption_error(evaluate, &row);
    sums->n++;
    if (!evaluate->arguments->json)
        print_corruption(evaluate, corruption->name, &row);
    else if (json_array_append_new(sums->rows, json_row(evaluate, corruption, &row)))
        status = cli_fail("no memory for JSON");
    return status;
}

static void print_sums(const Evaluate *evaluate, const Sums *sums)
{
    char text[TEXT_SIZE];

    printf("\nmean error             %s\n", percent_text(text, sums->mean / sums->n));
    if (evaluate->baseline)
        printf("mean corruption error  %s of the baseline's\n",
               percent_text(text, sums->corruption / sums->n));
    putchar('\n');
}

/* Takes the lists. */
static json_t *json_sums(const Evaluate *evaluate, const ScrawlDatasetInfo *info, Sums *sums)
{
    json_t *value =
        json_pack("{s:o, s:s, s:I, s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "data",
                  json_text(info->name), "split", info->split, "n", (json_int_t)info->n, "sha256",
                  info->sha256, "model", json_text(evaluate->name), "baseline",
                  json_text(evaluate->arguments->baseline), "seed", evaluate->arguments->seed,
                  "error", json_number(sums->error), "corruptions", sums->rows, "mean_error",
                  json_number(sums->mean / sums->n), "mean_corruption_error",
                  json_number(sums->corruption / sums->n), "evaluations", sums->evaluations);

    sums->rows = sums->evaluations = NULL;
    return value;
}

/* The data as it is, then every corruption; the table is printed row by row. */
static int evaluate_corruptions(Evaluate *evaluate, const ScrawlDataset *data, Sums *sums)
{
    const ScrawlDatasetInfo *info = scrawl_dataset_info(data);
    const Version none = {0};
    const ScrawlCorruption *corruption;
    int status = evaluate_version(evaluate, evaluate->model, data, data, &none, sums->evaluations,
                                  &sums->error);

    bar_clear(&evaluate->bar);
    if (!status && !evaluate->arguments->json)
        print_corruptions_head(evaluate, info, sums);
    for (size_t i = 0; !status && (corruption = scrawl_corruption(i)); i++)
        if (corruption->benchmark)
            status = add_corruption(evaluate, data, corruption, sums);
    if (!status && !evaluate->arguments->json)
        print_sums(evaluate, sums);
    else if (!status && json_array_append_new(evaluate->list, json_sums(evaluate, info, sums)))
        status = cli_fail("no memory for JSON");
    return status;
}

int eval_corruptions(Evaluate *evaluate, const char *text)
{
    ScrawlDataOptions options = {.split = SCRAWL_SPLIT_TEST, .log = &evaluate->bar.log};
    ScrawlDataset *data = NULL;
    ScrawlError error = {0};
    Sums sums = {0};
    int status;

    if (scrawl_dataset_open(&data, text, &options, &error)) {
        bar_clear(&evaluate->bar);
        return cli_error(&error);
    }
    if (evaluate->arguments->json) {
        sums.evaluations = json_array();
        sums.rows = json_array();
    }
    status = evaluate_corruptions(evaluate, data, &sums);
    json_decref(sums.evaluations);
    json_decref(sums.rows);
    scrawl_dataset_free(data);
    return status;
}
