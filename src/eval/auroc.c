#include "eval/auroc.h"

#include <stdlib.h>

static int by_score(const void *a, const void *b)
{
    double x = ((const ScoredSample *)a)->score, y = ((const ScoredSample *)b)->score;
    return (x > y) - (x < y);
}

/* The end of those that score as the first of them, and how many of these are positive. */
static size_t find_equals(const ScoredSample *samples, size_t n, size_t first, size_t *n_positive)
{
    size_t end = first;
    *n_positive = 0;
    while (end < n && samples[end].score == samples[first].score)
        *n_positive += samples[end++].positive;
    return end;
}

double auroc(ScoredSample *samples, size_t n)
{
    double pairs = 0, below = 0, above = 0; /* won pairs; negatives and positives met so far */
    qsort(samples, n, sizeof *samples, by_score);
    for (size_t first = 0, end; first < n; first = end) {
        size_t n_positive;
        end = find_equals(samples, n, first, &n_positive);
        double equal = (double)(end - first - n_positive);
        pairs += (double)n_positive * (below + equal / 2);
        below += equal;
        above += (double)n_positive;
    }
    return below > 0 && above > 0 ? pairs / (below * above) : 0.5;
}
