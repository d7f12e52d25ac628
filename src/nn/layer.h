/* A layer: what it is called in a recipe, the shape it gives, its parameters, and its arithmetic
 * forward and backward. A new layer is one file and one row in the table of layer.c. */
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/schema.h"
#include "kernels/block.h"

#define LAYER_MAX_INPUTS 2
#define LAYER_MAX_TENSORS 6
#define LAYER_MAX_NAME 48 /* bytes of a name and its zero */

/* Of one image: [C,H,W]. Features of a dense layer are [C,1,1]. */
typedef struct Shape {
    int channels, height, width;
} Shape;

size_t shape_count(Shape shape); /* C * H * W; the graph has checked that it fits */
bool shape_equal(Shape a, Shape b);

#define SHAPE_TEXT_SIZE 40
/* "32 x 28 x 28" into text; returns text. */
const char *shape_text(Shape shape, char text[SHAPE_TEXT_SIZE]);

/* How a parameter starts. */
typedef enum Initializer {
    INITIALIZER_ZERO,
    INITIALIZER_ONE,
    INITIALIZER_HE,     /* normal, sd sqrt(2 / fan_in): He et al. 2015, eq. 10 */
    INITIALIZER_XAVIER, /* uniform, +-sqrt(6 / (fan_in + fan_out)): Glorot & Bengio 2010, eq. 16 */
    INITIALIZER_UNIFORM_FAN_IN, /* uniform, +-1 / sqrt(fan_in): PyTorch's for conv and dense */
    INITIALIZER_DIRAC,          /* filters that hand a channel on, see nn/init.c */
} Initializer;

/* A named array of a layer: a slice of the graph's flat array of parameters (trainable) or of
 * state (running statistics). */
typedef struct ParameterTensor {
    const char *name; /* "weight", "bias", "running_mean": PyTorch's words; static */
    bool trainable;
    bool decays; /* weight decay and L2 apply: weights, not biases or batch norm */
    int n_dims, dims[4];
    size_t count, offset; /* in reals; the offset into its flat array is set by the graph */
    int fan_in, fan_out;
    Initializer initializer;
} ParameterTensor;

/* The options of all kinds in one struct; a kind's field table says which of them it reads. */
typedef struct LayerOptions {
    int channels; /* conv2d: filters */
    int units;    /* dense */
    int kernel, stride, padding;
    int size;      /* pools: window; adaptive: output size */
    int reduction; /* squeeze-excite: hidden = max(channels / reduction, 1) */
    int init;      /* of weights: an index of layer_init_names */
    bool bias;
    double rate;              /* dropout: the share that is dropped */
    double epsilon, momentum; /* batch norm */
} LayerOptions;

typedef struct LayerKind LayerKind;

typedef struct Layer {
    const LayerKind *kind;
    int index;                 /* place in the graph */
    int stream;                /* place in the recipe's graph: names its dropout streams */
    char name[LAYER_MAX_NAME]; /* "conv1": unique; from the recipe, or kind's stem and a number */
    const TreeNode *node;      /* its place in the recipe; NULL once the graph is made */
    LayerOptions options;
    int n_inputs;
    int inputs[LAYER_MAX_INPUTS]; /* indices of layers before this one; -1 is the graph's input */
    Shape in, out;                /* in: of inputs[0] */
    ParameterTensor tensors[LAYER_MAX_TENSORS];
    int n_tensors;
    uint64_t multiply_adds; /* of one image, forward */
    /* Memory that the layer asks of the runner, in reals. */
    size_t output_size;   /* an image: shape_count(out), or more where its layout has a halo */
    size_t stash_size;    /* an image: kept from forward to backward; in inference during forward */
    size_t partial_size;  /* a chunk: from a phase to its combine */
    size_t shared_size;   /* the batch: written by combine, read by the next phase and backward */
    size_t prepared_size; /* parameters in another form: see prepare */
    /* What the kernels of this kind need, filled by resolve, and for blocks by fuse.c. */
    ConvShape conv;
    PoolShape pool;
    Activation activation;
    BlockShape block;
    int norm_tensor;  /* of what normalises: the first of batch norm's four tensors */
    size_t norm_area; /* and the values of a channel in an image; 0: does not normalise */
} Layer;

/* One call for one chunk of images; combine gets chunk 0's view and all partials. Arrays hold the
 * chunk's n images, one after the other. */
