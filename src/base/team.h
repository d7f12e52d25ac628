/* A team of threads that works through numbered chunks.
 *
 * Chunks are cut by the work, never by the number of threads, and a task writes only what belongs
 * to its chunk; sums over chunks are taken afterwards in the order of chunk numbers. So results do
 * not depend on the number of threads. */
#ifndef BASE_TEAM_H
#define BASE_TEAM_H

#include <stddef.h>

#define TEAM_MAX_THREADS 256

/* `thread` is 0..n_threads-1 and names the scratch memory to use. */
typedef void (*TeamTask)(void *context, size_t chunk, int thread);

/* Cores that this process may run on (its affinity mask), at least 1, at most TEAM_MAX_THREADS. */
int team_default_threads(void);

/* Runs task once for each chunk 0..n_chunks-1, on the caller's thread and up to n_threads - 1
 * workers, and returns when all are done. n_threads is 1..TEAM_MAX_THREADS; fewer may come: none
 * while another thread's team_run has the workers, or from inside a task. Which thread gets which
 * chunk differs from run to run. Workers are made when first needed, sleep in between and live as
 * long as the process; signals are not delivered to them. Any thread. */
void team_run(int n_threads, size_t n_chunks, TeamTask task, void *context);

#endif
