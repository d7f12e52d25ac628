/* noise.c, thirty-two values at once. Square roots are whole ones: the approximate instructions
 * differ from maker to maker. */
#include <math.h>

#include "kernels/c.h"
#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

/* base/rng.h's Philox4x32-10 for eight positions at once: the same numbers. */

enum { PHILOX_ROUNDS = 10, PHILOX_WORDS = 4 };

/* Four positions, one in each 64 bits. The instruction multiplies the lower halves and fills all 64
 * bits, so that nothing needs to be put together; the upper halves hold what nobody reads. */
typedef struct PhiloxLanes {
    __m256i x[PHILOX_WORDS];
} PhiloxLanes;

static inline PhiloxLanes philox_start(uint64_t stream, __m256i position)
{
    __m256i upper = _mm256_set1_epi64x((int64_t)(stream >> 32));
    return (PhiloxLanes){
        {position, _mm256_srli_epi64(position, 32), _mm256_set1_epi64x((int64_t)stream), upper}};
}

static inline PhiloxLanes philox_round(PhiloxLanes l, __m256i key0, __m256i key1)
{
    const __m256i factor0 = _mm256_set1_epi64x(0xD2511F53),
                  factor1 = _mm256_set1_epi64x(0xCD9E8D57);
    __m256i product0 = _mm256_mul_epu32(l.x[0], factor0);
    __m256i product1 = _mm256_mul_epu32(l.x[2], factor1);
    __m256i high0 = _mm256_srli_epi64(product0, 32), high1 = _mm256_srli_epi64(product1, 32);
    return (PhiloxLanes){{_mm256_xor_si256(high1, _mm256_xor_si256(l.x[1], key0)), product1,
                          _mm256_xor_si256(high0, _mm256_xor_si256(l.x[3], key1)), product0}};
}

/* word[w] holds number w of the positions first + 0 to first + 7. */
static inline void philox(uint64_t seed, uint64_t stream, uint64_t first,
                          __m256i word[PHILOX_WORDS])
{
    __m256i place = _mm256_set1_epi64x((int64_t)first);
    PhiloxLanes even =
        philox_start(stream, _mm256_add_epi64(place, _mm256_setr_epi64x(0, 2, 4, 6)));
    PhiloxLanes odd = philox_start(stream, _mm256_add_epi64(place, _mm256_setr_epi64x(1, 3, 5, 7)));
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        __m256i keys0 = _mm256_set1_epi32((int)key0), keys1 = _mm256_set1_epi32((int)key1);
        even = philox_round(even, keys0, keys1);
        odd = philox_round(odd, keys0, keys1);
        key0 += UINT32_C(0x9E3779B9);
        key1 += UINT32_C(0xBB67AE85);
    }
    for (int w = 0; w < PHILOX_WORDS; w++)
        word[w] = _mm256_blend_epi32(even.x[w], _mm256_slli_epi64(odd.x[w], 32), 0xaa);
}

/* From number w of position p to the order of arrays, 4 p + w: two positions a vector. */
static inline void philox_put_in_order(__m256i word[PHILOX_WORDS])
{
    __m256i a = _mm256_unpacklo_epi32(word[0], word[1]),
            b = _mm256_unpackhi_epi32(word[0], word[1]);
    __m256i c = _mm256_unpacklo_epi32(word[2], word[3]),
            d = _mm256_unpackhi_epi32(word[2], word[3]);
    __m256i p04 = _mm256_unpacklo_epi64(a, c), p15 = _mm256_unpackhi_epi64(a, c);
    __m256i p26 = _mm256_unpacklo_epi64(b, d), p37 = _mm256_unpackhi_epi64(b, d);
    word[0] = _mm256_permute2x128_si256(p04, p15, 0x20);
    word[1] = _mm256_permute2x128_si256(p26, p37, 0x20);
    word[2] = _mm256_permute2x128_si256(p04, p15, 0x31);
    word[3] = _mm256_permute2x128_si256(p26, p37, 0x31);
}

enum { VALUES = LANES * PHILOX_WORDS };

void uniform_avx2(size_t count, uint64_t seed, uint64_t stream, uint64_t position, float low,
                  float high, float *dst)
{
    const __m256 begin = _mm256_set1_ps(low), step = _mm256_set1_ps((high - low) * 0x1p-24f);
    for (size_t first = 0; first < count; first += VALUES) {
        __m256i word[PHILOX_WORDS];
        philox(seed, stream, position + first / PHILOX_WORDS, word);
        philox_put_in_order(word);
        for (size_t w = 0; w < PHILOX_WORDS && first + w * LANES < count; w++) {
            __m256 random = _mm256_cvtepi32_ps(_mm256_srli_epi32(word[w], 8));
            size_t i = first + w * LANES;
            store_first(dst + i, count - i, _mm256_fmadd_ps(random, step, begin));
        }
    }
}

