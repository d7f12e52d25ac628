/* Values are brought into the plain layout, computed with the plain C kernels, and brought back.
 *
 * On the way it checks what its caller owes: a halo of x is zero, x is in backward what it was in
 * forward, and nobody reads the halo of a gradient (it is filled with NaN). These are plain
 * asserts, since they run on the threads of a team. */
#include "block_reference.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* How an image lies in memory. */
typedef struct Layout {
    int channels, height, width;
    bool blocked;
    int halo;
} Layout;

static Layout plain(Layout layout)
{
    layout.blocked = false;
    layout.halo = 0;
    return layout;
}

static Layout layout_x(const BlockShape *shape)
{
    const ConvShape *conv = &shape->conv;
    bool blocked = conv->channels > 1;
    return (Layout){conv->channels, conv->height, conv->width, blocked,
                    blocked ? conv->padding : 0};
}

static Layout layout_y(const BlockShape *shape)
{
    return (Layout){shape->conv.filters, shape->conv.out_height, shape->conv.out_width, true, 0};
}

static Layout layout_which(const BlockShape *shape)
{
    return (Layout){shape->conv.filters, shape->conv.out_height / shape->pool,
                    shape->conv.out_width / shape->pool, true, 0};
}

static Layout layout_out(const BlockShape *shape)
{
    Layout layout = layout_which(shape);
    layout.blocked = !shape->out_plain;
    layout.halo = shape->out_plain ? 0 : shape->out_halo;
    return layout;
}

static size_t layout_size(Layout layout)
{
    return (size_t)layout.channels * (size_t)(layout.height + 2 * layout.halo) *
           (size_t)(layout.width + 2 * layout.halo);
}

/* y and x reach from -halo to height + halo - 1. */
static size_t place(Layout layout, int c, int y, int x)
{
    size_t lanes = layout.blocked ? BLOCK_LANES : 1, channel = (size_t)c;
    size_t height = (size_t)(layout.height + 2 * layout.halo);
    size_t width = (size_t)(layout.width + 2 * layout.halo);
    size_t row = (size_t)(y + layout.halo), column = (size_t)(x + layout.halo);
    return ((channel / lanes * height + row) * width + column) * lanes + channel % lanes;
}

static bool in_halo(Layout layout, int y, int x)
{
    return y < 0 || x < 0 || y >= layout.height || x >= layout.width;
}

#define FOR_ALL(layout, halo, c, y, x)                           \
    for (int c = 0; c < (layout).channels; c++)                  \
        for (int y = -(halo); y < (layout).height + (halo); y++) \
            for (int x = -(halo); x < (layout).width + (halo); x++)

static void to_plain(Layout from, size_t n, const real *values, real *to)
{
    for (size_t i = 0; i < n; i++, values += layout_size(from), to += layout_size(plain(from))) {
        FOR_ALL(from, from.halo, c, y, x)
        {
            if (in_halo(from, y, x))
                assert(values[place(from, c, y, x)] == 0);
            else
                to[place(plain(from), c, y, x)] = values[place(from, c, y, x)];
        }
    }
}

static void from_plain(Layout to, size_t n, const real *values, real halo, real *out)
{
    for (size_t i = 0; i < n; i++, values += layout_size(plain(to)), out += layout_size(to)) {
        FOR_ALL(to, to.halo, c, y, x)
        {
            out[place(to, c, y, x)] = in_halo(to, y, x) ? halo : values[place(plain(to), c, y, x)];
        }
    }
}

static int supports(const BlockShape *shape)
{
    const ConvShape *conv = &shape->conv;
    int kernel = conv->kernel_height;
    return conv->stride == 1 && conv->groups == 1 && kernel == conv->kernel_width &&
           (kernel == 3 || kernel == 5) && 2 * conv->padding <= kernel &&
           (conv->channels == 1 || conv->channels % BLOCK_LANES == 0) &&
           conv->filters % BLOCK_LANES == 0 && (shape->pool == 1 || shape->pool == 2);
}

