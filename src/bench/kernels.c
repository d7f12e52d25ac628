/* Each kernel alone, on one thread, at the shapes of bn-cnn and mlp. */
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "bench/measure.h"

#define IMAGES 8        /* a call: what the runner gives a thread */
#define MAX_VALUES ((size_t)1 << 20)
#define N_ARRAYS 6

/* A row of the table; which of the shapes counts is told by `call`. */
typedef struct Case {
    const char *name;
    void (*call)(void *context);
    ConvShape conv;
    PoolShape pool;
    struct {
        GemmForm form;
        size_t m, n, k;
    } gemm;
    struct {
        size_t channels, area;
    } plane;
    size_t count; /* of a flat array */
} Case;

typedef struct Run {
    const Kernels *kernels;
    const Case *row;
    real *a[N_ARRAYS]; /* each MAX_VALUES of small random numbers */
    uint8_t *bytes;    /* MAX_VALUES */
    uint16_t *labels;  /* [MAX_VALUES] zeros */
    real *work;
} Run;

static void conv_forward(void *context)
{
    Run *r = context;

    r->kernels->conv_forward(&r->row->conv, IMAGES, r->a[0], r->a[1], r->a[2], r->a[3], r->work);
}

static void conv_backward_data(void *context)
{
    Run *r = context;

    r->kernels->conv_backward_data(&r->row->conv, IMAGES, r->a[0], r->a[1], r->a[3], r->work);
}

static void conv_backward_weights(void *context)
{
    Run *r = context;

    r->kernels->conv_backward_weights(&r->row->conv, IMAGES, r->a[0], r->a[1], r->a[3], r->a[4],
                                      r->work);
}

static void gemm(void *context)
{
    Run *r = context;
    size_t m = r->row->gemm.m, n = r->row->gemm.n, k = r->row->gemm.k;
    GemmForm form = r->row->gemm.form;

    r->kernels->gemm(form, m, n, k, r->a[0], form == GEMM_TN ? m : k, r->a[1],
                     form == GEMM_NT ? k : n, 0, r->a[3], n, r->work);
}

static void maxpool_forward(void *context)
{
    Run *r = context;

    r->kernels->maxpool_forward(&r->row->pool, IMAGES, r->a[0], r->a[3], r->bytes);
}

static void batchnorm_statistics(void *context)
{
    Run *r = context;

    r->kernels->batchnorm_statistics(IMAGES, r->row->plane.channels, r->row->plane.area, r->a[0],
                                     r->a[3], r->a[4]);
}

static void batchnorm_affine(void *context)
{
    Run *r = context;

    r->kernels->batchnorm_affine(IMAGES, r->row->plane.channels, r->row->plane.area, r->a[0],
                                 r->a[1], r->a[2], r->a[3]);
}

static void batchnorm_backward(void *context)
{
    Run *r = context;

    r->kernels->batchnorm_backward(IMAGES, r->row->plane.channels, r->row->plane.area, r->a[0],
                                   r->a[1], r->a[2], r->a[2], r->a[2], r->a[3]);
}

static void relu_forward(void *context)
{
    Run *r = context;

    r->kernels->activation_forward[ACTIVATION_RELU](r->row->count, r->a[0], r->a[3]);
}

static void relu_backward(void *context)
{
    Run *r = context;

    r->kernels->activation_backward[ACTIVATION_RELU](r->row->count, r->a[0], r->a[1], r->a[2],
                                                     r->a[3]);
}

static void dropout(void *context)
{
    Run *r = context;

    r->kernels->dropout(r->row->count, 1, 1, (real)0.5, r->a[0], r->a[3]);
}

static void cross_entropy(void *context)
{
    Run *r = context;

    r->kernels->cross_entropy(r->row->count / 10, 10, r->a[0], r->labels, 0, 1, r->a[4], r->a[3]);
}

static void sgd(void *context)
{
    static const SgdStep step = {.rate = (real)1e-6, .momentum = (real)0.9};
    Run *r = context;

    r->kernels->sgd(r->row->count, &step, r->a[0], r->a[3], r->a[4]);
}

static void adam(void *context)
{
    static const AdamStep step = {.rate = (real)1e-6, .beta1 = (real)0.9, .beta2 = (real)0.999,
                                  .epsilon = (real)1e-8, .correction1 = 1, .correction2 = 1};
    Run *r = context;

    r->kernels->adam(r->row->count, &step, r->a[0], r->a[3], r->a[4], r->a[5]);
}

static void pixels_to_real(void *context)
{
    Run *r = context;

    r->kernels->pixels_to_real(r->row->count, r->bytes, (real)0.5, (real)0.5, r->a[3]);
}

#define CONV(c, side, k, size, pad)                                                               \
    .conv = {.channels = c, .height = side, .width = side, .filters = k, .out_height = side,      \
             .out_width = side, .kernel_height = size, .kernel_width = size, .stride = 1,         \
             .padding = pad, .groups = 1}
#define CONVS(c, side, k, size, pad)                                                              \
    {"conv_forward", conv_forward, CONV(c, side, k, size, pad)},                                  \
    {"conv_backward_data", conv_backward_data, CONV(c, side, k, size, pad)},                      \
    {"conv_backward_weights", conv_backward_weights, CONV(c, side, k, size, pad)}

