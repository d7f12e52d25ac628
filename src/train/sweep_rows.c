/* From runs to rows: mean and standard deviation over the seeds, and the order by validation. */
#include <math.h>
#include <stdlib.h>

#include "train/sweep_state.h"

typedef double (*Figure)(const ScrawlTrainResult *result);

static double valid_accuracy(const ScrawlTrainResult *result)
{
    return result->valid_accuracy;
}

static double test_accuracy(const ScrawlTrainResult *result)
{
    return result->test_accuracy;
}

static double test_loss(const ScrawlTrainResult *result)
{
    return result->test_loss;
}

static double seconds(const ScrawlTrainResult *result)
{
    return result->seconds;
}

static bool counts(const ScrawlSweepRun *run)
{
    return run->finished && !run->status;
}

/* In two passes: the squares of accuracies that differ in the fifth digit must not cancel. */
static ScrawlSpread spread(const ScrawlSweepRun *runs, size_t n_runs, Figure figure)
{
    double sum = 0, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < n_runs; i++) {
        sum += counts(&runs[i]) ? figure(&runs[i].result) : 0;
        n += counts(&runs[i]);
    }
    if (n == 0)
        return (ScrawlSpread){NAN, NAN};
    double mean = sum / (double)n;
    for (size_t i = 0; i < n_runs; i++) {
        double distance = counts(&runs[i]) ? figure(&runs[i].result) - mean : 0;
        squares += distance * distance;
    }
    return (ScrawlSpread){mean, n > 1 ? sqrt(squares / (double)(n - 1)) : NAN};
}

static ScrawlSweepRow make_row(size_t point, const ScrawlSweepRun *runs, size_t n_runs)
{
    ScrawlSweepRow row = {
        .point = point,
        .valid_accuracy = spread(runs, n_runs, valid_accuracy),
        .test_accuracy = spread(runs, n_runs, test_accuracy),
        .test_loss = spread(runs, n_runs, test_loss),
        .seconds = spread(runs, n_runs, seconds),
    };
    for (size_t i = 0; i < n_runs; i++) {
        row.n_runs += counts(&runs[i]);
        row.n_diverged += runs[i].finished && !counts(&runs[i]);
    }
    return row;
}

/* What is not known comes last; equals stay in the grid's order. */
static int compare(const void *a, const void *b)
{
    const ScrawlSweepRow *x = a, *y = b;
    double first = x->valid_accuracy.mean, second = y->valid_accuracy.mean;
    if (isnan(first) != isnan(second))
        return isnan(first) ? 1 : -1;
    if (!isnan(first) && first != second)
        return first < second ? 1 : -1;
    return (x->point > y->point) - (x->point < y->point);
}

void sweep_rows_update(ScrawlSweep *sweep)
{
    size_t n_points = sweep->info.n_points, n_seeds = sweep->info.n_runs / n_points;
    sweep->info.n_finished = 0;
    for (size_t i = 0; i < sweep->info.n_runs; i++)
        sweep->info.n_finished += sweep->runs[i].finished;
    for (size_t i = 0; i < n_points; i++)
        sweep->rows[i] = make_row(i, &sweep->runs[i * n_seeds], n_seeds);
    qsort(sweep->rows, n_points, sizeof *sweep->rows, compare);
}
