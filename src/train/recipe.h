/* A checked recipe as structs: what the training loop and the bench read. */
#ifndef TRAIN_RECIPE_H
#define TRAIN_RECIPE_H

#include "base/schema.h"
#include "base/tree.h"
#include "data/augment.h"
#include "data/split.h"
#include "image/preprocess.h"
#include "nn/graph.h"
#include "scrawl/recipe.h"

#define RECIPE_MAX_NAME 63 /* bytes */

typedef enum Optimizer { OPTIMIZER_SGD, OPTIMIZER_ADAM, OPTIMIZER_ADAMW, OPTIMIZER_MUON } Optimizer;

typedef enum Schedule {
    SCHEDULE_CONSTANT,
    SCHEDULE_STEP,
    SCHEDULE_LINEAR,
    SCHEDULE_COSINE,
    SCHEDULE_ONE_CYCLE,
    SCHEDULE_PLATEAU,
} Schedule;

typedef struct DataSection {
    const char *train; /* D of scrawl/dataset.h */
    /* D; "": the train text's names with :test; "none": no test */
    const char *test;
    double validation;       /* part of the training set, 0..0.9 */
    int fold;                /* which of the parts of that size */
    int seed;                /* of the split: the same for all runs, so that runs compare */
    const char *outliers;    /* D: pictures of no class; "" and "none": none */
    double outlier_fraction; /* at most so many, as a part of the training images */
} DataSection;

#define DATA_SECTION_DEFAULT \
    ((DataSection){          \
        .train = "", .test = "", .validation = 0.1, .outliers = "", .outlier_fraction = 0.5})

typedef struct TrainSection {
    int epochs, batch, seed;
    int optimizer, schedule; /* Optimizer, Schedule */
    double learning_rate;
    double momentum;              /* sgd, muon */
    bool nesterov;                /* sgd */
    double beta1, beta2, epsilon; /* adam, adamw, and what muon leaves to it */
    double other_rate;            /* muon: adamw's rate, as a part of learning_rate */
    double l2;                    /* L2 penalty: l2 * w is added to the gradient */
    double weight_decay;          /* decoupled: w shrinks by rate * weight_decay a step */
    double label_smoothing;
    double clip_norm;       /* the gradient's norm is at most this; 0: any */
    int lookahead_steps;    /* so often the slow weights follow; 0: there are none */
    double lookahead_share; /* ... by this part of the way */
    double ema;             /* decay of the average of weights, a step; 0: none */
    double swa_start;       /* part of the run after which weights are averaged; 1: none */
    int early_stop;         /* epochs without a better validation loss; 0: never */
    double until_accuracy;  /* stop when validation reaches it; 0: never */
    int step_epochs;        /* step: every so many epochs ... */
    double step_factor;     /* ... times this */
    double warmup;        /* linear, cosine: epochs of linear rise; one-cycle: part of the whole */
    double final_rate;    /* linear, cosine, one-cycle: the last rate, as a part of learning_rate */
    int plateau_patience; /* plateau: epochs without a better validation loss ... */
    double plateau_factor; /* ... then times this ... */
    double minimum_rate;   /* ... but not below this */
} TrainSection;

/* warmup: filled by scrawl_recipe_check where the recipe does not say it. */
#define TRAIN_SECTION_DEFAULT                      \
    ((TrainSection){.epochs = 10,                  \
                    .batch = 32,                   \
                    .seed = 1,                     \
                    .optimizer = OPTIMIZER_ADAM,   \
                    .schedule = SCHEDULE_CONSTANT, \
                    .learning_rate = 0.001,        \
                    .beta1 = 0.9,                  \
                    .beta2 = 0.999,                \
                    .epsilon = 1e-8,               \
                    .step_epochs = 10,             \
                    .step_factor = 0.1,            \
                    .other_rate = 0.05,            \
                    .lookahead_share = 0.5,        \
                    .swa_start = 1,                \
                    .warmup = -1,                  \
                    .plateau_patience = 3,         \
                    .plateau_factor = 0.5})

struct ScrawlRecipe {
    Tree tree;
    const char *name; /* the tree's own; "" where it has none */
    bool checked;     /* the sections below are filled and agree with the tree */
    DataSection data;
    Preprocess preprocess;
    Augment augment;
    TrainSection train;
    const TreeNode *network;
};

/* The keys of the whole and of two of its sections, for reading and for the test of
 * docs/recipes.md. The other sections are read by the folders that own them. */
extern const SchemaField recipe_fields[], recipe_data_fields[], recipe_train_fields[];

/* With the places of everything, so that complaints still name the lines of the file; not checked.
 * Free with scrawl_recipe_free; *copy is NULL after a failure. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus recipe_copy(ScrawlRecipe **copy, const ScrawlRecipe *recipe,
                                           ScrawlError *error);

/* The images that a checked section holds out. */
SplitChoice recipe_split(const DataSection *section);

/* The network of a checked recipe. Free with graph_free. */
SCRAWL_MUST_CHECK ScrawlStatus recipe_graph(const ScrawlRecipe *recipe, Graph **graph,
                                            ScrawlError *error);

#endif
