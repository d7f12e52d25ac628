/* --ood, of several commands: how sure a model is of pictures of none of its classes. */
#ifndef CLI_OOD_H
#define CLI_OOD_H

#include "cli/bar.h"
#include "cli/json.h"

/* What is asked, and what was found on each data set. {0} and ood_deinit, which may come
 * without ood_evaluate. */
typedef struct Ood {
    const Globals *globals;
    const ScrawlModel *model;
    const ScrawlEvaluation *known; /* of its own classes */
    const char *tta;               /* NULL: what the model says */
    Bar *bar;
    int n;
    ScrawlDataset *data[CLI_MAX_LIST];
    ScrawlOod *found[CLI_MAX_LIST];
} Ood;

/* Returns an exit status. */
int ood_evaluate(Ood *ood, const TextList *data);
/* A table; nothing where nothing was asked. */
void ood_print(const Ood *ood);
/* [{data, split, n, auroc, accepted, accepted_share, without_confusable, classes}] */
json_t *ood_json(const Ood *ood);
void ood_deinit(Ood *ood);

#endif
