#include "kernels/x86/winograd.h"

#include "kernels/block.h"
#include "kernels/x86/vector.h"

/* The one-dimensional maps on vectors. Values at points are indexed by the point: 0 to 5 for 0, 1,
 * -1, 2, -2 and infinity; a map does not touch those that it lacks. Points of opposite sign share
 * their even and odd parts. */

VEC_INLINE Vec scaled(float factor, Vec x)
{
    return vec_all(factor) * x;
}

/* y + factor * x */
VEC_INLINE Vec plus(Vec y, float factor, Vec x)
{
    return vec_fma(vec_all(factor), x, y);
}

/* B^T   4  0 -5  0  1  0
 *       0 -4 -4  1  1  0
 *       0  4 -4 -1  1  0
 *       0 -2 -1  2  1  0
 *       0  2 -1 -2  1  0
 *       0  4  0 -5  0  1 */
VEC_INLINE void input_6(const Vec *d, Vec *v)
{
    Vec even = plus(d[4], -4, d[2]), odd = plus(d[3], -4, d[1]);
    Vec even2 = d[4] - d[2], odd2 = d[3] - d[1];
    v[0] = plus(plus(d[4], -5, d[2]), 4, d[0]);
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = plus(even2, 2, odd2);
    v[4] = plus(even2, -2, odd2);
    v[5] = plus(plus(d[5], -5, d[3]), 4, d[1]);
}

VEC_INLINE void input_gradient_6(const Vec *v, Vec *d)
{
    Vec even = v[1] + v[2], odd = v[2] - v[1];
    Vec even2 = v[3] + v[4], odd2 = v[4] - v[3];
    d[0] = scaled(4, v[0]);
    d[1] = plus(scaled(2, odd2), 4, odd + v[5]);
    d[2] = plus(plus(scaled(-5, v[0]), -4, even), -1, even2);
    d[3] = plus(plus(scaled(-5, v[5]), -2, odd2), -1, odd);
    d[4] = v[0] + even + even2;
    d[5] = v[5];
}

/* B^T   4 -2 -4  2  0
 *       0 -6 -3  3  0
 *       0  2 -3  1  0
 *       0 -4  0  4  0
 *       0  2 -1 -2  1 */
VEC_INLINE void input_5(const Vec *d, Vec *v)
{
    Vec odd = d[3] - d[1];
    v[0] = plus(scaled(2, odd), 4, d[0] - d[2]);
    v[1] = plus(scaled(3, d[3] - d[2]), -6, d[1]);
    v[2] = plus(plus(d[3], 2, d[1]), -3, d[2]);
    v[3] = scaled(4, odd);
    v[5] = plus(d[4] - d[2], -2, odd);
}

VEC_INLINE void input_gradient_5(const Vec *v, Vec *d)
{
    d[0] = scaled(4, v[0]);
    d[1] = plus(plus(scaled(2, v[2] + v[5] - v[0]), -6, v[1]), -4, v[3]);
    d[2] = plus(plus(scaled(-4, v[0]), -3, v[1] + v[2]), -1, v[5]);
    d[3] = plus(plus(plus(v[2], 2, v[0] - v[5]), 3, v[1]), 4, v[3]);
    d[4] = v[5];
}

/* B^T   4  0 -4  0
 *       0 -3 -3  0
 *       0  3 -3  0
 *       0 -1  0  1 */
VEC_INLINE void input_4(const Vec *d, Vec *v)
{
    v[0] = scaled(4, d[0] - d[2]);
    v[1] = scaled(-3, d[1] + d[2]);
    v[2] = scaled(3, d[1] - d[2]);
    v[5] = d[3] - d[1];
}

VEC_INLINE void input_gradient_4(const Vec *v, Vec *d)
{
    d[0] = scaled(4, v[0]);
    d[1] = plus(scaled(3, v[2] - v[1]), -1, v[5]);
    d[2] = plus(scaled(-4, v[0]), -3, v[1] + v[2]);
    d[3] = v[5];
}

