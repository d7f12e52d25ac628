/* scrawl eval --corruptions: D. Hendrycks, T. Dietterich, "Benchmarking Neural Network Robustness
 * to Common Corruptions and Perturbations", ICLR 2019, section 4, on the fifteen damages that are
 * in the spirit of MNIST-C. */
#include <math.h>
#include <stdio.h>

#include "cli/eval.h"

#define N_STRENGTHS SCRAWL_DAMAGE_STRENGTHS
#define MAX_SPEC 64

/* One damage's errors, as parts of 1. */
typedef struct Row {
    double model[N_STRENGTHS], baseline[N_STRENGTHS];
} Row;

/* What a data set's table comes to. */
typedef struct Sums {
    double error;            /* of the data as it is */
    double mean, corruption; /* sums over the damages: of mean errors; of corruption errors */
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
static double corruption_error(const Judge *judge, const Row *row)
{
    double base = mean_of(row->baseline);

    return judge->baseline && base > 0 ? mean_of(row->model) / base : NAN;
}

static double error_of(const ScrawlEvaluation *e)
{
    return (double)e->n_errors / (double)e->n;
}

/* The error of one model on one version; the first model's evaluation is kept for --json. */
static int judge_version(Judge *judge, const ScrawlModel *model, const ScrawlDataset *data,
                         const ScrawlDataset *judged, const Version *version,
                         json_t *evaluations, double *result)
{
    ScrawlEvaluation *e = NULL;
    ScrawlError error = {0};
    int status = EXIT_SUCCESS;

    if (eval_judge(judge, model, judged, &e, &error)) {
        bar_clear(&judge->bar);
        return cli_error(&error);
    }
    *result = error_of(e);
    if (evaluations &&
        json_array_append_new(evaluations, eval_version_json(judge, e, data, judged, version)))
        status = cli_fail("no memory for JSON");
    scrawl_evaluation_free(e);
    return status;
}

/* A damage at strength k + 1. */
static int judge_strength(Judge *judge, const ScrawlDataset *data, const ScrawlDamage *damage,
                          int k, const Sums *sums, Row *row)
{
    ScrawlDamageOptions options = {.seed = (uint64_t)judge->arguments->seed,
                                   .n_threads = judge->globals->threads};
    char spec[MAX_SPEC];
    Version version = {.noise = spec, .corruption = damage->name, .strength = k + 1};
    ScrawlDataset *damaged = NULL;
    ScrawlError error = {0};
    int status;

    snprintf(spec, sizeof spec, "%.40s=%.15g", damage->name, damage->strengths[k]);
    snprintf(judge->bar.note, sizeof judge->bar.note, "%.60s", spec);
    if (scrawl_dataset_damage(&damaged, data, spec, &options, &error)) {
        bar_clear(&judge->bar);
        return cli_error(&error);
    }
    status = judge_version(judge, judge->model, data, damaged, &version, sums->evaluations,
                           &row->model[k]);
    if (!status && judge->baseline)
        status = judge_version(judge, judge->baseline, data, damaged, &version, NULL,
                               &row->baseline[k]);
    scrawl_dataset_free(damaged);
    return status;
}

static void print_head(const Judge *judge, const ScrawlDatasetInfo *info, const Sums *sums)
{
    char n[TEXT_SIZE], error[TEXT_SIZE];

    printf("%s:%s, %s images, seed %d; undamaged %s wrong\n", info->name, info->split,
           count_text(n, (double)info->n), judge->arguments->seed,
           percent_text(error, sums->error));
    if (judge->baseline)
        printf("relative to the errors of %s\n", judge->arguments->baseline);
    printf("\n%-14s  error in %% at strength\n%-14s", "corruption", "");
    for (int k = 0; k < N_STRENGTHS; k++)
        printf("  %6d", k + 1);
    printf("  %6s%s\n", "mean", judge->baseline ? "  relative" : "");
}

static void print_row(const Judge *judge, const char *name, const Row *row)
{
    char relative[TEXT_SIZE];

    printf("%-14s", name);
    for (int k = 0; k < N_STRENGTHS; k++)
        printf("  %6.2f", 100 * row->model[k]);
    printf("  %6.2f", 100 * mean_of(row->model));
    if (judge->baseline)
        printf("  %8s", percent_text(relative, corruption_error(judge, row)));
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

static json_t *json_row(const Judge *judge, const ScrawlDamage *damage, const Row *row)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "corruption", damage->name, "unit",
                     damage->unit, "strengths", json_numbers(damage->strengths), "errors",
                     json_numbers(row->model), "mean_error", json_number(mean_of(row->model)),
                     "baseline_errors",
                     judge->baseline ? json_numbers(row->baseline) : json_null(),
                     "corruption_error", json_number(corruption_error(judge, row)));
}