static size_t n_weights(const BlockShape *shape)
{
    const ConvShape *conv = &shape->conv;
    return (size_t)conv->filters * (size_t)conv->channels * (size_t)conv->kernel_height *
           (size_t)conv->kernel_width;
}

/* Forward's weights, then backward's. */
static size_t packed_size(const BlockShape *shape)
{
    return 2 * n_weights(shape);
}

/* x, plain. */
static size_t stash_size(const BlockShape *shape)
{
    return layout_size(plain(layout_x(shape)));
}

static size_t work_size(const BlockShape *shape, size_t n)
{
    return n * (2 * layout_size(plain(layout_x(shape))) + layout_size(layout_y(shape))) +
           kernels_c.conv_work(&shape->conv);
}

typedef struct Work {
    real *x, *dx, *y, *conv; /* plain */
} Work;

static Work cut_work(const BlockShape *shape, size_t n, real *work)
{
    size_t x = n * layout_size(plain(layout_x(shape))), y = n * layout_size(layout_y(shape));
    return (Work){work, work + x, work + 2 * x, work + 2 * x + y};
}

static void pack(const BlockShape *shape, int part, int backward, const real *w, const real *scale,
                 real *packed)
{
    size_t filters = (size_t)shape->conv.filters, depth = n_weights(shape) / filters;
    size_t first = filters * (size_t)part / BLOCK_PARTS;
    size_t end = filters * (size_t)(part + 1) / BLOCK_PARTS;
    for (size_t i = first * depth; i < end * depth; i++) {
        packed[i] = scale ? w[i] * scale[i / depth] : w[i];
        if (backward)
            packed[n_weights(shape) + i] = packed[i];
    }
}

/* Leaves y in the work memory, plain. */
static void convolve(const BlockShape *shape, size_t n, const real *x, const real *packed,
                     const real *bias, real *stash, const Work *work)
{
    to_plain(layout_x(shape), n, x, work->x);
    kernels_c.conv_forward(&shape->conv, n, work->x, packed, bias, work->y, work->conv);
    if (stash)
        memcpy(stash, work->x, n * stash_size(shape) * sizeof *stash);
}

static void forward(const BlockShape *shape, size_t n, const real *x, const real *packed,
                    const real *bias, real *y, real *stash, real *mean, real *m2, real *memory)
{
    Work work = cut_work(shape, n, memory);
    Layout layout = layout_y(shape);
    convolve(shape, n, x, packed, bias, stash, &work);
    kernels_c.batchnorm_statistics(n, (size_t)layout.channels,
                                   (size_t)layout.height * (size_t)layout.width, work.y, mean, m2);
    from_plain(layout, n, work.y, 0, y);
}

/* One place of out: the largest of its window, and which that was. */
static real reduce(const BlockShape *shape, Layout from, const real *y, real scale, real shift,
                   int c, int row, int column, uint8_t *which)
{
    real best = 0;
    *which = BLOCK_NONE;
    for (int i = 0; i < shape->pool * shape->pool; i++) {
        int top = row * shape->pool + i / shape->pool;
        int left = column * shape->pool + i % shape->pool;
        real z = y[place(from, c, top, left)] * scale + shift;
        bool wins = *which == BLOCK_NONE ? !shape->relu || z > 0 : z > best;
        if (wins) {
            best = z;
            *which = (uint8_t)i;
        }
    }
    return best;
}

static void activate(const BlockShape *shape, size_t n, Layout from, const real *y,
                     const real *scale, const real *shift, real *out, uint8_t *which)
{
    Layout to = layout_out(shape), choices = layout_which(shape);
    for (size_t i = 0; i < n; i++, y += layout_size(from), out += layout_size(to)) {
        FOR_ALL(to, to.halo, c, row, column)
        {
            uint8_t choice = BLOCK_NONE;
            real value = in_halo(to, row, column)
                             ? 0
                             : reduce(shape, from, y, scale ? scale[c] : 1, shift ? shift[c] : 0, c,
                                      row, column, &choice);
            out[place(to, c, row, column)] = value;
            if (which && !in_halo(to, row, column))
                which[i * layout_size(choices) + place(choices, c, row, column)] = choice;
        }
    }
}

