#include "train/optimizer.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/denormal.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"

/* Parameters that one task of optimizer_apply_whole updates. */
#define BLOCK 8192

/* Elements first..first+count-1 of the flat arrays, all of tensors that decay or that do not. */
typedef void (*Rule)(const TrainStep *step, bool decays, size_t first, size_t count);

static void sgd(const TrainStep *step, bool decays, size_t first, size_t count)
{
    const TrainSection *train = step->train;
    SgdStep rule = {
        .rate = (real)step->rate,
        .momentum = (real)train->momentum,
        .l2 = decays ? (real)train->l2 : 0,
        .decay = decays ? (real)train->weight_decay : 0,
        .nesterov = train->nesterov,
    };
    TrainState *state = step->state;
    step->kernels->sgd(count, &rule, step->gradients + first, state->parameters + first,
                       state->slots + first);
}

static void adam_at_rate(const TrainStep *step, double rate, bool decays, size_t first,
                         size_t count)
{
    const TrainSection *train = step->train;
    AdamStep rule = {
        .rate = (real)rate,
        .beta1 = (real)train->beta1,
        .beta2 = (real)train->beta2,
        .epsilon = (real)train->epsilon,
        .l2 = decays ? (real)train->l2 : 0,
        .decay = decays ? (real)train->weight_decay : 0,
        .correction1 = (real)step->correction1,
        .correction2 = (real)step->correction2,
    };
    TrainState *state = step->state;
    real *m = state->slots, *v = m + state->n_parameters;
    step->kernels->adam(count, &rule, step->gradients + first, state->parameters + first, m + first,
                        v + first);
}

static void adam(const TrainStep *step, bool decays, size_t first, size_t count)
{
    adam_at_rate(step, step->rate, decays, first, count);
}

/* What Muon is not for. */
static void muon_rest(const TrainStep *step, bool decays, size_t first, size_t count)
{
    adam_at_rate(step, step->rate * step->train->other_rate, decays, first, count);
}

/* In the order of Optimizer. Adam and AdamW differ in which of l2 and weight_decay is meant. */
static const struct {
    int n_slots;
    Rule rule;
} optimizers[] = {{1, sgd}, {2, adam}, {2, adam}, {2, muon_rest}};

int optimizer_n_slots(const TrainSection *train)
{
    return optimizers[train->optimizer].n_slots + (train->lookahead_steps > 0);
}

void optimizer_blend(const Kernels *kernels, size_t count, double fraction, const real *x, real *y)
{
    real keep = (real)(1 - fraction);
    if (fraction >= 1) {
        memcpy(y, x, count * sizeof *y);
        return;
    }
    kernels->scale_forward(1, 1, count, y, &keep, y);
    kernels->axpy(count, (real)fraction, x, y);
}

/* In the first steps the average follows faster, or it would remember where training began. */
static double average_fraction(const TrainSection *train, double t)
{
    return t <= 1 ? 1 : 1 - fmin(train->ema, (1 + t) / (10 + t));
}

void optimizer_begin(TrainStep *step, double rate)
{
    double t = (double)++step->state->n_steps;
    step->rate = rate;
    step->correction1 = 1 - pow(step->train->beta1, t);
    step->correction2 = 1 - pow(step->train->beta2, t);
    step->average_fraction = average_fraction(step->train, t);
    step->clip = 1;
}

/* Clips the gradient, and starts the slow weights where the fast ones start. */
static void before_rule(const TrainStep *step, size_t first, size_t count)
{
    real *gradients = step->gradients + first;
    if (step->clip < 1)
        step->kernels->scale_forward(1, 1, count, gradients, &step->clip, gradients);
    if (step->slow && step->state->n_steps == 1)
        memcpy(step->slow + first, step->state->parameters + first, count * sizeof *step->slow);
}

/* Moves the slow weights and the average towards the new weights. */
static void after_rule(const TrainStep *step, size_t first, size_t count)
{
    const TrainSection *train = step->train;
    real *fast = step->state->parameters + first;
    if (step->slow && step->state->n_steps % (uint64_t)train->lookahead_steps == 0) {
        real *slow = step->slow + first;
        optimizer_blend(step->kernels, count, train->lookahead_share, fast, slow);
        memcpy(fast, slow, count * sizeof *fast);
    }
    if (step->average)
        optimizer_blend(step->kernels, count, step->average_fraction, fast, step->average + first);
}

/* Cut where it meets another tensor. Without denormals: after four epochs of mlp on MNIST one in
 * seventeen of Adam's means is one. */
