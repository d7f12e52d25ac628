/* What the processor and the system together allow. */
#ifndef KERNELS_CPU_H
#define KERNELS_CPU_H

#include <stdbool.h>

/* AVX2 and FMA, and a system that keeps their registers (XCR0). */
bool cpu_has_avx2(void);
/* The same, and the foundation of AVX-512. */
bool cpu_has_avx512(void);

#endif
