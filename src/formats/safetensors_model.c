/* Reading a model; writing one is in safetensors_model_write.c. */
#include "base/error.h"
#include "base/memory.h"
#include "formats/safetensors_parts.h"

static void parts_deinit(Parts *parts)
{
    safetensors_deinit(&parts->file);
    for (int i = 0; i < parts->n_graphs; i++)
        graph_free(parts->graphs[i]);
    tree_deinit(&parts->members);
    tree_deinit(&parts->classes);
    mem_free(parts->class_names);
}

static ScrawlStatus set_node(ScrawlModel *model, char **field, const TreeNode *node,
                             ScrawlError *error)
{
    Buffer text;
    buffer_init(&text, SAFETENSORS_MAX_HEADER);
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (node) {
        if (tree_write_json(node, &text))
            status = error_no_memory(error, "a member's scores");
        else
            status = model_set_text(model, field, buffer_text(&text), error);
    }
    buffer_deinit(&text);
    return status;
}

static ScrawlStatus copy_members(const Parts *parts, ScrawlModel *model, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; parts->is_ensemble && i < model->n_members && !status; i++) {
        const MemberPart *part = &parts->parts[i];
        ModelMember *member = &model->members[i];
        member->temperature = part->temperature;
        status = model_set_text(model, &member->name, part->name, error);
        if (!status)
            status = model_set_text(model, &member->recipe, part->recipe, error);
        if (!status)
            status = set_node(model, &member->scores, part->scores, error);
    }
    return status;
}

static ScrawlStatus copy_texts(const Parts *parts, ScrawlModel *model, ScrawlError *error)
{
    struct {
        const char *key;
        char **field;
    } texts[] = {{"name", &model->name},
                 {"recipe", &model->recipe},
                 {"data", &model->data},
                 {"scores", &model->scores}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *value = safetensors_metadata(&parts->file, texts[i].key);
        if (!value)
            continue;
        ScrawlStatus status = model_set_text(model, texts[i].field, value, error);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus build(Parts *parts, ScrawlModel **model, ScrawlError *error)
{
    ScrawlStatus status =
        model_create_ensemble(model, parts->graphs, parts->n_graphs, &parts->preprocess,
                              parts->class_names, parts->n_classes, error);
    if (status) {
        parts->n_graphs = 0; /* they were taken */
        return error_prefix(error, status, "%s", parts->name);
    }
    model_calibrate(*model, parts->temperature, parts->threshold);
    model_set_passes(*model, (ModelCombine)parts->combine, (ModelTta)parts->tta);
    status = parts_copy_weights(parts, *model, error);
    parts->n_graphs = 0;
    if (!status)
        status = copy_texts(parts, *model, error);
    if (!status)
        status = copy_members(parts, *model, error);
    if (status) {
        scrawl_model_free(*model);
        *model = NULL;
    }
    return status;
}

ScrawlStatus safetensors_read_model(ScrawlModel **model, const char *name, const uint8_t *bytes,
                                    size_t size, ScrawlError *error)
{
    *model = NULL;
    Parts parts = {.name = name};
    ScrawlStatus status = safetensors_parse(&parts.file, name, bytes, size, error);
    if (!status)
        status = parts_read_metadata(&parts, error);
    if (!status)
        status = parts_check_tensors(&parts, error);
    if (!status)
        status = build(&parts, model, error);
    parts_deinit(&parts);
    return status;
}