/* G     1/4    0    0
 *      -1/6 -1/6 -1/6
 *      -1/6  1/6 -1/6
 *      1/24 1/12  1/6
 *      1/24 -1/12 1/6
 *         0    0    1 */
VEC_INLINE void weight_3(const Vec *g, Vec *u)
{
    Vec even = scaled(-1.0f / 6, g[0] + g[2]);
    Vec even2 = plus(scaled(1.0f / 24, g[0]), 1.0f / 6, g[2]);
    u[0] = scaled(1.0f / 4, g[0]);
    u[1] = plus(even, -1.0f / 6, g[1]);
    u[2] = plus(even, 1.0f / 6, g[1]);
    u[3] = plus(even2, 1.0f / 12, g[1]);
    u[4] = plus(even2, -1.0f / 12, g[1]);
    u[5] = g[2];
}

VEC_INLINE void weight_gradient_3(const Vec *u, Vec *g)
{
    Vec even = scaled(-1.0f / 6, u[1] + u[2]), even2 = u[3] + u[4];
    g[0] = plus(plus(even, 1.0f / 24, even2), 1.0f / 4, u[0]);
    g[1] = plus(scaled(1.0f / 12, u[3] - u[4]), 1.0f / 6, u[2] - u[1]);
    g[2] = plus(even, 1.0f / 6, even2) + u[5];
}

/* G     1/4    0    0    0    0
 *      -1/6 -1/6 -1/6 -1/6 -1/6
 *      -1/6  1/6 -1/6  1/6 -1/6
 *      1/24 1/12  1/6  1/3  2/3
 *      1/24 -1/12 1/6 -1/3  2/3
 *         0    0    0    0    1 */
VEC_INLINE void weight_5(const Vec *g, Vec *u)
{
    Vec even = scaled(-1.0f / 6, g[0] + g[2] + g[4]);
    Vec odd = scaled(1.0f / 6, g[1] + g[3]);
    Vec even2 = plus(plus(scaled(1.0f / 24, g[0]), 1.0f / 6, g[2]), 2.0f / 3, g[4]);
    Vec odd2 = plus(scaled(1.0f / 12, g[1]), 1.0f / 3, g[3]);
    u[0] = scaled(1.0f / 4, g[0]);
    u[1] = even - odd;
    u[2] = even + odd;
    u[3] = even2 + odd2;
    u[4] = even2 - odd2;
    u[5] = g[4];
}

VEC_INLINE void weight_gradient_5(const Vec *u, Vec *g)
{
    Vec even = scaled(-1.0f / 6, u[1] + u[2]), even2 = u[3] + u[4];
    Vec odd = scaled(1.0f / 6, u[2] - u[1]), odd2 = u[3] - u[4];
    g[0] = plus(plus(even, 1.0f / 24, even2), 1.0f / 4, u[0]);
    g[1] = plus(odd, 1.0f / 12, odd2);
    g[2] = plus(even, 1.0f / 6, even2);
    g[3] = plus(odd, 1.0f / 3, odd2);
    g[4] = plus(even, 2.0f / 3, even2) + u[5];
}

/* A^T   1  1  1  1  1  0     for 4 outputs of 3 taps
 *       0  1 -1  2 -2  0
 *       0  1  1  4  4  0
 *       0  1 -1  8 -8  1 */
VEC_INLINE void output_6_3(const Vec *m, Vec *y)
{
    Vec even = m[1] + m[2], odd = m[1] - m[2], even2 = m[3] + m[4], odd2 = m[3] - m[4];
    y[0] = m[0] + even + even2;
    y[1] = plus(odd, 2, odd2);
    y[2] = plus(even, 4, even2);
    y[3] = plus(odd, 8, odd2) + m[5];
}

