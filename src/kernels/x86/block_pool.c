/* What follows the convolution of a block, forward and backward: bias or batch norm, ReLU and
 * pooling of a region, while it is in the nearest cache; and the sums of batch norm. */
#include "kernels/x86/block.h"

#include <math.h>
#include <string.h>

#include "kernels/x86/vector.h"

BlockOut block_out_layout(const BlockShape *s)
{
    BlockOut o = {.height = s->conv.out_height / s->pool, .width = s->conv.out_width / s->pool};
    size_t halo = s->out_plain ? 0 : (size_t)s->out_halo;
    o.column = s->out_plain ? 1 : BLOCK_LANES;
    o.row = ((size_t)o.width + 2 * halo) * o.column;
    size_t plane = ((size_t)o.height + 2 * halo) * o.row;
    o.block = s->out_plain ? plane * BLOCK_LANES : plane;
    o.lane = s->out_plain ? plane : 1;
    o.origin = halo * (o.row + o.column);
    return o;
}

size_t block_y_size(const BlockShape *s)
{
    return (size_t)s->conv.filters * (size_t)s->conv.out_height * (size_t)s->conv.out_width;
}

size_t block_which_size(const BlockShape *s)
{
    BlockOut o = block_out_layout(s);
    return (size_t)s->conv.filters * (size_t)o.height * (size_t)o.width;
}

size_t block_out_size(const BlockShape *s)
{
    return (size_t)(s->conv.filters / BLOCK_LANES) * block_out_layout(s).block;
}

/* Where the window at (row, column) is in an image of out, and in one of which. */
static size_t out_place(const BlockOut *o, int block, int row, int column)
{
    return o->origin + (size_t)block * o->block + (size_t)row * o->row + (size_t)column * o->column;
}

static size_t which_place(const BlockOut *o, int block, int row, int column)
{
    return (size_t)((block * o->height + row) * o->width + column) * BLOCK_LANES;
}

/* The values that one vector of filters needs on its way to out. */
typedef struct Finish {
    Vec scale, shift;
    Vec floor;      /* 0 for ReLU, else minus infinity */
    VecMask always; /* gradient passes whatever the value: no ReLU */
} Finish;

static Finish find_finish(const BlockShape *s, const real *scale, const real *shift, int filter)
{
    Vec none = vec_zero();
    return (Finish){
        .scale = scale ? vec_load(scale + filter) : vec_all(1),
        .shift = shift ? vec_load(shift + filter) : none,
        .floor = s->relu ? none : vec_all(-INFINITY),
        .always = vec_always(!s->relu),
    };
}

/* The largest of a window; its place, or BLOCK_NONE. A later value wins only where it is greater,
 * and NaN is not: as in pool.c. ReLU may wait for the largest, since it changes no order. */
VEC_INLINE Vec finish_window(const Finish *f, int pool, const float *y, ptrdiff_t row_step,
                             Vec *place)
{
    Vec best = vec_fma(vec_load(y), f->scale, f->shift);
    *place = vec_integer(0);
    for (int i = 1; i < pool * pool; i++) {
        Vec value = vec_load(y + i / pool * row_step + i % pool * BLOCK_LANES);
        value = vec_fma(value, f->scale, f->shift);
        *place = vec_select(vec_greater(value, best), vec_integer(i), *place);
        best = vec_max(value, best);
    }
    VecMask alive = vec_either(f->always, vec_greater(best, f->floor));
    *place = vec_select(alive, *place, vec_integer(BLOCK_NONE));
    return vec_max(f->floor, best);
}

