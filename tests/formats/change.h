/* Changes to a model's file, made through the container's own reader and writer, and what reading
 * the changed file says. */
#ifndef TESTS_FORMATS_CHANGE_H
#define TESTS_FORMATS_CHANGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/format.h"
#include "formats/safetensors.h"

typedef void (*Change)(Safetensors *file);

/* For the changes below. */
static const char *key, *value;

/* The value of `key` becomes `value`; NULL: the key is left out. */
static inline void set_metadata(Safetensors *file)
{
    for (size_t i = 0; i < file->n_metadata; i++) {
        if (strcmp(file->metadata[i].key, key) != 0)
            continue;
        if (value)
            file->metadata[i].value = value;
        else
            file->metadata[i] = file->metadata[--file->n_metadata];
        return;
    }
    fail_msg("no %s", key);
}

static inline TensorView *tensor(Safetensors *file, const char *name)
{
    TensorView *found = (TensorView *)(uintptr_t)safetensors_find(file, name);
    assert_non_null(found);
    return found;
}

/* Of the model in `bytes`, which are freed. */
static inline ScrawlStatus read_changed(Buffer bytes, Change change, ScrawlModel **model,
                                        ScrawlError *error)
{
    Buffer changed;
    Safetensors file;
    assert_int_equal(safetensors_parse(&file, "x", bytes.data, bytes.size, NULL), SCRAWL_STATUS_OK);
    change(&file);
    buffer_init(&changed, FORMAT_MAX_FILE);
    assert_int_equal(safetensors_write(&file, &changed, NULL), SCRAWL_STATUS_OK);
    ScrawlStatus status = safetensors_read_model(model, "x", changed.data, changed.size, error);
    buffer_deinit(&changed);
    safetensors_deinit(&file);
    buffer_deinit(&bytes);
    return status;
}

static inline void refuse_changed(Buffer bytes, Change change, ScrawlStatus expected,
                                  const char *sentence)
{
    ScrawlError error = {0};
    ScrawlModel *model;
    ScrawlStatus status = read_changed(bytes, change, &model, &error);
    if (status != expected || error.status != expected || !strstr(error.message, sentence))
        fail_msg("expected \"%s\", found %s: %s", sentence, scrawl_status_name(status),
                 error.message);
    assert_memory_equal(error.message, "x:", 2);
    assert_null(model);
}

#endif