static int add_damage(Judge *judge, const ScrawlDataset *data, const ScrawlDamage *damage,
                      Sums *sums)
{
    int status = EXIT_SUCCESS;
    Row row = {0};

    for (int k = 0; k < N_STRENGTHS && !status; k++)
        status = judge_strength(judge, data, damage, k, sums, &row);
    bar_clear(&judge->bar);
    if (status)
        return status;
    sums->mean += mean_of(row.model);
    sums->corruption += corruption_error(judge, &row);
    sums->n++;
    if (!judge->arguments->json)
        print_row(judge, damage->name, &row);
    else if (json_array_append_new(sums->rows, json_row(judge, damage, &row)))
        status = cli_fail("no memory for JSON");
    return status;
}

static void print_sums(const Judge *judge, const Sums *sums)
{
    char text[TEXT_SIZE];

    printf("\nmean error             %s\n", percent_text(text, sums->mean / sums->n));
    if (judge->baseline)
        printf("mean corruption error  %s of the baseline's\n",
               percent_text(text, sums->corruption / sums->n));
    putchar('\n');
}

/* Takes the lists. */
static json_t *json_sums(const Judge *judge, const ScrawlDatasetInfo *info, Sums *sums)
{
    json_t *value = json_pack(
        "{s:o, s:s, s:I, s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "data",
        json_text(info->name), "split", info->split, "n", (json_int_t)info->n, "sha256",
        info->sha256, "model", json_text(judge->name), "baseline",
        json_text(judge->arguments->baseline), "seed", judge->arguments->seed, "error",
        json_number(sums->error), "corruptions", sums->rows, "mean_error",
        json_number(sums->mean / sums->n), "mean_corruption_error",
        json_number(sums->corruption / sums->n), "evaluations", sums->evaluations);

    sums->rows = sums->evaluations = NULL;
    return value;
}

/* The data as it is, then every damage; the table is printed row by row. */
static int judge_damages(Judge *judge, const ScrawlDataset *data, Sums *sums)
{
    const ScrawlDatasetInfo *info = scrawl_dataset_info(data);
    const Version none = {0};
    const ScrawlDamage *damage;
    int status = judge_version(judge, judge->model, data, data, &none, sums->evaluations,
                               &sums->error);

    bar_clear(&judge->bar);
    if (!status && !judge->arguments->json)
        print_head(judge, info, sums);
    for (size_t i = 0; !status && (damage = scrawl_damage(i)); i++)
        if (damage->corruption)
            status = add_damage(judge, data, damage, sums);
    if (!status && !judge->arguments->json)
        print_sums(judge, sums);
    else if (!status && json_array_append_new(judge->list, json_sums(judge, info, sums)))
        status = cli_fail("no memory for JSON");
    return status;
}

int eval_corruptions(Judge *judge, const char *text)
{
    ScrawlDataOptions options = {.split = SCRAWL_SPLIT_TEST, .log = &judge->bar.log};
    ScrawlDataset *data = NULL;
    ScrawlError error = {0};
    Sums sums = {0};
    int status;

    if (scrawl_dataset_open(&data, text, &options, &error)) {
        bar_clear(&judge->bar);
        return cli_error(&error);
    }
    if (judge->arguments->json) {
        sums.evaluations = json_array();
        sums.rows = json_array();
    }
    status = judge_damages(judge, data, &sums);
    json_decref(sums.evaluations);
    json_decref(sums.rows);
    scrawl_dataset_free(data);
    return status;
}