static void finish(const BlockShape *shape, size_t n, const real *y, const real *scale,
                   const real *shift, real *out, uint8_t *which)
{
    activate(shape, n, layout_y(shape), y, scale, shift, out, which);
}

static void forward_finish(const BlockShape *shape, size_t n, const real *x, const real *packed,
                           const real *bias, real *out, real *stash, uint8_t *which, real *memory)
{
    Work work = cut_work(shape, n, memory);
    convolve(shape, n, x, packed, bias, stash, &work);
    activate(shape, n, plain(layout_y(shape)), work.y, NULL, NULL, out, which);
}

/* Of image i at a place of y. */
static real dz(const BlockShape *shape, size_t i, const uint8_t *which, const real *d_out, int c,
               int y, int x)
{
    Layout out = layout_out(shape), choices = layout_which(shape);
    int row = y / shape->pool, column = x / shape->pool;
    int own = y % shape->pool * shape->pool + x % shape->pool;
    if (in_halo(out, row, column))
        return 0; /* a last odd row or column */
    int choice = which[i * layout_size(choices) + place(choices, c, row, column)];
    return choice == own ? d_out[i * layout_size(out) + place(out, c, row, column)] : 0;
}

static void sums(const BlockShape *shape, size_t n, const real *y, const uint8_t *which,
                 const real *d_out, const real *mean, const real *inv_std, real *sum_dz,
                 real *sum_dz_xhat)
{
    Layout layout = layout_y(shape);
    memset(sum_dz, 0, (size_t)layout.channels * sizeof *sum_dz);
    memset(sum_dz_xhat, 0, (size_t)layout.channels * sizeof *sum_dz_xhat);
    for (size_t i = 0; i < n; i++) {
        FOR_ALL(layout, 0, c, row, column)
        {
            real value = y[i * layout_size(layout) + place(layout, c, row, column)];
            real slope = dz(shape, i, which, d_out, c, row, column);
            sum_dz[c] += slope;
            sum_dz_xhat[c] += slope * (value - mean[c]) * inv_std[c];
        }
    }
}

static void backward(const BlockShape *shape, size_t n, const real *x, const real *y,
                     const uint8_t *which, const real *d_out, const real *a, const real *b,
                     const real *d, const real *packed, const real *stash, real *dw, real *dbias,
                     real *dx, real *memory)
{
    Work work = cut_work(shape, n, memory);
    Layout layout = layout_y(shape);
    real *dy = work.y;
    for (size_t i = 0; i < n; i++) {
        FOR_ALL(layout, 0, c, row, column)
        {
            real slope = dz(shape, i, which, d_out, c, row, column);
            if (a)
                slope = a[c] * slope + d[c] +
                        b[c] * y[i * layout_size(layout) + place(layout, c, row, column)];
            dy[i * layout_size(layout) + place(plain(layout), c, row, column)] = slope;
        }
    }
    to_plain(layout_x(shape), n, x, work.x);
    assert(memcmp(work.x, stash, n * stash_size(shape) * sizeof *stash) == 0);
    memset(dw, 0, n_weights(shape) * sizeof *dw);
    memset(dbias, 0, (size_t)layout.channels * sizeof *dbias);
    kernels_c.conv_backward_weights(&shape->conv, n, stash, dy, dw, dbias, work.conv);
    if (dx) {
        kernels_c.conv_backward_data(&shape->conv, n, dy, packed + n_weights(shape), work.dx,
                                     work.conv);
        from_plain(layout_x(shape), n, work.dx, (real)NAN, dx);
    }
}

const BlockKernels block_reference = {
    .supports = supports,
    .packed_size = packed_size,
    .stash_size = stash_size,
    .work_size = work_size,
    .pack = pack,
    .forward = forward,
    .finish = finish,
    .forward_finish = forward_finish,
    .sums = sums,
    .backward = backward,
};
