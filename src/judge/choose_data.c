#include "judge/choose_data.h"

#include <string.h>

#include "base/error.h"
#include "base/tree.h"
#include "data/spec.h"
#include "train/recipe.h"

/* The part of a model's recipe that says what was held back. `tree` owns the section's text. */
static ScrawlStatus read_data_section(const ScrawlModel *model, Tree *tree, DataSection *section,
                                      ScrawlError *error)
{
    *section = DATA_SECTION_DEFAULT;
    if (model->recipe[0] == '\0')
        return error_set(error, SCRAWL_STATUS_RECIPE,
                         "model %s has no recipe in it, so that nothing tells which images it "
                         "held back", model->name);
    ScrawlStatus status =
        yaml_parse(tree, model->name, model->recipe, strlen(model->recipe), error);
    if (status)
        return status;
    status = schema_read(tree, tree_get(tree->root, "data"), recipe_data_fields, section, error);
    if (status)
        tree_deinit(tree);
    return status;
}

/* All models must have held back the same images. */
static ScrawlStatus check_same_part(const ChooseData *data, const DataSection *first,
                                    ScrawlError *error)
{
    for (int i = 1; i < data->n_models; i++) {
        Tree tree;
        DataSection section;
        ScrawlStatus status = read_data_section(data->models[i], &tree, &section, error);
        if (status)
            return status;
        bool same = strcmp(section.train, first->train) == 0 && section.seed == first->seed &&
                    section.validation == first->validation;
        if (!same)
            status = error_set(error, SCRAWL_STATUS_MISMATCH,
                               "models 0 and %d held back different images: validation %g and %g, "
                               "seed %d and %d, of %.80s and %.80s; name data that none was "
                               "trained on", i, first->validation, section.validation,
                               first->seed, section.seed, first->train, section.train);
        tree_deinit(&tree);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus open_data(ChooseData *data, const char *text, int seed, ScrawlError *error)
{
    ScrawlDataOptions wish = {.split = SCRAWL_SPLIT_TRAIN,
                              .data_folder = data->options->data_folder,
                              .seed = (uint64_t)seed,
                              .log = data->options->log};
    return scrawl_dataset_open(&data->dataset, text, &wish, error);
}

static bool text_is(const TreeNode *node, const char *text)
{
    return node && node->text && strcmp(node->text, text) == 0;
}

/* The data must be those that all models were trained on, to the byte. */
static ScrawlStatus check_same_data(const ChooseData *data, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &data->dataset->info;
    for (int i = 0; i < data->n_models; i++) {
        const ScrawlModel *model = data->models[i];
        bool found = false;
        Tree tree;
        ScrawlStatus status = json_parse(&tree, "data", model->data, strlen(model->data), error);
        if (status)
            return status;
        for (const TreeNode *row = tree.root->first; row; row = row->next)
            found = found || (text_is(tree_get(row, "use"), "validation") &&
                              text_is(tree_get(row, "sha256"), info->sha256));
        tree_deinit(&tree);
        if (!found)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: not the data that model %d (%s) was trained on; they have "
                             "changed since", info->name, i, model->name);
    }
    return SCRAWL_STATUS_OK;
}

/* What the models held back from their common training data. */
static ScrawlStatus open_held_back(ChooseData *data, ScrawlError *error)
{
    Tree tree;
    DataSection section;
    ScrawlStatus status = read_data_section(data->models[0], &tree, &section, error);
    if (status)
        return status;
    status = check_same_part(data, &section, error);
    if (!status && section.validation == 0)
        status = error_set(error, SCRAWL_STATUS_MISMATCH,
                           "the models held no images back (data.validation 0): name data that "
                           "none was trained on");
    if (!status)
        status = open_data(data, section.train, section.seed, error);
    if (!status)
        status = check_same_data(data, error);
    if (!status)
        status = split_create(&data->split, data->dataset, section.validation,
                              (uint64_t)section.seed, error);
    if (!status)
        data->view = (DatasetView){data->dataset, data->split.validation,
                                       data->split.n_validation};
    tree_deinit(&tree);
    return status;
}

/* One row of a model's list of data against what was opened. Training data match by any name in
 * common, too: a part of them is as bad as the whole. */
static ScrawlStatus check_row(const ScrawlModel *model, const TreeNode *row, const DataSpec *spec,
                              const char *sha256, ScrawlError *error)
{
    const TreeNode *name = tree_get(row, "name"), *sum = tree_get(row, "sha256");
    const TreeNode *use = tree_get(row, "use");
    bool tested = text_is(use, "test"), same = text_is(sum, sha256);
    DataSpec other;
    if (!tested && !same && name && name->text) {
        ScrawlStatus status = spec_parse(&other, name->text, SCRAWL_SPLIT_TRAIN, error);
        if (status)
            return status;
        for (int i = 0; i < spec->n_names; i++)
            for (int j = 0; j < other.n_names; j++)
                same = same || strcmp(spec->names[i], other.names[j]) == 0;
        spec_deinit(&other);
    }
    if (!same)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH,
                     "%s: model %s was %s on it, so it cannot choose%s", spec->title, model->name,
                     tested ? "judged" : "trained",
                     tested ? "" : "; without data, what the models held back does");
}

static ScrawlStatus check_unseen(const ChooseData *data, const DataSpec *spec,
                                 ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < data->n_models && !status; i++) {
        const ScrawlModel *model = data->models[i];
        Tree tree;
        status = json_parse(&tree, "data", model->data, strlen(model->data), error);
        if (status)
            return status;
        for (const TreeNode *row = tree.root->first; row && !status; row = row->next)
            status = check_row(model, row, spec, data->dataset->info.sha256, error);
        tree_deinit(&tree);
    }
    return status;
}

static ScrawlStatus open_other(ChooseData *data, const char *text, ScrawlError *error)
{
    DataSpec spec;
    ScrawlStatus status = spec_parse(&spec, text, SCRAWL_SPLIT_TRAIN, error);
    if (status)
        return status;
    if (spec.split != SCRAWL_SPLIT_TRAIN)
        status = error_set(error, SCRAWL_STATUS_USAGE,
                           "%s: test sets never choose: expected the training split", text);
    if (!status)
        status = open_data(data, text, 0, error);
    if (!status)
        status = check_unseen(data, &spec, error);
    if (!status)
        data->view = (DatasetView){data->dataset, NULL, data->dataset->info.n};
    spec_deinit(&spec);
    return status;
}

/* True where the text is what the first model's recipe trains on. */
static bool names_own_data(const ChooseData *data, const char *text)
{
    Tree tree;
    DataSection section;
    if (read_data_section(data->models[0], &tree, &section, NULL))
        return false;
    bool same = strcmp(section.train, text) == 0;
    tree_deinit(&tree);
    return same;
}

ScrawlStatus choose_data_open(ChooseData *data, const ScrawlModel *const *models, int n_models,
                              const ScrawlChooseOptions *options, ScrawlError *error)
{
    *data = (ChooseData){.models = models, .n_models = n_models, .options = options};
    bool held_back = !options->data || names_own_data(data, options->data);
    data->split_name = held_back ? "validation" : "train";
    ScrawlStatus status =
        held_back ? open_held_back(data, error) : open_other(data, options->data, error);
    if (status)
        choose_data_close(data);
    return status;
}

void choose_data_close(ChooseData *data)
{
    if (!data)
        return;
    split_deinit(&data->split);
    scrawl_dataset_free(data->dataset);
    *data = (ChooseData){0};
}
