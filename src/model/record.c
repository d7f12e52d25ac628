#include "model/record.h"

#include <string.h>

#include "base/error.h"
#include "base/tree.h"

#define MAX_SCORES ((size_t)1 << 20) /* bytes */

static ScrawlStatus write_pair(Buffer *out, const char *key, const TreeNode *value)
{
    ScrawlStatus status = buffer_print(out, "%s", out->size > 1 ? "," : "");
    if (!status)
        status = json_write_string(key, out);
    if (!status)
        status = buffer_print(out, ":");
    return !status && value ? tree_write_json(value, out) : status;
}

static ScrawlStatus write_number(Buffer *out, const char *key, double value)
{
    ScrawlStatus status = buffer_print(out, ",\"%s\":", key);
    return status ? status : json_write_number(value, out);
}

static ScrawlStatus write_score(const ModelScore *score, Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "{\"data\":");
    if (!status)
        status = json_write_string(score->data, out);
    if (!status)
        status = buffer_print(out, ",\"split\":\"%s\",\"n\":%zu,\"errors\":%zu", score->split,
                              score->n, score->n_errors);
    if (!status)
        status = write_number(out, "accuracy", score->accuracy);
    if (!status)
        status = write_number(out, "loss", score->loss);
    return status ? status : buffer_print(out, "}");
}

static ScrawlStatus write_all(const TreeNode *old, const char *key, const ModelScore *score,
                              Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "{");
    for (const TreeNode *node = old->first; node && !status; node = node->next)
        if (strcmp(node->key, key) != 0)
            status = write_pair(out, node->key, node);
    if (!status)
        status = write_pair(out, key, NULL);
    if (!status)
        status = write_score(score, out);
    return status ? status : buffer_print(out, "}");
}

ScrawlStatus model_record(ScrawlModel *model, const char *key, const ModelScore *score,
                          ScrawlError *error)
{
    Tree tree;
    Buffer text;
    buffer_init(&text, MAX_SCORES);
    ScrawlStatus status = json_parse(&tree, "scores", model->scores, strlen(model->scores), error);
    if (status)
        return status;
    status = write_all(tree.root, key, score, &text);
    if (status == SCRAWL_STATUS_LIMIT)
        error_set(error, status, "the model's scores are longer than %zu bytes", MAX_SCORES);
    else if (status)
        error_no_memory(error, "the model's scores");
    else
        status = model_set_text(model, &model->scores, buffer_text(&text), error);
    buffer_deinit(&text);
    tree_deinit(&tree);
    return status;
}
