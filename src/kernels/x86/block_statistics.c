/* The sums of batch norm over blocked planes, forward and backward. */
#include "kernels/x86/block_pool.h"
#include "kernels/x86/vector.h"

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
