#include "kernels/cpu.h"

#include "kernels/c.h"

#if defined(__x86_64__)

#include <cpuid.h>

/* Intel SDM volume 1, sections 13.3 (XCR0), 14.7.1 (how to look for AVX2) and 15.2 (AVX-512). */
enum {
    LEAF1_ECX_FMA = 1 << 12,
    LEAF1_ECX_OSXSAVE = 1 << 27,
    LEAF1_ECX_AVX = 1 << 28,
    LEAF7_EBX_AVX2 = 1 << 5,
    LEAF7_EBX_AVX512F = 1 << 16,
    XCR0_SSE_AND_AVX = 1 << 1 | 1 << 2,
    XCR0_AVX512 = 1 << 5 | 1 << 6 | 1 << 7, /* masks, upper halves, registers 16 to 31 */
};

/* Only where OSXSAVE says that the instruction is there. */
static unsigned read_xcr0(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool cpu_has_avx2(void)
{
    const unsigned wanted = LEAF1_ECX_FMA | LEAF1_ECX_OSXSAVE | LEAF1_ECX_AVX;
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & wanted) != wanted)
        return false;
    if ((read_xcr0() & XCR0_SSE_AND_AVX) != XCR0_SSE_AND_AVX)
        return false;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & LEAF7_EBX_AVX2);
}

bool cpu_has_avx512(void)
{
    unsigned eax, ebx, ecx, edx;
    return cpu_has_avx2() && (read_xcr0() & XCR0_AVX512) == XCR0_AVX512 &&
           __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & LEAF7_EBX_AVX512F);
}

#else

bool cpu_has_avx512(void)
{
    return false;
}

bool cpu_has_avx2(void)
{
    return false;
}

#endif

/* What plain C can multiply and add: two operations where other instruction sets have one. */

/* Vectors of the baseline's 16 bytes, in the compilers' own words: loops over floats may or may not
 * end in registers. 14 chains hide the latency of both operations on cores that begin two of each
 * in a cycle, and leave two of x86-64's 16 registers for the constants. */
typedef real Vector __attribute__((vector_size(16)));

enum { CHAINS = 14, LANES = sizeof(Vector) / sizeof(real) };

double peak_c(size_t rounds, real *sum)
{
    Vector x[CHAINS], total = {0}, factor = {0}, term = {0};
    factor += (real)0.5, term += (real)0.5; /* every x goes to 1 */
    for (int i = 0; i < CHAINS; i++)
        x[i] = term * (real)(i + 1) * (real)(rounds % 2);
    for (size_t round = 0; round < rounds; round++)
#pragma GCC unroll 14
        for (int i = 0; i < CHAINS; i++)
            x[i] = x[i] * factor + term;
    for (int i = 0; i < CHAINS; i++)
        total += x[i];
    for (int i = 0; i < LANES; i++)
        *sum += total[i];
    return 2.0 * CHAINS * LANES * (double)rounds;
}
