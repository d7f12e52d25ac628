#include "kernels/c.h"

void pixels_to_real_c(size_t count, const uint8_t *src, real mean, real sd, real *dst)
{
    for (size_t i = 0; i < count; i++)
        dst[i] = ((real)src[i] / 255 - mean) / sd;
}
