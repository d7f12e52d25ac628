/* What a recipe's keys mean: one table a section, and the rules that a table cannot say. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "train/recipe.h"

/* The sections of the whole, as the table finds them. */
typedef struct Root {
    const char *name;
    const TreeNode *data, *preprocessing, *augmentation, *network, *train;
} Root;

static const char *const optimizers[] = {"sgd", "adam", "adamw", "muon", NULL};
static const char *const schedules[] = {"constant",  "step",    "linear", "cosine",
                                        "one-cycle", "plateau", NULL};

#define MAX_SEED 2147483647
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

#define FIELD(name) offsetof(Root, name)
const SchemaField recipe_fields[] = {
    {"name", SCHEMA_TYPE_STRING, FIELD(name), .required = true, .what = "what the model is called"},
    {"data", SCHEMA_TYPE_NODE, FIELD(data), .required = true, .what = "what to learn from"},
    {"preprocessing", SCHEMA_TYPE_NODE, FIELD(preprocessing), .what = "of every picture"},
    {"augmentation", SCHEMA_TYPE_NODE, FIELD(augmentation), .what = "of training images"},
    {"network", SCHEMA_TYPE_NODE, FIELD(network), .required = true, .what = "input and layers"},
    {"train", SCHEMA_TYPE_NODE, FIELD(train), .what = "how to learn"},
    {0},
};
#undef FIELD

#define FIELD(name) offsetof(DataSection, name)
const SchemaField recipe_data_fields[] = {
    {"train", SCHEMA_TYPE_STRING, FIELD(train), .required = true, .what = "data to learn from"},
    {"test", SCHEMA_TYPE_STRING, FIELD(test), .what = "data to be evaluated on, or none"},
    {"validation", SCHEMA_TYPE_DOUBLE, FIELD(validation), 0, 0.9, .what = "part held out"},
    {"fold", SCHEMA_TYPE_INT, FIELD(fold), 0, SPLIT_MAX_FOLD, .what = "which part of that size"},
    {"seed", SCHEMA_TYPE_INT, FIELD(seed), 0, MAX_SEED, .what = "of the choice of that part"},
    {"outliers", SCHEMA_TYPE_STRING, FIELD(outliers), .what = "pictures of no class"},
    {"outlier_fraction", SCHEMA_TYPE_DOUBLE, FIELD(outlier_fraction), 0, 10,
     .what = "at most, of the training images"},
    {0},
};
#undef FIELD

