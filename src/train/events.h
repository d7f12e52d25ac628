/* The event file of a run, for TensorBoard (`tensorboard --logdir runs`): the scalars train_loss,
 * train_accuracy, valid_loss, valid_accuracy, learning_rate and images_per_second at each epoch,
 * which is the step. What is not known is left out.
 *
 * A file is a row of records (TensorFlow's TFRecord): length as u64, its checksum, that many bytes,
 * their checksum, all little-endian; a checksum is CRC-32C, rotated right by 15 bits, plus
 * 0xA282EAD8. The bytes are a protocol-buffer message Event (event.proto). The wall time is the
 * only thing in a run folder that tells when it was made; the file's name does not. */
#ifndef TRAIN_EVENTS_H
#define TRAIN_EVENTS_H

#include "scrawl/train.h"

/* TensorBoard looks for "tfevents" in a name. The number is a time in other programs; ours must not
 * depend on it, so that a resumed run finds its file. */
#define EVENTS_FILE "events.out.tfevents.0.scrawl"
#define EVENTS_MAX_FILE ((size_t)64 << 20)

/* Adds the epoch's scalars to the file, which is made where it is missing. IO, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus events_append(const char *path, const ScrawlEpoch *epoch,
                                             ScrawlError *error);

/* Before a resume: keeps the records of steps up to n_epochs that stand before the first corrupted
 * one. A missing file is fine. IO, LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus events_trim(const char *path, int n_epochs, ScrawlError *error);

#endif
