/* "worst<=0.015", and whether it holds. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "scrawl/compare.h"

#define BLANKS " \t"
#define CLOSE 1e-12 /* two rates of counts below 2^31 that differ do so by more, but for rounding */

/* A piece of the text. */
typedef struct Piece {
    const char *start;
    size_t size;
} Piece;

static Piece trim(const char *start, const char *end)
{
    while (start < end && strchr(BLANKS, *start))
        start++;
    while (end > start && strchr(BLANKS, end[-1]))
        end--;
    return (Piece){start, (size_t)(end - start)};
}

static bool is(Piece piece, const char *word)
{
    return piece.size == strlen(word) && strncmp(piece.start, word, piece.size) == 0;
}

/* With `always` a measure is of one data set, with `maybe` it may be. */
static const struct {
    const char *name;
    bool maybe, always;
} measures[] = {
    [SCRAWL_MEASURE_WORST] = {"worst", false, false},
    [SCRAWL_MEASURE_RANGE] = {"range", false, false},
    [SCRAWL_MEASURE_MEAN] = {"mean", false, false},
    [SCRAWL_MEASURE_ERROR] = {"error", true, true},
    [SCRAWL_MEASURE_ACCURACY] = {"accuracy", true, false},
};

#define N_MEASURES ((int)(sizeof measures / sizeof measures[0]))

static ScrawlStatus read_data(ScrawlRequirement *r, const char *text, Piece name,
                              const char *const *data, int n_data, ScrawlError *error)
{
    if (!measures[r->measure].maybe)
        return error_set(error, SCRAWL_STATUS_USAGE, "'%s': %s is of all data sets, not of one",
                         text, measures[r->measure].name);
    for (r->data = 0; r->data < n_data; r->data++)
        if (is(name, data[r->data]))
            return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_USAGE,
                     "'%s': '%.*s' is none of the data sets, of which %s%s", text,
                     (int)(name.size < 200 ? name.size : 200), name.start,
                     n_data == 1 ? "there is " : "the first is ", data[0]);
}

/* What stands left of the operator: a name, or NAME(DATA). */
static ScrawlStatus read_measure(ScrawlRequirement *r, const char *text, Piece left,
                                 const char *const *data, int n_data, ScrawlError *error)
{
    const char *end = left.start + left.size;
    const char *open = memchr(left.start, '(', left.size);
    bool closed = left.size > 0 && end[-1] == ')';
    Piece name = trim(left.start, open ? open : end);
    int measure = 0;
    while (measure < N_MEASURES && !is(name, measures[measure].name))
        measure++;
    if (measure == N_MEASURES)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "'%s': expected worst, range, mean, error(DATA), accuracy(DATA) or "
                         "accuracy, found '%.*s'",
                         text, (int)(name.size < 200 ? name.size : 200), name.start);
    r->measure = (ScrawlMeasure)measure;
    r->data = -1;
    if (open && closed)
        return read_data(r, text, trim(open + 1, end - 1), data, n_data, error);
    if (open)
        return error_set(error, SCRAWL_STATUS_USAGE, "'%s': expected a ')' before the operator",
                         text);
    if (measures[measure].always)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "'%s': expected error(DATA); the largest of all is 'worst'", text);
    return SCRAWL_STATUS_OK;
}

/* "0.015", "1.5%". What is beyond a share was meant to be a percentage, and would always hold. */
static bool read_bound(Piece right, double *bound)
{
    char text[64];
    bool percent = right.size > 0 && right.start[right.size - 1] == '%';
    if (percent)
        right = trim(right.start, right.start + right.size - 1);
    if (right.size >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)right.size, right.start);
    if (!number_parse(text, bound))
        return false;
    *bound /= percent ? 100 : 1;
    return *bound >= 0 && *bound <= 1;
}

ScrawlStatus scrawl_requirement_parse(ScrawlRequirement *requirement, const char *text,
                                      const char *const *data, int n_data, ScrawlError *error)
{
    *requirement = (ScrawlRequirement){.data = -1};
    /* A data set's path may have any of the signs in it; the number has none. */
    const char *operator= NULL;
    for (const char *c = text; *c; c++)
        operator= * c == '<' || * c == '>' ? c : operator;
    if (!operator)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "'%s': expected MEASURE < | <= | > | >= NUMBER, as in 'worst<=0.015' or "
                         "'error(mnist)<1%%'",
                         text);
    requirement->at_most = *operator== '<';
    requirement->or_equal = operator[1] == '=';
    const char *number = operator+ 1 + requirement->or_equal;
    ScrawlStatus status =
        read_measure(requirement, text, trim(text, operator), data, n_data, error);
    if (!status && !read_bound(trim(number, text + strlen(text)), &requirement->bound))
        status = error_set(error, SCRAWL_STATUS_USAGE,
                           "'%s': expected a share from 0 to 1 or a percentage, such as 0.015 or "
                           "1.5%%, found '%s'",
                           text, number);
    if (status)
        *requirement = (ScrawlRequirement){.data = -1};
    return status;
}

static double measure_value(const ScrawlRequirement *r, const ScrawlComparison *comparison,
                            int model)
{
    const ScrawlComparedModel *m = &comparison->models[model];
    int data = r->data < 0 ? m->worst_data : r->data;
    size_t n = comparison->data[data].n;
    switch (r->measure) {
    case SCRAWL_MEASURE_WORST:
        return m->worst;
    case SCRAWL_MEASURE_RANGE:
        return m->range;
    case SCRAWL_MEASURE_MEAN:
        return m->mean;
    case SCRAWL_MEASURE_ERROR:
        return m->scores[data].error;
    case SCRAWL_MEASURE_ACCURACY:
        return (double)(n - m->scores[data].n_errors) / (double)n;
    }
    return NAN;
}

bool scrawl_requirement_holds(const ScrawlRequirement *requirement,
                              const ScrawlComparison *comparison, int model, double *found)
{
    *found = measure_value(requirement, comparison, model);
    double above = *found - requirement->bound;
    if (fabs(above) <= CLOSE)
        return requirement->or_equal;
    return requirement->at_most ? above < 0 : above > 0;
}
