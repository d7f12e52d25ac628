/* Operations on pictures: blur, warp, dilation, and bytes to numbers. */
#include <string.h>

#include "kernels/c.h"
#include "kernels/picture.h"

int blur_weights(real sigma, real weight[BLUR_MAX_RADIUS + 1])
{
    double reach = ceil(3 * (double)sigma);
    int radius = reach < BLUR_MAX_RADIUS ? (int)reach : BLUR_MAX_RADIUS;
    double value[BLUR_MAX_RADIUS + 1], sum = 0;
    for (int i = 0; i <= radius; i++) {
        double distance = i / (double)sigma;
        value[i] = exp(-distance * distance / 2);
        sum += i > 0 ? 2 * value[i] : value[i];
    }
    for (int i = 0; i <= radius; i++)
        weight[i] = (real)(value[i] / sum);
    return radius;
}

static int clamp(int value, int limit)
{
    return value < 0 ? 0 : value >= limit ? limit - 1 : value;
}

/* y += weight * x */
static void add_row(int count, real weight, const real *restrict x, real *restrict y)
{
    for (int i = 0; i < count; i++)
        y[i] += weight * x[i];
}

static void blur_columns(int height, int width, const real *src, int radius, const real *weight,
                         real *dst)
{
    memset(dst, 0, (size_t)height * (size_t)width * sizeof *dst);
    for (int y = 0; y < height; y++)
        for (int t = -radius; t <= radius; t++)
            add_row(width, weight[t < 0 ? -t : t], src + (ptrdiff_t)clamp(y + t, height) * width,
                    dst + (ptrdiff_t)y * width);
}

/* One row: what lies left of the edge is its first pixel, right of it the last. */
static void blur_row(int width, const real *src, int radius, const real *weight, real *dst)
{
    memset(dst, 0, (size_t)width * sizeof *dst);
    for (int t = -radius; t <= radius; t++) {
        real factor = weight[t < 0 ? -t : t];
        int begin = t < 0 ? clamp(-t, width + 1) : 0;
        int end = t > 0 ? clamp(width - t, width + 1) : width;
        for (int x = 0; x < begin; x++)
            dst[x] += factor * src[0];
        if (begin < end)
            add_row(end - begin, factor, src + begin + t, dst + begin);
        for (int x = end; x < width; x++)
            dst[x] += factor * src[width - 1];
    }
}

void blur_c(int height, int width, const real *src, real sigma, real *dst, real *work)
{
    size_t size = (size_t)height * (size_t)width * sizeof *dst;
    if (size == 0)
        return;
    if (!(sigma > 0)) {
        memmove(dst, src, size);
        return;
    }
    real weight[BLUR_MAX_RADIUS + 1];
    int radius = blur_weights(sigma, weight);
    blur_columns(height, width, src, radius, weight, work);
    for (int y = 0; y < height; y++)
        blur_row(width, work + (ptrdiff_t)y * width, radius, weight, dst + (ptrdiff_t)y * width);
}

static real *fill(real *begin, ptrdiff_t count, real value)
{
    for (ptrdiff_t i = 0; i < count; i++)
        begin[i] = value;
    return begin + count;
}

void warp_pad(int height, int width, const real *src, real outside, real *padded)
{
    /* What lies after a row and before the next is in one piece. */
    padded = fill(padded, WARP_BEFORE * warp_stride(width) + WARP_BEFORE, outside);
    for (int y = 0; y < height; y++, src += width) {
        memcpy(padded, src, (size_t)width * sizeof *src);
        padded = fill(padded + width, WARP_BORDER, outside);
    }
    fill(padded, WARP_AFTER * warp_stride(width) - WARP_BEFORE, outside);
}

/* -1 .. limit; NaN is -1. */
static real warp_clamp(real place, real limit)
{
    place = place > -1 ? place : -1;
    return place < limit ? place : limit;
}

/* Exactly a where both are equal. */
static real mix(real share, real a, real b)
{
    return a + share * (b - a);
}

/* Bilinear between the four pixels round (x, y). */
static real sample(int height, int width, const real *padded, real x, real y)
{
    x = warp_clamp(x, (real)width);
    y = warp_clamp(y, (real)height);
    int right = (int)(x + 1), bottom = (int)(y + 1); /* x + 1 >= 0: rounded down */
    real right_share = x - (real)(right - 1), below_share = y - (real)(bottom - 1);
    const real *above = padded + bottom * warp_stride(width) + right;
    const real *below = above + warp_stride(width);
    return mix(below_share, mix(right_share, above[0], above[1]),
               mix(right_share, below[0], below[1]));
}

void warp_affine_c(int height, int width, const real *src, const real m[6], real outside, real *dst,
                   real *work)
{
    warp_pad(height, width, src, outside, work);
    for (int y = 0; y < height; y++) {
        real first_x = m[1] * (real)y + m[2], first_y = m[4] * (real)y + m[5];
        for (int x = 0; x < width; x++)
            *dst++ =
                sample(height, width, work, m[0] * (real)x + first_x, m[3] * (real)x + first_y);
    }
}

/* The place that a projection leads to; no place where it does not come from before the eye. */
static real project(real along, real depth)
{
    return depth > 0 ? along * (1 / depth) : (real)NAN;
}

void warp_projective_c(int height, int width, const real *src, const real m[9], real outside,
                       real *dst, real *work)
{
    warp_pad(height, width, src, outside, work);
    for (int y = 0; y < height; y++) {
        real first_x = m[1] * (real)y + m[2], first_y = m[4] * (real)y + m[5];
        real first_depth = m[7] * (real)y + m[8];
        for (int x = 0; x < width; x++) {
            real depth = m[6] * (real)x + first_depth;
            *dst++ = sample(height, width, work, project(m[0] * (real)x + first_x, depth),
                            project(m[3] * (real)x + first_y, depth));
        }
    }
}

void warp_field_c(int height, int width, const real *src, const real *dx, const real *dy,
                  real outside, real *dst, real *work)
{
    warp_pad(height, width, src, outside, work);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            *dst++ = sample(height, width, work, (real)x + *dx++, (real)y + *dy++);
}

/* Grey-scale dilation and erosion: J. Serra, "Image Analysis and Mathematical Morphology", 1982,
 * chapter XII. Ours is by a disc whose edge is soft, so that a radius need not be whole. */

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

static real morphology_mix(real part, real a, real b)
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
            real share = morphology_mix(radius - whole, share_of(beyond), share_of(beyond - 1));
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

void pixels_to_real_c(size_t count, const uint8_t *src, real mean, real sd, real *dst)
{
    for (size_t i = 0; i < count; i++)
        dst[i] = ((real)src[i] / 255 - mean) / sd;
}
