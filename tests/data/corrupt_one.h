/* One picture corrupted alone. */
#ifndef TESTS_DATA_CORRUPT_ONE_H
#define TESTS_DATA_CORRUPT_ONE_H

#include "files.h"

#include "data/corruption.h"

enum { SIDE_28 = 28, AREA = SIDE_28 * SIDE_28 };

#define N_ELEMENTS(array) (sizeof array / sizeof((array)[0]))

/* With canaries round it and behind the work memory, which holds zeros and NaN in turn. */
static inline void corrupt_one(const char *spec, int width, int height, uint64_t seed,
                               uint64_t sample, uint8_t *pixels)
{
    size_t count = (size_t)width * (size_t)height, size = corruption_work(height, width);
    uint8_t *held = mem_alloc(count + 128, 1);
    real *work = mem_alloc(size + 16, sizeof *work);
    Words corruptions;
    static int n_calls;
    assert_int_equal(corruption_read(&corruptions, spec, NULL), SCRAWL_STATUS_OK);
    memset(held, 0x5a, count + 128);
    memset(work, n_calls++ % 2 ? 0xff : 0, size * sizeof *work);
    memcpy(held + 64, pixels, count);
    for (size_t i = size; i < size + 16; i++)
        work[i] = 77;
    corruption_apply(&corruptions, height, width, seed, sample, held + 64, work);
    for (size_t i = 0; i < 64; i++)
        assert_true(held[i] == 0x5a && held[64 + count + i] == 0x5a);
    for (size_t i = size; i < size + 16; i++)
        assert_true(work[i] == 77);
    memcpy(pixels, held + 64, count);
    mem_free(held);
    mem_free(work);
}

#endif
