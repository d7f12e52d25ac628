#include "kernels/x86/winograd.h"

#include <string.h>

#include "kernels/block.h"

static int largest_tile(int taps)
{
    return WINOGRAD_POINTS - taps + 1;
}

static int smallest_tile(int taps)
{
    return taps == 3 ? 2 : 1; /* of 4 points, of 5 points */
}

int winograd_can_cut(int length, int taps)
{
    return length >= smallest_tile(taps) && length <= WINOGRAD_MAX_TILES * largest_tile(taps);
}

/* 6 x 6 outputs are cut into four tiles of 3 x 3: as much to multiply as with 4 + 2, at 25
 * positions instead of 36. One small picture is as fast as its weights arrive. */
static int is_halved(const ConvShape *s)
{
    return s->out_height == 6 && s->out_width == 6 && s->kernel_height == 3;
}

/* The largest tiles first; one left over by tiles of 4 makes 5 = 2 + 3. All but the last tile have
 * even sizes, unless halved. */
static int next_tile(int left, int taps, int halved)
{
    int largest = largest_tile(taps);
    if (halved)
        return 3;
    if (left == largest + 1 && smallest_tile(taps) > 1)
        return smallest_tile(taps);
    return left < largest ? left : largest;
}

static void cut(WinogradCut *c, int length, int taps, int halved)
{
    int t = 0;
    memset(c->before[0], 0, sizeof c->before[0]);
    for (int start = 0; start < length; t++) {
        int size = next_tile(length - start, taps, halved);
        c->start[t] = start;
        c->points[t] = size + taps - 1;
        for (int i = 0; i < WINOGRAD_POINTS; i++)
            c->before[t + 1][i] = c->before[t][i] + winograd_has_point(c->points[t], i);
        start += size;
    }
    c->count = t;
}

void winograd_grid_init(WinogradGrid *grid, const ConvShape *s, size_t images)
{
    int halved = is_halved(s);
    cut(&grid->rows, s->out_height, s->kernel_height, halved);
    cut(&grid->columns, s->out_width, s->kernel_width, halved);
    grid->joined = halved ? 2 : 1;
    grid->images = images;
    const int *rows = grid->rows.before[grid->rows.count];
    const int *columns = grid->columns.before[grid->columns.count];
    size_t offset = 0;
    for (int i = 0; i < WINOGRAD_POINTS; i++)
        for (int j = 0; j < WINOGRAD_POINTS; j++) {
            int position = i * WINOGRAD_POINTS + j;
            grid->offset[position] = offset;
            grid->height[position] = (size_t)rows[i] * (size_t)columns[j] * images;
            /* One line of space: without it the positions of a tile often are a power of two apart
             * and share the same few lines of the cache. */
            offset += (grid->height[position] + 1) * BLOCK_LANES;
        }
    grid->block = offset;
}

void winograd_tile_offsets(const WinogradGrid *grid, int row, int column,
                           size_t offset[WINOGRAD_POSITIONS])
{
    const int *above = grid->rows.before[row], *left = grid->columns.before[column];
    const int *columns = grid->columns.before[grid->columns.count];
    for (int i = 0; i < WINOGRAD_POINTS; i++)
        for (int j = 0; j < WINOGRAD_POINTS; j++) {
            int position = i * WINOGRAD_POINTS + j;
            size_t tile = (size_t)(above[i] * columns[j] + left[j]);
            offset[position] = grid->offset[position] + tile * grid->images * BLOCK_LANES;
        }
}
