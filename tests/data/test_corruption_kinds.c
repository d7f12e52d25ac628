/* Each corruption does what its row says: statistics of noise, places and angles of the page, the
 * ink of marks. */
#include "corrupt_one.h"

#include <math.h>

static void fill(uint8_t pixels[AREA], int grey)
{
    memset(pixels, grey, AREA);
}

static double mean_of(const uint8_t *pixels, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += pixels[i];
    return sum / (double)n;
}

/* A thousand pictures of one grey: mean and sd against the formulas, within four errors. */
static void noise_has_its_statistics(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int grey;
        double mean, sd;
    } cases[] = {
        {"gaussian=0.1", 127, 127, 25.5},
        /* Poisson: the variance is the mean times 255 value^2. */
        {"shot-noise=0.1", 127, 127, 17.997},
        {"shot-noise=0.3", 25, 25, 23.95},
        {"shot-noise=1", 0, 0, 0},
        /* 10 % to either end: 0.2 (127.5)^2 round 127.6, and nearly so. */
        {"impulse-noise=0.2", 128, 127.9, 57.02},
        {"salt=0.2", 128, 127.9, 57.02},
    };
    for (size_t c = 0; c < N_ELEMENTS(cases); c++) {
        double sum = 0, squares = 0, n = 200.0 * AREA;
        for (uint64_t i = 0; i < 200; i++) {
            uint8_t pixels[AREA];
            fill(pixels, cases[c].grey);
            corrupt_one(cases[c].spec, SIDE_28, SIDE_28, 1, i, pixels);
            for (int p = 0; p < AREA; p++) {
                sum += pixels[p];
                squares += (double)pixels[p] * pixels[p];
            }
        }
        double mean = sum / n, sd = sqrt(fmax(squares / n - mean * mean, 0));
        double error = cases[c].sd / sqrt(n);
        if (fabs(mean - cases[c].mean) > 4 * error + 0.1 ||
            fabs(sd - cases[c].sd) > 4 * error + 0.01 * cases[c].sd)
            fail_msg("%s of %d: mean %g, sd %g", cases[c].spec, cases[c].grey, mean, sd);
    }
}

/* A larger share salts the same pixels in the same way, and others. */
static void more_salt_is_the_same_and_more(void **state)
{
    (void)state;
    uint8_t little[AREA], much[AREA];
    int n_little = 0, n_much = 0;
    fill(little, 100);
    fill(much, 100);
    corrupt_one("salt=0.1", SIDE_28, SIDE_28, 1, 0, little);
    corrupt_one("salt=0.5", SIDE_28, SIDE_28, 1, 0, much);
    for (int p = 0; p < AREA; p++) {
        n_little += little[p] != 100;
        n_much += much[p] != 100;
        assert_true(little[p] == 100 || much[p] == little[p]);
    }
    assert_true(n_little > 40 && n_little < 120 && n_much > 330 && n_much < 460);
}

static void stripe_inverts_both_margins(void **state)
{
    (void)state;
    uint8_t pixels[AREA], before[AREA];
    for (int p = 0; p < AREA; p++)
        pixels[p] = before[p] = sample_pixel(1, (size_t)p);
    corrupt_one("stripe=0.25", SIDE_28, SIDE_28, 1, 0, pixels);
    for (int p = 0; p < AREA; p++) {
        bool margin = p % 28 < 7 || p % 28 >= 21;
        assert_int_equal(pixels[p], margin ? 255 - before[p] : before[p]);
    }
}

static void brightness_lifts_and_stops(void **state)
{
    (void)state;
    uint8_t pixels[AREA];
    for (int p = 0; p < AREA; p++)
        pixels[p] = (uint8_t)(p % 256);
    corrupt_one("brightness=0.2", SIDE_28, SIDE_28, 1, 0, pixels);
    for (int p = 0; p < AREA; p++)
        assert_int_equal(pixels[p], p % 256 + 51 > 255 ? 255 : p % 256 + 51);
}

typedef struct Mass {
    double sum, x, y; /* and its centre */
} Mass;