typedef struct LayerRun {
    const Layer *layer;
    const Kernels *kernels;
    bool training;            /* batch statistics and dropout on */
    size_t n;                 /* images in this chunk */
    size_t chunk_images;      /* images in every chunk but the last */
    size_t n_chunks, n_batch; /* of the whole batch: chunks, images */
    uint64_t seed;            /* of the training run */
    uint64_t first_image;     /* counter of this chunk's first image since training began: names its
                             dropout stream */
    const real *input[LAYER_MAX_INPUTS];
    real *output;
    const real *d_output;
    real *d_input[LAYER_MAX_INPUTS]; /* overwritten in the last backward phase; NULL where nobody
                                        needs it */
    const real *parameters;          /* the graph's flat arrays: a tensor is at its offset */
    const real *state;
    real *new_state; /* the same array; written by combine in training, NULL in inference */
    real *gradients; /* flat, this chunk's own: the layer overwrites the slices of its tensors; in
                        weight_gradient the batch's */
    real *stash;     /* this chunk's [n][stash_size] */
    real *partial;   /* this chunk's [partial_size]; in combine: [n_chunks][partial_size] */
    real *shared;    /* [shared_size] */
    real *prepared;  /* [prepared_size]; written by prepare only */
    real *work;      /* as many reals as the kind's work_size said */
} LayerRun;

struct LayerKind {
    const char *name;          /* in recipes: "conv2d" */
    const char *stem;          /* of automatic names: "conv" */
    const SchemaField *fields; /* offsets into LayerOptions */
    LayerOptions defaults;
    int n_inputs;

    /* Checks that the options fit the inputs' shapes (the first is also in layer->in) and fills
     * out, tensors, sizes, multiply_adds, conv, pool, activation. Complains by layer_error. */
    ScrawlStatus (*resolve)(Layer *layer, const Shape *inputs, const Tree *tree,
                            ScrawlError *error);

    /* Reals of scratch that one call for n images or fewer needs on one thread; NULL: none. */
    size_t (*work_size)(const Layer *layer, const Kernels *kernels, size_t n);

    /* Phases 0..n-1, each run for every chunk in any order; a phase that has a combine is followed
     * by it, on one thread, before the next phase of any chunk. Most layers have one phase; an
     * alias has none. With training false only the last forward phase runs. */
    int n_forward_phases, n_backward_phases;
    void (*forward)(const LayerRun *run, int phase);
    void (*backward)(const LayerRun *run, int phase);
    void (*combine_forward)(const LayerRun *run, int phase);  /* NULL: after no phase; else after */
    void (*combine_backward)(const LayerRun *run, int phase); /* every phase but the last */

    /* For kinds whose weight's gradient is best taken over the whole batch at once, part by part:
     * rows first..first + n - 1 of tensor 0 [rows, C], from this chunk's input and d_output, added
     * where `add`. Called chunk after chunk when all are through backward, which then leaves
     * tensor 0 alone. NULL: backward does all. */
    void (*weight_gradient)(const LayerRun *run, int add, size_t first, size_t n);

    /* Brings the parameters into the form that forward and backward want: in training before every
     * batch, in inference once. Parts 0..n_parts-1 run in any order, at once; of the run they get
     * the layer, kernels, training, parameters, state, prepared and work. NULL: not needed. */
    int n_parts;
    void (*prepare)(const LayerRun *run, int part);

    /* What backward reads beside d_output: tells the plan what must live on. */
    bool backward_needs_input, backward_needs_output;
    bool in_place; /* output may be laid over inputs[0], and d_input[0] over d_output, where nobody
                      else reads what is there */
    bool alias;    /* output is inputs[0] under another shape: nothing runs */
};

/* For the files of the kinds. */

/* tree_error at the layer's place, with the layer's name before the sentence; returns RECIPE. */
ScrawlStatus layer_error(const Layer *layer, const Tree *tree, ScrawlError *error,
                         const char *format, ...) SCRAWL_PRINTF(4, 5);

/* The next tensor: trainable, not decaying, starting at zero. The caller changes what differs. */
ParameterTensor *layer_add_tensor(Layer *layer, const char *name, int n_dims, const int *dims);
/* A decaying weight of these fans. */
ParameterTensor *layer_add_weight(Layer *layer, const char *name, int n_dims, const int *dims,
                                  int fan_in, int fan_out, Initializer initializer);
/* The words of the option `init`, and what each stands for. */
extern const char *const layer_init_names[];
Initializer layer_weight_initializer(const LayerOptions *options);

static inline const real *layer_parameter(const LayerRun *run, int tensor)
{
    return run->parameters + run->layer->tensors[tensor].offset;
}

static inline real *layer_gradient(const LayerRun *run, int tensor)
{
    return run->gradients + run->layer->tensors[tensor].offset;
}

#endif
