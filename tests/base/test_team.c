/* The thread team: every chunk once, with results that do not depend on who ran it. */
#include "cmocka_all.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/team.h"

#define MAX_CHUNKS 1000

typedef struct Work {
    int times[MAX_CHUNKS];
    int thread[MAX_CHUNKS];
    float sums[MAX_CHUNKS];
} Work;

static void note(void *context, size_t chunk, int thread)
{
    Work *work = context;
    Rng rng;

    work->times[chunk]++;
    work->thread[chunk] = thread;
    work->sums[chunk] = 0;
    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_TEST, 0, chunk));
    for (int i = 0; i < 100; i++)
        work->sums[chunk] += (float)rng_normal(&rng);
}

static void each_chunk_is_run_once_by_a_thread_of_the_team(void **state)
{
    static const size_t counts[] = {0, 1, 2, 3, 7, 8, 64, 999, MAX_CHUNKS};
    static const int threads[] = {1, 2, 3, 4, 7, 16};
    static Work work;

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(counts); i++)
        for (size_t t = 0; t < N_ELEMENTS(threads); t++) {
            memset(&work, 0, sizeof work);
            team_run(threads[t], counts[i], note, &work);
            for (size_t chunk = 0; chunk < MAX_CHUNKS; chunk++)
                assert_int_equal(work.times[chunk], chunk < counts[i]);
            for (size_t chunk = 0; chunk < counts[i]; chunk++)
                assert_in_range(work.thread[chunk], 0, threads[t] - 1);
        }
}

static void sums_do_not_depend_on_the_number_of_threads(void **state)
{
    float expected = 0;

    (void)state;
    for (int n_threads = 1; n_threads <= 9; n_threads++) {
        static Work work;
        float sum = 0;
        team_run(n_threads, MAX_CHUNKS, note, &work);
        for (size_t chunk = 0; chunk < MAX_CHUNKS; chunk++)
            sum += work.sums[chunk];
        if (n_threads == 1)
            expected = sum;
        assert_memory_equal(&sum, &expected, sizeof sum);
    }
}

/* The first chunk waits for the last, which another thread has to take. */
typedef struct Meeting {
    atomic_int arrived;
} Meeting;

static void meet(void *context, size_t chunk, int thread)
{
    Meeting *meeting = context;

    (void)chunk;
    (void)thread;
    atomic_fetch_add(&meeting->arrived, 1);
    while (atomic_load(&meeting->arrived) < 2)
        sched_yield();
}

static void two_threads_work_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        Meeting meeting = {0};
        team_run(2, 2, meet, &meeting);
        assert_int_equal(atomic_load(&meeting.arrived), 2);
        if (i % 50 == 0) /* asleep by then */
            usleep(2000);
    }
}

static void *run_many(void *argument)
{
    size_t *n_wrong = argument;
    static _Thread_local Work work;

    for (int i = 0; i < 300; i++) {
        memset(&work, 0, sizeof work);
        team_run(3, 50, note, &work);
        for (size_t chunk = 0; chunk < 50; chunk++)
            *n_wrong += work.times[chunk] != 1;
    }
    return NULL;
}

static void callers_do_not_disturb_each_other(void **state)
{
    pthread_t threads[3];
    size_t n_wrong[3] = {0};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_many, &n_wrong[i]), 0);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(n_wrong[i], 0);
    }
}

static void run_inside(void *context, size_t chunk, int thread)
{
    Work *work = context;

    (void)thread;
    team_run(4, 10, note, &work[chunk]);
}

static void a_task_may_run_a_team(void **state)
{
    static Work work[4];

    (void)state;
    team_run(3, 4, run_inside, work);
    for (size_t i = 0; i < 4; i++)
        for (size_t chunk = 0; chunk < 10; chunk++)
            assert_int_equal(work[i].times[chunk], 1);
}

static void it_allocates_nothing(void **state)
{
    static Work work;
    uint64_t before = mem_count();

    (void)state;
    team_run(2, 100, note, &work);
    assert_int_equal(mem_count(), before);
}

static void there_is_a_thread(void **state)
{
    (void)state;
    assert_in_range(team_default_threads(), 1, TEAM_MAX_THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_chunk_is_run_once_by_a_thread_of_the_team),
        cmocka_unit_test(sums_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(two_threads_work_at_once),
        cmocka_unit_test(callers_do_not_disturb_each_other),
        cmocka_unit_test(a_task_may_run_a_team),
        cmocka_unit_test(it_allocates_nothing),
        cmocka_unit_test(there_is_a_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