void optimizer_apply(void *context, size_t begin, size_t count)
{
    const TrainStep *step = context;
    size_t end = begin + count;
    unsigned before = denormals_off();
    before_rule(step, begin, count);
    for (int l = 0; l < step->graph->n_layers; l++) {
        const Layer *layer = &step->graph->layers[l];
        for (int i = 0; i < layer->n_tensors; i++) {
            const ParameterTensor *tensor = &layer->tensors[i];
            size_t first = tensor->offset > begin ? tensor->offset : begin;
            size_t last = tensor->offset + tensor->count;
            last = last < end ? last : end;
            if (tensor->trainable && first < last)
                optimizers[step->train->optimizer].rule(step, tensor->decays, first, last - first);
        }
    }
    after_rule(step, begin, count);
    denormals_restore(before);
}

/* Muon */

#define MUON_STEPS 5

/* x -> A x + B x^3 + C x^5, which brings (0, 1] near 1: Jordan's coefficients, steep at 0. */
#define A ((real)3.4445)
#define B ((real)-4.7750)
#define C ((real)2.0315)

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What the products need beside their matrices. */
static size_t muon_gemm_size(const Kernels *k, size_t rows, size_t columns)
{
    size_t side = smaller(rows, columns);
    size_t gram = rows <= columns ? k->gemm_work(GEMM_NT, side, side, columns)
                                  : k->gemm_work(GEMM_TN, side, side, rows);
    size_t square = k->gemm_work(GEMM_NN, side, side, side);
    size_t apply = k->gemm_work(GEMM_NN, rows, columns, side);
    return kernels_max(gram, kernels_max(square, apply));
}

size_t muon_work_size(const Kernels *kernels, size_t rows, size_t columns)
{
    size_t side = smaller(rows, columns);
    return 2 * rows * columns + 2 * side * side + muon_gemm_size(kernels, rows, columns);
}

static void scale(const Kernels *kernels, size_t count, real factor, const real *x, real *y)
{
    kernels->scale_forward(1, 1, count, x, &factor, y);
}

static double norm(size_t count, const real *x)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* to = A x + (B g + C g g) x with g = x x^T; or, of a tall x, with g = x^T x on the other side. */
static void newton_schulz(const Kernels *k, size_t rows, size_t columns, const real *x, real *to,
                          real *work)
{
    size_t side = smaller(rows, columns), area = side * side;
    real *gram = work, *factor = work + area, *gemm_work = work + 2 * area;
    if (rows <= columns)
        k->gemm(GEMM_NT, side, side, columns, x, columns, x, columns, 0, gram, side, gemm_work);
    else
        k->gemm(GEMM_TN, side, side, rows, x, columns, x, columns, 0, gram, side, gemm_work);
    k->gemm(GEMM_NN, side, side, side, gram, side, gram, side, 0, factor, side, gemm_work);
    scale(k, area, C, factor, factor);
    k->axpy(area, B, gram, factor);
    scale(k, rows * columns, A, x, to);
    if (rows <= columns)
        k->gemm(GEMM_NN, rows, columns, side, factor, side, x, columns, 1, to, columns, gemm_work);
    else
        k->gemm(GEMM_NN, rows, columns, side, x, columns, factor, side, 1, to, columns, gemm_work);
}

void muon_orthogonalize(const Kernels *kernels, size_t rows, size_t columns, real *x, real *work)
{
    size_t count = rows * columns;
    real *other = work, *rest = work + count;
    scale(kernels, count, (real)(1 / (norm(count, x) + 1e-7)), x, x);
    for (int i = 0; i < MUON_STEPS; i++) {
        newton_schulz(kernels, rows, columns, i % 2 ? other : x, i % 2 ? x : other, rest);
    }
    memcpy(x, other, count * sizeof *x); /* MUON_STEPS is odd */
}

/* One matrix of weights. */
typedef struct Matrix {
    size_t rows, columns;
    size_t offset; /* in the flat arrays */
} Matrix;

static void muon(const TrainStep *step, const Matrix *matrix, real *work)
{
    const Kernels *kernels = step->kernels;
    const TrainSection *train = step->train;
    const real *gradient = step->gradients + matrix->offset;
    real *w = step->state->parameters + matrix->offset;
    real *velocity = step->state->slots + matrix->offset;
    size_t rows = matrix->rows, columns = matrix->columns, count = rows * columns;
    real rate = (real)step->rate, momentum = (real)train->momentum;
    double stretch = sqrt(fmax(1, (double)rows / (double)columns));
    real *update = work;
    memcpy(update, gradient, count * sizeof *update);
    scale(kernels, count, momentum, velocity, velocity);
    kernels->axpy(count, 1, gradient, velocity);
    kernels->axpy(count, momentum, velocity, update);
    muon_orthogonalize(kernels, rows, columns, update, work + count);
    scale(kernels, count, 1 - rate * (real)train->weight_decay, w, w);
    kernels->axpy(count, (real)(-(double)rate * stretch), update, w);
}

/* Where the rule needs the whole gradient */

bool optimizer_needs_whole_gradient(const TrainSection *train)
{
    return train->clip_norm > 0 || train->optimizer == OPTIMIZER_MUON;
}

