#include "data/split.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"

#define FOLD_SLACK 1e-3 /* three parts of 0.3334 are all there is */

/* A constant of the data, not of the run: train and test stay apart for good. */
static const SplitChoice cut = {.fraction = 0.2, .seed = 1};

const char *split_name(ScrawlSplit split)
{
    switch (split) {
    case SCRAWL_SPLIT_TRAIN:
        return "train";
    case SCRAWL_SPLIT_TEST:
        return "test";
    case SCRAWL_SPLIT_ALL:
        return "all";
    }
    return "unknown";
}

void split_deinit(Split *split)
{
    if (!split)
        return;
    mem_free(split->train);
    mem_free(split->validation);
    memset(split, 0, sizeof *split);
}

/* The images of one class, in order, into members; returns how many. */
static size_t gather(uint32_t *members, const uint16_t *labels, size_t n, int class)
{
    size_t n_members = 0;

    for (size_t i = 0; i < n; i++)
        if (labels[i] == class)
            members[n_members++] = (uint32_t)i;
    return n_members;
}

/* Where part `fold` of a class begins; where the one before it ends. */
static size_t part_start(const SplitChoice *choice, int fold, size_t count)
{
    size_t start = (size_t)llround(choice->fraction * fold * (double)count);

    return start < count ? start : count;
}

/* Sets chosen[i] for the images that go to validation. */
static ScrawlStatus choose(uint8_t *chosen, uint32_t *members, const uint16_t *labels, size_t n,
                           int n_classes, const SplitChoice *choice, ScrawlError *error)
{
    for (int class = 0; class < n_classes; class ++) {
        Rng rng;
        size_t count = gather(members, labels, n, class);
        size_t first = part_start(choice, choice->fold, count);
        size_t end = part_start(choice, choice->fold + 1, count);

        if (count > 0 && end - first >= count)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "class %d has %zu images: a validation fraction of %g leaves none for "
                             "training",
                             class, count, choice->fraction);
        rng_init(&rng, choice->seed, rng_stream(RNG_PURPOSE_SPLIT, (uint64_t) class, 0));
        rng_shuffle(&rng, members, count);
        for (size_t i = first; i < end; i++)
            chosen[members[i]] = 1;
    }
    return SCRAWL_STATUS_OK;
}

static void deal(Split *split, const uint8_t *chosen, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (chosen[i])
            split->validation[split->n_validation++] = (uint32_t)i;
        else
            split->train[split->n_train++] = (uint32_t)i;
    }
}

int split_last_fold(double fraction)
{
    double n_parts = fraction > 0 ? floor((1 + FOLD_SLACK) / fraction) : 1;

    return n_parts > SPLIT_MAX_FOLD ? SPLIT_MAX_FOLD : (int)n_parts - 1;
}

static ScrawlStatus check_choice(const SplitChoice *choice, ScrawlError *error)
{
    if (!(choice->fraction >= 0 && choice->fraction <= SPLIT_MAX_FRACTION))
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "the validation fraction must be 0..%g, not %g", SPLIT_MAX_FRACTION,
                         choice->fraction);
    if (choice->fold < 0 || choice->fold > split_last_fold(choice->fraction))
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "the fold of a validation fraction of %g must be 0..%d, not %d",
                         choice->fraction, split_last_fold(choice->fraction), choice->fold);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus split_labels(Split *split, const uint16_t *labels, size_t n, int n_classes,
                          const SplitChoice *choice, ScrawlError *error)
{
    ScrawlStatus status = check_choice(choice, error);
    uint8_t *chosen = NULL;
    uint32_t *members = NULL;

    memset(split, 0, sizeof *split);
    if (status)
        return status;
    chosen = mem_alloc_zero(n, 1);
    members = mem_alloc(n, sizeof *members);
    split->train = mem_alloc(n, sizeof *split->train);
    split->validation = mem_alloc(n, sizeof *split->validation);
    if (!chosen || !members || !split->train || !split->validation) {
        status = error_no_memory(error, "the split of a data set");
        goto out;
    }
    status = choose(chosen, members, labels, n, n_classes, choice, error);
    if (status)
        goto out;
    deal(split, chosen, n);
out:
    if (status)
        split_deinit(split);
    mem_free(chosen);
    mem_free(members);
    return status;
}

ScrawlStatus split_create(Split *split, const ScrawlDataset *dataset, const SplitChoice *choice,
                          ScrawlError *error)
{
    return split_labels(split, dataset->labels, dataset->info.n, dataset->info.n_classes, choice,
                        error);
}

static ScrawlStatus everything(uint32_t **indices, size_t n, ScrawlError *error)
{
    *indices = mem_alloc(n, sizeof **indices);
    if (!*indices)
        return error_no_memory(error, "the list of images");
    for (size_t i = 0; i < n; i++)
        (*indices)[i] = (uint32_t)i;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus split_cut(uint32_t **indices, size_t *n_indices, const uint16_t *labels, size_t n,
                       int n_classes, ScrawlSplit which, ScrawlError *error)
{
    Split split;
    ScrawlStatus status;
    bool test = which == SCRAWL_SPLIT_TEST;

    *indices = NULL;
    *n_indices = n;
    if (which == SCRAWL_SPLIT_ALL)
        return everything(indices, n, error);
    status = split_labels(&split, labels, n, n_classes, &cut, error);
    if (status)
        return status;
    *n_indices = test ? split.n_validation : split.n_train;
    if (*n_indices == 0) {
        status = error_set(error, SCRAWL_STATUS_MISMATCH,
                           "%zu images are too few to cut a test split off (a class gives one from "
                           "3 images on); ask for :all",
                           n);
    } else if (test) {
        *indices = split.validation;
        split.validation = NULL;
    } else {
        *indices = split.train;
        split.train = NULL;
    }
    split_deinit(&split);
    return status;
}
