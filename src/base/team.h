/* A team of threads that works through numbered chunks. OpenMP underneath; without it the caller
 * does all the work.
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

/* Runs task once for each chunk 0..n_chunks-1, dealt out in contiguous runs, and returns when all
 * are done. n_threads is 1..TEAM_MAX_THREADS; fewer may come. Allocates nothing itself. Must not be
 * called from inside a task. */
void team_run(int n_threads, size_t n_chunks, TeamTask task, void *context);

#endif
