#include "model/error_bound.h"

#include <string.h>

#include "base/error.h"

ScrawlStatus error_bound_drop(const TreeNode *row, Buffer *out)
{
    static const char *const error_bound[] = {"max_error", "confidence", NULL};
    if (row->kind != TREE_KIND_MAP)
        return tree_write_json(row, out);
    ScrawlStatus status = buffer_print(out, "{");
    if (!status)
        status = tree_write_json_parts(row, error_bound, out);
    return status ? status : buffer_print(out, "}");
}

static ScrawlStatus write_rows(const TreeNode *rows, Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "[");
    for (const TreeNode *row = rows->first; row && !status; row = row->next) {
        if (row != rows->first)
            status = buffer_print(out, ",");
        if (!status)
            status = error_bound_drop(row, out);
    }
    return status ? status : buffer_print(out, "]");
}

ScrawlStatus error_bound_drop_all(const char *data, Buffer *out, ScrawlError *error)
{
    Tree tree;
    ScrawlStatus status = json_parse(&tree, "data", data, strlen(data), error);
    if (status)
        return status;
    status = write_rows(tree.root, out);
    if (status == SCRAWL_STATUS_LIMIT)
        error_set(error, status, "the model's list of data is longer than %zu bytes",
                  out->max_size);
    else if (status)
        error_no_memory(error, "the model's list of data");
    tree_deinit(&tree);
    return status;
}
