/* What the widest vectors can multiply and add, an FMA being both at once. */
#include "kernels/x86/avx2.h"
#include "kernels/x86/build_names.h"
#include "kernels/x86/vector.h"

/* An FMA takes 4 or 5 cycles and a core begins two in each; two registers are for the constants. */
enum { CHAINS = 12 };

double BUILD_NAME(peak)(size_t rounds, float *sum)
{
    Vec x[CHAINS], half = vec_all(0.5f), total = vec_zero(); /* every x goes to 1 */
    float lanes[VEC_LANES];
    for (int i = 0; i < CHAINS; i++)
        x[i] = vec_all((float)(i + 1) * (float)(rounds % 2));
    for (size_t round = 0; round < rounds; round++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            x[i] = vec_fma(x[i], half, half);
    for (int i = 0; i < CHAINS; i++)
        total = total + x[i];
    vec_store(lanes, total);
    for (int i = 0; i < VEC_LANES; i++)
        *sum += lanes[i];
    return 2.0 * CHAINS * VEC_LANES * (double)rounds;
}
