/* Models become the members of one: fitting them together, and copying. */
#include "scrawl/ensemble.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

/* How the models are put together. */
typedef struct EnsemblePlan {
    const ScrawlModel *const *models;
    int n;
    ModelCombine combine;
    ModelTta tta;
} EnsemblePlan;

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

static ScrawlStatus read_options(EnsemblePlan *plan, const ScrawlEnsembleOptions *options,
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

static ScrawlStatus check_fit(const EnsemblePlan *plan, ScrawlError *error)
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
static ScrawlStatus copy_graphs(const EnsemblePlan *plan, Graph *graphs[SCRAWL_MAX_MEMBERS],
                                int *n_graphs, ScrawlError *error)
{
    *n_graphs = 0;
    for (int i = 0; i < plan->n; i++) {
        const ScrawlModel *model = plan->models[i];
        for (int j = 0; j < model->n_networks; j++) {
            ScrawlStatus status = graph_create_json(&graphs[*n_graphs], "network",
                                                    model->networks[j].graph->json, error);
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

static void copy_weights(const Network *from, Network *to)
{
    memcpy(to->parameters, from->parameters, from->graph->n_parameters * sizeof(real));
    memcpy(to->state, from->state, from->graph->n_state * sizeof(real));
}

/* Network i of a model becomes a member. A model's own temperature is applied to its logits, a
 * member's before its answer is combined with the others'. */
static ScrawlStatus copy_member(const ScrawlModel *model, int i, ScrawlModel *ensemble, Network *to,
                                ScrawlError *error)
{
    const Network *from = &model->networks[i];
    const ModelDescription *description = &from->description;
    Provenance *scores = &to->description.provenance;
    copy_weights(from, to);
    to->temperature = model->n_networks == 1 ? model->temperature : from->temperature;
    ScrawlStatus status = model_set_text(ensemble, &to->description.name, description->name, error);
    if (!status)
        status = model_set_text(ensemble, &to->description.recipe, description->recipe, error);
    for (int s = 0; s < description->provenance.n_scores && !status; s++)
        status = provenance_set_score(scores, &description->provenance.scores[s], error);
    return status;
}

/* The one model, without its scores and its threshold: with other shifts it answers otherwise. */
static ScrawlStatus copy_single(const ScrawlModel *model, ScrawlModel *copy, ScrawlError *error)
{
    copy_weights(&model->networks[0], &copy->networks[0]);
    model_calibrate(copy, model->temperature, 0);
    return model_set_text(copy, &copy->description->recipe, model->description->recipe, error);
}

/* The data of all models, each row once. What bounds a model's errors does not bound the
 * ensemble's. */
static ScrawlStatus set_data(const EnsemblePlan *plan, ScrawlModel *ensemble, ScrawlError *error)
{
    Provenance provenance = {0};
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < plan->n && !status; i++)
        status =
            provenance_merge_data(&provenance, &plan->models[i]->description->provenance, error);
    if (!status)
        model_set_provenance(ensemble, &provenance);
    provenance_deinit(&provenance);
    return status;
}

/* "bn-cnn-ensemble" where all members are of one recipe. */
static ScrawlStatus set_name(const EnsemblePlan *plan, ScrawlModel *ensemble, ScrawlError *error)
{
    const char *first = plan->models[0]->info.name;
    char **field = &ensemble->description->name;
    if (plan->n == 1)
        return model_set_text(ensemble, field, first, error);
    bool same = first[0] != '\0';
    for (int i = 1; i < plan->n; i++)
        same = same && strcmp(plan->models[i]->info.name, first) == 0;
    char *name = mem_format("%s%sensemble", same ? first : "", same ? "-" : "");
    if (!name)
        return error_no_memory(error, "the ensemble's name");
    ScrawlStatus status = model_set_text(ensemble, field, name, error);
    mem_free(name);
    return status;
}

static ScrawlStatus fill(const EnsemblePlan *plan, ScrawlModel *ensemble, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    bool half = true;
    Network *to = ensemble->networks;
    for (int i = 0; i < plan->n && !status; i++) {
        const ScrawlModel *model = plan->models[i];
        half = half && model->half;
        if (ensemble->n_networks == 1)
            status = copy_single(model, ensemble, error);
        for (int j = 0; ensemble->n_networks > 1 && j < model->n_networks && !status; j++)
            status = copy_member(model, j, ensemble, to++, error);
    }
    if (!status)
        status = set_data(plan, ensemble, error);
    if (!status)
        status = set_name(plan, ensemble, error);
    if (plan->n == 1 && ensemble->n_networks > 1)
        model_calibrate(ensemble, plan->models[0]->temperature, 0);
    model_set_passes(ensemble, plan->combine, plan->tta);
    model_set_half(ensemble, half);
    return status;
}

ScrawlStatus scrawl_ensemble_create(ScrawlModel **ensemble, const ScrawlModel *const *models, int n,
                                    const ScrawlEnsembleOptions *options, ScrawlError *error)
{
    static const ScrawlEnsembleOptions defaults = {0};
    EnsemblePlan plan = {.models = models, .n = n};
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

ScrawlStatus model_create_half(ScrawlModel **half, const ScrawlModel *model, ScrawlError *error)
{
    ScrawlStatus status = scrawl_ensemble_create(half, &model, 1, NULL, error);
    if (status)
        return status;
    for (int i = 0; i < (*half)->n_networks; i++)
        provenance_clear_scores(&(*half)->networks[i].description.provenance);
    model_set_half(*half, true);
    return SCRAWL_STATUS_OK;
}
