/* --non-digits, of several commands: how sure a model is of pictures of none of its classes. */
#ifndef CLI_STRANGERS_H
#define CLI_STRANGERS_H

#include "cli/bar.h"
#include "cli/json.h"

/* What is asked, and what was found on each data set. {0} and strangers_deinit, which may come
 * without strangers_judge. */
typedef struct Strangers {
    const Globals *globals;
    const ScrawlModel *model;
    const ScrawlEvaluation *known; /* of its own classes */
    const char *tta;               /* NULL: what the model says */
    Bar *bar;
    int n;
    ScrawlDataset *data[CLI_MAX_LIST];
    ScrawlStrangers *found[CLI_MAX_LIST];
} Strangers;

/* Returns an exit status. */
int strangers_judge(Strangers *strangers, const TextList *data);
/* A table; nothing where nothing was asked. */
void strangers_print(const Strangers *strangers);
/* [{data, split, n, auroc, accepted, accepted_share, without_look_alikes, classes}] */
json_t *strangers_json(const Strangers *strangers);
void strangers_deinit(Strangers *strangers);

#endif
