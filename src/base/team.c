#include "base/team.h"

#include <assert.h>
#include <sched.h>
#include <unistd.h>

#ifdef _OPENMP
#include <omp.h>
#endif

int team_default_threads(void)
{
    long n = 0;
    cpu_set_t cores;

    if (sched_getaffinity(0, sizeof(cores), &cores) == 0)
        n = CPU_COUNT(&cores);
    else /* more than 1024 cores: the mask does not fit */
        n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1)
        return 1;
    return n < TEAM_MAX_THREADS ? (int)n : TEAM_MAX_THREADS;
}

/* The contiguous run of chunks that falls to one of n_threads; the first ones get the remainder. */
static void run_share(int thread, int n_threads, size_t n_chunks, TeamTask task, void *context)
{
    size_t share = n_chunks / (size_t)n_threads, rest = n_chunks % (size_t)n_threads;
    size_t index = (size_t)thread;
    size_t begin = index * share + (index < rest ? index : rest);
    size_t end = begin + share + (index < rest);

    for (size_t chunk = begin; chunk < end; chunk++)
        task(context, chunk, thread);
}

void team_run(int n_threads, size_t n_chunks, TeamTask task, void *context)
{
    assert(n_threads >= 1 && n_threads <= TEAM_MAX_THREADS);
    if ((size_t)n_threads > n_chunks)
        n_threads = (int)n_chunks;
    if (n_threads <= 1) { /* without waking a team */
        run_share(0, 1, n_chunks, task, context);
        return;
    }
#ifdef _OPENMP
    /* OpenMP may give fewer threads than asked: the shares are of those that came. */
#pragma omp parallel num_threads(n_threads)
    run_share(omp_get_thread_num(), omp_get_num_threads(), n_chunks, task, context);
#else
    run_share(0, 1, n_chunks, task, context);
#endif
}
