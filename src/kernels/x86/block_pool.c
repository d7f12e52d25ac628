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
