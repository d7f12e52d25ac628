/* A model in memory: the struct behind scrawl/model.h. Formats fill it, training makes it, sessions
 * run it. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "image/preprocess.h"
#include "nn/graph.h"
#include "scrawl/model.h"

/* How an ensemble's answers become one: see inference.h. */
typedef enum ModelCombine { MODEL_COMBINE_AVERAGE, MODEL_COMBINE_VOTE } ModelCombine;

/* Test-time augmentation: which shifts by one pixel are averaged over. */
typedef enum ModelTta { MODEL_TTA_NONE, MODEL_TTA_CROSS, MODEL_TTA_SQUARE } ModelTta;

/* By their value, a NULL behind the last: "average", "vote"; "none", "cross", "square". */
extern const char *const model_combine_names[], *const model_tta_names[];

/* *tta of its name; USAGE, with the names that there are. */
SCRAWL_MUST_CHECK ScrawlStatus model_find_tta(const char *name, ModelTta *tta, ScrawlError *error);

/* Passes through a network for one picture: 1, 5, 9. */
int model_passes(ModelTta tta);

typedef struct ModelMember {
    Graph *graph;
    real *parameters; /* [graph->n_parameters] */
    real *state;      /* [graph->n_state] */
    /* Of an ensemble's member, what it was as a model of its own; else "", "", "{}" and 1, and the
     * model's fields hold. */
    char *name, *recipe, *scores;
    double temperature; /* its logits are divided by it before they are combined */
} ModelMember;

struct ScrawlModel {
    ScrawlModelInfo info; /* what scrawl_model_info shows; its pointers point to the fields below */
    ModelMember *members; /* [n_members]: all of one input shape and as many classes */
    int n_members;        /* 1..SCRAWL_MAX_MEMBERS; an ensemble has 2 at least */
    ModelCombine combine;
    ModelTta tta;
    bool half; /* weights are written as F16 */
    /* The first member's: all there is but in an ensemble. */
    Graph *graph;
    real *parameters, *state;
    Preprocess preprocess;
    char **class_names;                  /* [graph->n_classes], one block with their text */
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

/* The same of n_graphs members, 1..SCRAWL_MAX_MEMBERS, which average without shifts. Takes all
 * graphs, also when it fails; the array itself is borrowed. */
SCRAWL_MUST_CHECK ScrawlStatus model_create_ensemble(ScrawlModel **model, Graph *const *graphs,
                                                     int n_graphs, const Preprocess *preprocess,
                                                     const char *const *class_names, int n_classes,
                                                     ScrawlError *error);

/* Replaces one of the texts name, recipe, data, scores, or a member's, by a copy of `text`, valid
 * UTF-8: model_set_text(model, &model->name, "mlp", error). NO_MEMORY: the old text stays. */
SCRAWL_MUST_CHECK ScrawlStatus model_set_text(ScrawlModel *model, char **field, const char *text,
                                              ScrawlError *error);

/* Appends the names of the classes as JSON: ["0","1"]. LIMIT and NO_MEMORY are the buffer's. */
SCRAWL_MUST_CHECK ScrawlStatus model_write_classes(const ScrawlModel *model, Buffer *out);

#define MODEL_MIN_TEMPERATURE 1e-3
#define MODEL_MAX_TEMPERATURE 1e3

/* Sets temperature (within these limits) and threshold (0..1), in info too. */
void model_calibrate(ScrawlModel *model, double temperature, double threshold);

/* Sets how the answer is made, in info too. */
void model_set_passes(ScrawlModel *model, ModelCombine combine, ModelTta tta);
void model_set_half(ScrawlModel *model, bool half);

#endif
