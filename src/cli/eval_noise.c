/* scrawl eval --noise and --clean: one table of all versions of the data. */
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

json_t *eval_version_json(const Evaluate *evaluate, const ScrawlEvaluation *e,
                          const ScrawlDataset *data, const ScrawlDataset *evaluated,
                          const Version *version)
{
    ScrawlDatasetInfo info = *scrawl_dataset_info(data);
    json_t *keys, *value;

    info.sha256 = scrawl_dataset_info(evaluated)->sha256;
    value = eval_json(e, &info, evaluate->name);
    keys = json_pack("{s:o, s:o, s:o, s:o, s:i}", "noise", json_text(version->noise), "clean",
                     json_text(version->clean), "corruption", json_text(version->corruption),
                     "strength", version->strength ? json_integer(version->strength) : json_null(),
                     "seed", evaluate->arguments->seed);
    if (!value || !keys || json_object_update(value, keys)) {
        json_decref(value);
        value = NULL;
    }
    json_decref(keys);
    return value;
}

ScrawlStatus eval_run(Evaluate *evaluate, const ScrawlModel *model, const ScrawlDataset *data,
                      ScrawlEvaluation **evaluation, ScrawlError *error)
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