VEC_INLINE void finish_region(const BlockShape *s, int pool, int keep_which, int block,
                              const BlockRegion *region, const real *y, ptrdiff_t row_step,
                              const real *scale, const real *shift, real *out, uint8_t *which)
{
    BlockOut o = block_out_layout(s);
    int top = region->top / pool, left = region->left / pool;
    int rows = region->rows / pool, columns = region->columns / pool;
    out += out_place(&o, block, top, left);
    if (keep_which)
        which += which_place(&o, block, top, left);
    for (int lane = 0; lane < BLOCK_LANES; lane += VEC_LANES) {
        Finish finish = find_finish(s, scale, shift, block * BLOCK_LANES + lane);
        for (int r = 0; r < rows; r++) {
            const float *window = y + r * pool * row_step + lane;
            float *to = out + (size_t)r * o.row + (size_t)lane * o.lane;
            uint8_t *places = keep_which ? which + r * o.width * BLOCK_LANES + lane : NULL;
            for (int c = 0; c < columns; c++, window += pool * BLOCK_LANES, to += o.column) {
                Vec place, best = finish_window(&finish, pool, window, row_step, &place);
                vec_store_apart(to, o.lane, best);
                if (keep_which)
                    vec_store_bytes(places + c * BLOCK_LANES, place);
            }
        }
    }
}

void block_finish_region(const BlockShape *s, int block, const BlockRegion *region, const real *y,
                         ptrdiff_t row_step, const real *scale, const real *shift, real *out,
                         uint8_t *which)
{
    if (s->pool == 2 && which)
        finish_region(s, 2, 1, block, region, y, row_step, scale, shift, out, which);
    else if (s->pool == 2)
        finish_region(s, 2, 0, block, region, y, row_step, scale, shift, out, NULL);
    else if (which)
        finish_region(s, 1, 1, block, region, y, row_step, scale, shift, out, which);
    else
        finish_region(s, 1, 0, block, region, y, row_step, scale, shift, out, NULL);
}

void block_clear_halo(const BlockShape *s, size_t n, real *out)
{
    if (s->out_plain || s->out_halo == 0)
        return;
    BlockOut o = block_out_layout(s);
    size_t halo = (size_t)s->out_halo, side = halo * BLOCK_LANES, height = (size_t)o.height;
    for (size_t i = 0; i < n * (size_t)(s->conv.filters / BLOCK_LANES); i++, out += o.block) {
        memset(out, 0, halo * o.row * sizeof *out);
        for (size_t r = halo; r < halo + height; r++) {
            memset(out + r * o.row, 0, side * sizeof *out);
            memset(out + (r + 1) * o.row - side, 0, side * sizeof *out);
        }
        memset(out + (halo + height) * o.row, 0, halo * o.row * sizeof *out);
    }
}

static BlockRegion whole_plane(const BlockShape *s)
{
    return (BlockRegion){0, 0, s->conv.out_height, s->conv.out_width};
}

void block_finish(const BlockShape *s, size_t n, const real *y, const real *scale,
                  const real *shift, real *out, uint8_t *which)
{
    BlockRegion region = whole_plane(s);
    ptrdiff_t row = (ptrdiff_t)s->conv.out_width * BLOCK_LANES;
    block_clear_halo(s, n, out);
    for (size_t i = 0; i < n; i++) {
        for (int block = 0; block < s->conv.filters / BLOCK_LANES; block++) {
            block_finish_region(s, block, &region, y, row, scale, shift, out, which);
            y += s->conv.out_height * row;
        }
        out += block_out_size(s);
        if (which)
            which += block_which_size(s);
    }
}

BlockGradient block_gradient_of_image(const BlockGradient *all, size_t i)
{
    BlockGradient g = *all;
    g.y = all->a ? all->y + i * block_y_size(all->shape) : NULL;
    g.which += i * block_which_size(all->shape);
    g.d_out += i * block_out_size(all->shape);
    return g;
}

/* What one vector of filters needs on the way back. */
typedef struct Slopes {
    Vec a, b, d;
} Slopes;

/* dy of a rectangle without gradient from above: the rest that windows leave. Returns the sum. */
VEC_INLINE Vec gradient_of_rest(const Slopes *k, int use_y, const float *y, ptrdiff_t y_step,
                                float *dy, ptrdiff_t row_step, int rows, int columns, Vec sum)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            ptrdiff_t at = c * BLOCK_LANES;
            Vec value = use_y ? vec_fma(k->b, vec_load(y + r * y_step + at), k->d) : vec_zero();
            vec_store(dy + r * row_step + at, value);
            sum = sum + value;
        }
    return sum;
}

