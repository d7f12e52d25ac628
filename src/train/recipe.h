/* A checked recipe as structs: what the training loop and the bench read. */
#ifndef TRAIN_RECIPE_H
#define TRAIN_RECIPE_H

#include "base/tree.h"
#include "data/augment.h"
#include "image/preprocess.h"
#include "nn/graph.h"
#include "scrawl/recipe.h"

typedef enum Optimizer { OPTIMIZER_SGD, OPTIMIZER_ADAM, OPTIMIZER_ADAMW } Optimizer;
typedef enum Schedule { SCHEDULE_CONSTANT, SCHEDULE_STEP, SCHEDULE_COSINE, SCHEDULE_ONE_CYCLE, SCHEDULE_PLATEAU } Schedule;

typedef struct DataSection {
    const char *train, *test;  /* D; test "": the train text's names with :test; "none": no test */
    double validation;         /* part of the training set, 0..0.9 */
    int seed;                  /* of the split: the same for all runs, so that runs compare */
} DataSection;

typedef struct TrainSection {
    int epochs, batch, seed;
    int optimizer, schedule;   /* Optimizer, Schedule */
    double learning_rate;
    double momentum, beta1, beta2, epsilon;
    bool nesterov;
    double l2;                 /* L2 penalty, added to the gradient */
    double weight_decay;       /* decoupled: w shrinks by rate * weight_decay a step */
    double label_smoothing;
    /* schedules */
    int step_epochs;           /* step: every so many epochs ... */
    double step_factor;        /* ... times this */
    double warmup;             /* cosine: epochs of linear rise; one-cycle: part of the whole, 0..1 */
    double final_rate;         /* cosine, one-cycle: the last rate, as a part of learning_rate */
    int plateau_patience;      /* epochs without a better validation loss ... */
    double plateau_factor, minimum_rate; /* ... then times factor, not below the minimum */
} TrainSection;

struct ScrawlRecipe {
    Tree tree;
    char *name;
    bool checked;      /* the sections below are filled */
    DataSection data;
    Preprocess preprocess;
    Augment augment;
    TrainSection train;
    const TreeNode *network;
};

/* The network at the recipe's input size. */
SCRAWL_MUST_CHECK ScrawlStatus recipe_graph(const ScrawlRecipe *recipe, Graph **graph, ScrawlError *error);

#endif
