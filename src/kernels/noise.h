/* The numbers behind normal deviates in float, for the plain C and the vector version. All are
 * minimax polynomials, lowest power first, found by Remez's exchange in 40 digits (Python's mpmath:
 * from the Chebyshev extremes, one more than coefficients, the linear system of equal and
 * alternating weighted errors; then the extremes of what is left over in their place, until they
 * stay) and rounded to float; the errors said are those after the rounding. */
#ifndef KERNELS_NOISE_H
#define KERNELS_NOISE_H

/* -2 ln(1 + t) / t for sqrt(1/2) <= 1 + t <= sqrt(2), within 1.8e-7 of itself. */
static const float noise_log[8] = {-1.99999988f, 1.00000727f,  -0.666701198f, 0.499398172f,
                                   -0.39800331f, 0.345016599f, -0.324451566f, 0.202137873f};
#define NOISE_MINUS_TWO_LN_2 (-1.38629436f)

/* sin(pi/2 t) / t in t^2 for |t| <= 1/2, within 3.5e-8 of itself. */
static const float noise_sin[4] = {1.57079637f, -0.64596349f, 0.079680033f, -0.00460165786f};

/* (cos(pi/2 t) - 1) / t^2 in t^2, so that the cosine is within 5.5e-8 of itself. */
static const float noise_cos[3] = {-1.23369765f, 0.25360322f, -0.0204172824f};

#define NOISE_SQRT_HALF_BITS UINT32_C(0x3f3504f3) /* sqrt(1/2) as a float */

#endif
