/* What stands behind the name of a model: its file, and the data that it was trained on. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

bool is_builtin_model(const char *name)
{
    for (size_t i = 0; scrawl_model_builtin(i); i++)
        if (strcmp(scrawl_model_builtin(i), name) == 0)
            return true;
    return false;
}

bool model_file(const char *name, char path[MODEL_FILE_SIZE])
{
    struct stat info;
    bool folder = stat(name, &info) == 0 && S_ISDIR(info.st_mode);

    return !is_builtin_model(name) && strcmp(name, "-") != 0 &&
           snprintf(path, MODEL_FILE_SIZE, "%s%s", name, folder ? "/model.safetensors" : "") <
               MODEL_FILE_SIZE;
}

/* The training set comes first in a model's list of data. */
bool trained_on(const ScrawlModel *model, char text[TRAINED_ON_SIZE])
{
    const ScrawlModelInfo *info = scrawl_model_info(model);
    const char *name = info->n_data > 0 ? info->data[0].name : "";
    bool found = *name && strlen(name) < TRAINED_ON_SIZE;

    snprintf(text, TRAINED_ON_SIZE, "%s", found ? name : "");
    return found;
}