VEC_INLINE void gradient_6_3(const Vec *y, Vec *m)
{
    Vec even = y[0] + y[2], odd = y[1] + y[3];
    Vec even2 = plus(y[0], 4, y[2]), odd2 = plus(y[1], 4, y[3]);
    m[0] = y[0];
    m[1] = even + odd;
    m[2] = even - odd;
    m[3] = plus(even2, 2, odd2);
    m[4] = plus(even2, -2, odd2);
    m[5] = y[3];
}

/* A^T   1  1  1  1  0        for 3 outputs of 3 taps
 *       0  1 -1  2  0
 *       0  1  1  4  1 */
VEC_INLINE void output_5_3(const Vec *m, Vec *y)
{
    Vec even = m[1] + m[2];
    y[0] = m[0] + even + m[3];
    y[1] = plus(m[1] - m[2], 2, m[3]);
    y[2] = plus(even, 4, m[3]) + m[5];
}

VEC_INLINE void gradient_5_3(const Vec *y, Vec *m)
{
    Vec even = y[0] + y[2];
    m[0] = y[0];
    m[1] = even + y[1];
    m[2] = even - y[1];
    m[3] = plus(plus(y[0], 2, y[1]), 4, y[2]);
    m[5] = y[2];
}

/* A^T   1  1  1  0           for 2 outputs of 3 taps
 *       0  1 -1  1 */
VEC_INLINE void output_4_3(const Vec *m, Vec *y)
{
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] + m[5];
}

VEC_INLINE void gradient_4_3(const Vec *y, Vec *m)
{
    m[0] = y[0];
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[5] = y[1];
}

/* A^T   1  1  1  1  1  0     for 2 outputs of 5 taps
 *       0  1 -1  2 -2  1 */
VEC_INLINE void output_6_5(const Vec *m, Vec *y)
{
    y[0] = m[0] + (m[1] + m[2]) + (m[3] + m[4]);
    y[1] = plus(m[1] - m[2], 2, m[3] - m[4]) + m[5];
}

VEC_INLINE void gradient_6_5(const Vec *y, Vec *m)
{
    m[0] = y[0];
    m[1] = y[0] + y[1];
    m[2] = y[0] - y[1];
    m[3] = plus(y[0], 2, y[1]);
    m[4] = plus(y[0], -2, y[1]);
    m[5] = y[1];
}

/* A^T   1  1  1  1  1        for 1 output of 5 taps */
VEC_INLINE void output_5_5(const Vec *m, Vec *y)
{
    y[0] = m[0] + (m[1] + m[2]) + (m[3] + m[5]);
}

VEC_INLINE void gradient_5_5(const Vec *y, Vec *m)
{
    m[0] = m[1] = m[2] = m[3] = m[5] = y[0];
}

/* In two dimensions: down the columns of a tile, then across its rows. */

enum { HALVES = BLOCK_LANES / VEC_LANES };

/* A tile between its two passes: [half of the channels][row][column]. */
typedef Vec Lines[HALVES][WINOGRAD_POINTS][WINOGRAD_POINTS];

typedef void (*Map)(const Vec *in, Vec *out);

/* The passes, expanded once for each map: `map`, `length` (of the tile in space) and `points` are
 * constants there, so that a line lives in registers. */

VEC_INLINE void down_to_points(Map map, int length, int points, const float *tile,
                               ptrdiff_t row_step, int columns, Lines lines)
{
    for (int c = 0; c < columns; c++)
        for (int half = 0; half < HALVES; half++) {
            Vec in[WINOGRAD_POINTS], out[WINOGRAD_POINTS];
            for (int r = 0; r < length; r++)
                in[r] = vec_load(tile + r * row_step + c * BLOCK_LANES + half * VEC_LANES);
            map(in, out);
            for (int i = 0; i < WINOGRAD_POINTS; i++)
                if (winograd_has_point(points, i))
                    lines[half][i][c] = out[i];
        }
}

