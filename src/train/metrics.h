/* metrics.jsonl: one JSON object a line, one line an epoch, with the keys epoch, train_loss,
 * train_accuracy, valid_loss, valid_accuracy, learning_rate, images_per_second, seconds. What is
 * not known is null. */
#ifndef TRAIN_METRICS_H
#define TRAIN_METRICS_H

#include "base/buffer.h"
#include "scrawl/train.h"

#define METRICS_MAX_FILE ((size_t)64 << 20)

/* The line of one epoch, its newline included, at the end of `out`. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus metrics_write(const ScrawlEpoch *epoch, Buffer *out);
/* Adds it to the file. IO, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus metrics_append(const char *path, const ScrawlEpoch *epoch,
                                              ScrawlError *error);

/* Before a resume: keeps the lines of epochs 1..n_epochs. Lines of later epochs, which will be
 * trained again, and what a crash left of a line go. A missing file is fine. IO, LIMIT,
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus metrics_trim(const char *path, int n_epochs, ScrawlError *error);

/* The whole file, in the order of its lines; NAN for what is null or not there, and 0 for what the
 * file never has. A last line without its newline, which a crash left or somebody is writing, does
 * not count. *epochs is freed with mem_free, and NULL after a failure. NOT_FOUND; FORMAT: the
 * sentence names the line; IO, LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus metrics_read(const char *path, ScrawlEpoch **epochs,
                                            size_t *n_epochs, ScrawlError *error);

#endif
