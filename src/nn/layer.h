/* A layer: what it is called in a recipe, the shape it gives, its parameters, and its arithmetic forward and backward.
 * A new layer is one file and one row in the table of layer.c. */
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/schema.h"
#include "kernels/kernels.h"

#define LAYER_MAX_INPUTS 2
#define LAYER_MAX_TENSORS 6
#define LAYER_MAX_NAME 48

/* Of one image: [C,H,W]. Features of a dense layer are [C,1,1]. */
typedef struct Shape {
    int channels, height, width;
} Shape;

size_t shape_count(Shape shape); /* C * H * W; the graph has checked that it fits */

/* How a parameter starts. */
typedef enum Initializer {
    INITIALIZER_ZERO,
    INITIALIZER_ONE,
    INITIALIZER_HE,     /* normal, sd sqrt(2 / fan_in): He et al. 2015, eq. 10 */
    INITIALIZER_XAVIER, /* uniform, +-sqrt(6 / (fan_in + fan_out)): Glorot & Bengio 2010, eq. 16 */
    INITIALIZER_UNIFORM_FAN_IN, /* uniform, +-1 / sqrt(fan_in): PyTorch's default for conv and dense */
} Initializer;

/* A named array of a layer: a slice of the graph's flat array of parameters (trainable) or of state (running statistics). */
typedef struct ParameterTensor {
    const char *name;  /* "weight", "bias", "running_mean": PyTorch's words */
    bool trainable;
    bool decays;       /* weight decay and L2 apply: weights, not biases or batch norm */
    int n_dims, dims[4];
    size_t count, offset; /* in reals; offset into the flat array, set by the graph */
    int fan_in, fan_out;
    Initializer initializer;
} ParameterTensor;

/* The options of all kinds in one struct; a kind's field table says which of them it reads. */
typedef struct LayerOptions {
    int channels;  /* conv2d: filters */
    int units;     /* dense */
    int kernel, stride, padding;
    int size;      /* pools: window; adaptive: output size */
    int reduction; /* squeeze-excite: hidden = max(channels / reduction, 1) */
    bool bias;
    double rate;   /* dropout */
    double epsilon, momentum; /* batch norm */
} LayerOptions;

typedef struct LayerKind LayerKind;

typedef struct Layer {
    const LayerKind *kind;
    char name[LAYER_MAX_NAME]; /* "conv1": unique in the graph; given in the recipe or kind's stem and a number */
    const TreeNode *node;      /* where it stands in the recipe, for messages; valid while the graph is parsed */
    LayerOptions options;
    int n_inputs;
    int inputs[LAYER_MAX_INPUTS]; /* indices of layers before this one; -1 is the graph's input */
    Shape in, out;                /* in: of inputs[0] */
    ParameterTensor tensors[LAYER_MAX_TENSORS];
    int n_tensors;
    uint64_t multiply_adds;       /* of one image, forward */
    /* Memory that the layer asks of the runner, in reals. */
    size_t stash_size;  /* an image, kept from forward to backward (training only) */
    size_t partial_size; /* a chunk, from a phase to its combine */
    size_t shared_size; /* the batch: written by combine, read by the next phase and by backward */
    size_t work_size;   /* a thread, during one call */
    ConvShape conv;     /* what the kernels of this kind need, filled by resolve */
    PoolShape pool;
} Layer;

/* One call for one chunk of images; combine gets the chunk 0's view and all partials. Arrays hold the chunk's n images, one after the other. */
typedef struct LayerRun {
    const Layer *layer;
    const Kernels *kernels;
    bool training;       /* batch statistics and dropout on */
    size_t n;            /* images in this chunk */
    size_t n_chunks, n_batch; /* of the whole batch */
    uint64_t seed;       /* of the training run */
    uint64_t first_image; /* counter of this chunk's first image since training began: names its dropout stream */
    const real *input[LAYER_MAX_INPUTS];
    real *output;
    const real *d_output;
    real *d_input[LAYER_MAX_INPUTS]; /* overwritten; NULL where nobody needs it */
    const real *parameters; /* the graph's flat arrays: a tensor is at its offset */
    real *state;            /* written only by combine in training */
    real *gradients;        /* flat, this chunk's own partial sum: layers add to it */
    real *stash;            /* this chunk's [n][stash_size] */
    real *partial;          /* this chunk's; in combine: [n_chunks][partial_size] */
    real *shared;
    real *work;
} LayerRun;

struct LayerKind {
    const char *name; /* in recipes: "conv2d" */
    const char *stem; /* of automatic names: "conv" */
    const SchemaField *fields;  /* offsets into LayerOptions */
    LayerOptions defaults;
    int n_inputs;
    /* Checks that the options fit `in`, fills out, tensors, sizes, multiply_adds, conv, pool. A complaint goes through tree_error at layer->node. */
    ScrawlStatus (*resolve)(Layer *layer, const Shape *inputs, const Tree *tree, ScrawlError *error);
    /* Phases 0..n-1, each run for every chunk in any order, each followed by its combine on one thread (NULL: none). Most layers have one phase. With
     * training false only the last phase runs. */
    int n_forward_phases, n_backward_phases;
    void (*forward)(const LayerRun *run, int phase);
    void (*combine_forward)(const LayerRun *run, int phase);
    void (*backward)(const LayerRun *run, int phase);
    void (*combine_backward)(const LayerRun *run, int phase);
    /* What backward reads beside d_output: tells the plan what must live on. */
    bool backward_needs_input, backward_needs_output;
    bool in_place; /* the output may be laid over inputs[0] where nobody else reads that */
};

/* NULL where no kind has that name. */
const LayerKind *layer_kind_find(const char *name);
/* NULL-terminated, for messages. */
const char *const *layer_kind_names(void);

#endif