#define FIELD(name) offsetof(TrainSection, name)
const SchemaField recipe_train_fields[] = {
    {"epochs", SCHEMA_TYPE_INT, FIELD(epochs), 1, 100000, .what = "passes over the data"},
    {"batch", SCHEMA_TYPE_INT, FIELD(batch), 1, 65536, .what = "images a step"},
    {"seed", SCHEMA_TYPE_INT, FIELD(seed), 0, MAX_SEED, .what = "of all randomness but the split"},
    {"optimizer", SCHEMA_TYPE_CHOICE, FIELD(optimizer), .choices = optimizers},
    {"learning_rate", SCHEMA_TYPE_DOUBLE, FIELD(learning_rate), 1e-12, 1e6, .what = "of a step"},
    {"momentum", SCHEMA_TYPE_DOUBLE, FIELD(momentum), 0, 0.999999, .what = "of sgd and muon"},
    {"nesterov", SCHEMA_TYPE_BOOL, FIELD(nesterov), .what = "look ahead along the momentum"},
    {"beta1", SCHEMA_TYPE_DOUBLE, FIELD(beta1), 0, 0.999999, .what = "memory of the mean"},
    {"beta2", SCHEMA_TYPE_DOUBLE, FIELD(beta2), 0, 0.999999, .what = "memory of the square"},
    {"epsilon", SCHEMA_TYPE_DOUBLE, FIELD(epsilon), 1e-30, 1, .what = "added to the root"},
    {"other_rate", SCHEMA_TYPE_DOUBLE, FIELD(other_rate), 1e-6, 100, .what = "adamw's in muon"},
    {"l2", SCHEMA_TYPE_DOUBLE, FIELD(l2), 0, 1, .what = "times the weight, to the gradient"},
    {"weight_decay", SCHEMA_TYPE_DOUBLE, FIELD(weight_decay), 0, 1, .what = "decoupled"},
    {"label_smoothing", SCHEMA_TYPE_DOUBLE, FIELD(label_smoothing), 0, 0.9, .what = "of labels"},
    {"clip_norm", SCHEMA_TYPE_DOUBLE, FIELD(clip_norm), 0, 1e6, .what = "of the gradient"},
    {"lookahead_steps", SCHEMA_TYPE_INT, FIELD(lookahead_steps), 0, 100000, .what = "steps"},
    {"lookahead_share", SCHEMA_TYPE_DOUBLE, FIELD(lookahead_share), 0, 1, .what = "of the way"},
    {"ema", SCHEMA_TYPE_DOUBLE, FIELD(ema), 0, 0.999999, .what = "decay of the weights' average"},
    {"swa_start", SCHEMA_TYPE_DOUBLE, FIELD(swa_start), 0, 1, .what = "part of the run"},
    {"early_stop", SCHEMA_TYPE_INT, FIELD(early_stop), 0, 100000, .what = "epochs"},
    {"until_accuracy", SCHEMA_TYPE_DOUBLE, FIELD(until_accuracy), 0, 1, .what = "of validation"},
    {"schedule", SCHEMA_TYPE_CHOICE, FIELD(schedule), .choices = schedules},
    {"step_epochs", SCHEMA_TYPE_INT, FIELD(step_epochs), 1, 100000, .what = "between cuts"},
    {"step_factor", SCHEMA_TYPE_DOUBLE, FIELD(step_factor), 1e-6, 1, .what = "of a cut"},
    {"warmup", SCHEMA_TYPE_DOUBLE, FIELD(warmup), 0, 100000, .what = "rise of the rate"},
    {"final_rate", SCHEMA_TYPE_DOUBLE, FIELD(final_rate), 0, 1, .what = "the last rate"},
    {"plateau_patience", SCHEMA_TYPE_INT, FIELD(plateau_patience), 1, 100000, .what = "epochs"},
    {"plateau_factor", SCHEMA_TYPE_DOUBLE, FIELD(plateau_factor), 1e-6, 1, .what = "of a cut"},
    {"minimum_rate", SCHEMA_TYPE_DOUBLE, FIELD(minimum_rate), 0, 1e6, .what = "of plateau"},
    {0},
};
#undef FIELD

#define ONE_CYCLE_WARMUP 0.3 /* where the recipe does not say it */

ScrawlStatus recipe_graph(const ScrawlRecipe *recipe, Graph **graph, ScrawlError *error)
{
    return graph_create(graph, &recipe->tree, recipe->network, error);
}

/* The name becomes that of a folder: it must not lead elsewhere, nor be hidden. */
static ScrawlStatus check_name(const ScrawlRecipe *recipe, ScrawlError *error)
{
    const char *name = recipe->name;
    size_t length = strlen(name);
    const TreeNode *node = tree_get(recipe->tree.root, "name");
    if (length < 1 || length > RECIPE_MAX_NAME)
        return tree_error(&recipe->tree, node, error, "expected a name of 1 to %d bytes, found %zu",
                          RECIPE_MAX_NAME, length);
    if (name[0] == '.' || name[strspn(name, NAME_CHARACTERS)] != '\0')
        return tree_error(&recipe->tree, node, error,
                          "expected letters, digits, '-', '_' and '.', and no '.' first, found "
                          "\"%s\"",
                          name);
    return SCRAWL_STATUS_OK;
}

SplitChoice recipe_split(const DataSection *section)
{
    return (SplitChoice){section->validation, section->fold, (uint64_t)section->seed};
}

static ScrawlStatus read_data(ScrawlRecipe *recipe, const TreeNode *node, ScrawlError *error)
{
    recipe->data = DATA_SECTION_DEFAULT;
    ScrawlStatus status =
        schema_read(&recipe->tree, node, recipe_data_fields, &recipe->data, error);
    if (!status && recipe->data.train[0] == '\0')
        status = tree_error(&recipe->tree, tree_get(node, "train"), error,
                            "expected a data set, found \"\"");
    int last = split_last_fold(recipe->data.validation);
    if (!status && recipe->data.fold > last)
        status = tree_error(&recipe->tree, tree_get(node, "fold"), error,
                            "expected 0 to %d, since data.validation is %g, found %d", last,
                            recipe->data.validation, recipe->data.fold);
    return status;
}

