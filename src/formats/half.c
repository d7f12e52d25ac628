#include "formats/half.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* 1 bit sign, 5 bits exponent with bias 15, 10 bits fraction. */
static float convert(unsigned half)
{
    unsigned exponent = half >> 10 & 31, fraction = half & 1023;
    float value;
    if (exponent == 31)
        value = fraction == 0 ? INFINITY : NAN;
    else if (exponent == 0) /* subnormal: no leading one */
        value = ldexpf((float)fraction, -24);
    else
        value = ldexpf((float)(1024 + fraction), (int)exponent - 25);
    return half >> 15 ? -value : value;
}

void half_to_float(size_t count, const void *src, float *dst)
{
    const uint8_t *bytes = src;
    for (size_t i = 0; i < count; i++)
        dst[i] = convert(bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8);
}

/* Fraction bits that a float has beyond a half. */
#define EXTRA_BITS 13

/* value >> bits, rounded to nearest, ties to even; bits is 1..31. */
static uint32_t shift_round(uint32_t value, unsigned bits)
{
    uint32_t kept = value >> bits, lost = value & ((UINT32_C(1) << bits) - 1);
    uint32_t middle = UINT32_C(1) << (bits - 1);
    return kept + (lost > middle || (lost == middle && (kept & 1)));
}

/* False: too large, or no number. A carry out of the fraction makes the next exponent. */
static bool narrow(float value, uint16_t *half)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff, result = 0;
    int exponent = (int)(magnitude >> 23) - 127;
    uint32_t whole = (magnitude & 0x7fffff) | 0x800000; /* with the leading one */
    if (exponent >= -14)                                /* a float's bias is 127, a half's 15 */
        result = shift_round(magnitude - ((127u - 15u) << 23), EXTRA_BITS);
    else if (exponent >= -25) /* in units of 2^-24 */
        result = shift_round(whole, (unsigned)(-exponent - 1));
    if (result >= 0x7c00)
        return false;
    *half = (uint16_t)(sign | result);
    return true;
}

size_t half_from_float(size_t count, const float *src, uint16_t *dst)
{
    for (size_t i = 0; i < count; i++)
        if (!narrow(src[i], &dst[i]))
            return i;
    return count;
}
