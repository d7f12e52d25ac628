/* Each kernel alone, on one thread, and plain C's in turn with it. */
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "bench/call.h"
#include "bench/measure.h"

#define N_ARRAYS 8
#define PEAK_SHARE 0.05 /* of the time */

typedef struct Run {
    const Kernels *kernels;
    CallList list;
    size_t size; /* of each array */
    real *numbers[N_ARRAYS], *work;
    uint8_t *codes, *which;
    uint16_t *labels;
} Run;

/* One of the two that are measured in turn. */
typedef struct Caller {
    const Call *call;
    const Kernels *kernels;
    const CallArrays *arrays;
} Caller;

static void run_ours(void *context)
{
    const Caller *caller = context;

    caller->call->kind->run(caller->call, caller->kernels, caller->arrays);
}

static void run_plain(void *context)
{
    const Caller *caller = context;

    caller->call->kind->run_plain(caller->call, caller->kernels, caller->arrays);
}

static ScrawlStatus run_init(Run *run, ScrawlError *error)
{
    size_t work = 1;
    bool fine = true;
    Rng rng;

    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_SAMPLE, 1, 0));
    for (size_t i = 0; i < run->list.n; i++) {
        run->size = kernels_max(run->size, run->list.calls[i].size);
        work = kernels_max(work, run->list.calls[i].work);
    }
    for (int i = 0; i < N_ARRAYS; i++) {
        run->numbers[i] = mem_alloc(run->size, sizeof *run->numbers[i]);
        fine = fine && run->numbers[i];
    }
    run->work = mem_alloc(work, sizeof *run->work);
    run->codes = mem_alloc(run->size, 1);
    run->which = mem_alloc_zero(run->size, 1);
    run->labels = mem_alloc_zero(run->size, sizeof *run->labels);
    if (!fine || !run->work || !run->codes || !run->which || !run->labels)
        return error_no_memory(error, "the arrays of a benchmark");
    for (size_t k = 0; k < run->size; k++) {
        for (int i = 0; i < N_ARRAYS; i++)
            run->numbers[i][k] = (real)(rng_u32(&rng) >> 8) / (real)(1 << 24);
        run->codes[k] = rng_u32(&rng) & 3;
    }
    return SCRAWL_STATUS_OK;
}

static void run_deinit(Run *run)
{
    for (int i = 0; i < N_ARRAYS; i++)
        mem_free(run->numbers[i]);
    mem_free(run->work);
    mem_free(run->codes);
    mem_free(run->which);
    mem_free(run->labels);
    call_list_deinit(&run->list);
}

static CallArrays arrays_of(const Run *run)
{
    real *const *a = run->numbers;

    return (CallArrays){.x = a[0],
                        .w = a[1],
                        .d = a[2],
                        .c = a[3],
                        .y = a[4],
                        .z = a[5],
                        .u = a[6],
                        .v = a[7],
                        .codes = run->codes,
                        .which = run->which,
                        .labels = run->labels,
                        .work = run->work};
}

/* Fills times[0] of ours and times[1] of plain C's, if it has one. */
static void time_call(const Run *run, const Call *call, double seconds, double times[2])
{
    CallArrays arrays = arrays_of(run);
    Caller ours = {call, run->kernels, &arrays}, plain = {call, &kernels_c, &arrays};
    Measured measured[2] = {{run_ours, &ours}, {run_ours, &plain}};
    bool has_plain = call->kind->run_plain || !call->algorithm;
    size_t n = has_plain && run->kernels != &kernels_c ? 2 : 1;

    if (call->kind->run_plain)
        measured[1].call = run_plain;
    for (size_t k = 0; k < call->size; k++)
        arrays.y[k] = arrays.z[k] = arrays.u[k] = arrays.v[k] = arrays.x[k];
    measure_in_turn(measured, n, seconds);
    times[0] = measured[0].seconds;
    times[1] = n == 2 ? measured[1].seconds : has_plain ? times[0] : 0;
}

static BenchKernel measure(const Run *run, const Call *call, double seconds, double peak)
{
    double times[2];
    BenchKernel row = {
        .kernel = call->kind->name, .algorithm = call->algorithm, .shape = call->shape};

    time_call(run, call, seconds, times);
    row.nanoseconds = 1e9 * times[0];
    row.speedup = times[1] / times[0];
    if (call->flops > 0) {
        row.gflops = 1e-9 * call->flops / times[0];
        row.share_of_peak = row.gflops / peak;
    } else {
        row.gbytes_per_second = 1e-9 * call->bytes / times[0];
    }
    return row;
}

ScrawlStatus bench_kernels(const BenchKernelsOptions *options, void *context, ScrawlError *error)
{
    Run run = {0};
    ScrawlStatus status = kernels_require(&run.kernels, options->cpu, error);

    if (!status)
        status = call_list_create(&run.list, run.kernels, options->only, error);
    if (!status)
        status = run_init(&run, error);
    if (!status) {
        double peak = measure_peak_alone(run.kernels, PEAK_SHARE * options->seconds);
        double seconds = (1 - PEAK_SHARE) * options->seconds / (double)run.list.n;

        options->start(context, run.kernels->name, peak);
        for (size_t i = 0; i < run.list.n; i++) {
            BenchKernel row = measure(&run, &run.list.calls[i], seconds, peak);

            options->row(context, &row);
        }
    }
    run_deinit(&run);
    return status;
}
