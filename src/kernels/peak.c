/* What plain C can multiply and add: two operations where other instruction sets have one. */
#include "kernels/c.h"

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
