/* Beginning with the weights of another model: fine-tuning. */
#ifndef TRAIN_WARM_START_H
#define TRAIN_WARM_START_H

#include "train/trainer.h"

/* Copies the weights and running statistics of the model options->init, layer by layer of the same
 * name, kind and shape, into the fresh state of a run; a last layer for other classes stays as it
 * was drawn, and the log says so. Keeps in trainer->initial what the new model's file will say of
 * it. Writes nothing. MISMATCH: a layer of either side has no counterpart; what scrawl_model_load
 * returns. Does nothing where no model is given. */
SCRAWL_MUST_CHECK ScrawlStatus init_weights(Trainer *trainer, ScrawlError *error);

/* Saves trainer->initial in the run folder, so that a resumed run needs no other model; reads it
 * from there. IO, FORMAT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus init_save(const Trainer *trainer, ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus init_restore(Trainer *trainer, ScrawlError *error);

#endif
