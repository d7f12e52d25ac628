#include "train/schedule.h"

#include <math.h>

#define PI 3.14159265358979323846

/* Half a cosine from `from` at u = 0 to `to` at u = 1. */
static double half_cosine(double from, double to, double u)
{
    return to + (from - to) * (1 + cos(PI * u)) / 2;
}

/* How far step t is on the way from `first` to `last`; 1 where there is no way. */
static double part(double t, double first, double last)
{
    return last > first ? (t - first) / (last - first) : 1;
}

/* A linear rise, and then down to the last rate along a line or half a cosine. */
static double falling_rate(const TrainSection *train, double t, double n_steps, double n_batches)
{
    double rate = train->learning_rate, rise = train->warmup * n_batches;
    if (t < rise)
        return rate * fmin((t + 1) / rise, 1);
    double last = rate * train->final_rate, u = part(t, ceil(rise), n_steps - 1);
    return train->schedule == SCHEDULE_LINEAR ? rate + (last - rate) * u
                                              : half_cosine(rate, last, u);
}

static double one_cycle_rate(const TrainSection *train, double t, double n_steps)
{
    double rate = train->learning_rate, top = floor(train->warmup * (n_steps - 1));
    if (t < top)
        return half_cosine(rate * ONE_CYCLE_FIRST_RATE, rate, part(t, 0, top));
    return half_cosine(rate, rate * train->final_rate, part(t, top, n_steps - 1));
}

void plateau_init(PlateauState *plateau)
{
    *plateau = (PlateauState){.factor = 1, .best_loss = INFINITY};
}

double schedule_rate(const TrainSection *train, const PlateauState *plateau, int epoch,
                     size_t batch, size_t n_batches)
{
    double n = (double)n_batches, t = epoch * n + (double)batch, n_steps = train->epochs * n;
    switch ((Schedule)train->schedule) {
    case SCHEDULE_STEP:
        return train->learning_rate * pow(train->step_factor, epoch / train->step_epochs);
    case SCHEDULE_LINEAR:
    case SCHEDULE_COSINE:
        return falling_rate(train, t, n_steps, n);
    case SCHEDULE_ONE_CYCLE:
        return one_cycle_rate(train, t, n_steps);
    case SCHEDULE_PLATEAU:
        return fmax(train->learning_rate * plateau->factor, train->minimum_rate);
    case SCHEDULE_CONSTANT:
        break;
    }
    return train->learning_rate;
}

void schedule_epoch(const TrainSection *train, PlateauState *plateau, double loss)
{
    if (train->schedule != SCHEDULE_PLATEAU)
        return;
    if (loss < plateau->best_loss) {
        plateau->best_loss = loss;
        plateau->bad_epochs = 0;
    } else if (++plateau->bad_epochs >= train->plateau_patience) {
        plateau->factor *= train->plateau_factor;
        plateau->bad_epochs = 0;
    }
}
