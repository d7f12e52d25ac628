/* What `scrawl eval` of data as it is, of corrupted data and of all corruptions share. */
#ifndef CLI_EVAL_H
#define CLI_EVAL_H

#include "cli/bar.h"
#include "cli/json.h"

typedef struct EvalArguments {
    TextList data, noise, clean, ood;
    const char *save_logits, *tta, *baseline;
    int seed;
    bool record, corruptions, json;
} EvalArguments;

typedef struct Evaluate {
    const Globals *globals;
    const EvalArguments *arguments;
    const char *name;              /* of the model, as given */
    ScrawlModel *model, *baseline; /* baseline NULL: none was asked for */
    json_t *list;                  /* what --json will print */
    Bar bar;
} Evaluate;

/* A version of a data set: corrupted, then denoised; NULL: not. */
typedef struct Version {
    const char *noise, *clean;
    const char *corruption; /* NULL: none of them */
    int strength;           /* 1..5; 0: likewise */
} Version;

/* Accuracy where letters and digits that are confusable count as one. */
static inline double eval_merged_accuracy(const ScrawlEvaluation *e)
{
    return (double)(e->n - e->n_merged_errors) / (double)e->n;
}

/* eval_text.c: tables on stdout. */
void eval_print(const ScrawlEvaluation *e, const ScrawlDatasetInfo *data);

/* eval_json.c: an object; NULL: no memory. Of a version, `data` is what it was made from and
 * `evaluated` what the model saw. */
json_t *eval_json(const ScrawlEvaluation *e, const ScrawlDatasetInfo *data, const char *model);
json_t *eval_version_json(const Evaluate *evaluate, const ScrawlEvaluation *e,
                          const ScrawlDataset *data, const ScrawlDataset *evaluated,
                          const Version *version);

/* eval_versions.c: both take a data set's text, open it, print or append to evaluate->list, and
 * return an exit status. */
int eval_noise(Evaluate *evaluate, const char *text);
int eval_corruptions(Evaluate *evaluate, const char *text);

#endif