/* Muon is for the matrices between the first layer and the last: one row a filter or unit, whose
 * elements meet the same inputs. */
static bool uses_muon(const TrainStep *step, const Layer *layer, const ParameterTensor *tensor)
{
    return step->train->optimizer == OPTIMIZER_MUON && tensor->decays && tensor->n_dims > 1 &&
           tensor->dims[1] > 1 && layer->index < step->graph->n_layers - 1;
}

static size_t matrix_columns(const ParameterTensor *tensor)
{
    return tensor->count / (size_t)tensor->dims[0];
}

static size_t n_blocks(size_t count)
{
    return (count + BLOCK - 1) / BLOCK;
}

static size_t find_work_size(const TrainStep *step)
{
    size_t size = 0;
    for (int l = 0; l < step->graph->n_layers; l++) {
        const Layer *layer = &step->graph->layers[l];
        for (int i = 0; i < layer->n_tensors; i++) {
            const ParameterTensor *tensor = &layer->tensors[i];
            if (uses_muon(step, layer, tensor))
                size = kernels_max(size, muon_work_size(step->kernels, (size_t)tensor->dims[0],
                                                        matrix_columns(tensor)));
        }
    }
    return size;
}

ScrawlStatus optimizer_init(TrainStep *step, ScrawlError *error)
{
    const TrainSection *train = step->train;
    TrainState *state = step->state;
    step->average = train->ema > 0 ? state->average : NULL;
    if (train->lookahead_steps > 0)
        step->slow = state->slots + (size_t)(state->n_slots - 1) * state->n_parameters;
    step->work_size = find_work_size(step);
    step->work = mem_alloc((size_t)step->n_threads, step->work_size * sizeof *step->work);
    size_t squares = train->clip_norm > 0 ? n_blocks(state->n_parameters) : 0;
    step->squares = mem_alloc(squares, sizeof *step->squares);
    if (step->work && step->squares)
        return SCRAWL_STATUS_OK;
    optimizer_deinit(step);
    return error_no_memory(error, "the optimiser's memory");
}

void optimizer_deinit(TrainStep *step)
{
    mem_free(step->work);
    mem_free(step->squares);
    step->work = NULL;
    step->squares = NULL;
}

/* A task: a matrix of Muon's, or a block of another tensor. */
typedef struct Task {
    const ParameterTensor *tensor;
    bool muon;
    size_t first, count;
} Task;

/* Finds task `index` if there are as many. Returns the number of tasks. */
static size_t find_task(const TrainStep *step, size_t index, Task *task)
{
    size_t n = 0;
    for (int l = 0; l < step->graph->n_layers; l++) {
        const Layer *layer = &step->graph->layers[l];
        for (int i = 0; i < layer->n_tensors; i++) {
            const ParameterTensor *tensor = &layer->tensors[i];
            if (!tensor->trainable)
                continue;
            bool muon = uses_muon(step, layer, tensor);
            size_t tasks = muon ? 1 : n_blocks(tensor->count);
            if (index - n < tasks) {
                size_t at = (index - n) * BLOCK, left = tensor->count - at;
                *task =
                    (Task){tensor, muon, tensor->offset + at, muon || left < BLOCK ? left : BLOCK};
            }
            n += tasks;
        }
    }
    return n;
}

static void run_task(void *context, size_t index, int thread)
{
    const TrainStep *step = context;
    Task task;
    find_task(step, index, &task);
    if (!task.muon) {
        optimizer_apply(context, task.first, task.count);
        return;
    }
    unsigned before = denormals_off();
    const ParameterTensor *tensor = task.tensor;
    Matrix matrix = {(size_t)tensor->dims[0], matrix_columns(tensor), task.first};
    before_rule(step, task.first, task.count);
    muon(step, &matrix, step->work + (size_t)thread * step->work_size);
    after_rule(step, task.first, task.count);
    denormals_restore(before);
}

static void square_block(void *context, size_t block, int thread)
{
    (void)thread;
    const TrainStep *step = context;
    size_t first = block * BLOCK, n = step->state->n_parameters;
    size_t end = n - first < BLOCK ? n : first + BLOCK;
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += (double)step->gradients[i] * (double)step->gradients[i];
    step->squares[block] = sum;
}

static void clip(TrainStep *step)
{
    size_t blocks = n_blocks(step->state->n_parameters);
    double sum = 0;
    team_run(step->n_threads, blocks, square_block, step);
    for (size_t i = 0; i < blocks; i++)
        sum += step->squares[i];
    step->clip = (real)fmin(1, step->train->clip_norm / sqrt(sum));
}

void optimizer_apply_whole(TrainStep *step)
{
    Task none;
    if (step->train->clip_norm > 0)
        clip(step);
    team_run(step->n_threads, find_task(step, SIZE_MAX, &none), run_task, step);
}
