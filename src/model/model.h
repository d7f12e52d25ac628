/* A model in memory: the struct behind scrawl/model.h. Formats fill it, training makes it, sessions
 * run it. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "image/preprocess.h"
#include "nn/graph.h"
#include "scrawl/model.h"

struct ScrawlModel {
    ScrawlModelInfo info; /* what scrawl_model_info shows; its pointers point to the fields below */
    Graph *graph;
    real *parameters; /* [graph->n_parameters] */
    real *state;      /* [graph->n_state] */
    Preprocess preprocess;
    char **class_names; /* [graph->n_classes], one block with their text */
    char *name, *recipe, *data, *scores; /* see ScrawlModelInfo; never NULL */
    char *preprocessing;                 /* JSON of preprocess */
    double temperature; /* logits are divided by it before softmax; 1: uncalibrated */
    double threshold;   /* confidence below it is rejected, 0..1; 0: none */
};

/* A model with zeroed weights, which the caller then fills through its fields parameters and state.
 * Takes the graph, also when it fails. class_names are copied: as many as the graph's classes, at
 * most SCRAWL_DATASET_MAX_CLASSES, valid UTF-8, not empty, no two equal. The graph's input must be
 * [1, height, width] of the preprocessing. name and recipe are "", data is "[]", scores "{}",
 * temperature 1, threshold 0. MISMATCH, LIMIT, NO_MEMORY. Free with scrawl_model_free. */
SCRAWL_MUST_CHECK ScrawlStatus model_create(ScrawlModel **model, Graph *graph,
                                            const Preprocess *preprocess,
                                            const char *const *class_names, int n_classes,
                                            ScrawlError *error);

/* Replaces one of the texts name, recipe, data, scores by a copy of `text`, valid UTF-8:
 * model_set_text(model, &model->name, "mlp", error). NO_MEMORY: the old text stays. */
SCRAWL_MUST_CHECK ScrawlStatus model_set_text(ScrawlModel *model, char **field, const char *text,
                                              ScrawlError *error);

/* Appends the names of the classes as JSON: ["0","1"]. LIMIT and NO_MEMORY are the buffer's. */
SCRAWL_MUST_CHECK ScrawlStatus model_write_classes(const ScrawlModel *model, Buffer *out);

#define MODEL_MIN_TEMPERATURE 1e-3
#define MODEL_MAX_TEMPERATURE 1e3

/* Sets temperature (within these limits) and threshold (0..1), in info too. */
void model_calibrate(ScrawlModel *model, double temperature, double threshold);

#endif
