#include "bench/measure.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/rng.h"

#define INK 0.2 /* part of the pixels: MNIST has 19 % */

ScrawlStatus measure_images(ScrawlDataset **dataset, size_t n, int width, int height,
                            int n_classes, ScrawlError *error)
{
    DatasetPlan plan = {.name = "noise", .n = n, .width = width, .height = height,
                        .n_classes = n_classes};
    size_t area = (size_t)width * (size_t)height;
    ScrawlStatus status = dataset_create(dataset, &plan, NULL, error);
    Rng rng;

    if (status)
        return status;
    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_SAMPLE, 0, 0));
    for (size_t i = 0; i < n * area; i++) {
        uint32_t value = rng_u32(&rng);

        (*dataset)->pixels[i] = value < INK * UINT32_MAX ? (uint8_t)(value & 0xff) : 0;
    }
    for (size_t i = 0; i < n; i++)
        (*dataset)->labels[i] = (uint16_t)(i % (size_t)n_classes);
    dataset_seal(*dataset);
    return SCRAWL_STATUS_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double measure_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, ascending);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

double measure_call(double seconds, void (*call)(void *context), void *context)
{
    double times[MEASURE_MAX_CALLS], start, end;
    size_t n = 0;

    call(context);
    end = clock_seconds() + seconds;
    do {
        start = clock_seconds();
        call(context);
        times[n] = clock_seconds() - start;
    } while (++n < 3 || (n < MEASURE_MAX_CALLS && clock_seconds() < end));
    return measure_median(times, n);
}
