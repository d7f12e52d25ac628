#include "kernels/x86/block_pool.h"

#include <math.h>
#include <string.h>

#include "kernels/x86/vector.h"

static int out_height(const BlockShape *s)
{
    return s->conv.out_height / s->pool;
}

static int out_width(const BlockShape *s)
{
    return s->conv.out_width / s->pool;
}

/* Floats between the rows of a blocked out, and between its blocks. */
static size_t out_row(const BlockShape *s)
{
    return (size_t)(out_width(s) + 2 * s->out_halo) * BLOCK_LANES;
}

static size_t out_block(const BlockShape *s)
{
    return (size_t)(out_height(s) + 2 * s->out_halo) * out_row(s);
}

size_t block_y_size(const BlockShape *s)
{
    return (size_t)s->conv.filters * (size_t)s->conv.out_height * (size_t)s->conv.out_width;
}

size_t block_which_size(const BlockShape *s)
{
    return (size_t)s->conv.filters * (size_t)out_height(s) * (size_t)out_width(s);
}

size_t block_out_size(const BlockShape *s)
{
    return s->out_plain ? block_which_size(s)
                        : (size_t)(s->conv.filters / BLOCK_LANES) * out_block(s);
}

/* Where place (row, column) of a block's 16 values is in one image of a blocked out. */
static size_t out_place(const BlockShape *s, int block, int row, int column)
{
    return (size_t)block * out_block(s) + (size_t)(row + s->out_halo) * out_row(s) +
           (size_t)(column + s->out_halo) * BLOCK_LANES;
}

/* Likewise in `which`, and, in units of 16 values, in a plain out. */
static size_t which_place(const BlockShape *s, int block, int row, int column)
{
    return (((size_t)block * (size_t)out_height(s) + (size_t)row) * (size_t)out_width(s) +
            (size_t)column) *
           BLOCK_LANES;
}

static size_t plain_place(const BlockShape *s, int block, int row, int column)
{
    return (size_t)block * BLOCK_LANES * (size_t)out_height(s) * (size_t)out_width(s) +
           (size_t)row * (size_t)out_width(s) + (size_t)column;
}

static void scatter(const BlockShape *s, const float from[BLOCK_LANES], float *to)
{
    size_t area = (size_t)out_height(s) * (size_t)out_width(s);
    for (size_t i = 0; i < BLOCK_LANES; i++)
        to[i * area] = from[i];
}

static void gather(const BlockShape *s, const float *from, float to[BLOCK_LANES])
{
    size_t area = (size_t)out_height(s) * (size_t)out_width(s);
    for (size_t i = 0; i < BLOCK_LANES; i++)
        to[i] = from[i * area];
}

/* The values that one vector of filters needs on its way to out. */
typedef struct Finish {
    Vec scale, shift;
    Vec floor;  /* 0 for ReLU, else minus infinity */
    Vec always; /* all bits where gradient passes whatever the value: no ReLU */
} Finish;

static Finish find_finish(const BlockShape *s, const real *scale, const real *shift, int filter)
{
    Vec none = vec_zero();
    return (Finish){
        .scale = scale != NULL ? vec_load(scale + filter) : vec_all(1),
        .shift = shift != NULL ? vec_load(shift + filter) : none,
        .floor = s->relu ? none : vec_all(-INFINITY),
        .always = s->relu ? none : vec_integer(-1),
    };
}

/* The largest of a window, its place or BLOCK_NONE. A later value wins only where it is greater,
 * and NaN is not: as in pool.c. */
VEC_INLINE Vec finish_window(const Finish *f, int pool, const float *y, ptrdiff_t row_step,
                             Vec *place)
{
    Vec best = vec_zero();
    *place = vec_integer(0);
    for (int i = 0; i < pool * pool; i++) {
        Vec value = vec_load(y + i / pool * row_step + i % pool * BLOCK_LANES);
        value = vec_max(f->floor, vec_fma(value, f->scale, f->shift));
        *place = i == 0 ? *place : vec_select(vec_greater(value, best), vec_integer(i), *place);
        best = i == 0 ? value : vec_max(value, best);
    }
    Vec alive = vec_or(f->always, vec_greater(best, f->floor));
    *place = vec_select(alive, *place, vec_integer(BLOCK_NONE));
    return best;
}

VEC_INLINE void finish_region(const BlockShape *s, int pool, int block, const BlockRegion *region,
                              const real *y, ptrdiff_t row_step, const real *scale,
                              const real *shift, real *out, uint8_t *which)
{
    Finish finish[2] = {find_finish(s, scale, shift, block * BLOCK_LANES),
                        find_finish(s, scale, shift, block * BLOCK_LANES + VEC_LANES)};
    int top = region->top / pool, left = region->left / pool;
    for (int r = 0; r < region->rows / pool; r++)
        for (int c = 0; c < region->columns / pool; c++) {
            float plain[BLOCK_LANES];
            float *to = s->out_plain ? plain : out + out_place(s, block, top + r, left + c);
            for (int half = 0; half < 2; half++) {
                const float *window = y + r * pool * row_step + c * pool * BLOCK_LANES;
                Vec place, best = finish_window(&finish[half], pool, window + half * VEC_LANES,
                                                row_step, &place);
                vec_store(to + half * VEC_LANES, best);
                if (which != NULL)
                    vec_store_bytes(
                        which + which_place(s, block, top + r, left + c) + half * VEC_LANES, place);
            }
            if (s->out_plain)
                scatter(s, plain, out + plain_place(s, block, top + r, left + c));
        }
}

