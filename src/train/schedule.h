/* The learning rate of each step. Pure functions of the recipe and the place in the run. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include "train/recipe.h"

#define ONE_CYCLE_FIRST_RATE 0.04 /* one-cycle begins at this part of learning_rate */

/* What reduce-on-plateau remembers between epochs: saved in checkpoints. */
typedef struct PlateauState {
    double factor;    /* so far */
    double best_loss; /* infinite at first */
    int bad_epochs;   /* since best_loss or the last cut */
} PlateauState;

void plateau_init(PlateauState *plateau);

/* The rate of one step; epoch from 0, batch from 0 of n_batches. With r the recipe's learning_rate
 * and f its final_rate:
 *   constant   r
 *   step       r * step_factor^floor(epoch / step_epochs)
 *   linear     the same rise as cosine's, then a straight line from r to f r at the last step.
 *   cosine     linear from r/W to r in the first W = warmup * n_batches steps, then
 *              f r + (r - f r) (1 + cos(pi u)) / 2, u from 0 to 1 at the last step.
 *              I. Loshchilov, F. Hutter, "SGDR", ICLR 2017, equation 5, without restarts.
 *   one-cycle  half a cosine from 0.04 r up to r in the first `warmup` of the run, half a cosine
 *              down to f r at the last step. L. Smith, N. Topin, "Super-Convergence", 2018; they
 *              use straight lines, the cosine is fastai's.
 *   plateau    r * plateau->factor, not below minimum_rate. */
double schedule_rate(const TrainSection *train, const PlateauState *plateau, int epoch,
                     size_t batch, size_t n_batches);

/* After an epoch, with its validation loss (training loss where there is no validation). The epoch
 * that makes plateau_patience in a row without a lower loss than the best cuts the rate. */
void schedule_epoch(const TrainSection *train, PlateauState *plateau, double loss);

#endif
