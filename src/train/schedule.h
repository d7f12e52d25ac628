/* The learning rate of each step. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include "train/recipe.h"

/* What reduce-on-plateau remembers between epochs: saved in checkpoints. */
typedef struct PlateauState {
    double factor;    /* so far, starts at 1 */
    double best_loss; /* INFINITY at first */
    int bad_epochs;
} PlateauState;

/* epoch from 0, batch from 0 of n_batches. one-cycle: Smith & Topin 2018: up and down by a cosine; cosine: Loshchilov & Hutter 2017, eq. 5, without restarts. */
double schedule_rate(const TrainSection *train, const PlateauState *plateau, int epoch, size_t batch, size_t n_batches);
/* After an epoch, with its validation loss (training loss where there is no validation). */
void schedule_epoch(const TrainSection *train, PlateauState *plateau, double loss);

#endif
