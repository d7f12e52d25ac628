/* What a model says of its training. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* The training set comes first in its list. */
bool trained_on(const ScrawlModel *model, char text[TRAINED_ON_SIZE])
{
    const ScrawlModelInfo *info = scrawl_model_info(model);
    const char *name = info->n_data > 0 ? info->data[0].name : "";
    bool found = *name && strlen(name) < TRAINED_ON_SIZE;

    snprintf(text, TRAINED_ON_SIZE, "%s", found ? name : "");
    return found;
}
