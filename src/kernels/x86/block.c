/* Which algorithm runs which shape. Images of one channel have
 * no depth to transform and go directly; all else goes by Winograd's algorithm. */
#include "kernels/x86/block.h"

#include <string.h>

#include "kernels/x86/direct.h"
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

/* The sums of batch norm over blocked planes, forward and backward. */

enum { CHAINS = 4 }; /* of independent sums: an addition takes longer than a load */

typedef struct Sums {
    Vec plain, squares;
} Sums;

/* Sums of x - mean and of its square over `area` places, 16 floats apart. */
static Sums sum_deviations(size_t area, const float *x, Vec mean)
{
    Vec plain[CHAINS], squares[CHAINS];
    for (int i = 0; i < CHAINS; i++)
        plain[i] = squares[i] = vec_zero();
    size_t p = 0;
    for (; p + CHAINS <= area; p += CHAINS)
        for (size_t i = 0; i < CHAINS; i++) {
            Vec deviation = vec_load(x + (p + i) * BLOCK_LANES) - mean;
            plain[i] = plain[i] + deviation;
            squares[i] = vec_fma(deviation, deviation, squares[i]);
        }
    for (; p < area; p++) {
        Vec deviation = vec_load(x + p * BLOCK_LANES) - mean;
        plain[0] = plain[0] + deviation;
        squares[0] = vec_fma(deviation, deviation, squares[0]);
    }
    return (Sums){(plain[0] + plain[1]) + (plain[2] + plain[3]),
                  (squares[0] + squares[1]) + (squares[2] + squares[3])};
}

/* Per plane as in batchnorm.c, in two passes while it is in cache; the planes of the images are put
 * together by equation 2.1 of T. Chan, G. Golub, R. LeVeque, "Algorithms for Computing the Sample
 * Variance", The American Statistician 37(3), 1983. */
static void add_plane(size_t before, size_t area, const float *y, float *mean, float *m2)
{
    float count = (float)area, share = 1 / (float)(before + 1);
    /* A first guess makes the first pass safe against cancellation too. */
    Vec guess = vec_load(y);
    Vec centre = vec_fma(sum_deviations(area, y, guess).plain, vec_all(1 / count), guess);
    Sums sums = sum_deviations(area, y, centre);
    Vec rest = sums.plain * vec_all(1 / count);
    Vec squares = sums.squares - sums.plain * rest;
    Vec delta = centre + rest - (before > 0 ? vec_load(mean) : vec_zero());
    Vec step = delta * vec_all(share);
    if (before == 0) {
        vec_store(mean, delta);
        vec_store(m2, vec_max(vec_zero(), squares));
        return;
    }
    Vec between = delta * step * vec_all(count * (float)before);
    vec_store(mean, vec_load(mean) + step);
    vec_store(m2, vec_load(m2) + vec_max(vec_zero(), squares) + between);
}

void block_add_statistics(const BlockShape *s, size_t before, size_t n, const real *y, real *mean,
                          real *m2)
{
    size_t area = (size_t)s->conv.out_height * (size_t)s->conv.out_width;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < (size_t)s->conv.filters; k += BLOCK_LANES, y += area * BLOCK_LANES)
            for (size_t lane = 0; lane < BLOCK_LANES; lane += VEC_LANES)
                add_plane(before + i, area, y + lane, mean + k + lane, m2 + k + lane);
}

/* One plane of 8 filters. */
typedef struct Plane {
    const float *y, *d_out;
    const uint8_t *which;
    BlockOut out;
    size_t y_row;
} Plane;

/* Sums of dz and of dz (y - mean): y only at the place that d_out belongs to. */
VEC_INLINE Sums sum_plane(int pool, const Plane *p, Vec mean)
{
    Vec plain[2] = {vec_zero(), vec_zero()}, products[2] = {vec_zero(), vec_zero()};
    const uint8_t *which = p->which;
    for (size_t r = 0; r < (size_t)p->out.height; r++) {
        const float *y = p->y + r * (size_t)pool * p->y_row, *d_out = p->d_out + r * p->out.row;
        for (int c = 0; c < p->out.width; c++) {
            Vec place = vec_load_bytes(which), chosen = vec_load(y);
            for (int i = 1; i < pool * pool; i++) {
                Vec value = vec_load(y + (size_t)(i / pool) * p->y_row + i % pool * BLOCK_LANES);
                chosen = vec_select(vec_integers_equal(place, vec_integer(i)), value, chosen);
            }
            VecMask dead = vec_integers_equal(place, vec_integer(BLOCK_NONE));
            Vec dz = vec_drop(dead, vec_load_apart(d_out, p->out.lane));
            plain[c % 2] = plain[c % 2] + dz;
            products[c % 2] = vec_fma(dz, chosen - mean, products[c % 2]);
            y += pool * BLOCK_LANES;
            d_out += p->out.column;
            which += BLOCK_LANES;
        }
    }
    return (Sums){plain[0] + plain[1], products[0] + products[1]};
}

static Plane find_plane(const BlockShape *s, int filter, const real *y, const uint8_t *which,
                        const real *d_out)
{
    BlockOut o = block_out_layout(s);
    size_t block = (size_t)(filter / BLOCK_LANES), lane = (size_t)(filter % BLOCK_LANES);
    size_t y_row = (size_t)s->conv.out_width * BLOCK_LANES;
    return (Plane){
        .y = y + block * (size_t)s->conv.out_height * y_row + lane,
        .d_out = d_out + o.origin + block * o.block + lane * o.lane,
        .which = which + block * (size_t)(o.height * o.width) * BLOCK_LANES + lane,
        .out = o,
        .y_row = y_row,
    };
}

void block_sums(const BlockShape *s, size_t n, const real *y, const uint8_t *which,
                const real *d_out, const real *mean, const real *inv_std, real *sum_dz,
                real *sum_dz_xhat)
{
    for (int filter = 0; filter < s->conv.filters; filter += VEC_LANES) {
        Vec sum = vec_zero(), products = vec_zero(), centre = vec_load(mean + filter);
        for (size_t i = 0; i < n; i++) {
            Plane p = find_plane(s, filter, y + i * block_y_size(s),
                                 which + i * block_which_size(s), d_out + i * block_out_size(s));
            Sums sums = s->pool == 2 ? sum_plane(2, &p, centre) : sum_plane(1, &p, centre);
            sum = sum + sums.plain;
            products = products + sums.squares;
        }
        vec_store(sum_dz + filter, sum);
        vec_store(sum_dz_xhat + filter, products * vec_load(inv_std + filter));
    }
}
