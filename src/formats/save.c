#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "formats/format.h"
#include "model/error_bound.h"

/* Of the formats that can be written. */
static const ModelFormat *find_format(const char *name)
{
    const ModelFormat *format;
    for (size_t i = 0; (format = format_get(i)); i++)
        if (format->write && strcmp(format->name, name) == 0)
            return format;
    return NULL;
}

const char *scrawl_model_format(size_t i)
{
    const ModelFormat *format;
    for (size_t row = 0; (format = format_get(row)); row++)
        if (format->write && i-- == 0)
            return format->name;
    return NULL;
}

static ScrawlStatus unknown_format(const char *name, ScrawlError *error)
{
    char list[256] = "";
    size_t used = 0;
    const char *format;
    for (size_t i = 0; (format = scrawl_model_format(i)) && used < sizeof list; i++)
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", format);
    return error_set(error, SCRAWL_STATUS_USAGE, "format: expected one of %s, found %s", list,
                     name);
}

ScrawlStatus scrawl_model_export(const ScrawlModel *model, const char *format, const char *path,
                                 ScrawlError *error)
{
    const ModelFormat *row = find_format(format);
    if (!row)
        return unknown_format(format, error);
    Buffer bytes;
    buffer_init(&bytes, FORMAT_MAX_FILE);
    ScrawlStatus status = row->write(model, &bytes, error);
    if (status)
        status = error_prefix(error, status, "%s", path);
    else
        status = file_write(path, bytes.data, bytes.size, error);
    buffer_deinit(&bytes);
    return status;
}

ScrawlStatus scrawl_model_save(const ScrawlModel *model, const char *path, ScrawlError *error)
{
    return scrawl_model_export(model, "safetensors", path, error);
}

/* Other weights give other answers: what was measured and bounded of the model's is not theirs. */
ScrawlStatus scrawl_model_save_half(const ScrawlModel *model, const char *path, ScrawlError *error)
{
    static char no_scores[] = "{}";
    ScrawlModel half = *model; /* the same arrays: only looked at */
    ScrawlStatus status = SCRAWL_STATUS_OK;
    Buffer data;
    buffer_init(&data, TREE_MAX_TEXT);
    if (!model->half) {
        status = error_bound_drop_all(model->data, &data, error);
        half.data = (char *)data.data;
        half.scores = no_scores;
        half.threshold = 0;
    }
    model_set_half(&half, true);
    if (!status)
        status = scrawl_model_save(&half, path, error);
    buffer_deinit(&data);
    return status;
}
