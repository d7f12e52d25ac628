/* What a model's publisher tells its users, as text. */
#ifndef SCRAWL_CARD_H
#define SCRAWL_CARD_H

#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What no model file says, since nothing in it depends on time or machine. {0} is the default. */
typedef struct ScrawlCardOptions {
    const char *hardware; /* "2 cores of a Xeon"; NULL: not told */
    double hours;         /* of training; 0: those of `run`, or not told */
    const char *run;      /* a run folder, whose metrics.jsonl has the seconds; NULL: none */
} ScrawlCardOptions;

/* A model card in Markdown: intended use, what is out of scope, the network, data, bias and limits,
 * training, scores, hardware and hours: what the model's file says, and what is known of its data
 * and its recipe.
 * M. Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
 * Free with scrawl_free; *markdown is NULL after a failure. options NULL: defaults. NOT_FOUND, IO,
 * FORMAT (the run's metrics), LIMIT, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_model_card(const ScrawlModel *model,
                                                            const ScrawlCardOptions *options,
                                                            char **markdown, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