static inline __m256 minus_two_log(__m256i word)
{
    __m256 scaled =
        _mm256_add_ps(_mm256_cvtepi32_ps(_mm256_srli_epi32(word, 1)), _mm256_set1_ps(0.5f));
    __m256i bits = _mm256_castps_si256(scaled);
    __m256i e =
        _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32((int)NOISE_SQRT_HALF_BITS)), 23);
    __m256 m = _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(e, 23)));
    __m256 t = _mm256_sub_ps(m, _mm256_set1_ps(1)), p = _mm256_set1_ps(noise_log[7]);
    for (int i = 6; i >= 0; i--)
        p = _mm256_fmadd_ps(p, t, _mm256_set1_ps(noise_log[i]));
    __m256 whole = _mm256_cvtepi32_ps(_mm256_sub_epi32(e, _mm256_set1_epi32(31)));
    return _mm256_fmadd_ps(whole, _mm256_set1_ps(NOISE_MINUS_TWO_LN_2), _mm256_mul_ps(t, p));
}

static inline void cos_and_sin(__m256i word, __m256 *cosine, __m256 *sine)
{
    const __m256 one = _mm256_set1_ps(1), sign = _mm256_set1_ps(-0.0f);
    __m256i turned = _mm256_add_epi32(word, _mm256_set1_epi32(1 << 29));
    __m256 t =
        _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_slli_epi32(word, 2)), _mm256_set1_ps(0x1p-32f));
    __m256 t2 = _mm256_mul_ps(t, t);
    __m256 s = _mm256_set1_ps(noise_sin[3]), c = _mm256_set1_ps(noise_cos[2]);
    for (int i = 2; i >= 0; i--)
        s = _mm256_fmadd_ps(s, t2, _mm256_set1_ps(noise_sin[i]));
    for (int i = 1; i >= 0; i--)
        c = _mm256_fmadd_ps(c, t2, _mm256_set1_ps(noise_cos[i]));
    s = _mm256_mul_ps(s, t);
    c = _mm256_fmadd_ps(c, t2, one);
    /* The upper bit of the quarter is the sine's sign; the lower one swaps; a cosine is negative
     * where they differ. */
    __m256 upper = _mm256_castsi256_ps(turned);
    __m256 lower = _mm256_castsi256_ps(_mm256_slli_epi32(turned, 1));
    __m256 minus = _mm256_and_ps(upper, sign);
    *sine = _mm256_xor_ps(_mm256_blendv_ps(s, c, lower), minus);
    minus = _mm256_and_ps(_mm256_xor_ps(upper, lower), sign);
    *cosine = _mm256_xor_ps(_mm256_blendv_ps(c, s, lower), minus);
}

/* The normal deviates of two words, in their places. */
static inline void normal_pair(__m256i word[2])
{
    __m256 radius = _mm256_sqrt_ps(minus_two_log(word[0])), cosine, sine;
    cos_and_sin(word[1], &cosine, &sine);
    word[0] = _mm256_castps_si256(_mm256_mul_ps(radius, cosine));
    word[1] = _mm256_castps_si256(_mm256_mul_ps(radius, sine));
}

void noise_avx2(size_t count, uint64_t seed, uint64_t stream, uint64_t position, float sd,
                float low, float high, float *x)
{
    const __m256 factor = _mm256_set1_ps(sd), least = _mm256_set1_ps(low),
                 most = _mm256_set1_ps(high);
    for (size_t first = 0; first < count; first += VALUES) {
        __m256i word[PHILOX_WORDS];
        philox(seed, stream, position + first / PHILOX_WORDS, word);
        normal_pair(word);
        normal_pair(word + 2);
        philox_put_in_order(word);
        for (size_t w = 0; w < PHILOX_WORDS && first + w * LANES < count; w++) {
            size_t i = first + w * LANES, width = count - i < LANES ? count - i : LANES;
            __m256 normal = _mm256_castsi256_ps(word[w]);
            __m256 value = _mm256_fmadd_ps(factor, normal, load_first(x + i, width));
            value = _mm256_min_ps(_mm256_max_ps(value, least), most);
            store_first(x + i, width, value);
        }
    }
}

void dropout_avx2(size_t count, uint64_t seed, uint64_t stream, float rate, const float *x,
                  float *y)
{
    const __m256 scale = _mm256_set1_ps(1 / (1 - rate));
    /* random >= rate * 2^32 in whole numbers; the next one up is less than 2^32 for any rate. */
    const __m256i threshold = _mm256_set1_epi32((int)(uint32_t)ceil((double)rate * 4294967296.0));
    for (size_t first = 0; first < count; first += LANES * PHILOX_WORDS) {
        __m256i word[PHILOX_WORDS];
        philox(seed, stream, first / PHILOX_WORDS, word);
        philox_put_in_order(word);
        for (size_t w = 0; w < PHILOX_WORDS && first + w * LANES < count; w++) {
            size_t i = first + w * LANES, width = count - i < LANES ? count - i : LANES;
            __m256i keep = _mm256_cmpeq_epi32(_mm256_max_epu32(word[w], threshold), word[w]);
            __m256 value = _mm256_mul_ps(load_first(x + i, width), scale);
            store_first(y + i, width, _mm256_and_ps(_mm256_castsi256_ps(keep), value));
        }
    }
}
