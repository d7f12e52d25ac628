/* Models become the members of one: fitting them together, and copying. */
#include "scrawl/ensemble.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/tree.h"
#include "model/error_bound.h"
#include "model/model.h"

#define MAX_DATA ((size_t)1 << 20) /* bytes of the list of data */

/* How the parts are put together. */
typedef struct Plan {
    const ScrawlModel *const *models;
    int n;
    ModelCombine combine;
    ModelTta tta;
} Plan;

static ScrawlStatus read_combine(const char *name, ModelCombine *combine, ScrawlError *error)
{
    for (int i = 0; model_combine_names[i]; i++) {
        if (strcmp(model_combine_names[i], name) == 0) {
            *combine = (ModelCombine)i;
            return SCRAWL_STATUS_OK;
        }
    }
    return error_set(error, SCRAWL_STATUS_USAGE, "combine: expected average or vote, found \"%s\"",
                     name);
}

static ScrawlStatus read_options(Plan *plan, const ScrawlEnsembleOptions *options,
                                 ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    plan->combine = plan->models[0]->combine;
    plan->tta = plan->models[0]->tta;
    if (options->combine)
        status = read_combine(options->combine, &plan->combine, error);
    if (!status && options->tta)
        return model_find_tta(options->tta, &plan->tta, error);
    for (int i = 1; i < plan->n && !status; i++)
        if (plan->models[i]->tta != plan->tta)
            status =
                error_set(error, SCRAWL_STATUS_MISMATCH,
                          "models 0 and %d differ in their shifts (tta %s and %s): say which "
                          "it is",
                          i, model_tta_names[plan->tta], model_tta_names[plan->models[i]->tta]);
    return status;
}

static ScrawlStatus check_classes(const ScrawlModelInfo *a, const ScrawlModelInfo *b, int i,
                                  ScrawlError *error)
{
    if (a->n_classes != b->n_classes)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "models 0 and %d (%s and %s) have %d and %d classes; members need the "
                         "same",
                         i, a->name, b->name, a->n_classes, b->n_classes);
    for (int c = 0; c < a->n_classes; c++)
        if (strcmp(a->class_names[c], b->class_names[c]) != 0)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "models 0 and %d (%s and %s) call class %d \"%s\" and \"%s\"; members "
                             "need the same",
                             i, a->name, b->name, c, a->class_names[c], b->class_names[c]);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_fit(const Plan *plan, ScrawlError *error)
{
    const ScrawlModelInfo *first = &plan->models[0]->info;
    for (int i = 0; i < plan->n; i++) {
        const ScrawlModelInfo *info = &plan->models[i]->info;
        if (plan->n > 1 && info->n_members > 1)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "model %d (%s) is an ensemble itself: name the models that it was "
                             "made of",
                             i, info->name);
        ScrawlStatus status = check_classes(first, info, i, error);
        if (status)
            return status;
        if (strcmp(first->preprocessing, info->preprocessing) != 0)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "models 0 and %d (%s and %s) differ in preprocessing: %s and %s", i,
                             first->name, info->name, first->preprocessing, info->preprocessing);
    }
    return SCRAWL_STATUS_OK;
}

/* A graph belongs to one model. */
static ScrawlStatus copy_graphs(const Plan *plan, Graph *graphs[SCRAWL_MAX_MEMBERS], int *n_graphs,
                                ScrawlError *error)
{
    *n_graphs = 0;
    for (int i = 0; i < plan->n; i++) {
        const ScrawlModel *model = plan->models[i];
        for (int j = 0; j < model->n_members; j++) {
            ScrawlStatus status = graph_create_json(&graphs[*n_graphs], "network",
                                                    model->members[j].graph->json, error);
            if (status) {
                while (*n_graphs > 0)
                    graph_free(graphs[--*n_graphs]);
                return status;
            }
            ++*n_graphs;
        }
    }
    return SCRAWL_STATUS_OK;
}

static void copy_weights(const ModelMember *from, ModelMember *to)
{
    memcpy(to->parameters, from->parameters, from->graph->n_parameters * sizeof(real));
    memcpy(to->state, from->state, from->graph->n_state * sizeof(real));
}

static ScrawlStatus copy_member(const ScrawlModel *model, int i, ScrawlModel *ensemble,
                                ModelMember *to, ScrawlError *error)
{
    ScrawlMemberInfo info = scrawl_model_member(model, i);
    copy_weights(&model->members[i], to);
    to->temperature = model->n_members == 1 ? model->temperature : model->members[i].temperature;
    ScrawlStatus status = model_set_text(ensemble, &to->name, info.name, error);
    if (!status)
        status = model_set_text(ensemble, &to->recipe, info.recipe, error);
    if (!status)
        status = model_set_text(ensemble, &to->scores, info.scores, error);
    return status;
}

/* The one model with its own texts: only what it says of its answers is no longer true. */
static ScrawlStatus copy_single(const ScrawlModel *model, ScrawlModel *copy, ScrawlError *error)
{
    copy_weights(&model->members[0], &copy->members[0]);
    model_calibrate(copy, model->temperature, 0);
    return model_set_text(copy, &copy->recipe, model->recipe, error);
}

