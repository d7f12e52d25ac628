/* The AVX2 engine of contract.h: tiles of 6 x 16, and packing by whole vectors. */
#include "kernels/contract.h"

#include <stdbool.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"
#include "kernels/x86/microkernel.h"

/* Eight values beside each other that come from one or two runs in memory, as the pixels of a
 * picture do where a row ends. */
typedef struct Runs {
    ptrdiff_t offset[2]; /* of lane 0, had its run reached so far */
    __m256i mask[2];
    bool two;
} Runs;

static bool find_runs(size_t count, const ptrdiff_t *across, Runs *runs)
{
    size_t first = 1;
    while (first < count && across[first] == across[first - 1] + 1)
        first++;
    for (size_t i = first + 1; i < count; i++)
        if (across[i] != across[i - 1] + 1)
            return false;
    first = first < count ? first : count;
    runs->two = first < count;
    runs->offset[0] = count > 0 ? across[0] : 0;
    runs->offset[1] = runs->two ? across[first] - (ptrdiff_t)first : 0;
    runs->mask[0] = lane_mask(first);
    runs->mask[1] = _mm256_andnot_si256(runs->mask[0], lane_mask(count));
    return true;
}

static inline __m256 load_runs(const Runs *runs, const float *source)
{
    __m256 value = _mm256_maskload_ps(source + runs->offset[0], runs->mask[0]);
    if (runs->two)
        value = _mm256_or_ps(value, _mm256_maskload_ps(source + runs->offset[1], runs->mask[1]));
    return value;
}

/* Rows of 16: each half by runs. False where there are more than two a half. */
static bool pack_runs(size_t count, const float *source, size_t n_depth, const ptrdiff_t *depth,
                      const ptrdiff_t *across, float *panel)
{
    Runs left, right;
    size_t n_left = count < LANES ? count : LANES;
    if (!find_runs(n_left, across, &left) || !find_runs(count - n_left, across + n_left, &right))
        return false;
    for (size_t d = 0; d < n_depth; d++, panel += MICRO_COLUMNS) {
        _mm256_storeu_ps(panel, load_runs(&left, source + depth[d]));
        _mm256_storeu_ps(panel + LANES, load_runs(&right, source + depth[d]));
    }
    return true;
}

static inline void transpose(__m256 r[LANES])
{
    __m256 t[LANES], u[LANES];
    for (int i = 0; i < LANES; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < LANES; i += 4)
        for (int j = 0; j < 2; j++) {
            u[i + 2 * j] = _mm256_shuffle_ps(t[i + j], t[i + j + 2], 0x44);
            u[i + 2 * j + 1] = _mm256_shuffle_ps(t[i + j], t[i + j + 2], 0xee);
        }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
        r[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
    }
}

/* Up to 8 columns of a panel, from runs along the depth: each run of up to 8 is read down the
 * columns, turned, and written across. `room` is what may be written from panel on. */
static void pack_turned(size_t width, size_t count, const float *source, size_t n_depth,
                        const ptrdiff_t *depth, const ptrdiff_t *across, float *panel, size_t room)
{
    for (size_t d = 0, run; d < n_depth; d += run) {
        for (run = 1; run < LANES && d + run < n_depth; run++)
            if (depth[d + run] != depth[d] + (ptrdiff_t)run)
                break;
        __m256 column[LANES];
        __m256i mask = lane_mask(run);
        for (size_t i = 0; i < LANES; i++)
            column[i] = i < count ? _mm256_maskload_ps(source + depth[d] + across[i], mask)
                                  : _mm256_setzero_ps();
        transpose(column);
        /* What spills into the next row is overwritten by it. */
        for (size_t j = 0; j < run; j++, panel += width, room -= width)
            store_first(panel, room < LANES ? room : LANES, column[j]);
    }
}

/* Turning pays where runs of depth are 3 and more on average. */
static bool has_long_runs(size_t n_depth, const ptrdiff_t *depth)
{
    size_t n_runs = 1;
    for (size_t d = 1; d < n_depth; d++)
        n_runs += depth[d] != depth[d - 1] + 1;
    return n_depth >= 3 * n_runs;
}

static void pack_avx2(size_t width, size_t count, const float *source, size_t n_depth,
                      const ptrdiff_t *depth, const ptrdiff_t *across, float *panel)
{
    bool wide = width == MICRO_COLUMNS;
    if (wide && pack_runs(count, source, n_depth, depth, across, panel))
        return;
    if (has_long_runs(n_depth, depth)) {
        size_t left = count < LANES ? count : LANES, room = n_depth * width;
        pack_turned(width, left, source, n_depth, depth, across, panel, room);
        if (wide)
            pack_turned(width, count - left, source, n_depth, depth, across + left, panel + LANES,
                        room - LANES);
        return;
    }
    for (size_t d = 0; d < n_depth; d++, panel += width)
        for (size_t i = 0; i < width; i++)
            panel[i] = i < count ? source[depth[d] + across[i]] : 0;
}

static void multiply_avx2(size_t rows, size_t depth, const float *a, const float *b, float *tile)
{
    MicroSteps a_steps = {1, (ptrdiff_t)rows};
    micro_tile(rows, 2, depth, a, a_steps, b, MICRO_COLUMNS, 0, tile, MICRO_COLUMNS);
}

const ContractEngine contract_engine_avx2 = {
    .tile_rows = MICRO_ROWS,
    .tile_columns = MICRO_COLUMNS,
    .pack = pack_avx2,
    .multiply = multiply_avx2,
};
