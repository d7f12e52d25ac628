#include "formats/format.h"

#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/onnx.h"
#include "formats/safetensors.h"

static const ModelFormat formats[] = {
    {"safetensors", "Scrawl's own: weights, network, preprocessing and classes in one file",
     safetensors_matches, safetensors_read_model, safetensors_write_model},
    {"onnx", "for ONNX Runtime and other programs: weights and network, operator set 17", NULL,
     NULL, onnx_write_model},
};

const ModelFormat *format_get(size_t i)
{
    return i < sizeof formats / sizeof *formats ? &formats[i] : NULL;
}

#define BUILTIN_FOLDER "models/"
#define RUN_FOLDER_MODEL "model.safetensors"

/* The next built-in model from the embedded file *i on; *i is moved behind it. NULL: no more. */
static const EmbeddedFile *next_builtin(size_t *i)
{
    const EmbeddedFile *file;
    while ((file = embedded_get((*i)++)))
        if (strncmp(file->path, BUILTIN_FOLDER, strlen(BUILTIN_FOLDER)) == 0)
            return file;
    return NULL;
}

const char *scrawl_model_builtin(size_t i)
{
    size_t next = 0;
    const EmbeddedFile *file = next_builtin(&next);
    for (; file && i > 0; i--)
        file = next_builtin(&next);
    return file ? file->name : NULL;
}

static const EmbeddedFile *find_builtin(const char *name)
{
    size_t next = 0;
    const EmbeddedFile *file;
    while ((file = next_builtin(&next)))
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

/* "built-in models are chars, digits", or that there are none. */
static ScrawlStatus not_found(const char *name, ScrawlError *error)
{
    char list[256] = "there are no built-in models";
    size_t next = 0, used = 0;
    const EmbeddedFile *file;
    while ((file = next_builtin(&next)) && used < sizeof list) {
        const char *before = used == 0 ? "built-in models are " : ", ";
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", before, file->name);
    }
    return error_set(error, SCRAWL_STATUS_NOT_FOUND, "%s: no such model file; %s", name, list);
}

static ScrawlStatus read_bytes(ScrawlModel **model, const char *name, const uint8_t *bytes,
                               size_t size, ScrawlError *error)
{
    const ModelFormat *format;
    for (size_t i = 0; (format = format_get(i)); i++)
        if (format->read && format->matches(bytes, size))
            return format->read(model, name, bytes, size, error);
    return error_set(error, SCRAWL_STATUS_FORMAT, "%s: expected a model (safetensors), found %s",
                     name, size == 0 ? "an empty file" : "another kind of file");
}

static ScrawlStatus read_file(ScrawlModel **model, const char *path, ScrawlError *error)
{
    Buffer bytes;
    buffer_init(&bytes, FORMAT_MAX_FILE);
    ScrawlStatus status = file_read(path, &bytes, error);
    if (!status)
        status = read_bytes(model, path, bytes.data, bytes.size, error);
    buffer_deinit(&bytes);
    return status;
}

ScrawlStatus scrawl_model_load(ScrawlModel **model, const char *name, ScrawlError *error)
{
    *model = NULL;
    const EmbeddedFile *builtin = find_builtin(name);
    if (builtin)
        return read_bytes(model, name, builtin->data, builtin->size, error);
    if (folder_exists(name)) {
        char *path = path_join(name, RUN_FOLDER_MODEL);
        if (!path)
            return error_no_memory(error, "a file's name");
        ScrawlStatus status = read_file(model, path, error);
        mem_free(path);
        return status;
    }
    if (strcmp(name, "-") != 0 && !file_exists(name))
        return not_found(name, error);
    return read_file(model, name, error);
}

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

ScrawlStatus scrawl_model_save_half(const ScrawlModel *model, const char *path, ScrawlError *error)
{
    ScrawlModel *half;
    if (model->half)
        return scrawl_model_save(model, path, error);
    ScrawlStatus status = model_create_half(&half, model, error);
    if (status)
        return status;
    status = scrawl_model_save(half, path, error);
    scrawl_model_free(half);
    return status;
}
