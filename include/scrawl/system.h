/* What this build and this machine are: for `scrawl doctor` and for bug reports. */
#ifndef SCRAWL_SYSTEM_H
#define SCRAWL_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

SCRAWL_API const char *scrawl_version(void); /* "0.1.0" */
/* The kernels that would be used for `cpu` ("none", "avx2", "avx512", NULL: the best): their name, or NULL where this machine lacks them. */
SCRAWL_API const char *scrawl_system_kernels(const char *cpu);
SCRAWL_API int scrawl_system_threads(void); /* cores that this process may use */

/* Library i that this build uses: name and version; false past the end. loaded tells the ones taken at first use only: version is "" if it is not there. */
typedef struct ScrawlLibrary {
    const char *name, *version, *purpose;
    bool found;
} ScrawlLibrary;
SCRAWL_API bool scrawl_system_library(size_t i, ScrawlLibrary *library);

#ifdef __cplusplus
}
#endif
#endif
