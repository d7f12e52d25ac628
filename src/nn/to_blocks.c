/* to_blocks: a plain value [C,H,W] in the blocked layout [C/16][H + 2 halo][W + 2 halo][16] of
 * kernels/block.h, for a convolution block whose input comes from no other. */
#include <string.h>

#include "nn/kinds.h"

void to_blocks_measure(Layer *layer)
{
    int halo = layer->block.out_halo;
    Shape framed = {layer->out.channels, layer->out.height + 2 * halo, layer->out.width + 2 * halo};
    layer->output_size = shape_count(framed);
}

/* Where the blocked image has the first of the 16 channels of pixel y, x. */
static size_t blocked_place(const Layer *layer, int block, int y, int x)
{
    int halo = layer->block.out_halo;
    size_t height = (size_t)(layer->out.height + 2 * halo);
    size_t width = (size_t)(layer->out.width + 2 * halo);
    return (((size_t)block * height + (size_t)(y + halo)) * width + (size_t)(x + halo)) *
           BLOCK_LANES;
}

static size_t plain_place(const Layer *layer, int block, int y, int x)
{
    Shape shape = layer->out;
    return ((size_t)(block * BLOCK_LANES) * (size_t)shape.height + (size_t)y) *
               (size_t)shape.width +
           (size_t)x;
}

static void image_to_blocks(const Layer *layer, const real *plain, real *blocked)
{
    Shape shape = layer->out;
    size_t area = (size_t)shape.height * (size_t)shape.width;
    memset(blocked, 0, layer->output_size * sizeof *blocked); /* the halo */
    for (int block = 0; block < shape.channels / BLOCK_LANES; block++) {
        for (int y = 0; y < shape.height; y++) {
            for (int x = 0; x < shape.width; x++) {
                const real *from = plain + plain_place(layer, block, y, x);
                real *to = blocked + blocked_place(layer, block, y, x);
                for (size_t lane = 0; lane < BLOCK_LANES; lane++)
                    to[lane] = from[lane * area];
            }
        }
    }
}

static void image_from_blocks(const Layer *layer, const real *blocked, real *plain)
{
    Shape shape = layer->out;
    size_t area = (size_t)shape.height * (size_t)shape.width;
    for (int block = 0; block < shape.channels / BLOCK_LANES; block++) {
        for (int y = 0; y < shape.height; y++) {
            for (int x = 0; x < shape.width; x++) {
                const real *from = blocked + blocked_place(layer, block, y, x);
                real *to = plain + plain_place(layer, block, y, x);
                for (size_t lane = 0; lane < BLOCK_LANES; lane++)
                    to[lane * area] = from[lane];
            }
        }
    }
}

static void forward(const LayerRun *run, int phase)
{
    (void)phase;
    const Layer *layer = run->layer;
    for (size_t i = 0; i < run->n; i++)
        image_to_blocks(layer, run->input[0] + i * shape_count(layer->in),
                        run->output + i * layer->output_size);
}

static void backward(const LayerRun *run, int phase)
{
    (void)phase;
    const Layer *layer = run->layer;
    for (size_t i = 0; i < run->n && run->d_input[0]; i++)
        image_from_blocks(layer, run->d_output + i * layer->output_size,
                          run->d_input[0] + i * shape_count(layer->in));
}

const LayerKind kind_to_blocks = {
    .name = "to_blocks",
    .n_inputs = 1,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = forward,
    .backward = backward,
};
