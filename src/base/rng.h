/* Counter-based random numbers: Philox4x32-10.
 * J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011,
 * section 3.3 and table 2.
 *
 * A value is a function of (seed, stream, position), never of who asks or in which order: the
 * augmentation of image 17 in epoch 3 is the same on any thread, after a resume, and on any rank.
 * A stream is made for one purpose and one thing. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* One entry for each use, so that no two share a stream. Add at the end: if a number changes, every
 * result changes. */
typedef enum RngPurpose {
    RNG_PURPOSE_TEST,
    RNG_PURPOSE_INIT,      /* a: index of the parameter tensor */
    RNG_PURPOSE_SHUFFLE,   /* a: epoch */
    RNG_PURPOSE_SPLIT,     /* a: class */
    RNG_PURPOSE_AUGMENT,   /* a: epoch, b: sample */
    RNG_PURPOSE_DROPOUT,   /* a: layer, b: image counter */
    RNG_PURPOSE_PEN,       /* a: split, b: sample */
    RNG_PURPOSE_NOISE,     /* a: kind, b: sample */
    RNG_PURPOSE_SAMPLE,    /* picking samples to show */
    RNG_PURPOSE_BOOTSTRAP, /* position: resample */
    RNG_PURPOSE_OUTLIERS,  /* choosing some of them */
} RngPurpose;

/* Held by the caller; copying it forks the sequence. One thread at a time. */
typedef struct Rng {
    uint64_t seed, stream;
    uint64_t position; /* of the next block of four */
    uint32_t block[4];
    unsigned used; /* of block's four values */
} Rng;

/* The stream of one purpose for one thing: a < 2^20, b < 2^36. */
uint64_t rng_stream(RngPurpose purpose, uint64_t a, uint64_t b);
void rng_init(Rng *rng, uint64_t seed, uint64_t stream);

/* The underlying function: four values at one position of a stream. The paper's key is the seed,
 * low word first; its counter is the position and then the stream, low words first. */
void rng_philox(uint64_t seed, uint64_t stream, uint64_t position, uint32_t out[4]);

uint32_t rng_u32(Rng *rng);
double rng_uniform(Rng *rng);                        /* [0, 1), 32 random bits */
double rng_range(Rng *rng, double low, double high); /* [low, high); low where they are equal */
/* Mean 0, sd 1. G. Box, M. Muller, "A Note on the Generation of Random Normal Deviates", 1958. Uses
 * two values for each one it returns, so that positions stay predictable; at most 6.7 from 0. */
double rng_normal(Rng *rng);
/* 0..n-1 without bias; n > 0. D. Lemire, "Fast Random Integer Generation in an Interval", 2019,
 * algorithm 5. Rarely takes more than one value. */
uint32_t rng_below(Rng *rng, uint32_t n);
/* Fisher and Yates, from the last element down; n < 2^32. */
void rng_shuffle(Rng *rng, uint32_t *values, size_t n);

#endif
