/* A model in memory: the struct behind scrawl/model.h. Formats fill it, training makes it, sessions
 * run it. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "image/preprocess.h"
#include "model/provenance.h"
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

/* What a model says of itself. */
typedef struct ModelDescription {
    char *name, *recipe; /* see ScrawlModelInfo; never NULL */
    Provenance provenance;
} ModelDescription;

/* A network with its weights. */
typedef struct Network {
    Graph *graph;
    real *parameters;             /* [graph->n_parameters] */
    real *state;                  /* [graph->n_state] */
    ModelDescription description; /* as a model by itself; of an ensemble's members without data */
    double temperature; /* its logits are divided by it before they are combined; 1 unless it is a
                           member of an ensemble */
} Network;

struct ScrawlModel {
    ScrawlModelInfo info; /* what scrawl_model_info shows; its pointers point to the fields below */
    Network *networks;    /* [n_networks]: all of one input shape and as many classes */
    int n_networks;       /* 1..SCRAWL_MAX_MEMBERS; an ensemble has 2 at least */
    ModelCombine combine;
    ModelTta tta;
    bool half; /* weights are written as F16 */
    Preprocess preprocess;
    char **class_names;            /* [info.n_classes], one block with their text */
    char *preprocessing;           /* JSON of preprocess */
    ModelDescription *description; /* of the whole: the only network's, or the ensemble's */
    ModelDescription ensemble;     /* empty where there is one network */
    double temperature;            /* logits are divided by it before softmax; 1: uncalibrated */
    double threshold;              /* confidence below it is rejected, 0..1; 0: none */
};

/* A model with zeroed weights, which the caller then fills through networks[0]. Takes the graph,
 * also when it fails. class_names are copied: as many as the graph's classes, at most
 * SCRAWL_DATASET_MAX_CLASSES, valid UTF-8, not empty, no two equal. The graph's input must be
 * [1, height, width] of the preprocessing. name and recipe are "", the provenance is empty,
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

/* Replaces name or recipe of one of the model's descriptions by a copy of `text`, valid UTF-8:
 * model_set_text(model, &model->description->name, "mlp", error). NO_MEMORY: the old one stays. */
SCRAWL_MUST_CHECK ScrawlStatus model_set_text(ScrawlModel *model, char **field, const char *text,
                                              ScrawlError *error);

/* Replaces the provenance of the whole model, and takes the new one, which is then empty. */
void model_set_provenance(ScrawlModel *model, Provenance *provenance);

/* Puts a score among the model's, see provenance_set_score, which says what it returns. */
SCRAWL_MUST_CHECK ScrawlStatus model_set_score(ScrawlModel *model, const ScrawlScore *score,
                                               ScrawlError *error);

/* Appends the names of the classes as JSON: ["0","1"]. LIMIT and NO_MEMORY are the buffer's. */
SCRAWL_MUST_CHECK ScrawlStatus model_write_classes(const ScrawlModel *model, Buffer *out);

/* *half is a copy that stores its weights as 16-bit floats. They will be rounded, so what was
 * measured and bounded of the model's answers is not kept: scores, threshold, error bound.
 * MISMATCH, NO_MEMORY; *half is NULL after a failure. */
SCRAWL_MUST_CHECK ScrawlStatus model_create_half(ScrawlModel **half, const ScrawlModel *model,
                                                 ScrawlError *error);

#define MODEL_MIN_TEMPERATURE 1e-3
#define MODEL_MAX_TEMPERATURE 1e3

/* Sets temperature (within these limits) and threshold (0..1), in info too. */
void model_calibrate(ScrawlModel *model, double temperature, double threshold);

/* Sets how the answer is made, in info too. */
void model_set_passes(ScrawlModel *model, ModelCombine combine, ModelTta tta);
void model_set_half(ScrawlModel *model, bool half);

#endif
