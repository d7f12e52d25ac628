#include "judge/unseen.h"

#include <string.h>

#include "base/error.h"
#include "base/tree.h"

static const char *text_of(const TreeNode *row, const char *key)
{
    const TreeNode *node = tree_get(row, key);
    return node && node->text ? node->text : "";
}

static bool share_name(const DataSpec *a, const DataSpec *b)
{
    for (int i = 0; i < a->n_names; i++)
        for (int j = 0; j < b->n_names; j++)
            if (strcmp(a->names[i], b->names[j]) == 0)
                return true;
    return false;
}

/* A row that tells no split may be of any. */
static bool share_split(const char *split, ScrawlSplit asked)
{
    return !split[0] || asked == SCRAWL_SPLIT_ALL ||
           strcmp(split, split_name(SCRAWL_SPLIT_ALL)) == 0 ||
           strcmp(split, split_name(asked)) == 0;
}

/* A part of data that were seen is as bad as the whole. */
static ScrawlStatus find_overlap(const TreeNode *row, const DataSpec *spec, const char *sha256,
                                 bool *found, ScrawlError *error)
{
    const char *name = text_of(row, "name");
    DataSpec other;
    *found = strcmp(text_of(row, "sha256"), sha256) == 0;
    if (*found || !name[0] || !share_split(text_of(row, "split"), spec->split))
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = spec_parse(&other, name, SCRAWL_SPLIT_TRAIN, error);
    if (status)
        return status;
    *found = share_name(spec, &other);
    spec_deinit(&other);
    return SCRAWL_STATUS_OK;
}

/* Rows that are not of data which the model has learned from or is judged by. */
static bool is_other(const char *use)
{
    return strcmp(use, "calibration") == 0 || strcmp(use, "initial weights") == 0;
}

static ScrawlStatus check_row(const ScrawlModel *model, const TreeNode *row, const DataSpec *spec,
                              const char *sha256, const char *purpose, ScrawlError *error)
{
    const char *use = text_of(row, "use");
    bool tested = strcmp(use, "test") == 0, found;
    if (is_other(use))
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = find_overlap(row, spec, sha256, &found, error);
    if (status || !found)
        return status;
    return error_set(error, SCRAWL_STATUS_MISMATCH, "%s: model %s was %s on it, %s%s", spec->title,
                     model->name, tested ? "judged" : "trained", purpose,
                     tested ? "" : "; without data, what was held back does");
}

ScrawlStatus unseen_check(const ScrawlModel *model, const DataSpec *spec, const char *sha256,
                          const char *purpose, ScrawlError *error)
{
    Tree tree;
    ScrawlStatus status = json_parse(&tree, "data", model->data, strlen(model->data), error);
    if (status)
        return status;
    for (const TreeNode *row = tree.root->first; row && !status; row = row->next)
        status = check_row(model, row, spec, sha256, purpose, error);
    tree_deinit(&tree);
    return status;
}
