/* What this build and this machine are: for `scrawl doctor` and for bug reports. */
#ifndef SCRAWL_SYSTEM_H
#define SCRAWL_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0". Static text. */
SCRAWL_API const char *scrawl_version(void);

/* The name of the kernels that would be used for `cpu` ("none", "avx2", "avx512"): "c", "avx2",
 * "avx512"; NULL where this machine or this build lacks them. For NULL those that the environment's
 * SCRAWL_CPU asks for, or the best where it is not set or asks for what is not there. Static text;
 * any thread. */
SCRAWL_API const char *scrawl_system_kernels(const char *cpu);

/* Cores that this process may use, at least 1: what a thread count of 0 stands for. */
SCRAWL_API int scrawl_system_threads(void);

/* One library or program that Scrawl uses. */
typedef struct ScrawlLibrary {
    const char *name;
    const char *version; /* as it says itself, at run time; "" where it is not found */
    const char *purpose; /* one phrase */
    bool found;          /* always true for what is linked in; false is no failure for the rest */
} ScrawlLibrary;

/* Library i; false past the end. Those that are used only now and then (curl, gnuplot) are looked
 * for at each call, which may take a tenth of a second. The texts stay valid until the same thread
 * calls again. */
SCRAWL_API bool scrawl_system_library(size_t i, ScrawlLibrary *library);

#ifdef __cplusplus
}
#endif
#endif
