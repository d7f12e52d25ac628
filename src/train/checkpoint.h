/* The state of a run as one file, so that a resumed run continues with exactly the bits that it
 * stopped with. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "base/checksum.h"
#include "train/step.h"

/* What a checkpoint belongs to. */
typedef struct CheckpointKey {
    char recipe[CHECKSUM_TEXT_SIZE]; /* of the recipe's text */
    char data[CHECKSUM_TEXT_SIZE];   /* of the training set */
} CheckpointKey;

/* One safetensors file, whole or not at all. IO, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus checkpoint_write(const char *path, const TrainState *state,
                                                const CheckpointKey *key, ScrawlError *error);
/* Into a state of the same recipe, from train_state_create. NOT_FOUND: no such file. MISMATCH: of
 * another recipe or other data. FORMAT: no checkpoint, or one that is not whole; CHECKSUM: one that
 * is corrupted; the state is then of no more use. IO, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus checkpoint_read(const char *path, TrainState *state,
                                               const CheckpointKey *key, ScrawlError *error);

#endif
