/* How the library speaks while it works: it never prints, it calls back. */
#ifndef SCRAWL_LOG_H
#define SCRAWL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "scrawl/status.h"

/* From the gravest to the most talkative. */
typedef enum ScrawlLogLevel {
    SCRAWL_LOG_LEVEL_ERROR,
    SCRAWL_LOG_LEVEL_WARNING,
    SCRAWL_LOG_LEVEL_INFO,
    SCRAWL_LOG_LEVEL_DEBUG,
} ScrawlLogLevel;

/* One step of something that takes long. Fields that do not apply are 0; loss and accuracy are NAN
 * where not known yet. The texts live as long as the callback runs. */
typedef struct ScrawlProgress {
    const char *what;      /* "epoch 3/10", "test", "train-images-idx3-ubyte.gz" */
    const char *unit;      /* "images", "bytes" */
    uint64_t done, total;  /* in units; total 0: not known */
    double seconds;        /* since this piece of work began */
    double loss, accuracy; /* of the piece so far; accuracy 0..1 */
    double learning_rate;
} ScrawlProgress;

/* Where messages and progress go. Held by the caller and borrowed by the functions that take it;
 * NULL, or a NULL callback: silence. Callbacks are made only from the thread that called the
 * library. */
typedef struct ScrawlLog {
    ScrawlLogLevel level; /* messages above it are not sent */
    void *context;        /* handed to both callbacks */
    /* `text` is one message without a newline at its end, valid during the call. */
    void (*message)(void *context, ScrawlLogLevel level, const char *text);
    /* Returns true to go on; false asks the work to stop at the next safe point, which then returns
     * SCRAWL_STATUS_INTERRUPTED. */
    bool (*progress)(void *context, const ScrawlProgress *progress);
} ScrawlLog;

#endif
