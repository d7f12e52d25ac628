#include "base/rng.h"

#include <assert.h>
#include <math.h>

#define N_ROUNDS 10
#define MULTIPLIER_0 UINT32_C(0xD2511F53)
#define MULTIPLIER_1 UINT32_C(0xCD9E8D57)
#define WEYL_0 UINT32_C(0x9E3779B9) /* the golden ratio */
#define WEYL_1 UINT32_C(0xBB67AE85) /* sqrt(3) - 1 */

#define TWO_TO_MINUS_32 0x1p-32

void rng_philox(uint64_t seed, uint64_t stream, uint64_t position, uint32_t out[4])
{
    uint32_t key_0 = (uint32_t)seed, key_1 = (uint32_t)(seed >> 32);
    uint32_t x0 = (uint32_t)position, x1 = (uint32_t)(position >> 32);
    uint32_t x2 = (uint32_t)stream, x3 = (uint32_t)(stream >> 32);

    for (int round = 0; round < N_ROUNDS; round++) {
        uint64_t product_0 = (uint64_t)MULTIPLIER_0 * x0;
        uint64_t product_1 = (uint64_t)MULTIPLIER_1 * x2;

        x0 = (uint32_t)(product_1 >> 32) ^ x1 ^ key_0;
        x1 = (uint32_t)product_1;
        x2 = (uint32_t)(product_0 >> 32) ^ x3 ^ key_1;
        x3 = (uint32_t)product_0;
        key_0 += WEYL_0;
        key_1 += WEYL_1;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

uint64_t rng_stream(RngPurpose purpose, uint64_t a, uint64_t b)
{
    assert(a < UINT64_C(1) << 20 && b < UINT64_C(1) << 36);
    return (uint64_t)purpose << 56 | a << 36 | b;
}

void rng_init(Rng *rng, uint64_t seed, uint64_t stream)
{
    *rng = (Rng){.seed = seed, .stream = stream, .used = 4};
}

uint32_t rng_u32(Rng *rng)
{
    if (rng->used == 4) {
        rng_philox(rng->seed, rng->stream, rng->position++, rng->block);
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

double rng_uniform(Rng *rng)
{
    return rng_u32(rng) * TWO_TO_MINUS_32;
}

double rng_range(Rng *rng, double low, double high)
{
    double value = low + (high - low) * rng_uniform(rng);

    return value < high ? value : low; /* rounding may have reached `high` */
}

double rng_normal(Rng *rng)
{
    double radius = sqrt(-2 * log((rng_u32(rng) + 1.0) * TWO_TO_MINUS_32)); /* of (0, 1] */
    double angle = 2 * M_PI * rng_uniform(rng);

    return radius * cos(angle);
}

uint32_t rng_below(Rng *rng, uint32_t n)
{
    uint64_t product;

    assert(n > 0);
    product = (uint64_t)rng_u32(rng) * n;
    if ((uint32_t)product < n) {
        uint32_t threshold = -n % n; /* 2^32 mod n: the values that would make some results more
                                      * likely */
        while ((uint32_t)product < threshold)
            product = (uint64_t)rng_u32(rng) * n;
    }
    return (uint32_t)(product >> 32);
}

void rng_shuffle(Rng *rng, uint32_t *values, size_t n)
{
    assert(n <= UINT32_MAX);
    for (size_t i = n; i > 1; i--) {
        size_t j = rng_below(rng, (uint32_t)i);
        uint32_t value = values[i - 1];
        values[i - 1] = values[j];
        values[j] = value;
    }
}
