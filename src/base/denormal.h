/* Treats numbers below the smallest normal float (1.2e-38) as 0 during a stretch of one thread's
 * work. A value that only decays, such as the momentum of a weight that no image reaches any more,
 * ends up among them and stays there, and x86 needs hundreds of cycles for each operation on one.
 * Other machines handle them at full speed, so these functions do nothing there. */
#ifndef BASE_DENORMAL_H
#define BASE_DENORMAL_H

#if defined(__SSE2__)

#include <immintrin.h>

#define DENORMAL_OFF 0x8040u /* flush to zero, and denormals are zero, in MXCSR */

/* Returns the state that denormals_restore takes. */
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
