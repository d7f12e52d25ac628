/* The table of convolution blocks: which algorithm runs which shape. Images of one channel have no
 * depth over which a transform would pay, so they are convolved directly; all others by Winograd's
 * algorithm. */
#include "kernels/x86/block.h"

#include <string.h>

#include "kernels/x86/vector.h"
#include "kernels/x86/winograd.h"

_Static_assert(sizeof(real) == sizeof(float), "the vectors are of floats");

static int is_direct(const BlockShape *s)
{
    return s->conv.channels == 1;
}

static int supports(const BlockShape *s)
{
    const ConvShape *c = &s->conv;
    int kernel = c->kernel_height;
    if (c->stride != 1 || c->groups != 1 || kernel != c->kernel_width ||
        (kernel != 3 && kernel != 5) || c->padding < 0 || c->padding > kernel / 2)
        return 0;
    if (c->filters % BLOCK_LANES != 0 || c->out_height < s->pool || c->out_width < s->pool ||
        (s->pool != 1 && s->pool != 2))
        return 0;
    return is_direct(s) || winograd_supports(c);
}

static const char *algorithm(const BlockShape *s)
{
    return is_direct(s) ? "direct" : "winograd";
}

static size_t packed_size(const BlockShape *s)
{
    return is_direct(s) ? direct_packed_size(s) : winograd_packed_size(s);
}

static size_t stash_size(const BlockShape *s)
{
    return is_direct(s) ? 0 : winograd_stash_size(s);
}

static size_t work_size(const BlockShape *s, size_t n)
{
    return is_direct(s) ? direct_work_size(s) : winograd_work_size(s, n);
}

static void pack(const BlockShape *s, int part, int backward, const real *w, const real *scale,
                 real *packed)
{
    if (is_direct(s))
        direct_pack(s, part, w, scale, packed);
    else
        winograd_pack(s, part, backward, w, scale, packed);
}

static void forward(const BlockShape *s, size_t n, const real *x, const real *packed,
                    const real *bias, real *y, real *stash, real *mean, real *m2, real *work)
{
    memset(mean, 0, (size_t)s->conv.filters * sizeof *mean);
    memset(m2, 0, (size_t)s->conv.filters * sizeof *m2);
    if (is_direct(s))
        direct_forward(s, n, x, packed, bias, y, mean, m2, work);
    else
        winograd_forward(s, n, x, packed, bias, y, stash, mean, m2, work);
}

static void forward_finish(const BlockShape *s, size_t n, const real *x, const real *packed,
                           const real *bias, real *out, real *stash, uint8_t *which, real *work)
{
    if (is_direct(s))
        direct_forward_finish(s, n, x, packed, bias, out, which, work);
    else
        winograd_forward_finish(s, n, x, packed, bias, out, stash, which, work);
}

static void backward(const BlockShape *s, size_t n, const real *x, const real *y,
                     const uint8_t *which, const real *d_out, const real *a, const real *b,
                     const real *d, const real *packed, const real *stash, real *dw, real *dbias,
                     real *dx, real *work)
{
    if (is_direct(s))
        direct_backward(s, n, x, y, which, d_out, a, b, d, packed, dw, dbias, dx, work);
    else
        winograd_backward(s, n, y, which, d_out, a, b, d, packed, stash, dw, dbias, dx, work);
}

const BlockKernels block_kernels = {
    .supports = supports,
    .algorithm = algorithm,
    .packed_size = packed_size,
    .stash_size = stash_size,
    .work_size = work_size,
    .pack = pack,
    .forward = forward,
    .finish = block_finish,
    .forward_finish = forward_finish,
    .sums = block_sums,
    .backward = backward,
};