static Mass weigh(const uint8_t *pixels)
{
    Mass mass = {0};
    for (int p = 0; p < AREA; p++) {
        mass.sum += pixels[p];
        mass.x += pixels[p] * (p % 28 - 13.5);
        mass.y += pixels[p] * (p / 28 - 13.5);
    }
    mass.x /= mass.sum;
    mass.y /= mass.sum;
    return mass;
}

/* A square of ink in the middle: 6 x 6. */
static void draw_square(uint8_t pixels[AREA])
{
    fill(pixels, 0);
    for (int y = 11; y < 17; y++)
        memset(pixels + y * 28 + 11, 255, 6);
}

static void the_page_moves_as_said(void **state)
{
    (void)state;
    uint8_t pixels[AREA];
    double sum_x = 0, sum_y = 0;
    for (uint64_t i = 0; i < 100; i++) {
        draw_square(pixels);
        corrupt_one("translate=0.25", SIDE_28, SIDE_28, 1, i, pixels); /* 7 pixels */
        Mass mass = weigh(pixels);
        assert_float_equal(hypot(mass.x, mass.y), 7, 0.02);
        assert_float_equal(mass.sum, 36 * 255, 60);
        sum_x += mass.x;
        sum_y += mass.y;
    }
    assert_true(fabs(sum_x) < 200 && fabs(sum_y) < 200); /* four times 5 sqrt(100) */
    draw_square(pixels);
    corrupt_one("scale=0.5", SIDE_28, SIDE_28, 1, 0, pixels);
    Mass small = weigh(pixels);
    assert_float_equal(small.sum, 9 * 255, 255);
    assert_float_equal(hypot(small.x, small.y), 0, 0.02);
}

/* The picture's angle, after a bar was turned or slanted: both ways, always as far. */
static void turns_either_way(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        double tangent; /* of the bar's slope from upright */
    } cases[] = {{"rotate=20", 0.364}, {"shear=20", 0.364}};
    for (size_t c = 0; c < N_ELEMENTS(cases); c++) {
        int n_left = 0;
        for (uint64_t i = 0; i < 64; i++) {
            uint8_t pixels[AREA];
            double xy = 0, yy = 0;
            fill(pixels, 0);
            for (int y = 6; y < 22; y++)
                memset(pixels + y * 28 + 13, 255, 2);
            corrupt_one(cases[c].spec, SIDE_28, SIDE_28, 1, i, pixels);
            for (int p = 0; p < AREA; p++) {
                xy += pixels[p] * (p % 28 - 13.5) * (p / 28 - 13.5);
                yy += pixels[p] * (p / 28 - 13.5) * (p / 28 - 13.5);
            }
            assert_float_equal(fabs(xy / yy), cases[c].tangent, 0.02);
            n_left += xy > 0;
        }
        assert_true(n_left > 16 && n_left < 48); /* four deviations */
    }
}

/* Lenses keep the ink, and spread it. */
static void lenses_spread_the_ink(void **state)
{
    (void)state;
    static const char *const specs[] = {"blur=1.5", "motion-blur=6", "glass-blur=1.5"};
    for (size_t c = 0; c < N_ELEMENTS(specs); c++) {
        double sum = 0;
        int strongest = 0;
        for (uint64_t i = 0; i < 50; i++) {
            uint8_t pixels[AREA];
            draw_square(pixels);
            corrupt_one(specs[c], SIDE_28, SIDE_28, 1, i, pixels);
            sum += weigh(pixels).sum / 50;
            strongest = 0;
            for (int p = 0; p < AREA; p++)
                strongest += pixels[p] > 250;
            assert_true(strongest < 20);
        }
        assert_float_equal(sum / 255, 36, 1);
    }
}

/* Fog lifts paper and leaves full ink, never by more than it says. */
static void fog_lifts_paper(void **state)
{
    (void)state;
    double highest = 0, sum = 0;
    for (uint64_t i = 0; i < 50; i++) {
        uint8_t pixels[AREA];
        fill(pixels, 0);
        pixels[400] = 255;
        corrupt_one("fog=0.6", SIDE_28, SIDE_28, 1, i, pixels);
        assert_int_equal(pixels[400], 255);
        pixels[400] = 0;
        for (int p = 0; p < AREA; p++) {
            assert_true(pixels[p] <= 153);
            highest = fmax(highest, pixels[p]);
        }
        sum += mean_of(pixels, AREA) / 50;
    }
    assert_true(highest > 130 && sum > 60 && sum < 95);
}

