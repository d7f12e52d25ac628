/* What a model says of its training. */
#include <stdio.h>
#include <string.h>

#include "cli/json.h"

/* The list is [{"name": "mnist", "split": "train", ...}], its training set first. */
bool trained_on(const ScrawlModel *model, char text[TRAINED_ON_SIZE])
{
    json_t *list = json_loads(scrawl_model_info(model)->data, 0, NULL);
    const char *name = json_string_value(json_object_get(json_array_get(list, 0), "name"));
    bool found = name && *name && strlen(name) < TRAINED_ON_SIZE;

    snprintf(text, TRAINED_ON_SIZE, "%s", found ? name : "");
    json_decref(list);
    return found;
}
