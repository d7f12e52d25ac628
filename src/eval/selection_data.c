#include "eval/selection_data.h"

#include "base/error.h"
#include "eval/leakage_check.h"

static ScrawlStatus open_other(SelectionData *data, const char *text, const ScrawlDataOptions *wish,
                               ScrawlError *error)
{
    DataSpec spec;
    ScrawlStatus status = spec_parse(&spec, text, SCRAWL_SPLIT_TRAIN, error);
    if (status)
        return status;
    if (spec.split != SCRAWL_SPLIT_TRAIN)
        status = error_set(error, SCRAWL_STATUS_USAGE,
                           "%s: test sets never choose: expected the training split", text);
    if (!status)
        status = scrawl_dataset_open(&data->dataset, text, wish, error);
    for (int i = 0; i < data->n_models && !status; i++)
        status = leakage_check(data->models[i], &spec, data->dataset->info.sha256,
                               "so it cannot choose", error);
    if (!status)
        data->view = (DatasetView){data->dataset, NULL, data->dataset->info.n};
    spec_deinit(&spec);
    return status;
}

static ScrawlStatus open_holdout(SelectionData *data, const ScrawlDataOptions *wish,
                                 ScrawlError *error)
{
    Holdout *part = &data->holdout;
    ScrawlStatus status = holdout_open(part, data->models, data->n_models, wish, error);
    data->view = part->view;
    return status;
}

ScrawlStatus selection_data_open(SelectionData *data, const ScrawlModel *const *models,
                                 int n_models, const ScrawlSelectOptions *options,
                                 ScrawlError *error)
{
    ScrawlDataOptions wish = {
        .split = SCRAWL_SPLIT_TRAIN, .data_folder = options->data_folder, .log = options->log};
    *data = (SelectionData){.models = models, .n_models = n_models, .options = options};
    bool holdout = !options->data || holdout_names(models[0], options->data);
    data->split_name = holdout ? "validation" : "train";
    ScrawlStatus status =
        holdout ? open_holdout(data, &wish, error) : open_other(data, options->data, &wish, error);
    if (status)
        selection_data_close(data);
    return status;
}

void selection_data_close(SelectionData *data)
{
    if (!data)
        return;
    holdout_close(&data->holdout);
    scrawl_dataset_free(data->dataset);
    *data = (SelectionData){0};
}
