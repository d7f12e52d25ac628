#include "eval/holdout.h"

#include <string.h>

#include "base/error.h"
#include "base/tree.h"
#include "eval/leakage.h"
#include "train/recipe.h"

/* The networks of all models, counted through. */
static int count_networks(const ScrawlModel *const *models, int n_models)
{
    int n = 0;
    for (int i = 0; i < n_models; i++)
        n += models[i]->n_networks;
    return n;
}

static ScrawlMemberInfo network_of(const ScrawlModel *const *models, int number)
{
    while (number >= (*models)->n_networks)
        number -= (*models++)->n_networks;
    return scrawl_model_member(*models, number);
}

/* The part of a recipe that says what was held out. `tree` owns the section's text. */
static ScrawlStatus read_section(const ScrawlMemberInfo *network, Tree *tree, DataSection *section,
                                 ScrawlError *error)
{
    *section = DATA_SECTION_DEFAULT;
    if (network->recipe[0] == '\0')
        return error_set(error, SCRAWL_STATUS_RECIPE,
                         "model %s has no recipe in it, so that nothing tells which images it "
                         "held out",
                         network->name);
    ScrawlStatus status =
        yaml_parse(tree, network->name, network->recipe, strlen(network->recipe), error);
    if (status)
        return status;
    status = schema_read(tree, tree_get(tree->root, "data"), recipe_data_fields, section, error);
    if (status)
        tree_deinit(tree);
    return status;
}

static bool same_part(const DataSection *a, const DataSection *b)
{
    return strcmp(a->train, b->train) == 0 && a->validation == b->validation &&
           a->fold == b->fold && a->seed == b->seed;
}

/* All networks must have held out the same images as the first. */
static ScrawlStatus check_same_part(const ScrawlModel *const *models, int n_models,
                                    const DataSection *first, ScrawlError *error)
{
    int n = count_networks(models, n_models);
    for (int i = 1; i < n; i++) {
        ScrawlMemberInfo network = network_of(models, i);
        DataSection section;
        Tree tree;
        ScrawlStatus status = read_section(&network, &tree, &section, error);
        if (status)
            return status;
        if (!same_part(&section, first))
            status = error_set(error, SCRAWL_STATUS_MISMATCH,
                               "%s 0 and %d held out different images: validation %g and %g, fold "
                               "%d and %d, seed %d and %d, of %.80s and %.80s; name data that none "
                               "was trained on",
                               n_models > 1 ? "models" : "members", i, first->validation,
                               section.validation, first->fold, section.fold, first->seed,
                               section.seed, first->train, section.train);
        tree_deinit(&tree);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

/* The data must be those that all models were trained on, to the byte. */
static ScrawlStatus check_same_data(const ScrawlModel *const *models, int n_models,
                                    const ScrawlDatasetInfo *info, ScrawlError *error)
{
    for (int i = 0; i < n_models; i++)
        if (!provenance_has(&models[i]->description->provenance, SCRAWL_DATA_USE_VALIDATION,
                            info->sha256))
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: not the data that model %d (%s) was trained on; they have "
                             "changed since",
                             info->name, i, models[i]->info.name);
    return SCRAWL_STATUS_OK;
}

/* The weights that a model started from may have learned from what it then held out: their own
 * model held out other images, if any. */
static ScrawlStatus check_initial(const ScrawlModel *model, const DataSpec *spec,
                                  const ScrawlDatasetInfo *info, ScrawlError *error)
{
    for (int i = 0; i < model->info.n_data; i++) {
        const ScrawlDataRow *row = &model->info.data[i];
        bool learned = row->use == SCRAWL_DATA_USE_TRAINING || row->use == SCRAWL_DATA_USE_OUTLIERS;
        ScrawlLeakage found;
        if (!row->initial || !learned)
            continue;
        if (leakage_find_row(&found, row, spec, info->sha256))
            return error_no_memory(error, "a model's list of data");
        if (found != SCRAWL_LEAKAGE_NONE)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: model %s started from weights that may have learned from what "
                             "it held out: name data that neither was trained on",
                             info->name, model->info.name);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_all_initial(const ScrawlModel *const *models, int n_models,
                                      const char *train, const ScrawlDatasetInfo *info,
                                      ScrawlError *error)
{
    DataSpec spec;
    ScrawlStatus status = spec_parse(&spec, train, SCRAWL_SPLIT_TRAIN, error);
    if (status)
        return status;
    for (int i = 0; i < n_models && !status; i++)
        status = check_initial(models[i], &spec, info, error);
    spec_deinit(&spec);
    return status;
}

static ScrawlStatus open_part(Holdout *part, const DataSection *section,
                              const ScrawlModel *const *models, int n_models,
                              const ScrawlDataOptions *options, ScrawlError *error)
{
    ScrawlDataOptions train_options = *options;
    SplitChoice choice = recipe_split(section);
    train_options.split = SCRAWL_SPLIT_TRAIN;
    train_options.seed = choice.seed;
    ScrawlStatus status =
        scrawl_dataset_open(&part->dataset, section->train, &train_options, error);
    if (!status)
        status = check_same_data(models, n_models, &part->dataset->info, error);
    if (!status)
        status = check_all_initial(models, n_models, section->train, &part->dataset->info, error);
    if (!status)
        status = split_create(&part->split, part->dataset, &choice, error);
    if (!status)
        part->view = (DatasetView){part->dataset, part->split.validation, part->split.n_validation};
    return status;
}

ScrawlStatus holdout_open(Holdout *part, const ScrawlModel *const *models, int n_models,
                          const ScrawlDataOptions *options, ScrawlError *error)
{
    ScrawlMemberInfo first = network_of(models, 0);
    DataSection section;
    Tree tree;
    *part = (Holdout){0};
    ScrawlStatus status = read_section(&first, &tree, &section, error);
    if (status)
        return status;
    status = check_same_part(models, n_models, &section, error);
    if (!status && section.validation == 0)
        status = error_set(error, SCRAWL_STATUS_MISMATCH,
                           "%s held no images back (data.validation 0): name data that %s trained "
                           "on",
                           n_models > 1 ? "the models" : "the model",
                           n_models > 1 ? "none was" : "it was not");
    if (!status)
        status = open_part(part, &section, models, n_models, options, error);
    tree_deinit(&tree);
    if (status)
        holdout_close(part);
    return status;
}

void holdout_close(Holdout *part)
{
    if (!part)
        return;
    split_deinit(&part->split);
    scrawl_dataset_free(part->dataset);
    *part = (Holdout){0};
}

bool holdout_names(const ScrawlModel *model, const char *text)
{
    ScrawlMemberInfo network = scrawl_model_member(model, 0);
    DataSection section;
    Tree tree;
    if (read_section(&network, &tree, &section, NULL))
        return false;
    bool same = strcmp(section.train, text) == 0;
    tree_deinit(&tree);
    return same;
}
