/* Numbers below the smallest normal float (1.2e-38) taken as 0 for a stretch of one thread's work.
 *
 * A sum that only decays (an optimiser's momentum of a weight that no image touches any more) ends
 * among them and stays there, and x86 takes some hundred cycles for each operation on one. Other
 * machines do them at full speed: nothing happens there. */
#ifndef BASE_DENORMAL_H
#define BASE_DENORMAL_H

#if defined(__SSE2__)

#include <immintrin.h>

#define DENORMAL_OFF 0x8040u /* flush to zero, and denormals are zero, in MXCSR */

/* Returns what denormals_restore wants. */
static inline unsigned denormals_off(void)
{
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | DENORMAL_OFF);
    return before;
}

static inline void denormals_restore(unsigned before)
{
    _mm_setcsr(before);
}

#else

static inline unsigned denormals_off(void)
{
    return 0;
}

static inline void denormals_restore(unsigned before)
{
    (void)before;
}

#endif
#endif
