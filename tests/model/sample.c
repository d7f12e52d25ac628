#include "../model/describe.h"
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "scrawl/ensemble.h"

#define MAX_CLASSES 26

static void need(ScrawlStatus status, const ScrawlError *error)
{
    if (!status)
        return;
    fprintf(stderr, "sample: %s\n", error->message);
    abort();
}

ScrawlModel *sample_model(const char *network, int n_classes, uint64_t seed)
{
    ScrawlError error = {0};
    Graph *graph;
    ScrawlModel *model;
    char text[MAX_CLASSES][2];
    const char *names[MAX_CLASSES];
    for (int i = 0; i < n_classes; i++) {
        text[i][0] = (char)('a' + i);
        text[i][1] = '\0';
        names[i] = text[i];
    }
    Preprocess preprocess = PREPROCESS_DEFAULT;
    preprocess.height = preprocess.width = SAMPLE_SIDE;
    preprocess.mean = preprocess.sd = 0.5;
    need(graph_create_json(&graph, "sample", network, &error), &error);
    need(model_create(&model, graph, &preprocess, names, n_classes, &error), &error);
    graph_initialize(model->networks->graph, seed, model->networks->parameters,
                     model->networks->state);
    return model;
}

ScrawlModel *sample_convnet(void)
{
    ScrawlError error = {0};
    ScrawlModel *model = sample_model("{\"input\":[1,8,8],\"layers\":[{\"conv2d\":{\"channels\":2,"
                                      "\"kernel\":3}},\"batchnorm\",\"relu\",{\"maxpool\":{"
                                      "\"size\":2}},\"flatten\",{\"dense\":{\"units\":3}}]}",
                                      3, 7);
    for (size_t i = 0; i < model->networks->graph->n_state; i++)
        model->networks->state[i] = 0.5f + 0.25f * (float)i;
    need(model_set_text(model, &model->description->name, "sample", &error), &error);
    need(model_set_text(model, &model->description->recipe, "name: sample\ntrain: {epochs: 1}\n",
                        &error),
         &error);
    set_data(model, "[{\"name\":\"pen\",\"n\":10}]");
    set_scores(model, "{\"test\":{\"accuracy\":0.5}}");
    model_calibrate(model, 1.5, 0.1);
    return model;
}

ScrawlModel *sample_ensemble(void)
{
    ScrawlError error = {0};
    ScrawlModel *ensemble, *conv = sample_convnet();
    ScrawlModel *dense = sample_model(
        "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":3}}]}", 3, 8);
    const ScrawlModel *models[] = {conv, dense};
    ScrawlEnsembleOptions options = {.combine = "vote", .tta = "cross"};
    need(scrawl_ensemble_create(&ensemble, models, 2, &options, &error), &error);
    scrawl_model_free(conv);
    scrawl_model_free(dense);
    return ensemble;
}

ScrawlModel *sample_constant(int n_classes, const float *logits)
{
    char network[128];
    snprintf(network, sizeof network,
             "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":%d}}]}", n_classes);
    ScrawlModel *model = sample_model(network, n_classes, 1);
    const Layer *dense = &model->networks->graph->layers[model->networks->graph->n_layers - 1];
    memset(model->networks->parameters, 0, model->networks->graph->n_parameters * sizeof(real));
    for (int i = 0; i < dense->n_tensors; i++)
        if (strcmp(dense->tensors[i].name, "bias") == 0)
            memcpy(model->networks->parameters + dense->tensors[i].offset, logits,
                   (size_t)n_classes * sizeof(real));
    return model;
}

uint8_t *sample_pixels(size_t n, uint64_t seed)
{
    Rng rng;
    size_t size = n * SAMPLE_SIDE * SAMPLE_SIDE;
    uint8_t *pixels = mem_alloc(size, 1);
    if (!pixels)
        abort();
    rng_init(&rng, seed, rng_stream(RNG_PURPOSE_TEST, 0, 0));
    for (size_t i = 0; i < size; i++)
        pixels[i] = (uint8_t)rng_below(&rng, 256);
    return pixels;
}
