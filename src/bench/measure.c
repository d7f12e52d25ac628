#include "bench/measure.h"

#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/rng.h"
#include "base/team.h"

#define INK 0.2            /* part of the pixels: MNIST has 19 % */
#define TURN_SECONDS 50e-6 /* hundreds of times what asking the clock takes */
#define PEAK_ROUNDS 20000  /* about as long */
#define PEAK_CHUNKS 16     /* a thread: the last to be done is waited for */

ScrawlStatus measure_images(ScrawlDataset **dataset, size_t n, int width, int height, int n_classes,
                            ScrawlError *error)
{
    DatasetPlan plan = {
        .name = "noise", .n = n, .width = width, .height = height, .n_classes = n_classes};
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

static double thread_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds of so many calls. */
static double turn(const Measured *measured, size_t calls)
{
    double start = thread_seconds();

    for (size_t i = 0; i < calls; i++)
        measured->call(measured->context);
    return thread_seconds() - start;
}

static size_t calls_in_turn(const Measured *measured)
{
    size_t calls = 1;

    turn(measured, 1); /* warms up */
    while (turn(measured, calls) < TURN_SECONDS)
        calls *= 2;
    return calls;
}

void measure_in_turn(Measured *measured, size_t n, double seconds)
{
    double times[MEASURE_MAX_TOGETHER][MEASURE_MAX_CALLS], end;
    size_t calls[MEASURE_MAX_TOGETHER], turns = 0;

    for (size_t i = 0; i < n; i++)
        calls[i] = calls_in_turn(&measured[i]);
    end = thread_seconds() + seconds;
    do {
        for (size_t i = 0; i < n; i++)
            times[i][turns] = turn(&measured[i], calls[i]) / (double)calls[i];
    } while (++turns < 3 || (turns < MEASURE_MAX_CALLS && thread_seconds() < end));
    for (size_t i = 0; i < n; i++)
        measured[i].seconds = measure_median(times[i], turns);
}

typedef struct Peak {
    const Kernels *kernels;
    int n_threads;
    double operations;           /* of a chunk */
    real sums[TEAM_MAX_THREADS]; /* of use to nobody; they keep the compiler honest */
} Peak;

static void peak_chunk(void *context, size_t chunk, int thread)
{
    Peak *peak = context;

    (void)chunk;
    peak->kernels->peak(PEAK_ROUNDS, &peak->sums[thread]);
}

static void peak_alone(void *context)
{
    Peak *peak = context;

    peak->operations = peak->kernels->peak(PEAK_ROUNDS, &peak->sums[0]);
}

static void peak_together(void *context)
{
    Peak *peak = context;

    team_run(peak->n_threads, (size_t)peak->n_threads * PEAK_CHUNKS, peak_chunk, peak);
}

double measure_peak_alone(const Kernels *kernels, double seconds)
{
    Peak peak = {.kernels = kernels};
    Measured measured = {.call = peak_alone, .context = &peak};

    measure_in_turn(&measured, 1, seconds);
    return 1e-9 * peak.operations / measured.seconds;
}

double measure_peak(const Kernels *kernels, int n_threads, double seconds)
{
    Peak peak = {.kernels = kernels, .n_threads = n_threads};

    peak_alone(&peak);
    return 1e-9 * peak.operations * PEAK_CHUNKS * n_threads /
           measure_call(seconds, peak_together, &peak);
}

double measure_flops(const Graph *graph, bool training)
{
    double flops = 0;

    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        bool reads_image = graph_value(graph, layer->inputs[0]) < 0;

        flops += 2.0 * (double)layer->multiply_adds * (!training ? 1 : reads_image ? 2 : 3);
    }
    return flops;
}