VEC_INLINE void across_to_points(Map map, int length, int points, int row_points, Lines lines,
                                 float *to, const size_t *offset)
{
    for (int i = 0; i < WINOGRAD_POINTS; i++) {
        if (!winograd_has_point(row_points, i))
            continue;
        for (int half = 0; half < HALVES; half++) {
            Vec in[WINOGRAD_POINTS], out[WINOGRAD_POINTS];
            for (int c = 0; c < length; c++)
                in[c] = lines[half][i][c];
            map(in, out);
            for (int j = 0; j < WINOGRAD_POINTS; j++)
                if (winograd_has_point(points, j))
                    vec_store(to + offset[i * WINOGRAD_POINTS + j] + half * VEC_LANES, out[j]);
        }
    }
}

VEC_INLINE void across_from_points(Map map, int length, int points, int row_points,
                                   const float *from, const size_t *offset, Lines lines)
{
    for (int i = 0; i < WINOGRAD_POINTS; i++) {
        if (!winograd_has_point(row_points, i))
            continue;
        for (int half = 0; half < HALVES; half++) {
            Vec in[WINOGRAD_POINTS], out[WINOGRAD_POINTS];
            for (int j = 0; j < WINOGRAD_POINTS; j++)
                if (winograd_has_point(points, j))
                    in[j] = vec_load(from + offset[i * WINOGRAD_POINTS + j] + half * VEC_LANES);
            map(in, out);
            for (int c = 0; c < length; c++)
                lines[half][i][c] = out[c];
        }
    }
}

VEC_INLINE void down_from_points(Map map, int length, int points, int add, Lines lines, int columns,
                                 const float *bias, float *tile, ptrdiff_t row_step)
{
    Vec shift[HALVES];
    for (int half = 0; half < HALVES; half++)
        shift[half] = add || !bias ? vec_zero() : vec_load(bias + half * VEC_LANES);
    for (int c = 0; c < columns; c++)
        for (int half = 0; half < HALVES; half++) {
            Vec in[WINOGRAD_POINTS], out[WINOGRAD_POINTS];
            for (int i = 0; i < WINOGRAD_POINTS; i++)
                if (winograd_has_point(points, i))
                    in[i] = lines[half][i][c];
            map(in, out);
            for (int r = 0; r < length; r++) {
                float *to = tile + r * row_step + c * BLOCK_LANES + half * VEC_LANES;
                vec_store(to, out[r] + (add ? vec_load(to) : shift[half]));
            }
        }
}

typedef struct ToPoints {
    int length, points;
    void (*down)(const float *tile, ptrdiff_t row_step, int columns, Lines lines);
    void (*across)(int row_points, Lines lines, float *to, const size_t *offset);
} ToPoints;

typedef struct FromPoints {
    int length, points;
    void (*across)(int row_points, const float *from, const size_t *offset, Lines lines);
    void (*down)(Lines lines, int columns, const float *bias, float *tile, ptrdiff_t row_step);
} FromPoints;

#define TO_POINTS(map, length, points)                                                      \
    static void map##_down(const float *tile, ptrdiff_t row_step, int columns, Lines lines) \
    {                                                                                       \
        down_to_points(map, length, points, tile, row_step, columns, lines);                \
    }                                                                                       \
    static void map##_across(int row_points, Lines lines, float *to, const size_t *offset)  \
    {                                                                                       \
        across_to_points(map, length, points, row_points, lines, to, offset);               \
    }                                                                                       \
    static const ToPoints map##_passes = {length, points, map##_down, map##_across};

#define FROM_POINTS(map, length, points, add)                                                      \
    static void map##_across(int row_points, const float *from, const size_t *offset, Lines lines) \
    {                                                                                              \
        across_from_points(map, length, points, row_points, from, offset, lines);                  \
    }                                                                                              \
    static void map##_down(Lines lines, int columns, const float *bias, float *tile,               \
                           ptrdiff_t row_step)                                                     \
    {                                                                                              \
        down_from_points(map, length, points, add, lines, columns, bias, tile, row_step);          \
    }                                                                                              \
    static const FromPoints map##_passes = {length, points, map##_across, map##_down};

