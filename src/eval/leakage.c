#include "eval/leakage.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/tree.h"

typedef enum Family { FAMILY_OTHER, FAMILY_MNIST, FAMILY_EMNIST } Family;

/* EMNIST's digits and MNIST's were cut from the same forms of NIST and divided differently. QMNIST
 * is MNIST, made again, and EMNIST's sets are cut from one another. */
static Family family_of(const char *name)
{
    if (strcmp(name, "mnist") == 0 || strcmp(name, "qmnist") == 0)
        return FAMILY_MNIST;
    return strncmp(name, "emnist-", strlen("emnist-")) == 0 ? FAMILY_EMNIST : FAMILY_OTHER;
}

static const char *text_of(const TreeNode *row, const char *key)
{
    const TreeNode *node = tree_get(row, key);
    return node && node->text ? node->text : "";
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

/* A name may have an augmentation whose recipe is no longer there: only the names count. */
ScrawlStatus leakage_find_row(ScrawlLeakage *leakage, const TreeNode *row, const DataSpec *spec,
                              const char *sha256)
{
    DataSpec trained;
    *leakage = SCRAWL_LEAKAGE_SAME;
    if (strcmp(text_of(row, "sha256"), sha256) == 0)
        return SCRAWL_STATUS_OK;
    *leakage = SCRAWL_LEAKAGE_NONE;
    char *names = spec_names(text_of(row, "name"));
    if (!names)
        return SCRAWL_STATUS_NO_MEMORY;
    bool meet = splits_meet(text_of(row, "split"), split_name(spec->split));
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

/* Not where it was tested on it, nor the model that it started from, whose own data are listed. */
static bool has_learned(const TreeNode *row)
{
    const char *use = text_of(row, "use");
    return strcmp(use, "test") != 0 && strcmp(use, "initial weights") != 0;
}

ScrawlStatus leakage_find(ScrawlLeakage *leakage, const ScrawlModel *model, const DataSpec *spec,
                          const char *sha256, ScrawlError *error)
{
    const char *data = scrawl_model_info(model)->data;
    Tree tree;
    *leakage = SCRAWL_LEAKAGE_NONE;
    ScrawlStatus status = json_parse(&tree, "data", data, strlen(data), error);
    if (status)
        return status;
    for (const TreeNode *row = tree.root->first; row && !status; row = row->next) {
        ScrawlLeakage found;
        if (!has_learned(row))
            continue;
        status = leakage_find_row(&found, row, spec, sha256);
        *leakage = found > *leakage ? found : *leakage;
    }
    tree_deinit(&tree);
    return status ? error_no_memory(error, "a model's list of data") : status;
}
