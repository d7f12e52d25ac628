/* Grey-scale dilation and erosion: J. Serra, "Image Analysis and Mathematical Morphology", 1982,
 * chapter XII. Ours is by a disc whose edge is soft, so that a radius need not be whole. */
#include "kernels/morphology.h"

#include <string.h>

#include "kernels/c.h"

static void add_opposites(DiscRing *ring, int dx, int dy, ptrdiff_t stride)
{
    ring->at[ring->n++] = dy * stride + dx;
    ring->at[ring->n++] = -dy * stride - dx;
}

/* All places as far from the middle as (a, b), 0 <= b <= a. */
static void add_ring(Disc *disc, int a, int b, real share, ptrdiff_t stride)
{
    DiscRing *ring = &disc->rings[disc->n_rings++];
    *ring = (DiscRing){.share = share};
    add_opposites(ring, a, b, stride);
    add_opposites(ring, b, -a, stride);
    if (b > 0 && b < a) {
        add_opposites(ring, b, a, stride);
        add_opposites(ring, a, -b, stride);
    }
}

/* Of a disc with a whole radius: all inside, none from one pixel beyond its edge. */
static real share_of(real beyond)
{
    return beyond < 0 ? 1 : beyond < 1 ? 1 - beyond : 0;
}

static real mix(real part, real a, real b)
{
    return a + part * (b - a);
}

void disc_init(Disc *disc, real radius, ptrdiff_t stride)
{
    real whole = (real)(int)radius;
    disc->n_rings = 0;
    for (int a = 1; a <= DISC_BORDER; a++)
        for (int b = 0; b <= a; b++) {
            real beyond = real_sqrt((real)(a * a + b * b)) - whole;
            real share = mix(radius - whole, share_of(beyond), share_of(beyond - 1));
            if (share > 0)
                add_ring(disc, a, b, share, stride);
        }
}

static void pad_row(int width, const real *src, real sign, real *padded)
{
    for (int x = 0; x < DISC_BORDER; x++)
        padded[x] = sign * src[0];
    padded += DISC_BORDER;
    for (int x = 0; x < width; x++)
        padded[x] = sign * src[x];
    padded += width;
    for (int x = 0; x < DISC_BORDER; x++)
        padded[x] = sign * src[width - 1];
}

void disc_pad(int height, int width, const real *src, real sign, real *padded)
{
    ptrdiff_t stride = disc_stride(width);
    size_t row_size = (size_t)stride * sizeof *padded;
    real *first = padded + DISC_BORDER * stride, *last = first + (height - 1) * stride;
    for (int y = 0; y < height; y++)
        pad_row(width, src + (ptrdiff_t)y * width, sign, first + y * stride);
    for (int y = 1; y <= DISC_BORDER; y++) {
        memcpy(first - y * stride, first, row_size);
        memcpy(last + y * stride, last, row_size);
    }
}

static real most_on_ring(const DiscRing *ring, const real *middle)
{
    real most = middle[ring->at[0]];
    for (int i = 1; i < ring->n; i++)
        most = middle[ring->at[i]] > most ? middle[ring->at[i]] : most;
    return most;
}

static real dilate_pixel(const Disc *disc, const real *middle)
{
    real best = *middle;
    for (int r = 0; r < disc->n_rings; r++) {
        const DiscRing *ring = &disc->rings[r];
        real most = most_on_ring(ring, middle);
        if (ring->share < 1)
            most = *middle + ring->share * (most - *middle);
        best = most > best ? most : best;
    }
    return best;
}

void dilate_c(int height, int width, const real *src, real radius, real *dst, real *work)
{
    if (height == 0 || width == 0)
        return;
    ptrdiff_t stride = disc_stride(width);
    real sign = radius < 0 ? -1 : 1;
    Disc disc;
    disc_init(&disc, sign * radius, stride);
    disc_pad(height, width, src, sign, work);
    for (int y = 0; y < height; y++) {
        const real *middle = work + (y + DISC_BORDER) * stride + DISC_BORDER;
        for (int x = 0; x < width; x++)
            *dst++ = sign * dilate_pixel(&disc, middle + x);
    }
}