TO_POINTS(input_6, 6, 6)
TO_POINTS(input_5, 5, 5)
TO_POINTS(input_4, 4, 4)
TO_POINTS(weight_3, 3, 6)
TO_POINTS(weight_5, 5, 6)
TO_POINTS(gradient_6_3, 4, 6)
TO_POINTS(gradient_5_3, 3, 5)
TO_POINTS(gradient_4_3, 2, 4)
TO_POINTS(gradient_6_5, 2, 6)
TO_POINTS(gradient_5_5, 1, 5)

FROM_POINTS(input_gradient_6, 6, 6, 1)
FROM_POINTS(input_gradient_5, 5, 5, 1)
FROM_POINTS(input_gradient_4, 4, 4, 1)
FROM_POINTS(weight_gradient_3, 3, 6, 0)
FROM_POINTS(weight_gradient_5, 5, 6, 0)
FROM_POINTS(output_6_3, 4, 6, 0)
FROM_POINTS(output_5_3, 3, 5, 0)
FROM_POINTS(output_4_3, 2, 4, 0)
FROM_POINTS(output_6_5, 2, 6, 0)
FROM_POINTS(output_5_5, 1, 5, 0)

static const ToPoints *const to_points[] = {
    [WINOGRAD_INPUT_6] = &input_6_passes,           [WINOGRAD_INPUT_5] = &input_5_passes,
    [WINOGRAD_INPUT_4] = &input_4_passes,           [WINOGRAD_WEIGHT_3] = &weight_3_passes,
    [WINOGRAD_WEIGHT_5] = &weight_5_passes,         [WINOGRAD_GRADIENT_6_3] = &gradient_6_3_passes,
    [WINOGRAD_GRADIENT_5_3] = &gradient_5_3_passes, [WINOGRAD_GRADIENT_4_3] = &gradient_4_3_passes,
    [WINOGRAD_GRADIENT_6_5] = &gradient_6_5_passes, [WINOGRAD_GRADIENT_5_5] = &gradient_5_5_passes,
};

static const FromPoints *const from_points[] = {
    [WINOGRAD_INPUT_GRADIENT_6] = &input_gradient_6_passes,
    [WINOGRAD_INPUT_GRADIENT_5] = &input_gradient_5_passes,
    [WINOGRAD_INPUT_GRADIENT_4] = &input_gradient_4_passes,
    [WINOGRAD_WEIGHT_GRADIENT_3] = &weight_gradient_3_passes,
    [WINOGRAD_WEIGHT_GRADIENT_5] = &weight_gradient_5_passes,
    [WINOGRAD_OUTPUT_6_3] = &output_6_3_passes,
    [WINOGRAD_OUTPUT_5_3] = &output_5_3_passes,
    [WINOGRAD_OUTPUT_4_3] = &output_4_3_passes,
    [WINOGRAD_OUTPUT_6_5] = &output_6_5_passes,
    [WINOGRAD_OUTPUT_5_5] = &output_5_5_passes,
};

void winograd_to_points(WinogradForward rows, WinogradForward columns, const float *tile,
                        ptrdiff_t row_step, float *points, const size_t offset[WINOGRAD_POSITIONS])
{
    Lines lines;
    to_points[rows]->down(tile, row_step, to_points[columns]->length, lines);
    to_points[columns]->across(to_points[rows]->points, lines, points, offset);
}

void winograd_from_points(WinogradBack rows, WinogradBack columns, const float *points,
                          const size_t offset[WINOGRAD_POSITIONS], const float *bias, float *tile,
                          ptrdiff_t row_step)
{
    Lines lines;
    from_points[columns]->across(from_points[rows]->points, points, offset, lines);
    from_points[rows]->down(lines, from_points[columns]->length, bias, tile, row_step);
}
