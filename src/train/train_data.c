#include "train/train_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/tree.h"
#include "data/spec.h"

static ScrawlStatus open_set(ScrawlDataset **dataset, const char *text, ScrawlSplit split,
                             const ScrawlRecipe *recipe, const ScrawlTrainOptions *options,
                             ScrawlError *error)
{
    ScrawlDataOptions data_options = {
        .split = split,
        .data_folder = options->data_folder,
        .seed = (uint64_t)recipe->data.seed,
        .log = options->log,
    };
    ScrawlStatus status = scrawl_dataset_open(dataset, text, &data_options, error);
    if (status)
        return status;
    const Preprocess *preprocess = &recipe->preprocess;
    return dataset_resize(*dataset, preprocess->width, preprocess->height, error);
}

/* The test set's labels become the training set's, class by class of the same name. */
static ScrawlStatus match_classes(const TrainData *data, ScrawlError *error)
{
    const ScrawlDatasetInfo *train = &data->train->info, *test = &data->test->info;
    uint16_t mine[SCRAWL_DATASET_MAX_CLASSES];
    for (int i = 0; i < test->n_classes; i++) {
        int index = dataset_find_class(train->class_names, train->n_classes, test->class_names[i]);
        if (index < 0)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: its test class \"%s\" is not among the %d classes of the "
                             "training data %s",
                             test->name, test->class_names[i], train->n_classes, train->name);
        mine[i] = (uint16_t)index;
    }
    for (size_t i = 0; i < test->n; i++)
        data->test->labels[i] = mine[data->test->labels[i]];
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_test(const TrainData *data, ScrawlError *error)
{
    if (strcmp(data->train->info.sha256, data->test->info.sha256) == 0)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: the test images are the training images; name others in data.test, "
                         "or say none",
                         data->test->info.name);
    return match_classes(data, error);
}

/* Where the recipe names no test set: that of the training set's names, if there is one and if it
 * is not trained on. */
static ScrawlStatus open_own_test(TrainData *data, const ScrawlRecipe *recipe,
                                  const ScrawlTrainOptions *options, ScrawlError *error)
{
    const char *train = recipe->data.train;
    if (strcmp(data->train->info.split, split_name(SCRAWL_SPLIT_TRAIN)) != 0)
        return SCRAWL_STATUS_OK;
    char *names = spec_names(train);
    if (!names)
        return error_no_memory(error, "the name of the test data");
    ScrawlError own = {0};
    ScrawlStatus status = open_set(&data->test, names, SCRAWL_SPLIT_TEST, recipe, options, &own);
    mem_free(names);
    if (status == SCRAWL_STATUS_NOT_FOUND) {
        log_message(options->log, SCRAWL_LOG_LEVEL_WARNING, "no test set: %s", own.message);
        return SCRAWL_STATUS_OK;
    }
    return status ? error_set(error, status, "%s", own.message) : SCRAWL_STATUS_OK;
}

static ScrawlStatus open_test(TrainData *data, const ScrawlRecipe *recipe,
                              const ScrawlTrainOptions *options, ScrawlError *error)
{
    const char *text = recipe->data.test;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (text[0] == '\0')
        status = open_own_test(data, recipe, options, error);
    else if (strcmp(text, "none") != 0)
        status = open_set(&data->test, text, SCRAWL_SPLIT_TEST, recipe, options, error);
    return !status && data->test ? check_test(data, error) : status;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* As many as the share allows, by chance: every nth could miss classes that come in turns. */
static void thin_out(TrainData *data, const DataSection *section)
{
    Rng rng;
    size_t n = data->outlier_view.n;
    double most = round(section->outlier_fraction * (double)data->split.n_train);
    if (most >= (double)n)
        return;
    rng_init(&rng, (uint64_t)section->seed, rng_stream(RNG_PURPOSE_OUTLIERS, 0, 0));
    rng_shuffle(&rng, data->outlier_indices, n);
    data->outlier_view.n = (size_t)most;
    qsort(data->outlier_indices, data->outlier_view.n, sizeof *data->outlier_indices, ascending);
}

/* Pictures that the network is to be unsure of: D. Hendrycks, M. Mazeika & T. Dietterich, "Deep
 * Anomaly Detection with Outlier Exposure", ICLR 2019. Those of classes that it learns are left
 * out. */
static ScrawlStatus open_outliers(TrainData *data, const ScrawlRecipe *recipe,
                                  const ScrawlTrainOptions *options, ScrawlError *error)
{
    const ScrawlDatasetInfo *train = &data->train->info;
    DatasetView *view = &data->outlier_view;
    const char *text = recipe->data.outliers;
    if (text[0] == '\0' || strcmp(text, "none") == 0 || recipe->data.outlier_fraction == 0)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status =
        open_set(&data->outliers, text, SCRAWL_SPLIT_TRAIN, recipe, options, error);
    if (!status)
        status =
            dataset_find_unknown(data->outliers, train->class_names, train->n_classes,
                                 "the training data know", &data->outlier_indices, &view->n, error);
    if (status)
        return status;
    view->dataset = data->outliers;
    view->indices = data->outlier_indices;
    thin_out(data, &recipe->data);
    if (view->n == 0)
        log_message(options->log, SCRAWL_LOG_LEVEL_WARNING,
                    "no pictures of no class: %g of %zu training images is none",
                    recipe->data.outlier_fraction, data->split.n_train);
    return SCRAWL_STATUS_OK;
}

/* There is nothing to tell apart in one class, and every network would look perfect. */
static ScrawlStatus check_two_classes(const ScrawlDataset *dataset, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &dataset->info;
    for (size_t i = 1; i < info->n; i++) {
        if (dataset->labels[i] != dataset->labels[0])
            return SCRAWL_STATUS_OK;
    }
    return error_set(error, SCRAWL_STATUS_MISMATCH,
                     "%s: expected images of two classes or more to learn from, found only \"%s\"",
                     info->name, info->class_names[dataset->labels[0]]);
}

static ScrawlStatus check_train(const TrainData *data, const Graph *graph, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &data->train->info;
    ScrawlStatus status = check_two_classes(data->train, error);
    if (status)
        return status;
    if (info->n_classes != graph->n_classes)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: has %d classes, but the network's last layer gives %d; the two must "
                         "be equal",
                         info->name, info->n_classes, graph->n_classes);
    return SCRAWL_STATUS_OK;
}

