#include "train/metrics.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/tree.h"

static ScrawlStatus write_field(Buffer *out, const char *key, double value)
{
    ScrawlStatus status = buffer_print(out, "%s\"%s\":", strcmp(key, "epoch") ? "," : "{", key);
    return status ? status : json_write_number(value, out);
}

ScrawlStatus metrics_write(const ScrawlEpoch *epoch, Buffer *out)
{
    const struct {
        const char *key;
        double value;
    } fields[] = {
        {"epoch", epoch->epoch},
        {"train_loss", epoch->train_loss},
        {"train_accuracy", epoch->train_accuracy},
        {"valid_loss", epoch->valid_loss},
        {"valid_accuracy", epoch->valid_accuracy},
        {"learning_rate", epoch->learning_rate},
        {"images_per_second", epoch->images_per_second},
        {"seconds", epoch->seconds},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        ScrawlStatus status = write_field(out, fields[i].key, fields[i].value);
        if (status)
            return status;
    }
    return buffer_print(out, "}\n");
}

ScrawlStatus metrics_append(const char *path, const ScrawlEpoch *epoch, ScrawlError *error)
{
    Buffer line;
    buffer_init(&line, METRICS_MAX_FILE);
    ScrawlStatus status = metrics_write(epoch, &line);
    status = status ? error_no_memory(error, "a line of metrics")
                    : file_append(path, line.data, line.size, error);
    buffer_deinit(&line);
    return status;
}

/* The epoch that a line is about; 0 where it is no line of ours. */
static long long line_epoch(const char *text, size_t size)
{
    Tree tree;
    long long epoch = 0;
    if (json_parse(&tree, "metrics", text, size, NULL))
        return 0;
    (void)tree_as_int(tree_get(tree.root, "epoch"), &epoch);
    tree_deinit(&tree);
    return epoch;
}

static ScrawlStatus copy_lines(const Buffer *all, int n_epochs, Buffer *kept)
{
    const char *line = buffer_text(all), *end;
    for (; (end = strchr(line, '\n')); line = end + 1) {
        size_t size = (size_t)(end - line);
        long long epoch = line_epoch(line, size);
        if (epoch < 1 || epoch > n_epochs)
            continue;
        ScrawlStatus status = buffer_append(kept, line, size + 1);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

ScrawlStatus metrics_trim(const char *path, int n_epochs, ScrawlError *error)
{
    if (!file_exists(path))
        return SCRAWL_STATUS_OK;
    Buffer all, kept;
    buffer_init(&all, METRICS_MAX_FILE);
    buffer_init(&kept, METRICS_MAX_FILE);
    ScrawlStatus status = file_read(path, &all, error);
    if (!status && copy_lines(&all, n_epochs, &kept))
        status = error_no_memory(error, "the metrics of earlier epochs");
    if (!status && kept.size != all.size)
        status = file_write(path, buffer_text(&kept), kept.size, error);
    buffer_deinit(&kept);
    buffer_deinit(&all);
    return status;
}

static double read_field(const TreeNode *line, const char *key)
{
    double value;
    return tree_as_double(tree_get(line, key), &value) ? value : NAN;
}

static ScrawlStatus read_line(const char *path, size_t number, const char *text, size_t size,
                              ScrawlEpoch *epoch, ScrawlError *error)
{
    Tree tree;
    long long count = 0;
    ScrawlStatus status = json_parse(&tree, path, text, size, error);
    if (status == SCRAWL_STATUS_NO_MEMORY)
        return status;
    if (!status)
        (void)tree_as_int(tree_get(tree.root, "epoch"), &count);
    if (count < 1 || count > INT_MAX) {
        tree_deinit(&tree);
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s:%zu: expected the figures of an epoch as JSON", path, number);
    }
    *epoch = (ScrawlEpoch){
        .epoch = (int)count,
        .train_loss = read_field(tree.root, "train_loss"),
        .train_accuracy = read_field(tree.root, "train_accuracy"),
        .valid_loss = read_field(tree.root, "valid_loss"),
        .valid_accuracy = read_field(tree.root, "valid_accuracy"),
        .learning_rate = read_field(tree.root, "learning_rate"),
        .images_per_second = read_field(tree.root, "images_per_second"),
        .seconds = read_field(tree.root, "seconds"),
    };
    tree_deinit(&tree);
    return SCRAWL_STATUS_OK;
}

static size_t count_lines(const Buffer *all)
{
    size_t n = 0;
    for (size_t i = 0; i < all->size; i++)
        n += all->data[i] == '\n';
    return n;
}

static ScrawlStatus read_lines(const char *path, const Buffer *all, ScrawlEpoch *epochs, size_t n,
                               ScrawlError *error)
{
    const char *line = buffer_text(all), *stop = line + all->size;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (size_t i = 0; i < n && !status; i++) {
        const char *end = memchr(line, '\n', (size_t)(stop - line));
        status = read_line(path, i + 1, line, (size_t)(end - line), &epochs[i], error);
        line = end + 1;
    }
    return status;
}

ScrawlStatus metrics_read(const char *path, ScrawlEpoch **epochs, size_t *n_epochs,
                          ScrawlError *error)
{
    Buffer all;
    *epochs = NULL;
    *n_epochs = 0;
    buffer_init(&all, METRICS_MAX_FILE);
    ScrawlStatus status = file_read_regular(path, &all, error);
    size_t n = count_lines(&all);
    ScrawlEpoch *read = status ? NULL : mem_alloc_zero(n, sizeof *read);
    if (!status && !read)
        status = error_no_memory(error, "the figures of a run's epochs");
    if (!status)
        status = read_lines(path, &all, read, n, error);
    buffer_deinit(&all);
    if (status) {
        mem_free(read);
        return status;
    }
    *epochs = read;
    *n_epochs = n;
    return SCRAWL_STATUS_OK;
}
