/* What runner_create.c builds and runner.c runs. */
#ifndef NN_RUNNER_STATE_H
#define NN_RUNNER_STATE_H

#include "nn/runner.h"

typedef enum StepKind {
    STEP_FORWARD,
    STEP_LOSS,
    STEP_BACKWARD,
} StepKind;

/* One phase of one layer. */
typedef struct Step {
    StepKind kind;
    int layer, phase;
    bool combines; /* all chunks wait here, and a sum over them is taken */
} Step;

/* One part of one layer's prepare. */
typedef struct PrepareStep {
    int layer, part;
} PrepareStep;

/* A part of the batch's gradient that one task makes. */
typedef struct GradientStep {
    int layer;           /* whose weight_gradient makes it; -1: the chunks' gradients are added */
    size_t row, n_rows;  /* of that layer's weight */
    size_t first, count; /* in the flat array */
} GradientStep;

/* Where a layer's memory starts that belongs to no chunk. */
typedef struct Offsets {
    size_t shared, prepared;
} Offsets;

struct Runner {
    Graph *graph; /* fused: our own */
    RunnerOptions options;
    Plan plan;
    Step *steps;
    size_t n_steps;
    PrepareStep *prepare_steps;
    size_t n_prepare_steps;
    GradientStep *gradient_steps; /* training */
    size_t n_gradient_steps;
    size_t max_chunks; /* training */
    size_t arena_size; /* of a chunk */
    size_t work_size;  /* of a thread: the kinds' work, then two input gradients */
    size_t layer_work; /* the kinds' part of it */
    size_t spare_size; /* one input gradient that waits to be added */
    size_t input_size; /* of an image */
    Offsets *offsets;  /* [n_layers] */
    real *arena;       /* training: [max_chunks][arena_size]; else [n_threads][...] */
    real *work;        /* [n_threads][work_size] */
    real *prepared;
    real *partial; /* of the layer that combines */
    real *shared;
    real *gradients;      /* [max_chunks - 1][n_parameters]; chunk 0 has the caller's */
    real *input_gradient; /* [max_batch][C,H,W], or NULL */
    real *loss;           /* [max_batch] */
    uint8_t *correct;     /* [max_batch] */
    size_t memory;

    /* The call under way. */
    const RunnerBatch *batch;       /* NULL: inference */
    const real *parameters, *state; /* the batch's, or what runner_load was given */
    const real *x;                  /* [n,C,H,W] */
    real *logits;                   /* inference: [n,classes] */
    size_t n, n_chunks;
    const Step *first_step, *end_step; /* the run of steps between two waits */
};

#endif
