#include "eval/leakage.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

typedef enum Family { FAMILY_OTHER, FAMILY_MNIST, FAMILY_EMNIST } Family;

/* EMNIST's digits and MNIST's were cut from the same forms of NIST and divided differently. QMNIST
 * is MNIST, made again, and EMNIST's sets are cut from one another. */
static Family family_of(const char *name)
{
    if (strcmp(name, "mnist") == 0 || strcmp(name, "qmnist") == 0)
        return FAMILY_MNIST;
    return strncmp(name, "emnist-", strlen("emnist-")) == 0 ? FAMILY_EMNIST : FAMILY_OTHER;
}

/* Two splits of one data set have images in common where they are the same or one is all of it. A
 * row that tells no split may be of any. */
static bool splits_meet(const char *a, const char *b)
{
    const char *all = split_name(SCRAWL_SPLIT_ALL);
    return !a[0] || strcmp(a, b) == 0 || strcmp(a, all) == 0 || strcmp(b, all) == 0;
}

static ScrawlLeakage compare_names(const char *a, const char *b, bool meet)
{
    Family family = family_of(a), other = family_of(b);
    if (strcmp(a, b) == 0)
        return meet ? SCRAWL_LEAKAGE_SAME : SCRAWL_LEAKAGE_NONE;
    bool related = family && other && (family != other || meet);
    return related ? SCRAWL_LEAKAGE_RELATED : SCRAWL_LEAKAGE_NONE;
}

ScrawlStatus leakage_find_row(ScrawlLeakage *leakage, const ScrawlDataRow *row,
                              const DataSpec *spec, const char *sha256)
{
    DataSpec trained;
    *leakage = SCRAWL_LEAKAGE_SAME;
    if (strcmp(row->sha256, sha256) == 0)
        return SCRAWL_STATUS_OK;
    *leakage = SCRAWL_LEAKAGE_NONE;
    /* Only the names count: the recipe of an augmentation may no longer be there. */
    char *names = spec_names(row->name);
    if (!names)
        return SCRAWL_STATUS_NO_MEMORY;
    bool meet = splits_meet(row->split, split_name(spec->split));
    ScrawlStatus status = spec_parse(&trained, names, SCRAWL_SPLIT_TRAIN, NULL);
    mem_free(names);
    if (status)
        return status == SCRAWL_STATUS_NO_MEMORY ? status : SCRAWL_STATUS_OK;
    for (int i = 0; i < spec->n_names; i++) {
        for (int j = 0; j < trained.n_names; j++) {
            ScrawlLeakage found = compare_names(spec->names[i], trained.names[j], meet);
            *leakage = found > *leakage ? found : *leakage;
        }
    }
    spec_deinit(&trained);
    return SCRAWL_STATUS_OK;
}

/* The row of the model that the training started from is no data: what that model learned from
 * stands in rows of its own. */
static bool is_weights(const ScrawlDataRow *row)
{
    return row->use == SCRAWL_DATA_USE_WEIGHTS;
}

static bool is_own_test(const ScrawlDataRow *row)
{
    return row->use == SCRAWL_DATA_USE_TEST && !row->initial;
}

ScrawlStatus leakage_find(ScrawlLeakage *leakage, const ScrawlModel *model, const DataSpec *spec,
                          const char *sha256, ScrawlError *error)
{
    *leakage = SCRAWL_LEAKAGE_NONE;
    for (int i = 0; i < model->info.n_data; i++) {
        const ScrawlDataRow *row = &model->info.data[i];
        ScrawlLeakage found;
        if (is_own_test(row) || is_weights(row))
            continue;
        if (leakage_find_row(&found, row, spec, sha256))
            return error_no_memory(error, "a model's list of data");
        *leakage = found > *leakage ? found : *leakage;
    }
    return SCRAWL_STATUS_OK;
}

/* A part of data that were seen is as bad as the whole. */
static ScrawlStatus check_row(const ScrawlModel *model, const ScrawlDataRow *row,
                              const DataSpec *spec, const char *sha256, const char *purpose,
                              ScrawlError *error)
{
    bool tested = is_own_test(row);
    bool calibrated = row->use == SCRAWL_DATA_USE_CALIBRATION && !row->initial;
    const char *name = model->info.name;
    ScrawlLeakage found;
    if (calibrated || is_weights(row))
        return SCRAWL_STATUS_OK;
    if (leakage_find_row(&found, row, spec, sha256))
        return error_no_memory(error, "a model's list of data");
    if (found == SCRAWL_LEAKAGE_RELATED && !tested)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: shares images with %.80s, on which model %s was trained, %s",
                         spec->title, row->name, name, purpose);
    if (found != SCRAWL_LEAKAGE_SAME)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH, "%s: model %s was %s on it, %s%s", spec->title,
                     name, tested ? "evaluated" : "trained", purpose,
                     tested ? "" : "; without data, what was held out does");
}

ScrawlStatus leakage_check(const ScrawlModel *model, const DataSpec *spec, const char *sha256,
                           const char *purpose, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < model->info.n_data && !status; i++)
        status = check_row(model, &model->info.data[i], spec, sha256, purpose, error);
    return status;
}
