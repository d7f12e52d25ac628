#include "judge/choose_data.h"

#include "base/error.h"
#include "judge/unseen.h"

static ScrawlStatus open_other(ChooseData *data, const char *text, const ScrawlDataOptions *wish,
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
        status = unseen_check(data->models[i], &spec, data->dataset->info.sha256,
                              "so it cannot choose", error);
    if (!status)
        data->view = (DatasetView){data->dataset, NULL, data->dataset->info.n};
    spec_deinit(&spec);
    return status;
}

static ScrawlStatus open_held_back(ChooseData *data, const ScrawlDataOptions *wish,
                                   ScrawlError *error)
{
    HeldBack *part = &data->held_back;
    ScrawlStatus status = held_back_open(part, data->models, data->n_models, wish, error);
    data->view = part->view;
    return status;
}

ScrawlStatus choose_data_open(ChooseData *data, const ScrawlModel *const *models, int n_models,
                              const ScrawlChooseOptions *options, ScrawlError *error)
{
    ScrawlDataOptions wish = {.split = SCRAWL_SPLIT_TRAIN, .data_folder = options->data_folder,
                              .log = options->log};
    *data = (ChooseData){.models = models, .n_models = n_models, .options = options};
    bool held_back = !options->data || held_back_names(models[0], options->data);
    data->split_name = held_back ? "validation" : "train";
    ScrawlStatus status = held_back ? open_held_back(data, &wish, error)
                                    : open_other(data, options->data, &wish, error);
    if (status)
        choose_data_close(data);
    return status;
}

void choose_data_close(ChooseData *data)
{
    if (!data)
        return;
    held_back_close(&data->held_back);
    scrawl_dataset_free(data->dataset);
    *data = (ChooseData){0};
}
