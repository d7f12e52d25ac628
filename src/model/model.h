/* A model in memory: the struct behind scrawl/model.h. Formats fill it, training makes it, sessions run it. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "image/preprocess.h"
#include "nn/graph.h"
#include "scrawl/model.h"

struct ScrawlModel {
    ScrawlModelInfo info;  /* its pointers point to the fields below; refreshed by model_finish */
    Graph *graph;
    real *parameters;      /* [graph->n_parameters] */
    real *state;           /* [graph->n_state] */
    Preprocess preprocess;
    char **class_names;    /* [graph->n_classes], one block */
    char *name, *recipe, *data, *scores; /* see ScrawlModelInfo; never NULL */
    char *preprocessing;   /* JSON of preprocess */
    double temperature;    /* logits are divided by it before softmax; 1: uncalibrated */
    double threshold;      /* 0: none */
};

/* A model with zeroed weights; takes the graph (also when it fails). class_names are copied; their number must be the graph's; the graph's input must be [1, preprocess height, width]. */
SCRAWL_MUST_CHECK ScrawlStatus model_create(ScrawlModel **model, Graph *graph, const Preprocess *preprocess, const char *const *class_names, int n_classes, ScrawlError *error);
/* Replaces one of the texts name, recipe, data, scores by a copy. */
SCRAWL_MUST_CHECK ScrawlStatus model_set_text(ScrawlModel *model, char **field, const char *text, ScrawlError *error);

#endif