/* Rows of a blank picture that hold ink in the middle column: as many as there are lines. */
static void lines_are_counted(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 40; i++) {
        uint8_t pixels[AREA];
        int n = 0;
        fill(pixels, 0);
        corrupt_one("lines=3", SIDE_28, SIDE_28, 1, i, pixels);
        for (int y = 0; y < 28; y++) /* a line begins where the row above has less */
            n += pixels[y * 28 + 14] > 40 && (y == 0 || pixels[(y - 1) * 28 + 14] <= 40);
        assert_true(n == 3 || n == 4); /* 4: one that is cut by the picture's edge */
        if (pixels[14] <= 40 && pixels[27 * 28 + 14] <= 40)
            assert_int_equal(n, 3);
    }
}

/* Marks only add ink, and the first of many lines are those of few. */
static void marks_add_up(void **state)
{
    (void)state;
    static const char *const names[] = {"spatter", "dotted-line", "zigzag"};
    for (size_t c = 0; c < N_ELEMENTS(names); c++)
        for (uint64_t i = 0; i < 20; i++) {
            uint8_t few[AREA], many[AREA];
            char text[64];
            fill(few, 30);
            fill(many, 30);
            snprintf(text, sizeof text, "%s=1", names[c]);
            corrupt_one(text, SIDE_28, SIDE_28, 1, i, few);
            snprintf(text, sizeof text, "%s=3", names[c]);
            corrupt_one(text, SIDE_28, SIDE_28, 1, i, many);
            int n_few = 0;
            for (int p = 0; p < AREA; p++) {
                assert_true(few[p] >= 30 && many[p] >= few[p]);
                n_few += few[p] > 100;
            }
            assert_true(n_few > (c ? 10 : 0) && n_few < 150);
        }
}

/* Of a large square its outline: closed, one pixel thick, and nothing else. */
static void canny_leaves_the_outline(void **state)
{
    (void)state;
    uint8_t pixels[AREA];
    int n_edge = 0;
    fill(pixels, 0);
    for (int y = 8; y < 20; y++)
        memset(pixels + y * 28 + 8, 255, 12);
    corrupt_one("canny-edges=1", SIDE_28, SIDE_28, 1, 0, pixels);
    for (int y = 0; y < 28; y++)
        for (int x = 0; x < 28; x++) {
            bool near_x = (abs(x - 8) <= 1 || abs(x - 19) <= 1) && y > 6 && y < 21;
            bool near_y = (abs(y - 8) <= 1 || abs(y - 19) <= 1) && x > 6 && x < 21;
            assert_true(pixels[y * 28 + x] == 0 || pixels[y * 28 + x] == 255);
            assert_true(pixels[y * 28 + x] == 0 || near_x || near_y);
            n_edge += pixels[y * 28 + x] == 255;
        }
    for (int i = 10; i < 18; i++) { /* each side, in every column or row, once */
        int across = 0, down = 0;
        for (int k = 0; k < 28; k++) {
            across += pixels[i * 28 + k] == 255;
            down += pixels[k * 28 + i] == 255;
        }
        assert_true(across == 2 && down == 2);
    }
    assert_true(n_edge >= 40 && n_edge <= 52);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_has_its_statistics),
        cmocka_unit_test(more_salt_is_the_same_and_more),
        cmocka_unit_test(stripe_inverts_both_margins),
        cmocka_unit_test(brightness_lifts_and_stops),
        cmocka_unit_test(the_page_moves_as_said),
        cmocka_unit_test(turns_either_way),
        cmocka_unit_test(lenses_spread_the_ink),
        cmocka_unit_test(fog_lifts_paper),
        cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(marks_add_up),
        cmocka_unit_test(canny_leaves_the_outline),
    };
    return cmocka_run_group_tests_name("data corruption kinds", tests, NULL, NULL);
}