void block_finish_region(const BlockShape *s, int block, const BlockRegion *region, const real *y,
                         ptrdiff_t row_step, const real *scale, const real *shift, real *out,
                         uint8_t *which)
{
    if (s->pool == 2)
        finish_region(s, 2, block, region, y, row_step, scale, shift, out, which);
    else
        finish_region(s, 1, block, region, y, row_step, scale, shift, out, which);
}

void block_clear_halo(const BlockShape *s, size_t n, real *out)
{
    if (s->out_plain || s->out_halo == 0)
        return;
    size_t halo = (size_t)s->out_halo, row = out_row(s), side = halo * BLOCK_LANES;
    size_t height = (size_t)out_height(s);
    for (size_t i = 0; i < n * (size_t)(s->conv.filters / BLOCK_LANES); i++, out += out_block(s)) {
        memset(out, 0, halo * row * sizeof *out);
        for (size_t r = halo; r < halo + height; r++) {
            memset(out + r * row, 0, side * sizeof *out);
            memset(out + (r + 1) * row - side, 0, side * sizeof *out);
        }
        memset(out + (halo + height) * row, 0, halo * row * sizeof *out);
    }
}

static BlockRegion whole_plane(const BlockShape *s)
{
    return (BlockRegion){0, 0, s->conv.out_height, s->conv.out_width};
}

void block_finish_avx2(const BlockShape *s, size_t n, const real *y, const real *scale,
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
        which += which != NULL ? block_which_size(s) : 0;
    }
}

BlockGradient block_gradient_of_image(const BlockGradient *all, size_t i)
{
    BlockGradient g = *all;
    g.y = all->a != NULL ? all->y + i * block_y_size(all->shape) : NULL;
    g.which += i * block_which_size(all->shape);
    g.d_out += i * block_out_size(all->shape);
    return g;
}

/* d_out of a place: where it lies, or copied out of a plain one. */
static const float *out_gradient(const BlockShape *s, const real *d_out, int block, int row,
                                 int column, float copy[BLOCK_LANES])
{
    if (!s->out_plain)
        return d_out + out_place(s, block, row, column);
    gather(s, d_out + plain_place(s, block, row, column), copy);
    return copy;
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

VEC_INLINE void gradient_region(const BlockGradient *g, int pool, int use_y, int block,
                                const BlockRegion *region, real *dy, ptrdiff_t row_step, real *sums)
{
    const BlockShape *s = g->shape;
    ptrdiff_t y_step = (ptrdiff_t)s->conv.out_width * BLOCK_LANES;
    const real *y = use_y ? g->y + (block * s->conv.out_height + region->top) * y_step +
                                region->left * BLOCK_LANES
                          : NULL;
    int top = region->top / pool, left = region->left / pool;
    int rows = region->rows / pool, columns = region->columns / pool;
    int rest_row = rows * pool, rest_column = columns * pool;
    for (int half = 0; half < 2; half++) {
        int lane = half * VEC_LANES, filter = block * BLOCK_LANES + lane;
        Slopes k = {vec_zero(), vec_zero(), vec_zero()};
        if (use_y)
            k = (Slopes){vec_load(g->a + filter), vec_load(g->b + filter), vec_load(g->d + filter)};
        Vec sum = vec_load(sums + lane);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) {
                float copy[BLOCK_LANES];
                const float *d_out = out_gradient(s, g->d_out, block, top + r, left + c, copy);
                size_t at = which_place(s, block, top + r, left + c);
                ptrdiff_t place = c * pool * BLOCK_LANES + lane;
                sum = gradient_of_window(
                    &k, pool, use_y, use_y ? y + r * pool * y_step + place : NULL, y_step,
                    vec_load(d_out + lane), vec_load_bytes(g->which + at + lane),
                    dy + r * pool * row_step + place, row_step, sum);
            }
        sum = gradient_of_rest(&k, use_y, use_y ? y + rest_row * y_step + lane : NULL, y_step,
                               dy + rest_row * row_step + lane, row_step, region->rows - rest_row,
                               region->columns, sum);
        sum = gradient_of_rest(&k, use_y, use_y ? y + rest_column * BLOCK_LANES + lane : NULL,
                               y_step, dy + rest_column * BLOCK_LANES + lane, row_step, rest_row,
                               region->columns - rest_column, sum);
        vec_store(sums + lane, sum);
    }
}

void block_gradient_region(const BlockGradient *g, int block, const BlockRegion *region, real *dy,
                           ptrdiff_t row_step, real *sum)
{
    if (g->shape->pool == 2 && g->a != NULL)
        gradient_region(g, 2, 1, block, region, dy, row_step, sum);
    else if (g->shape->pool == 2)
        gradient_region(g, 2, 0, block, region, dy, row_step, sum);
    else
        gradient_region(g, 1, g->a != NULL, block, region, dy, row_step, sum);
}
