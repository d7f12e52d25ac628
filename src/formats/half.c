#include "formats/half.h"

#include <math.h>
#include <stdint.h>

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
