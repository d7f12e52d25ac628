/* The kernels that the recipes' networks call, each with the shapes at which they call it: found in
 * the graphs of the recipes inside the binary, so that a new recipe brings its own. */
#ifndef BENCH_CALL_H
#define BENCH_CALL_H

#include "nn/graph.h"
#include "train/recipe.h"

#define CALL_TEXT_SIZE 160

typedef struct Call Call;

/* What a call works on: arrays that are long enough for it. */
typedef struct CallArrays {
    const real *x, *w, *d, *c; /* numbers in [0, 1), which no call changes */
    real *y, *z, *u, *v;       /* written; x again before a call's first time */
    const uint8_t *codes;      /* 0..3: pixels, places of maxima */
    uint8_t *which;            /* written */
    const uint16_t *labels;    /* zeros */
    real *work;
} CallArrays;

/* How many times a call reads or writes each value of an array. */
typedef struct CallTraffic {
    double in, out;    /* the layer's, of all images */
    double convolved;  /* a block's convolution before it is pooled, of all images */
    double parameters; /* of the layer */
    double packed;     /* a block's weights in its own form */
} CallTraffic;

/* A row of the table: a kernel, and in what it is called. */
typedef struct CallKind {
    const char *name;
    const LayerKind *layers[2];               /* in layers of these kinds */
    bool (*uses)(const ScrawlRecipe *recipe); /* or once for the network of such a recipe */
    void (*run)(const Call *call, const Kernels *kernels, const CallArrays *arrays);
    /* What plain C does instead, where its table has no such kernel. */
    void (*run_plain)(const Call *call, const Kernels *kernels, const CallArrays *arrays);
    double products;      /* times the layer's multiply-adds; 0: it streams memory */
    double data_products; /* so many of these are for the gradient of the layer's input */
    CallTraffic traffic;
    bool inference; /* not in training */
    size_t n;       /* images; 0: a chunk of the runner */
} CallKind;

/* A kernel at a shape. For the rows without a layer, `layer` stands for the whole network: from the
 * input to the logits, with all parameters as its first tensor. */
struct Call {
    const CallKind *kind;
    Layer layer;
    size_t n;     /* images */
    bool first;   /* nothing below wants the layer's gradient */
    double flops; /* a multiply-add is two; as a direct convolution has them; 0: none to count */
    double bytes; /* read and written, where flops is 0 */
    size_t size;  /* reals that an array must have */
    size_t work;  /* and the scratch memory */
    const char *algorithm;      /* of a block, else NULL */
    char shape[CALL_TEXT_SIZE]; /* "16 x 32x14x14 -> 64x7x7, 3x3 norm relu pool" */
};

typedef struct CallList {
    Call *calls;
    size_t n;
} CallList;

/* The rows of the table whose names contain `only` (NULL: all), each at all its shapes, no two
 * alike, in the order of the table. USAGE where no name does, or none of those that `kernels` has;
 * NO_MEMORY. *list is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus call_list_create(CallList *list, const Kernels *kernels,
                                                const char *only, ScrawlError *error);
void call_list_deinit(CallList *list);

/* The table, and how many rows it has. */
extern const CallKind call_kinds[];
extern const size_t call_n_kinds;

#endif
