#include "kernels/x86/winograd_transform.h"

#include "kernels/block.h"
#include "kernels/x86/winograd_map.h"

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
