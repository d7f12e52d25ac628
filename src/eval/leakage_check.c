#include "eval/leakage_check.h"

#include <string.h>

#include "base/error.h"
#include "eval/leakage.h"

static const char *text_of(const TreeNode *row, const char *key)
{
    const TreeNode *node = tree_get(row, key);
    return node && node->text ? node->text : "";
}

/* Rows that are not of data which the model has learned from or is evaluated by. */
static bool is_other(const char *use)
{
    return strcmp(use, "calibration") == 0 || strcmp(use, "initial weights") == 0;
}

/* A part of data that were seen is as bad as the whole. */
static ScrawlStatus check_row(const ScrawlModel *model, const TreeNode *row, const DataSpec *spec,
                              const char *sha256, const char *purpose, ScrawlError *error)
{
    const char *use = text_of(row, "use");
    bool tested = strcmp(use, "test") == 0;
    ScrawlLeakage found;
    if (is_other(use))
        return SCRAWL_STATUS_OK;
    if (leakage_find_row(&found, row, spec, sha256))
        return error_no_memory(error, "a model's list of data");
    if (found == SCRAWL_LEAKAGE_RELATED && !tested)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: shares images with %.80s, on which model %s was trained, %s",
                         spec->title, text_of(row, "name"), model->name, purpose);
    if (found != SCRAWL_LEAKAGE_SAME)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH, "%s: model %s was %s on it, %s%s", spec->title,
                     model->name, tested ? "evaluated" : "trained", purpose,
                     tested ? "" : "; without data, what was held out does");
}

ScrawlStatus leakage_check(const ScrawlModel *model, const DataSpec *spec, const char *sha256,
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
