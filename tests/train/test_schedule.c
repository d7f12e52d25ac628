/* Schedules against their closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/schedule.h"

#define N_BATCHES 10
#define PI 3.14159265358979323846

static double rate(const TrainSection *train, int step)
{
    PlateauState plateau;
    plateau_init(&plateau);
    return schedule_rate(train, &plateau, step / N_BATCHES, (size_t)(step % N_BATCHES), N_BATCHES);
}

static void assert_rate(const TrainSection *train, int step, double expected)
{
    double found = rate(train, step);
    if (!(fabs(found - expected) <= 1e-12))
        fail_msg("step %d: expected %.17g, found %.17g", step, expected, found);
}

static TrainSection section(Schedule schedule, int epochs)
{
    TrainSection train = TRAIN_SECTION_DEFAULT;
    train.schedule = (int)schedule;
    train.epochs = epochs;
    train.learning_rate = 0.2;
    train.warmup = 0;
    return train;
}

static void test_constant(void **state)
{
    (void)state;
    TrainSection train = section(SCHEDULE_CONSTANT, 5);
    for (int step = 0; step < 50; step++)
        assert_true(rate(&train, step) == 0.2);
}

static void test_step(void **state)
{
    (void)state;
    TrainSection train = section(SCHEDULE_STEP, 7);
    train.step_epochs = 3;
    train.step_factor = 0.5;
    for (int step = 0; step < 70; step++)
        assert_rate(&train, step, step < 30 ? 0.2 : step < 60 ? 0.1 : 0.05);
}

static void test_linear(void **state)
{
    (void)state;
    TrainSection train = section(SCHEDULE_LINEAR, 5);
    train.final_rate = 0.1;
    train.warmup = 0.5;
    for (int step = 0; step < 5; step++)
        assert_rate(&train, step, 0.2 * (step + 1) / 5);
    for (int step = 5; step < 50; step++)
        assert_rate(&train, step, 0.2 - 0.18 * (step - 5) / 44);
}

static void test_cosine(void **state)
{
    (void)state;
    TrainSection train = section(SCHEDULE_COSINE, 5);
    train.final_rate = 0.1;
    for (int step = 0; step < 50; step++)
        assert_rate(&train, step, 0.02 + 0.5 * 0.18 * (1 + cos(PI * step / 49)));
    assert_rate(&train, 49, 0.02);

    train.warmup = 1.5; /* 15 steps */
    for (int step = 0; step < 15; step++)
        assert_rate(&train, step, 0.2 * (step + 1) / 15);
    for (int step = 15; step < 50; step++)
        assert_rate(&train, step, 0.02 + 0.5 * 0.18 * (1 + cos(PI * (step - 15) / 34)));

    train.warmup = 9; /* longer than the run: only the rise */
    assert_rate(&train, 49, 0.2 * 50 / 90);
}

static void test_one_cycle(void **state)
{
    (void)state;
    TrainSection train = section(SCHEDULE_ONE_CYCLE, 5);
    train.warmup = 0.3; /* the top at step floor(0.3 * 49) = 14 */
    train.final_rate = 0.01;
    assert_rate(&train, 0, 0.2 * ONE_CYCLE_FIRST_RATE);
    assert_rate(&train, 7, (0.2 + 0.008) / 2);
    assert_rate(&train, 14, 0.2);
    for (int step = 14; step < 50; step++)
        assert_rate(&train, step, 0.002 + 0.5 * 0.198 * (1 + cos(PI * (step - 14) / 35)));
    assert_rate(&train, 49, 0.002);
    for (int step = 1; step < 50; step++)
        assert_true((rate(&train, step) > rate(&train, step - 1)) == (step <= 14));
}

/* One step, one epoch: no division by nothing. */
static void test_shortest(void **state)
{
    (void)state;
    PlateauState plateau;
    plateau_init(&plateau);
    for (int schedule = SCHEDULE_CONSTANT; schedule <= SCHEDULE_PLATEAU; schedule++) {
        for (double warmup = 0; warmup <= 1; warmup++) {
            TrainSection train = section((Schedule)schedule, 1);
            train.warmup = warmup;
            double found = schedule_rate(&train, &plateau, 0, 0, 1);
            assert_true(isfinite(found) && found >= 0 && found <= 0.2);
        }
    }
}

static void test_plateau(void **state)
{
    (void)state;
    TrainSection train = section(SCHEDULE_PLATEAU, 20);
    train.plateau_patience = 2;
    train.plateau_factor = 0.1;
    train.minimum_rate = 0.001;
    /* losses and, after each, the rate */
    static const double losses[] = {1, 0.9, 0.95, 0.9, 0.89, 0.9, 0.89, 0.89, 0.89, 0.89, 0.89};
    static const double rates[] = {0.2,   0.2,   0.2,   0.02,  0.02, 0.02,
                                   0.002, 0.002, 0.001, 0.001, 0.001};
    PlateauState plateau;
    plateau_init(&plateau);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        schedule_epoch(&train, &plateau, losses[i]);
        double found = schedule_rate(&train, &plateau, 0, 0, 1);
        if (!(fabs(found - rates[i]) < 1e-12))
            fail_msg("epoch %zu: expected %g, found %g", i, rates[i], found);
    }
    /* A loss does nothing to the other schedules. */
    train.schedule = SCHEDULE_CONSTANT;
    PlateauState before = plateau;
    schedule_epoch(&train, &plateau, 5);
    assert_true(plateau.bad_epochs == before.bad_epochs && plateau.factor == before.factor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant),  cmocka_unit_test(test_step),
        cmocka_unit_test(test_linear),    cmocka_unit_test(test_cosine),
        cmocka_unit_test(test_one_cycle), cmocka_unit_test(test_shortest),
        cmocka_unit_test(test_plateau),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