VEC_INLINE Vec gradient_of_window(const Slopes *k, int pool, int use_y, const float *y,
                                  ptrdiff_t y_step, Vec d_out, Vec which, float *dy,
                                  ptrdiff_t row_step, Vec sum)
{
    Vec from_out = d_out;
    if (use_y)
        from_out = k->a * d_out;
    for (int i = 0; i < pool * pool; i++) {
        int r = i / pool, at = i % pool * BLOCK_LANES;
        Vec value = vec_keep(vec_integers_equal(which, vec_integer(i)), from_out);
        if (use_y)
            value = value + vec_fma(k->b, vec_load(y + r * y_step + at), k->d);
        vec_store(dy + r * row_step + at, value);
        sum = sum + value;
    }
    return sum;
}

/* The half of the region's 16 filters that begins at `lane`. */
VEC_INLINE void gradient_half(const BlockGradient *g, int pool, int use_y, int block, int lane,
                              const BlockRegion *region, real *dy, ptrdiff_t row_step, real *sums)
{
    BlockOut o = block_out_layout(g->shape);
    int top = region->top / pool, left = region->left / pool, filter = block * BLOCK_LANES + lane;
    int rows = region->rows / pool, columns = region->columns / pool;
    ptrdiff_t y_step = (ptrdiff_t)g->shape->conv.out_width * BLOCK_LANES;
    const float *y = NULL;
    Slopes k = {vec_zero(), vec_zero(), vec_zero()};
    if (use_y) {
        y = g->y + (block * g->shape->conv.out_height + region->top) * y_step +
            region->left * BLOCK_LANES + lane;
        k = (Slopes){vec_load(g->a + filter), vec_load(g->b + filter), vec_load(g->d + filter)};
    }
    const float *d_out = g->d_out + out_place(&o, block, top, left) + (size_t)lane * o.lane;
    const uint8_t *which = g->which + which_place(&o, block, top, left) + lane;
    Vec sum = vec_load(sums);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            ptrdiff_t at = c * pool * BLOCK_LANES;
            sum = gradient_of_window(
                &k, pool, use_y, use_y ? y + r * pool * y_step + at : NULL, y_step,
                vec_load_apart(d_out + (size_t)r * o.row + (size_t)c * o.column, o.lane),
                vec_load_bytes(which + (r * o.width + c) * BLOCK_LANES),
                dy + r * pool * row_step + at, row_step, sum);
        }
    int row = rows * pool, column = columns * pool; /* where the windows end */
    sum = gradient_of_rest(&k, use_y, use_y ? y + row * y_step : NULL, y_step, dy + row * row_step,
                           row_step, region->rows - row, region->columns, sum);
    sum = gradient_of_rest(&k, use_y, use_y ? y + column * BLOCK_LANES : NULL, y_step,
                           dy + column * BLOCK_LANES, row_step, row, region->columns - column, sum);
    vec_store(sums, sum);
}

VEC_INLINE void gradient_region(const BlockGradient *g, int pool, int use_y, int block,
                                const BlockRegion *region, real *dy, ptrdiff_t row_step, real *sums)
{
    for (int lane = 0; lane < BLOCK_LANES; lane += VEC_LANES)
        gradient_half(g, pool, use_y, block, lane, region, dy + lane, row_step, sums + lane);
}

void block_gradient_region(const BlockGradient *g, int block, const BlockRegion *region, real *dy,
                           ptrdiff_t row_step, real *sum)
{
    if (g->shape->pool == 2 && g->a)
        gradient_region(g, 2, 1, block, region, dy, row_step, sum);
    else if (g->shape->pool == 2)
        gradient_region(g, 2, 0, block, region, dy, row_step, sum);
    else if (g->a)
        gradient_region(g, 1, 1, block, region, dy, row_step, sum);
    else
        gradient_region(g, 1, 0, block, region, dy, row_step, sum);
}

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
