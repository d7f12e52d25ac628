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

/* Work memory of exactly the size that is bounded. */
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

/* Places before and behind the eye: where the depth is nearly 0 they are too far to compare, unless
 * far outside. The rounding of a place grows with its terms over the depth. */
static void test_warp_projective(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        Picture p = random_picture();
        real *m = check_copy(9, check_random(9)), outside = i % 2 ? -1 : 0;
        real *dst = check_output(p.size), *work = warp_work(&p);
        wide *expected = check_wide(p.size), *magnitude = check_wide(p.size);
        m[8] += (real)1.5;
        m[6] /= (real)p.width;
        m[7] /= (real)(i % 3 ? 4 * p.height : 1);
        for (size_t j = 0; j < p.size; j++) {
            wide x = (wide)(j % (size_t)p.width), y = (wide)(j / (size_t)p.width);
            wide depth = m[6] * x + m[7] * y + m[8], across = m[0] * x + m[1] * y + m[2],
                 down = m[3] * x + m[4] * y + m[5];
            wide terms = fabsl(m[6] * x) + fabsl(m[7] * y) + m[8];
            expected[j] = depth > 0 ? bilinear(&p, down / depth, across / depth, outside) : outside;
            magnitude[j] =
                4 + (2 * (x + y + 2) + (fabsl(across) + fabsl(down)) * terms / fabsl(depth)) /
                        fabsl(depth);
        }
        check_kernels->warp_projective(p.height, p.width, p.src, m, outside, dst, work);
        check_close(dst, expected, magnitude, p.size, 8, "projective %d of %dx%d", i, p.height,
                    p.width);
        real *same = check_copy(p.size, p.src);
        check_kernels->warp_projective(p.height, p.width, same, m, outside, same, work);
        check_same(same, dst, p.size * sizeof *dst, "projective in place");
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
        real behind[9] = {1, 0, 0, 0, 1, 0, 0, 0, (real) - (i + 0.0)};
        check_kernels->warp_projective(p.height, p.width, p.src, behind, 3, dst, work);
        for (size_t j = 0; j < p.size; j++)
            assert_true(dst[j] == 3);
    }
    real flat[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, twice[9] = {2, 0, 0, 0, 2, 0, 0, 0, 2};
    check_kernels->warp_projective(p.height, p.width, p.src, flat, 0, dst, work);
    check_same(dst, p.src, p.size * sizeof *dst, "flat");
    check_kernels->warp_projective(p.height, p.width, p.src, twice, 0, dst, work);
    check_same(dst, p.src, p.size * sizeof *dst, "flat and twice as far");
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

static wide disc_share(wide radius, wide distance)
{
    wide whole = floorl(radius), part = radius - whole;
    wide small = fminl(fmaxl(whole + 1 - distance, 0), 1);
    wide large = fminl(fmaxl(whole + 2 - distance, 0), 1);
    return (1 - part) * small + part * large;
}

/* Every pixel of the picture against every other. */
static void check_dilate(Picture p, real radius)
{
    real *dst = check_output(p.size);
    real *work = check_output(kernels_dilate_work(p.height, p.width));
    wide *expected = check_wide(p.size), *magnitude = check_wide(p.size);
    wide sign = radius < 0 ? -1 : 1;
    for (int i = 0; i < (int)p.size; i++) {
        wide best = sign * p.src[i];
        for (int j = 0; j < (int)p.size; j++) {
            int dx = i % p.width - j % p.width, dy = i / p.width - j / p.width;
            wide share = disc_share(fabsl((wide)radius), sqrtl((wide)(dx * dx + dy * dy)));
            wide value = sign * p.src[i] + share * sign * (p.src[j] - p.src[i]);
            if (share > 0 && value > best)
                best = value;
        }
        expected[i] = sign * best;
        magnitude[i] = 4; /* the share's own rounding: of a distance up to 4 */
    }
    check_kernels->dilate(p.height, p.width, p.src, radius, dst, work);
    check_close(dst, expected, magnitude, p.size, 4, "dilate %g of %dx%d", (double)radius, p.height,
                p.width);
    real *same = check_copy(p.size, p.src);
    check_kernels->dilate(p.height, p.width, same, radius, same, work);
    check_same(same, dst, p.size * sizeof *dst, "dilate in place");
    check_end();
}

static void test_dilate(void **state)
{
    (void)state;
    static const double radii[] = {0.1, 0.5, 1, 1.3, 2, 2.4, 2.9, 3};
    for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++)
        for (int j = 0; j < 4; j++)
            check_dilate(random_picture(), (real)(j % 2 ? -radii[i] : radii[i]));
}

/* A radius of 0 copies; a whole one takes pixels as they are; no picture is nothing. */
static void test_dilate_exact(void **state)
{
    (void)state;
    Picture p = random_picture();
    real *dst = check_output(p.size), most = p.src[0];
    real *work = check_output(kernels_dilate_work(p.height, p.width));
    check_kernels->dilate(p.height, p.width, p.src, 0, dst, work);
    check_same(dst, p.src, p.size * sizeof *dst, "dilate by 0");
    const real *small = check_random(9);
    for (int i = 0; i < 9; i++)
        most = i == 0 || small[i] > most ? small[i] : most;
    real *grown = check_output(9), *small_work = check_output(kernels_dilate_work(3, 3));
    check_kernels->dilate(3, 3, small, 3, grown, small_work);
    for (int i = 0; i < 9; i++)
        assert_true(grown[i] == most);
    check_kernels->dilate(0, 3, small, 1, grown, small_work);
    check_kernels->dilate(3, 0, small, 1, grown, small_work);
    assert_true(grown[0] == most);
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

CHECK_TESTS(picture, cmocka_unit_test(test_warp_affine), cmocka_unit_test(test_warp_projective),
            cmocka_unit_test(test_warp_field), cmocka_unit_test(test_warp_exact),
            cmocka_unit_test(test_blur), cmocka_unit_test(test_no_blur),
            cmocka_unit_test(test_dilate), cmocka_unit_test(test_dilate_exact),
            cmocka_unit_test(test_pixels));
