/* scrawl eval --noise and --clean: one table of all versions of the data. */
#include <stdio.h>
#include <string.h>

#include "cli/eval.h"

#define NONE "-" /* in the table */

/* A data set's table. */
typedef struct Table {
    Judge *judge;
    const ScrawlDataset *data;
    size_t base; /* errors of the data as it is */
    int done;    /* rows so far */
    int noise_width, clean_width;
} Table;

json_t *eval_version_json(const Judge *judge, const ScrawlEvaluation *e,
                          const ScrawlDataset *data, const ScrawlDataset *judged,
                          const Version *version)
{
    ScrawlDatasetInfo info = *scrawl_dataset_info(data);
    json_t *keys, *value;

    info.sha256 = scrawl_dataset_info(judged)->sha256;
    value = eval_json(e, &info, judge->name);
    keys = json_pack("{s:o, s:o, s:o, s:o, s:i}", "noise", json_text(version->noise), "clean",
                     json_text(version->clean), "corruption",
                     json_text(version->corruption), "strength",
                     version->strength ? json_integer(version->strength) : json_null(), "seed",
                     judge->arguments->seed);
    if (!value || !keys || json_object_update(value, keys)) {
        json_decref(value);
        value = NULL;
    }
    json_decref(keys);
    return value;
}

ScrawlStatus eval_judge(Judge *judge, const ScrawlModel *model, const ScrawlDataset *data,
                        ScrawlEvaluation **evaluation, ScrawlError *error)
{
    ScrawlJudgeOptions options = {.n_threads = judge->globals->threads,
                                  .cpu = judge->globals->cpu, .log = &judge->bar.log,
                                  .tta = judge->arguments->tta};

    return scrawl_judge(evaluation, model, data, &options, error);
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

    printf("%s:%s, %s images, seed %d\n\n", info->name, info->split,
           count_text(n, (double)info->n), table->judge->arguments->seed);
    printf("%-*s  %-*s  %9s  %7s  %10s  %13s\n", table->noise_width, "noise", table->clean_width,
           "clean", "accuracy", "errors", "difference", "cross-entropy");
}

static void print_row(const Table *table, const ScrawlEvaluation *e, const Version *version)
{
    char accuracy[TEXT_SIZE], errors[TEXT_SIZE], difference[TEXT_SIZE + 1] = "", number[TEXT_SIZE];
    bool fewer = e->n_errors < table->base;

    if (table->done)
        snprintf(difference, sizeof difference, "%s%s",
                 fewer ? "-" : e->n_errors > table->base ? "+" : "",
                 count_text(number, fewer ? (double)(table->base - e->n_errors)
                                          : (double)(e->n_errors - table->base)));
    printf("%-*s  %-*s  %9s  %7s  %10s  %13.4f\n", table->noise_width,
           version->noise ? version->noise : NONE, table->clean_width,
           version->clean ? version->clean : NONE, percent_text(accuracy, e->accuracy),
           count_text(errors, (double)e->n_errors), difference, e->loss);
}

/* `judged` is the version, made of table->data. */
static int add_row(Table *table, const ScrawlDataset *judged, const Version *version)
{
    Judge *judge = table->judge;
    ScrawlEvaluation *e = NULL;
    ScrawlError error = {0};
    int status = EXIT_SUCCESS;
    bool failed;

    snprintf(judge->bar.note, sizeof judge->bar.note, "%.30s%s%.30s",
             version->noise ? version->noise : "", version->clean ? " " : "",
             version->clean ? version->clean : "");
    failed = eval_judge(judge, judge->model, judged, &e, &error);
    bar_clear(&judge->bar);
    if (failed)
        return cli_error(&error);
    if (!table->done)
        table->base = e->n_errors;
    if (!judge->arguments->json)
        print_row(table, e, version);
    else if (json_array_append_new(judge->list,
                                   eval_version_json(judge, e, table->data, judged, version)))
        status = cli_fail("no memory for JSON");
    table->done++;
    scrawl_evaluation_free(e);
    return status;
}

/* The rows of one damage, NULL for none: as it is, then with each cleaning. Of the data no more
 * than the original, the damaged and one cleaned are in memory. */
static int add_rows(Table *table, const char *noise)
{
    Judge *judge = table->judge;
    const TextList *clean = &judge->arguments->clean;
    ScrawlDamageOptions options = {.seed = (uint64_t)judge->arguments->seed,
                                   .n_threads = judge->globals->threads};
    ScrawlDataset *damaged = NULL, *cleaned = NULL;
    const ScrawlDataset *judged = table->data;
    Version version = {.noise = noise};
    ScrawlError error = {0};
    int status;

    if (noise && scrawl_dataset_damage(&damaged, table->data, noise, &options, &error))
        return cli_error(&error);
    judged = damaged ? damaged : table->data;
    status = add_row(table, judged, &version);
    for (int i = 0; i < clean->n && !status; i++) {
        version.clean = clean->items[i];
        if (scrawl_dataset_clean(&cleaned, judged, version.clean, options.n_threads, &error))
            status = cli_error(&error);
        else
            status = add_row(table, cleaned, &version);
        scrawl_dataset_free(cleaned);
    }
    scrawl_dataset_free(damaged);
    return status;
}

int eval_damage(Judge *judge, const char *text)
{
    const EvalArguments *given = judge->arguments;
    ScrawlDataOptions options = {.split = SCRAWL_SPLIT_TEST, .log = &judge->bar.log};
    Table table = {.judge = judge, .noise_width = longest(&given->noise, "noise"),
                   .clean_width = longest(&given->clean, "clean")};
    ScrawlDataset *data = NULL;
    ScrawlError error = {0};
    ScrawlStatus failed = scrawl_dataset_open(&data, text, &options, &error);
    int status;

    bar_clear(&judge->bar);
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
