/* The end of a run: the test set, once, and the model's file. */
#include <string.h>

#include "base/error.h"
#include "base/tree.h"
#include "model/model.h"
#include "train/trainer.h"

#define MAX_JSON ((size_t)1 << 20)

ScrawlStatus trainer_judge(Trainer *trainer, ScrawlError *error)
{
    const DatasetView *view = &trainer->data.test_view;
    if (view->n == 0)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = trainer_score(trainer, "test", view, &trainer->test, error);
    if (status == SCRAWL_STATUS_INTERRUPTED) {
        trainer->test = (Score){0};
        return error_set(error, status,
                         "interrupted while judging: the training is done and saved; go on with: "
                         "scrawl train --resume %s", trainer->folder->path);
    }
    return status;
}

static ScrawlStatus write_number(Buffer *out, const char *key, double value)
{
    ScrawlStatus status = buffer_print(out, ",\"%s\":", key);
    return status ? status : json_write_number(value, out);
}

/* {"data", "split", "n", "errors", "accuracy", "loss"} */
static ScrawlStatus write_score(Buffer *out, const char *key, const DatasetView *view,
                                const Score *score)
{
    if (score->n == 0)
        return SCRAWL_STATUS_OK;
    const ScrawlDatasetInfo *info = &view->dataset->info;
    ScrawlStatus status =
        buffer_print(out, "%s\"%s\":{\"data\":", out->size > 1 ? "," : "", key);
    if (!status)
        status = json_write_string(info->name, out);
    if (!status)
        status = buffer_print(out, ",\"split\":\"%s\",\"n\":%zu,\"errors\":%zu", info->split,
                              score->n, score->n - score->n_correct);
    if (!status)
        status = write_number(out, "accuracy", (double)score->n_correct / (double)score->n);
    if (!status)
        status = write_number(out, "loss", score->loss);
    return status ? status : buffer_print(out, "}");
}

static ScrawlStatus write_scores(const Trainer *trainer, Buffer *out)
{
    const TrainData *data = &trainer->data;
    ScrawlStatus status = buffer_print(out, "{");
    if (!status)
        status = write_score(out, "validation", &data->valid_view, &trainer->state.valid);
    if (!status)
        status = write_score(out, "test", &data->test_view, &trainer->test);
    return status ? status : buffer_print(out, "}");
}

static ScrawlStatus set_texts(const Trainer *trainer, ScrawlModel *model, ScrawlError *error)
{
    Buffer data, scores;
    buffer_init(&data, MAX_JSON);
    buffer_init(&scores, MAX_JSON);
    ScrawlStatus status = train_data_write_json(&trainer->data, trainer->init, &data);
    if (!status)
        status = write_scores(trainer, &scores);
    if (status)
        status = error_no_memory(error, "the model's description");
    if (!status)
        status = model_set_text(model, &model->name, trainer->recipe->name, error);
    if (!status)
        status = model_set_text(model, &model->recipe, trainer->recipe_text, error);
    if (!status)
        status = model_set_text(model, &model->data, buffer_text(&data), error);
    if (!status)
        status = model_set_text(model, &model->scores, buffer_text(&scores), error);
    buffer_deinit(&data);
    buffer_deinit(&scores);
    return status;
}

ScrawlStatus trainer_save_model(const Trainer *trainer, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &trainer->data.train->info;
    const TrainState *state = &trainer->state;
    ScrawlModel *model;
    Graph *graph;
    /* A graph of its own: the model takes it. */
    ScrawlStatus status = recipe_graph(trainer->recipe, &graph, error);
    if (!status)
        status = model_create(&model, graph, &trainer->recipe->preprocess, info->class_names,
                              info->n_classes, error);
    if (status)
        return status;
    memcpy(model->parameters, trainer_parameters(trainer), state->n_parameters * sizeof(real));
    memcpy(model->state, trainer_running(trainer), state->n_state * sizeof(real));
    status = set_texts(trainer, model, error);
    if (!status)
        status = scrawl_model_save(model, trainer->folder->model, error);
    scrawl_model_free(model);
    return status;
}
