/* A pool of sleeping workers, one job at a time.
 *
 * A thread takes chunks from its own share first, so that a chunk's memory stays in one core's
 * cache from job to job, then from the shares of those that are late. The caller works too. So a
 * worker that the system does not let run (the machine is busy) delays nobody but for the chunk it
 * holds: at worst the caller does all the work itself. OpenMP's teams, whose barriers wait for
 * every thread, were 3 to 7 times slower than this on two cores that others use too. */
#include "base/team.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

/* Iterations of a busy wait before a thread goes to sleep: some 20 us, a short job. */
#define SPIN_TURNS 600

/* Bit of `gate`: workers may enter the job. The bits below count the workers inside. */
#define GATE_OPEN (1u << 30)

/* The contiguous range of chunks that one thread takes from first. */
typedef struct Share {
    _Alignas(64) atomic_size_t next;
    size_t end;
} Share;

typedef struct Pool {
    pthread_mutex_t busy; /* held by the thread that started the job */
    pthread_mutex_t lock; /* for going to sleep */
    pthread_cond_t wake, done;
    atomic_uint_fast64_t n_jobs; /* posted since the program began */
    atomic_uint gate;
    int n_workers;
    /* The job. Does not change while the gate is open or a worker is inside. */
    TeamTask task;
    void *context;
    int n_threads;
    Share shares[TEAM_MAX_THREADS];
} Pool;

static Pool pool = {
    .busy = PTHREAD_MUTEX_INITIALIZER,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .wake = PTHREAD_COND_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
};

int team_default_threads(void)
{
    long n = 0;
    cpu_set_t cores;

    if (sched_getaffinity(0, sizeof cores, &cores) == 0)
        n = CPU_COUNT(&cores);
    else /* the mask holds at most 1024 cores */
        n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1)
        return 1;
    return n < TEAM_MAX_THREADS ? (int)n : TEAM_MAX_THREADS;
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void work_on(Share *share, int thread)
{
    size_t chunk;

    while ((chunk = atomic_fetch_add_explicit(&share->next, 1, memory_order_relaxed)) < share->end)
        pool.task(pool.context, chunk, thread);
}

static void work(int thread)
{
    for (int i = 0; i < pool.n_threads; i++)
        work_on(&pool.shares[(thread + i) % pool.n_threads], thread);
}

static void enter_job(int thread)
{
    unsigned gate = atomic_fetch_add(&pool.gate, 1);

    if ((gate & GATE_OPEN) && thread < pool.n_threads)
        work(thread);
    if (atomic_fetch_sub(&pool.gate, 1) == 1) { /* the last worker to leave a closed job */
        pthread_mutex_lock(&pool.lock);
        pthread_cond_signal(&pool.done);
        pthread_mutex_unlock(&pool.lock);
    }
}

static void await_job(uint_fast64_t seen)
{
    for (int turn = 0; turn < SPIN_TURNS; turn++) {
        if (atomic_load(&pool.n_jobs) != seen)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool.lock);
    while (atomic_load(&pool.n_jobs) == seen)
        pthread_cond_wait(&pool.wake, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

static void *run_worker(void *argument)
{
    int thread = (int)(intptr_t)argument;

    for (uint_fast64_t seen = 0;;) {
        await_job(seen);
        seen = atomic_load(&pool.n_jobs);
        enter_job(thread);
    }
    return NULL;
}

/* If the system allows fewer workers, the others take their shares. Workers leave signals to the
 * program's own threads. */
static void start_workers(int n)
{
    sigset_t all, before;
    pthread_attr_t detached;

    if (pool.n_workers >= n || pthread_attr_init(&detached))
        return;
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool.n_workers < n) {
        pthread_t worker;
        if (pthread_create(&worker, &detached, run_worker, (void *)(intptr_t)(pool.n_workers + 1)))
            break;
        pool.n_workers++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
}

static void post_job(int n_threads, size_t n_chunks, TeamTask task, void *context)
{
    size_t share = n_chunks / (size_t)n_threads, rest = n_chunks % (size_t)n_threads, begin = 0;

    pool.task = task;
    pool.context = context;
    pool.n_threads = n_threads;
    for (int i = 0; i < n_threads; i++) {
        atomic_store_explicit(&pool.shares[i].next, begin, memory_order_relaxed);
        begin += share + ((size_t)i < rest);
        pool.shares[i].end = begin;
    }
    atomic_fetch_or(&pool.gate, GATE_OPEN);
    pthread_mutex_lock(&pool.lock);
    atomic_fetch_add(&pool.n_jobs, 1);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.lock);
}

/* All chunks are taken: waits until the workers have finished theirs. */
static void finish_job(void)
{
    atomic_fetch_and(&pool.gate, ~GATE_OPEN);
    for (int turn = 0; turn < SPIN_TURNS; turn++) {
        if (atomic_load(&pool.gate) == 0)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool.lock);
    while (atomic_load(&pool.gate) != 0)
        pthread_cond_wait(&pool.done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

void team_run(int n_threads, size_t n_chunks, TeamTask task, void *context)
{
    assert(n_threads >= 1 && n_threads <= TEAM_MAX_THREADS);
    if ((size_t)n_threads > n_chunks)
        n_threads = (int)n_chunks;
    /* No workers: there is only one chunk or thread, or another thread's job has them. */
    if (n_threads <= 1 || pthread_mutex_trylock(&pool.busy)) {
        for (size_t chunk = 0; chunk < n_chunks; chunk++)
            task(context, chunk, 0);
        return;
    }
    start_workers(n_threads - 1);
    post_job(n_threads, n_chunks, task, context);
    work(0);
    finish_job();
    pthread_mutex_unlock(&pool.busy);
}
