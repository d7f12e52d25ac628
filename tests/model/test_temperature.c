/* The temperature that a calibrated network lacks is found again; no data lead outside its range.
 * tests/eval compares with other programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "model/model.h"
#include "model/temperature.h"

enum { N = 4000, CLASSES = 5 };

static float logits[N * CLASSES];
static uint16_t labels[N];

/* Labels drawn from softmax(z); the logits are z * scale + shift of the image. */
static void make_answers(double scale)
{
    Rng rng;
    rng_init(&rng, 5, rng_stream(RNG_PURPOSE_TEST, 1, 0));
    for (int i = 0; i < N; i++) {
        double z[CLASSES], sum = 0, shift = 10 * scale * rng_normal(&rng);
        for (int k = 0; k < CLASSES; k++) {
            z[k] = 2 * rng_normal(&rng);
            sum += exp(z[k]);
            logits[i * CLASSES + k] = (float)(scale * z[k] + shift);
        }
        double left = rng_uniform(&rng) * sum;
        labels[i] = 0;
        while (labels[i] < CLASSES - 1 && (left -= exp(z[labels[i]])) > 0)
            labels[i]++;
    }
}

static double fit(double otherwise)
{
    return temperature_fit(N, CLASSES, logits, labels, otherwise);
}

static void test_scales_come_back(void **state)
{
    static const double scales[] = {1, 3, 0.2, 40};
    (void)state;
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        make_answers(scales[i]);
        double found = fit(7);
        assert_true(fabs(found / scales[i] - 1) < 0.05);
        double lowest = temperature_loss(N, CLASSES, logits, labels, found);
        assert_true(lowest < temperature_loss(N, CLASSES, logits, labels, found * 1.001));
        assert_true(lowest < temperature_loss(N, CLASSES, logits, labels, found / 1.001));
        assert_true(lowest < log(CLASSES));
    }
}

/* Logits that say next to nothing, but rightly; and sure ones that are never right. */
static void test_ends_of_the_range(void **state)
{
    (void)state;
    make_answers(1e-6);
    assert_true(fabs(fit(7) / MODEL_MIN_TEMPERATURE - 1) < 1e-9);
    for (int i = 0; i < N * CLASSES; i++)
        logits[i] = i % CLASSES == (labels[i / CLASSES] + 1) % CLASSES ? 1000 : 0;
    assert_true(fabs(fit(7) / MODEL_MAX_TEMPERATURE - 1) < 1e-9);
}

static void test_nothing_tells(void **state)
{
    (void)state;
    for (int i = 0; i < N * CLASSES; i++)
        logits[i] = i % CLASSES == labels[i / CLASSES] ? 1 : 0;
    assert_true(fit(7) == 7); /* all right */
    labels[0] = (uint16_t)((labels[0] + 1) % CLASSES);
    assert_true(fit(7) != 7 && fit(7) < 1);
    logits[9] = NAN;
    assert_true(fit(7) == 7);
    for (int i = 0; i < N * CLASSES; i++)
        logits[i] = (float)(i / CLASSES);
    assert_true(fit(7) == 7); /* all the same */
    assert_true(temperature_fit(0, CLASSES, logits, labels, 7) == 7);
    assert_true(temperature_loss(0, CLASSES, logits, labels, 1) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scales_come_back),
        cmocka_unit_test(test_ends_of_the_range),
        cmocka_unit_test(test_nothing_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
