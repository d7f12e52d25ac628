/* A network: layers in the order in which they run, each reading the one before it or the ones it
 * names. Structure only: the numbers are in flat arrays that the caller holds, so a graph is
 * immutable after graph_create and is shared by threads.
 *
 * In a recipe (and, as JSON, in a model file):
 *     network:
 *       input: [1, 28, 28]
 *       layers:
 *         - conv2d: {channels: 32, kernel: 3, padding: 1}
 *         - relu
 *         - maxpool: {size: 2}
 *         - add: {from: [relu1, maxpool1]}     # any layer may say `from` and `name`
 *         - dense: {units: 10}
 * `input` names the picture itself. A layer without a name gets its kind's stem and a number that
 * counts the layers of its kind: conv2 is the second conv2d. Every layer but the last is read by
 * a later one. The last layer's output is the logits: [classes,1,1]. */
#ifndef NN_GRAPH_H
#define NN_GRAPH_H

#include "base/buffer.h"
#include "base/rng.h"
#include "nn/layer.h"

#define GRAPH_MAX_LAYERS 512
#define GRAPH_MAX_ACTIVATION ((size_t)1 << 26) /* values of one image in one layer */
#define GRAPH_MAX_PARAMETERS ((size_t)1 << 28)
#define GRAPH_MAX_SIDE 8192     /* of each of the input's dimensions */
#define GRAPH_MAX_CLASSES 65535 /* labels are uint16_t */

typedef struct Graph {
    Shape input;
    Layer *layers; /* [n_layers] */
    int n_layers;
    size_t n_parameters; /* trainable, reals in the flat array */
    size_t n_state;      /* running statistics */
    int n_classes;       /* channels of the last output */
    uint64_t multiply_adds;
    char *json; /* the network section as given, one line: what a model file keeps */
} Graph;

/* The kind of layer of that name in a recipe; NULL if there is none. */
const LayerKind *layer_kind_find(const char *name);
/* All such names, NULL-terminated, for messages. */
const char *const *layer_kind_names(void);

/* `network` is the section's map; both are borrowed during the call. Every complaint names the
 * layer and its line. RECIPE, LIMIT, NO_MEMORY. *graph is NULL after a failure. */
SCRAWL_MUST_CHECK ScrawlStatus graph_create(Graph **graph, const Tree *tree,
                                            const TreeNode *network, ScrawlError *error);
/* The same from the JSON that graph->json holds; `name` is what messages call it. */
SCRAWL_MUST_CHECK ScrawlStatus graph_create_json(Graph **graph, const char *name, const char *json,
                                                 ScrawlError *error);
void graph_free(Graph *graph); /* NULL-safe */

/* Index of the layer of that name, or -1. */
int graph_find(const Graph *graph, const char *name);

/* The layer whose memory holds the output of layer `index`: itself, or what a flatten stands for;
 * -1 is the graph's input. */
int graph_value(const Graph *graph, int index);

/* Fills parameters[n_parameters] and state[n_state] (running mean 0, variance 1) from the seed
 * alone: each tensor has a random stream of its own. */
void graph_initialize(const Graph *graph, uint64_t seed, real *parameters, real *state);

/* A table as Keras prints it: layer (kind), output shape, parameters, multiply-adds; then total,
 * trainable and other parameters with their KB, and multiply-adds an image. Text for people,
 * appended to out. LIMIT and NO_MEMORY are the buffer's. */
SCRAWL_MUST_CHECK ScrawlStatus graph_summary(const Graph *graph, Buffer *out);

#endif
