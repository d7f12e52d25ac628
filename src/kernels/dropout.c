#include "base/rng.h"
#include "kernels/c.h"

/* Value i takes number i % 4 of the block at position i / 4 of its stream: 32 random bits, as a
 * fraction of 2^32. */
void dropout_c(size_t count, uint64_t seed, uint64_t stream, real rate, const real *x, real *y)
{
    const real scale = 1 / (1 - rate);
    const double threshold = (double)rate * 4294967296.0;
    for (size_t first = 0; first < count; first += 4) {
        uint32_t random[4];
        rng_philox(seed, stream, first / 4, random);
        for (size_t i = 0; i < 4 && first + i < count; i++)
            y[first + i] = random[i] >= threshold ? x[first + i] * scale : 0;
    }
}
