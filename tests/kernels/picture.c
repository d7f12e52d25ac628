#include "check.h"

#include <math.h>

typedef struct Picture {
    int height, width;
    size_t size;
    const real *src;
} Picture;

static Picture random_picture(void)
{
    int height = 1 + (int)check_below(30), width = 1 + (int)check_below(40);
    size_t size = (size_t)(height * width);
    return (Picture){height, width, size, check_random(size)};
}

/* Work memory of exactly the size that is promised. */
static real *warp_work(const Picture *p)
{
    return check_output(kernels_warp_work(p->height, p->width));
}

static real *blur_work(const Picture *p)
{
    return check_output(kernels_blur_work(p->height, p->width));
}

static wide pixel(const Picture *p, wide y, wide x, real outside)
{
    if (x < 0 || x >= p->width || y < 0 || y >= p->height)
        return outside;
    return p->src[(int)y * p->width + (int)x];
}

static wide bilinear(const Picture *p, wide y, wide x, real outside)
{
    wide top = floorl(y), left = floorl(x), v = y - top, h = x - left;
    return (1 - v) *
               ((1 - h) * pixel(p, top, left, outside) + h * pixel(p, top, left + 1, outside)) +
           v * ((1 - h) * pixel(p, top + 1, left, outside) +
                h * pixel(p, top + 1, left + 1, outside));
}

/* Bilinear is continuous, also across the edge, so that a place's rounding error times the slope is
 * all. */
static void test_warp_affine(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        Picture p = random_picture();
        const real *m = check_random(6), outside = i % 2 ? -1 : 0;
        real *dst = check_output(p.size), *work = warp_work(&p);
        wide *expected = check_wide(p.size), *magnitude = check_wide(p.size);
        for (size_t j = 0; j < p.size; j++) {
            wide x = (wide)(j % (size_t)p.width), y = (wide)(j / (size_t)p.width);
            expected[j] =
                bilinear(&p, m[3] * x + m[4] * y + m[5], m[0] * x + m[1] * y + m[2], outside);
            magnitude[j] = 4 + 2 * (x + y);
        }
        check_kernels->warp_affine(p.height, p.width, p.src, m, outside, dst, work);
        check_close(dst, expected, magnitude, p.size, 4, "affine %d of %dx%d", i, p.height,
                    p.width);
        real *same = check_copy(p.size, p.src);
        check_kernels->warp_affine(p.height, p.width, same, m, outside, same, work);
        check_same(same, dst, p.size * sizeof *dst, "affine in place");
        check_end();
    }
}

static void test_warp_field(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        Picture p = random_picture();
        const real *dx = check_random_between(p.size, -4, 4), outside = (real)0.5;
        const real *dy = check_random_between(p.size, -4, 4);
        real *dst = check_output(p.size), *work = warp_work(&p);
        wide *expected = check_wide(p.size), *magnitude = check_wide(p.size);
        for (size_t j = 0; j < p.size; j++) {
            wide x = (wide)(j % (size_t)p.width), y = (wide)(j / (size_t)p.width);
            expected[j] = bilinear(&p, y + dy[j], x + dx[j], outside);
            magnitude[j] = 10 + x + y;
        }
        check_kernels->warp_field(p.height, p.width, p.src, dx, dy, outside, dst, work);
        check_close(dst, expected, magnitude, p.size, 4, "field %d of %dx%d", i, p.height, p.width);
        real *same = check_copy(p.size, p.src);
        check_kernels->warp_field(p.height, p.width, same, dx, dy, outside, same, work);
        check_same(same, dst, p.size * sizeof *dst, "field in place");
        check_end();
    }
}

