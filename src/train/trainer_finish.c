/* The end of a run: the test set, once, and the model's file. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"
#include "model/temperature.h"
#include "train/trainer.h"

/* The answers on a view and its true labels. */
typedef struct Answers {
    float *logits;
    uint16_t *labels;
    size_t n, n_classes;
} Answers;

static void answers_deinit(Answers *answers)
{
    mem_free(answers->logits);
    mem_free(answers->labels);
}

static ScrawlStatus ask(Trainer *trainer, const char *what, const DatasetView *view,
                        Answers *answers, Score *score, ScrawlError *error)
{
    answers->n = view->n;
    answers->n_classes = (size_t)trainer->graph->n_classes;
    answers->logits = mem_alloc(view->n, answers->n_classes * sizeof *answers->logits);
    answers->labels = mem_alloc(view->n, sizeof *answers->labels);
    if (!answers->logits || !answers->labels)
        return error_no_memory(error, "the network's answers");
    for (size_t i = 0; i < view->n; i++)
        answers->labels[i] = view->dataset->labels[view->indices ? view->indices[i] : i];
    return trainer_score(trainer, what, view, answers->logits, score, error);
}

static double loss_at(const Answers *answers, double temperature)
{
    return temperature_loss(answers->n, answers->n_classes, answers->logits, answers->labels,
                            temperature);
}

static void fit(Trainer *trainer, const Answers *answers)
{
    trainer->temperature =
        temperature_fit(answers->n, answers->n_classes, answers->logits, answers->labels, 1);
    trainer->valid.loss = loss_at(answers, trainer->temperature);
    log_message(trainer->options->log, SCRAWL_LOG_LEVEL_INFO,
                "calibrated on %zu validation images: temperature %.3f, cross-entropy %.4f instead "
                "of %.4f",
                answers->n, trainer->temperature, trainer->valid.loss, loss_at(answers, 1));
}

static ScrawlStatus calibrate(Trainer *trainer, ScrawlError *error)
{
    const DatasetView *view = &trainer->data.valid_view;
    Answers answers = {0};
    trainer->valid = trainer->state.valid;
    if (view->n < TRAINER_LEAST_CALIBRATION)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = ask(trainer, "validation", view, &answers, &trainer->valid, error);
    if (!status)
        fit(trainer, &answers);
    answers_deinit(&answers);
    return status;
}

static ScrawlStatus test(Trainer *trainer, ScrawlError *error)
{
    const DatasetView *view = &trainer->data.test_view;
    Answers answers = {0};
    if (view->n == 0)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = ask(trainer, "test", view, &answers, &trainer->test, error);
    if (!status && trainer->temperature != 1)
        trainer->test.loss = loss_at(&answers, trainer->temperature);
    answers_deinit(&answers);
    return status;
}

ScrawlStatus trainer_evaluate(Trainer *trainer, ScrawlError *error)
{
    ScrawlStatus status = calibrate(trainer, error);
    if (!status)
        status = test(trainer, error);
    if (status == SCRAWL_STATUS_INTERRUPTED) {
        trainer->test = (Score){0};
        return error_set(
            error, status,
            "interrupted while evaluation: the training is done and saved; go on with: "
            "scrawl train --resume %s",
            trainer->folder->path);
    }
    return status;
}

static ScrawlStatus add_score(Provenance *provenance, const char *key, const DatasetView *view,
                              const Score *score, ScrawlError *error)
{
    if (score->n == 0)
        return SCRAWL_STATUS_OK;
    const ScrawlDatasetInfo *info = &view->dataset->info;
    return provenance_set_score(
        provenance,
        &(ScrawlScore){.key = key,
                       .data = info->name,
                       .split = info->split,
                       .n = score->n,
                       .n_errors = score->n - score->n_correct,
                       .accuracy = (double)score->n_correct / (double)score->n,
                       .loss = score->loss},
        error);
}

static ScrawlStatus describe(const Trainer *trainer, ScrawlModel *model, ScrawlError *error)
{
    const TrainData *data = &trainer->data;
    Provenance provenance = {0};
    ScrawlStatus status = train_data_describe(data, &provenance, error);
    if (!status)
        status = provenance_merge_data(&provenance, &trainer->initial, error);
    if (!status)
        status = add_score(&provenance, "validation", &data->valid_view, &trainer->valid, error);
    if (!status)
        status = add_score(&provenance, "test", &data->test_view, &trainer->test, error);
    if (!status)
        model_set_provenance(model, &provenance);
    provenance_deinit(&provenance);
    if (!status)
        status = model_set_text(model, &model->description->name, trainer->recipe->name, error);
    if (!status)
        status = model_set_text(model, &model->description->recipe, trainer->recipe_text, error);
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
    memcpy(model->networks[0].parameters, trainer_parameters(trainer),
           state->n_parameters * sizeof(real));
    memcpy(model->networks[0].state, trainer_running(trainer), state->n_state * sizeof(real));
    model_calibrate(model, trainer->temperature, 0);
    status = describe(trainer, model, error);
    if (!status)
        status = scrawl_model_save(model, trainer->folder->model, error);
    scrawl_model_free(model);
    return status;
}