/* A tenth of seven images is none. */
static void warn_of_no_validation(const TrainData *data, const DataSection *section,
                                  const ScrawlLog *log)
{
    if (section->validation > 0 && data->split.n_validation == 0)
        log_message(log, SCRAWL_LOG_LEVEL_WARNING,
                    "no validation: %g of the %zu images of %s is none", section->validation,
                    data->train->info.n, data->train->info.name);
}

static void set_views(TrainData *data)
{
    const Split *split = &data->split;
    data->train_view = (DatasetView){data->train, split->train, split->n_train};
    data->valid_view = (DatasetView){data->train, split->validation, split->n_validation};
    if (data->test)
        data->test_view = (DatasetView){data->test, NULL, data->test->info.n};
}

ScrawlStatus train_data_open(TrainData *data, const ScrawlRecipe *recipe, const Graph *graph,
                             const ScrawlTrainOptions *options, ScrawlError *error)
{
    const DataSection *section = &recipe->data;
    SplitChoice choice = recipe_split(section);
    *data = (TrainData){0};
    ScrawlStatus status =
        open_set(&data->train, section->train, SCRAWL_SPLIT_TRAIN, recipe, options, error);
    if (!status)
        status = check_train(data, graph, error);
    if (!status)
        status = split_create(&data->split, data->train, &choice, error);
    if (!status)
        status = open_test(data, recipe, options, error);
    if (!status)
        status = open_outliers(data, recipe, options, error);
    if (status) {
        train_data_close(data);
        return status;
    }
    set_views(data);
    warn_of_no_validation(data, section, options->log);
    return SCRAWL_STATUS_OK;
}

void train_data_close(TrainData *data)
{
    if (!data)
        return;
    split_deinit(&data->split);
    scrawl_dataset_free(data->train);
    scrawl_dataset_free(data->test);
    scrawl_dataset_free(data->outliers);
    mem_free(data->outlier_indices);
    *data = (TrainData){0};
}

void train_data_key(const TrainData *data, char key[CHECKSUM_TEXT_SIZE])
{
    char both[2 * CHECKSUM_TEXT_SIZE];
    memcpy(key, data->train->sha256, CHECKSUM_TEXT_SIZE);
    if (!data->outliers)
        return;
    memcpy(both, data->train->sha256, CHECKSUM_TEXT_SIZE);
    memcpy(both + CHECKSUM_TEXT_SIZE, data->outliers->sha256, CHECKSUM_TEXT_SIZE);
    checksum_sha256(both, sizeof both, key);
}

size_t train_data_size(const TrainData *data)
{
    return data->train_view.n + data->outlier_view.n;
}

static ScrawlStatus add_view(Provenance *provenance, const DatasetView *view, ScrawlDataUse use,
                             ScrawlError *error)
{
    if (view->n == 0)
        return SCRAWL_STATUS_OK;
    const ScrawlDatasetInfo *info = &view->dataset->info;
    return provenance_add_data(provenance,
                               &(ScrawlDataRow){.use = use,
                                                .name = info->name,
                                                .split = info->split,
                                                .n = view->n,
                                                .sha256 = info->sha256},
                               error);
}

ScrawlStatus train_data_describe(const TrainData *data, Provenance *provenance, ScrawlError *error)
{
    ScrawlStatus status = add_view(provenance, &data->train_view, SCRAWL_DATA_USE_TRAINING, error);
    if (!status)
        status = add_view(provenance, &data->valid_view, SCRAWL_DATA_USE_VALIDATION, error);
    if (!status)
        status = add_view(provenance, &data->test_view, SCRAWL_DATA_USE_TEST, error);
    if (!status)
        status = add_view(provenance, &data->outlier_view, SCRAWL_DATA_USE_OUTLIERS, error);
    return status;
}
