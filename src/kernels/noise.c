/* Random numbers by the array: uniform, normal, and those of dropout. Value i of an array takes
 * number i % 4 of the Philox block at position `position` + i / 4 of its stream. Two neighbours of
 * a normal array share two numbers: G. Box, M. Muller, "A Note on the Generation of Random Normal
 * Deviates", 1958, equation 2. */
#include "kernels/c.h"

#include "base/rng.h"

enum { N_WORDS = 4 };

void uniform_c(size_t count, uint64_t seed, uint64_t stream, uint64_t position, real low, real high,
               real *dst)
{
    const real step = (high - low) * (real)0x1p-24;
    for (size_t first = 0; first < count; first += N_WORDS) {
        uint32_t word[N_WORDS];
        rng_philox(seed, stream, position + first / N_WORDS, word);
        for (size_t i = 0; i < N_WORDS && first + i < count; i++)
            dst[first + i] = low + (real)(int32_t)(word[i] >> 8) * step;
    }
}

/* -2 ln u of u = (the word's upper 31 bits + 1/2) / 2^31. */
static inline real minus_two_log(uint32_t word)
{
    real scaled = (real)(int32_t)(word >> 1) + (real)0.5;
#ifdef SCRAWL_REAL_DOUBLE
    return -2 * log(scaled * 0x1p-31);
#else
    union {
        float value;
        uint32_t bits;
    } m = {scaled};
    /* scaled = m 2^e with m from sqrt(1/2) to sqrt(2) */
    int32_t e = (int32_t)(m.bits - NOISE_SQRT_HALF_BITS) >> 23;
    m.bits -= (uint32_t)e << 23;
    float t = m.value - 1, p = noise_log[7];
    for (int i = 6; i >= 0; i--)
        p = p * t + noise_log[i];
    return t * p + (float)(e - 31) * NOISE_MINUS_TWO_LN_2;
#endif
}

/* The cosine and the sine of 2 pi word / 2^32. */
static inline void cos_and_sin(uint32_t word, real *cosine, real *sine)
{
#ifdef SCRAWL_REAL_DOUBLE
    double angle = word * (0x1p-31 * 3.14159265358979323846);
    *cosine = cos(angle);
    *sine = sin(angle);
#else
    /* The angle is a whole number of right angles, the upper two bits after rounding, and t of
     * one, -1/2 <= t < 1/2: the lower thirty bits with their sign. All exact but the last step. */
    uint32_t turned = word + (UINT32_C(1) << 29);
    float t = (float)(int32_t)(word << 2) * 0x1p-32f, t2 = t * t;
    float s = ((noise_sin[3] * t2 + noise_sin[2]) * t2 + noise_sin[1]) * t2 + noise_sin[0];
    float c = (noise_cos[2] * t2 + noise_cos[1]) * t2 + noise_cos[0];
    s = s * t;
    c = c * t2 + 1;
    unsigned quarter = turned >> 30;
    *cosine = quarter & 1 ? s : c;
    *sine = quarter & 1 ? c : s;
    *cosine = quarter == 1 || quarter == 2 ? -*cosine : *cosine;
    *sine = quarter >= 2 ? -*sine : *sine;
#endif
}

void noise_c(size_t count, uint64_t seed, uint64_t stream, uint64_t position, real sd, real low,
             real high, real *x)
{
    for (size_t first = 0; first < count; first += N_WORDS) {
        uint32_t word[N_WORDS];
        real normal[N_WORDS];
        rng_philox(seed, stream, position + first / N_WORDS, word);
        for (int i = 0; i < N_WORDS; i += 2) {
            real radius = real_sqrt(minus_two_log(word[i]));
            cos_and_sin(word[i + 1], &normal[i], &normal[i + 1]);
            normal[i] *= radius;
            normal[i + 1] *= radius;
        }
        for (size_t i = 0; i < N_WORDS && first + i < count; i++) {
            real value = x[first + i] + sd * normal[i];
            x[first + i] = value < low ? low : value > high ? high : value;
        }
    }
}

/* A value is dropped where its 32 random bits, as a fraction of 2^32, are below the rate. */
void dropout_c(size_t count, uint64_t seed, uint64_t stream, real rate, const real *x, real *y)
{
    const real scale = 1 / (1 - rate);
    const double threshold = (double)rate * 4294967296.0;
    for (size_t first = 0; first < count; first += N_WORDS) {
        uint32_t word[N_WORDS];
        rng_philox(seed, stream, first / N_WORDS, word);
        for (size_t i = 0; i < N_WORDS && first + i < count; i++)
            y[first + i] = word[i] >= threshold ? x[first + i] * scale : 0;
    }
}
