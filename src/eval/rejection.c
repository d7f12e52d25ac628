#include "eval/rejection.h"

#include <math.h>
#include <stdlib.h>

#include "eval/statistics.h"

#define MAX_STARTS 256  /* places that are looked at, at most */
#define LOOK_SHARE 0.05 /* of the images: how many are looked at below a start ... */
#define LOOK_LEAST 1.0  /* ... but enough that so many of them may be wrong by max_error */
#define LOOK_SHORT 0.9  /* the same, near the end of all images */
#define RARE 3.0        /* wrong answers there are rare: a third of max_error ... */
#define RARE_LEAST 1    /* ... or a single one */

/* answers[n], falling by confidence. Cut at N, those before are accepted. */
typedef struct Ladder {
    const EvaluatedAnswer *answers;
    size_t n;
    double max_error, delta;
} Ladder;

static int by_confidence(const void *a, const void *b)
{
    double x = ((const EvaluatedAnswer *)a)->confidence,
           y = ((const EvaluatedAnswer *)b)->confidence;
    return (x < y) - (x > y);
}

static bool is_proven(const Ladder *ladder, size_t n_accepted, size_t n_errors)
{
    return binomial_at_most(n_errors, n_accepted, ladder->max_error) <= ladder->delta;
}

/* The next cut at or above N: equal confidences are accepted together. */
static size_t next_cut(const Ladder *ladder, size_t n)
{
    while (n < ladder->n && n > 0 &&
           ladder->answers[n].confidence == ladder->answers[n - 1].confidence)
        n++;
    return n;
}

static size_t count_errors(const Ladder *ladder, size_t first, size_t end)
{
    size_t n = 0;
    for (size_t i = first; i < end; i++)
        n += !ladder->answers[i].right;
    return n;
}

/* The least N <= n that proves max_error with so many errors; n must. */
static size_t least_proven(const Ladder *ladder, size_t n_errors)
{
    size_t low = n_errors, high = ladder->n; /* low proves nothing */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (is_proven(ladder, middle, n_errors))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* The most errors that all n may have; false where even none is too many. */
static bool most_errors(const Ladder *ladder, size_t *n_errors)
{
    size_t low = 0, high = ladder->n; /* high is too many */
    if (!is_proven(ladder, ladder->n, 0))
        return false;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (is_proven(ladder, ladder->n, middle))
            low = middle;
        else
            high = middle;
    }
    *n_errors = low;
    return true;
}

/* Wrong answers are rare among the images right below N. Looks at none above. */
static bool is_quiet(const Ladder *ladder, size_t n)
{
    double look = fmax(LOOK_LEAST / ladder->max_error, LOOK_SHARE * (double)ladder->n);
    double left = (double)(ladder->n - n);
    double rare = fmax(RARE_LEAST, floor(look * ladder->max_error / RARE));
    if (left < LOOK_SHORT / ladder->max_error)
        return false;
    return (double)count_errors(ladder, n, n + (size_t)fmin(look, left)) <= rare;
}

/* The first cut from below, among those at which another error is affordable, that is quiet. */
static size_t find_start(const Ladder *ladder, size_t most)
{
    size_t step = most / MAX_STARTS + 1;
    for (size_t n_errors = most;; n_errors -= step) {
        size_t n = next_cut(ladder, least_proven(ladder, n_errors));
        if (n_errors < step || is_quiet(ladder, n))
            return n;
    }
}

static void describe(const Ladder *ladder, size_t n, size_t n_errors, Rejection *rejection)
{
    rejection->n_accepted = n;
    rejection->n_errors = n_errors;
    rejection->bound = binomial_upper(n_errors, n, ladder->delta);
    rejection->threshold = n < ladder->n ? nextafter(ladder->answers[n].confidence, 1) : 0;
}

/* From N on, as long as each cut is proven; false where the first is not. */
static bool walk(const Ladder *ladder, size_t n, Rejection *rejection)
{
    size_t n_errors = count_errors(ladder, 0, n);
    if (!is_proven(ladder, n, n_errors))
        return false;
    while (n < ladder->n) {
        size_t next = next_cut(ladder, n + 1), more = count_errors(ladder, n, next);
        if (more > 0 && !is_proven(ladder, next, n_errors + more))
            break;
        n = next;
        n_errors += more;
    }
    describe(ladder, n, n_errors, rejection);
    return true;
}

/* A bound below `lowest` for so many errors of N is told by one test at `lowest`. */
static bool is_lower(const Ladder *ladder, size_t n, size_t n_errors, double lowest)
{
    return (double)n_errors < lowest * (double)n &&
           binomial_at_most(n_errors, n, lowest) < ladder->delta;
}

static void find_lowest(const Ladder *ladder, Rejection *rejection)
{
    size_t n_errors = 0;
    *rejection = (Rejection){.bound = 1};
    for (size_t n = 0, next; n < ladder->n; n = next) {
        next = next_cut(ladder, n + 1);
        n_errors += count_errors(ladder, n, next);
        bool last = next == ladder->n || !ladder->answers[next].right; /* of so many errors */
        if (last && is_lower(ladder, next, n_errors, rejection->bound))
            describe(ladder, next, n_errors, rejection);
    }
}

bool rejection_select(EvaluatedAnswer *answers, size_t n, double max_error, double delta,
                      Rejection *rejection)
{
    Ladder ladder = {answers, n, max_error, delta};
    size_t most;
    qsort(answers, n, sizeof *answers, by_confidence);
    if (most_errors(&ladder, &most) && walk(&ladder, find_start(&ladder, most), rejection))
        return true;
    find_lowest(&ladder, rejection);
    return false;
}

/* (1 - max_error)^n <= delta. */
size_t rejection_least(double max_error, double delta)
{
    return (size_t)ceil(log(delta) / log1p(-max_error));
}