/* Whole steps are exact, and places that are no place at all are outside. */
static void test_warp_exact(void **state)
{
    (void)state;
    Picture p = random_picture();
    real identity[6] = {1, 0, 0, 0, 1, 0},
         turned[6] = {-1, 0, (real)(p.width - 1), 0, -1, (real)(p.height - 1)};
    real *dst = check_output(p.size), *back = check_output(p.size), *work = warp_work(&p);
    check_kernels->warp_affine(p.height, p.width, p.src, identity, 0, dst, work);
    check_same(dst, p.src, p.size * sizeof *dst, "identity");
    check_kernels->warp_affine(p.height, p.width, p.src, turned, 0, dst, work);
    check_kernels->warp_affine(p.height, p.width, dst, turned, 0, back, work);
    check_same(back, p.src, p.size * sizeof *dst, "half a turn, twice");
    assert_true(dst[0] == p.src[p.size - 1]);
    const real nowhere[] = {(real)NAN, (real)INFINITY, (real)-INFINITY, (real)1e30, (real)-1e30};
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        real far[6] = {1, 0, nowhere[i], 0, 1, 0};
        check_kernels->warp_affine(p.height, p.width, p.src, far, 3, dst, work);
        for (size_t j = 0; j < p.size; j++)
            assert_true(dst[j] == 3);
    }
    check_end();
}

static int clamp(int value, int limit)
{
    return value < 0 ? 0 : value >= limit ? limit - 1 : value;
}

static void check_blur(Picture p, double sigma)
{
    int radius = (int)fmin(ceil(3 * (double)(real)sigma), BLUR_MAX_RADIUS);
    real *dst = check_output(p.size), *work = blur_work(&p), *same = NULL;
    wide *expected = check_wide(p.size), *magnitude = check_wide(p.size), norm = 0;
    wide weight[2 * BLUR_MAX_RADIUS + 1];
    for (int t = -radius; t <= radius; t++)
        norm += weight[t + radius] = expl(-(wide)t * t / (2 * (wide)(real)sigma * (real)sigma));
    for (int i = 0; i < (int)p.size; i++)
        for (int r = -radius; r <= radius; r++)
            for (int c = -radius; c <= radius; c++) {
                wide share = weight[r + radius] * weight[c + radius] / (norm * norm);
                wide value = p.src[clamp(i / p.width + r, p.height) * p.width +
                                   clamp(i % p.width + c, p.width)];
                expected[i] += share * value;
                magnitude[i] += fabsl(share * value);
            }
    check_kernels->blur(p.height, p.width, p.src, (real)sigma, dst, work);
    check_close(dst, expected, magnitude, p.size, check_one_signed((size_t)radius),
                "blur %g of %dx%d", sigma, p.height, p.width);
    same = check_copy(p.size, p.src);
    check_kernels->blur(p.height, p.width, same, (real)sigma, same, work);
    check_same(same, dst, p.size * sizeof *dst, "blur in place");
    check_end();
}

static void test_blur(void **state)
{
    (void)state;
    static const double sigmas[] = {0.1, 0.34, 1, 2.5, 4, 30};
    for (size_t i = 0; i < sizeof sigmas / sizeof sigmas[0]; i++)
        for (int j = 0; j < (sigmas[i] < 3 ? 10 : 2); j++)
            check_blur(random_picture(), sigmas[i]);
}

static void test_no_blur(void **state)
{
    (void)state;
    Picture p = random_picture();
    real *dst = check_output(p.size), *work = blur_work(&p);
    check_kernels->blur(p.height, p.width, p.src, 0, dst, work);
    check_same(dst, p.src, p.size * sizeof *dst, "blur of sigma 0");
    check_end();
}

static void test_pixels(void **state)
{
    (void)state;
    for (size_t count = 0; count < CHECK_MAX_COUNT; count++) {
        uint8_t *src = check_bytes(count);
        real *dst = check_output(count), mean = (real)0.1307, sd = (real)0.3081;
        wide *expected = check_wide(count), *magnitude = check_wide(count);
        for (size_t i = 0; i < count; i++) {
            src[i] = (uint8_t)check_below(256);
            expected[i] = ((wide)src[i] / 255 - mean) / sd;
            magnitude[i] = ((wide)src[i] / 255 + mean) / sd;
        }
        check_kernels->pixels_to_real(count, src, mean, sd, dst);
        check_close(dst, expected, magnitude, count, 2, "pixels");
        check_end();
    }
}

CHECK_TESTS(picture, cmocka_unit_test(test_warp_affine), cmocka_unit_test(test_warp_field),
            cmocka_unit_test(test_warp_exact), cmocka_unit_test(test_blur),
            cmocka_unit_test(test_no_blur), cmocka_unit_test(test_pixels));