static const Case cases[] = {
    CONVS(1, 28, 32, 3, 1),
    CONVS(32, 14, 64, 3, 1),
    CONVS(64, 7, 128, 3, 1),
    CONVS(16, 14, 32, 5, 2),
    {"gemm_nt", gemm, .gemm = {GEMM_NT, 32, 128, 1152}},
    {"gemm_nn", gemm, .gemm = {GEMM_NN, 32, 1152, 128}},
    {"gemm_tn", gemm, .gemm = {GEMM_TN, 128, 1152, 32}},
    {"gemm_nt", gemm, .gemm = {GEMM_NT, 32, 128, 784}},
    {"maxpool_forward", maxpool_forward,
     .pool = {.channels = 32, .height = 28, .width = 28, .out_height = 14, .out_width = 14,
              .kernel = 2, .stride = 2}},
    {"batchnorm_statistics", batchnorm_statistics, .plane = {32, 784}},
    {"batchnorm_affine", batchnorm_affine, .plane = {32, 784}},
    {"batchnorm_backward", batchnorm_backward, .plane = {32, 784}},
    {"relu_forward", relu_forward, .count = 200704},
    {"relu_backward", relu_backward, .count = 200704},
    {"dropout", dropout, .count = 4096},
    {"cross_entropy", cross_entropy, .count = 320},
    {"sgd", sgd, .count = 241994},
    {"adam", adam, .count = 241994},
    {"pixels_to_real", pixels_to_real, .count = 25088},
};

#define N_CASES (sizeof cases / sizeof *cases)

static size_t work_size(const Kernels *kernels)
{
    size_t size = 1;

    for (size_t i = 0; i < N_CASES; i++) {
        const Case *c = &cases[i];

        if (c->conv.channels)
            size = kernels_max(size, kernels->conv_work(&c->conv));
        if (c->gemm.m)
            size = kernels_max(size, kernels->gemm_work(c->gemm.form, c->gemm.m, c->gemm.n,
                                                        c->gemm.k));
    }
    return size;
}

/* Names the shape and gives the floating-point operations of a call. */
static double describe(const Case *c, char *text, size_t size)
{
    if (c->conv.channels) {
        const ConvShape *s = &c->conv;

        snprintf(text, size, "%d x %dx%dx%d -> %d, %dx%d", IMAGES, s->channels, s->height,
                 s->width, s->filters, s->kernel_height, s->kernel_width);
        return 2.0 * IMAGES * s->filters * s->out_height * s->out_width * s->channels *
               s->kernel_height * s->kernel_width;
    }
    if (c->gemm.m) {
        snprintf(text, size, "%zux%zux%zu", c->gemm.m, c->gemm.n, c->gemm.k);
        return 2.0 * (double)c->gemm.m * (double)c->gemm.n * (double)c->gemm.k;
    }
    if (c->pool.channels)
        snprintf(text, size, "%d x %dx%dx%d, %dx%d", IMAGES, c->pool.channels, c->pool.height,
                 c->pool.width, c->pool.kernel, c->pool.kernel);
    else if (c->plane.channels)
        snprintf(text, size, "%d x %zux%zu", IMAGES, c->plane.channels, c->plane.area);
    else
        snprintf(text, size, "%zu", c->count);
    return 0;
}

static ScrawlStatus run_init(Run *run, ScrawlError *error)
{
    bool fine = true;
    Rng rng;

    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_SAMPLE, 1, 0));
    run->bytes = mem_alloc_zero(MAX_VALUES, 1);
    run->labels = mem_alloc_zero(MAX_VALUES, sizeof *run->labels);
    run->work = mem_alloc(work_size(run->kernels), sizeof *run->work);
    for (int i = 0; i < N_ARRAYS; i++) {
        run->a[i] = mem_alloc(MAX_VALUES, sizeof *run->a[i]);
        fine = fine && run->a[i];
    }
    if (!fine || !run->bytes || !run->labels || !run->work)
        return error_no_memory(error, "the arrays of a benchmark");
    for (int i = 0; i < N_ARRAYS; i++)
        for (size_t k = 0; k < MAX_VALUES; k++)
            run->a[i][k] = (real)(rng_u32(&rng) >> 8) / (real)(1 << 24);
    return SCRAWL_STATUS_OK;
}

static void run_deinit(Run *run)
{
    for (int i = 0; i < N_ARRAYS; i++)
        mem_free(run->a[i]);
    mem_free(run->bytes);
    mem_free(run->labels);
    mem_free(run->work);
}

ScrawlStatus bench_kernels(const char *cpu, double seconds,
                           void (*row)(void *context, const BenchKernel *kernel), void *context,
                           ScrawlError *error)
{
    Run run = {0};
    ScrawlStatus status = kernels_require(&run.kernels, cpu, error);

    if (!status)
        status = run_init(&run, error);
    for (size_t i = 0; !status && i < N_CASES; i++) {
        char shape[64];
        double flops = describe(&cases[i], shape, sizeof shape), time;

        run.row = &cases[i];
        time = measure_call(seconds / (double)N_CASES, cases[i].call, &run);
        row(context, &(BenchKernel){.kernel = cases[i].name, .shape = shape,
                                    .nanoseconds = 1e9 * time,
                                    .gflops = time > 0 ? 1e-9 * flops / time : 0});
    }
    run_deinit(&run);
    return status;
}