/* Rules between two keys. */
static ScrawlStatus check_train(const ScrawlRecipe *recipe, const TreeNode *node,
                                ScrawlError *error)
{
    const TrainSection *train = &recipe->train;
    const Tree *tree = &recipe->tree;
    if (train->nesterov && (train->optimizer != OPTIMIZER_SGD || train->momentum == 0))
        return tree_error(tree, tree_get(node, "nesterov"), error,
                          "expected optimizer sgd and a momentum above 0 with it");
    if (train->optimizer == OPTIMIZER_MUON && train->l2 > 0)
        return tree_error(tree, tree_get(node, "l2"), error,
                          "expected weight_decay instead with optimizer muon");
    if (train->ema > 0 && train->swa_start < 1)
        return tree_error(tree, tree_get(node, "swa_start"), error,
                          "expected one average of the weights, found this beside ema");
    if ((train->early_stop > 0 || train->until_accuracy > 0) && recipe->data.validation == 0)
        return tree_error(tree,
                          tree_get(node, train->early_stop > 0 ? "early_stop" : "until_accuracy"),
                          error, "expected a data.validation above 0 with it");
    if (train->schedule == SCHEDULE_ONE_CYCLE && train->warmup > 1)
        return tree_error(tree, tree_get(node, "warmup"), error,
                          "expected a part of the whole run, 0 to 1, for one-cycle, found %g",
                          train->warmup);
    if (train->schedule == SCHEDULE_PLATEAU && train->minimum_rate > train->learning_rate)
        return tree_error(tree, tree_get(node, "minimum_rate"), error,
                          "expected at most learning_rate, %g, found %g", train->learning_rate,
                          train->minimum_rate);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_train(ScrawlRecipe *recipe, const TreeNode *node, ScrawlError *error)
{
    TrainSection *train = &recipe->train;
    *train = TRAIN_SECTION_DEFAULT;
    ScrawlStatus status = schema_read(&recipe->tree, node, recipe_train_fields, train, error);
    if (status)
        return status;
    if (train->warmup < 0)
        train->warmup = train->schedule == SCHEDULE_ONE_CYCLE ? ONE_CYCLE_WARMUP : 0;
    return check_train(recipe, node, error);
}

/* The graph is made only to find its faults, and that the preprocessing feeds it. */
static ScrawlStatus check_network(const ScrawlRecipe *recipe, ScrawlError *error)
{
    Graph *graph;
    ScrawlStatus status = recipe_graph(recipe, &graph, error);
    if (status)
        return status;
    const Preprocess *preprocess = &recipe->preprocess;
    Shape in = graph->input;
    if (in.channels != 1 || in.height != preprocess->height || in.width != preprocess->width)
        status =
            tree_error(&recipe->tree, tree_get(recipe->network, "input"), error,
                       "expected [1, %d, %d], as preprocessing gives, found [%d, %d, %d]",
                       preprocess->height, preprocess->width, in.channels, in.height, in.width);
    graph_free(graph);
    return status;
}

ScrawlStatus scrawl_recipe_check(ScrawlRecipe *recipe, ScrawlError *error)
{
    if (recipe->checked)
        return SCRAWL_STATUS_OK;
    const Tree *tree = &recipe->tree;
    Root root = {0};
    ScrawlStatus status = schema_read(tree, tree->root, recipe_fields, &root, error);
    if (!status)
        status = check_name(recipe, error);
    if (!status)
        status = read_data(recipe, root.data, error);
    if (!status)
        status = preprocess_read(&recipe->preprocess, tree, root.preprocessing, error);
    if (!status)
        status = augment_read(&recipe->augment, tree, root.augmentation, error);
    if (!status)
        status = read_train(recipe, root.train, error);
    if (!status) {
        recipe->network = root.network;
        status = check_network(recipe, error);
    }
    recipe->checked = !status;
    return status;
}