static bool has_row(const char *list, const char *row)
{
    return strstr(list, row); /* both are written by error_bound_drop */
}

/* Appends the rows that are not there yet, each behind a comma. What a member bounded of its
 * answers is no error bound of the ensemble's. */
static ScrawlStatus add_rows(const ScrawlModel *model, Buffer *out, ScrawlError *error)
{
    Tree tree;
    Buffer row;
    buffer_init(&row, MAX_DATA);
    ScrawlStatus status = json_parse(&tree, "data", model->data, strlen(model->data), error);
    if (status)
        return status;
    for (const TreeNode *node = tree.root->first; node && !status; node = node->next) {
        buffer_deinit(&row);
        status = error_bound_drop(node, &row);
        if (!status && !has_row(buffer_text(out), buffer_text(&row)))
            status = buffer_print(out, "%s%s", out->size > 1 ? "," : "", buffer_text(&row));
    }
    if (status == SCRAWL_STATUS_LIMIT)
        error_set(error, status, "the members' lists of data are longer than %zu bytes", MAX_DATA);
    else if (status)
        error_no_memory(error, "the members' lists of data");
    buffer_deinit(&row);
    tree_deinit(&tree);
    return status;
}

static ScrawlStatus set_data(const Plan *plan, ScrawlModel *ensemble, ScrawlError *error)
{
    Buffer list;
    buffer_init(&list, MAX_DATA);
    ScrawlStatus status = buffer_print(&list, "[");
    if (status)
        error_no_memory(error, "the members' lists of data");
    for (int i = 0; i < plan->n && !status; i++)
        status = add_rows(plan->models[i], &list, error);
    if (!status && (status = buffer_print(&list, "]")))
        error_no_memory(error, "the members' lists of data");
    if (!status)
        status = model_set_text(ensemble, &ensemble->data, buffer_text(&list), error);
    buffer_deinit(&list);
    return status;
}

/* "bn-cnn-ensemble" where all members are of one recipe. */
static ScrawlStatus set_name(const Plan *plan, ScrawlModel *ensemble, ScrawlError *error)
{
    const char *first = plan->models[0]->name;
    if (plan->n == 1)
        return model_set_text(ensemble, &ensemble->name, first, error);
    bool same = first[0] != '\0';
    for (int i = 1; i < plan->n; i++)
        same = same && strcmp(plan->models[i]->name, first) == 0;
    char *name = mem_format("%s%sensemble", same ? first : "", same ? "-" : "");
    if (!name)
        return error_no_memory(error, "the ensemble's name");
    ScrawlStatus status = model_set_text(ensemble, &ensemble->name, name, error);
    mem_free(name);
    return status;
}

static ScrawlStatus fill(const Plan *plan, ScrawlModel *ensemble, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    bool half = true;
    ModelMember *to = ensemble->members;
    for (int i = 0; i < plan->n && !status; i++) {
        const ScrawlModel *model = plan->models[i];
        half = half && model->half;
        if (ensemble->n_members == 1)
            status = copy_single(model, ensemble, error);
        for (int j = 0; ensemble->n_members > 1 && j < model->n_members && !status; j++)
            status = copy_member(model, j, ensemble, to++, error);
    }
    if (!status)
        status = set_data(plan, ensemble, error);
    if (!status)
        status = set_name(plan, ensemble, error);
    if (plan->n == 1 && ensemble->n_members > 1)
        model_calibrate(ensemble, plan->models[0]->temperature, 0);
    model_set_passes(ensemble, plan->combine, plan->tta);
    model_set_half(ensemble, half);
    return status;
}

ScrawlStatus scrawl_ensemble_create(ScrawlModel **ensemble, const ScrawlModel *const *models, int n,
                                    const ScrawlEnsembleOptions *options, ScrawlError *error)
{
    static const ScrawlEnsembleOptions defaults = {0};
    Plan plan = {.models = models, .n = n};
    *ensemble = NULL;
    if (n < 1)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected a model or more, found none");
    if (n > SCRAWL_MAX_MEMBERS)
        return error_set(error, SCRAWL_STATUS_LIMIT, "expected at most %d members, found %d",
                         SCRAWL_MAX_MEMBERS, n);
    ScrawlStatus status = read_options(&plan, options ? options : &defaults, error);
    if (!status)
        status = check_fit(&plan, error);
    Graph *graphs[SCRAWL_MAX_MEMBERS];
    int n_graphs;
    if (!status)
        status = copy_graphs(&plan, graphs, &n_graphs, error);
    if (status)
        return status;
    const ScrawlModel *first = models[0];
    status = model_create_ensemble(ensemble, graphs, n_graphs, &first->preprocess,
                                   first->info.class_names, first->info.n_classes, error);
    if (status)
        return status;
    status = fill(&plan, *ensemble, error);
    if (status) {
        scrawl_model_free(*ensemble);
        *ensemble = NULL;
    }
    return status;
}
