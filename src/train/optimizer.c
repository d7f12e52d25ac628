#include "train/optimizer.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/denormal.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "train/muon.h"

/* Reals that one task of optimizer_step works through, where tensors may be cut. */
#define BLOCK 8192

/* Elements first..first+count-1 of the flat arrays, all of tensors that decay or that do not. */
typedef void (*Rule)(const OptimizerStep *step, bool decays, size_t first, size_t count);

static void sgd(const OptimizerStep *step, bool decays, size_t first, size_t count)
{
    const TrainSection *train = step->train;
    SgdStep rule = {
        .rate = (real)step->rate,
        .momentum = (real)train->momentum,
        .l2 = decays ? (real)train->l2 : 0,
        .decay = decays ? (real)train->weight_decay : 0,
        .nesterov = train->nesterov,
    };
    step->kernels->sgd(count, &rule, step->gradients + first, step->parameters + first,
                       step->state->slots + first);
}

static void adam_at_rate(const OptimizerStep *step, double rate, bool decays, size_t first,
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
    real *m = step->state->slots, *v = m + step->state->n_parameters;
    step->kernels->adam(count, &rule, step->gradients + first, step->parameters + first, m + first,
                        v + first);
}

static void adam(const OptimizerStep *step, bool decays, size_t first, size_t count)
{
    adam_at_rate(step, step->rate, decays, first, count);
}

/* What Muon is not for. */
static void muon_rest(const OptimizerStep *step, bool decays, size_t first, size_t count)
{
    adam_at_rate(step, step->rate * step->train->other_rate, decays, first, count);
}

/* In the order of Optimizer. Adam and AdamW differ in which of l2 and weight_decay is meant. */
static const struct {
    int n_slots;
    Rule rule;
} optimizers[] = {{1, sgd}, {2, adam}, {2, adam}, {2, muon_rest}};

static size_t n_blocks(size_t count)
{
    return (count + BLOCK - 1) / BLOCK;
}

ScrawlStatus optimizer_create(OptimizerState *state, const TrainSection *train, const Graph *graph,
                              ScrawlError *error)
{
    size_t n = graph->n_parameters;
    int n_slots = optimizers[train->optimizer].n_slots + (train->lookahead_steps > 0);
    *state = (OptimizerState){
        .n_parameters = n,
        .n_slots = n_slots,
        .slots = mem_alloc_zero(n, (size_t)n_slots * sizeof *state->slots),
    };
    if (train->clip_norm > 0)
        state->squares = mem_alloc(n_blocks(n), sizeof *state->squares);
    if (state->slots && (state->squares || train->clip_norm == 0))
        return SCRAWL_STATUS_OK;
    optimizer_deinit(state);
    return error_no_memory(error, "the optimiser's state");
}

void optimizer_deinit(OptimizerState *state)
{
    if (!state)
        return;
    mem_free(state->slots);
    mem_free(state->squares);
    *state = (OptimizerState){0};
}

void optimizer_blend(const Kernels *kernels, size_t count, double share, const real *x, real *y)
{
    real keep = (real)(1 - share);
    if (share >= 1) {
        memcpy(y, x, count * sizeof *y);
        return;
    }
    kernels->scale_forward(1, 1, count, y, &keep, y);
    kernels->axpy(count, (real)share, x, y);
}

/* In the first steps the average follows faster, or it would remember where training began. */
static double average_share(const TrainSection *train, double t)
{
    return t <= 1 ? 1 : 1 - fmin(train->ema, (1 + t) / (10 + t));
}

void optimizer_begin(OptimizerStep *step, OptimizerState *state)
{
    double t = (double)++state->step;
    step->state = state;
    step->correction1 = 1 - pow(step->train->beta1, t);
    step->correction2 = 1 - pow(step->train->beta2, t);
    step->average_share = average_share(step->train, t);
    step->work_size = optimizer_work_size(step->train, step->graph, step->kernels);
    step->clip = 1;
}

/* Before the rule: what it must not see or lose. */
static void prepare(const OptimizerStep *step, real *slow, size_t first, size_t count)
{
    if (step->clip < 1)
        step->kernels->scale_forward(1, 1, count, step->gradients + first, &step->clip,
                                     step->gradients + first);
    if (slow && step->state->step == 1)
        memcpy(slow + first, step->parameters + first, count * sizeof *slow);
}

/* After it: the slow weights, and the average. */
static void follow(const OptimizerStep *step, real *slow, size_t first, size_t count)
{
    const TrainSection *train = step->train;
    real *fast = step->parameters + first;
    if (slow && step->state->step % (uint64_t)train->lookahead_steps == 0) {
        optimizer_blend(step->kernels, count, train->lookahead_share, fast, slow + first);
        memcpy(fast, slow + first, count * sizeof *fast);
    }
    if (step->average)
        optimizer_blend(step->kernels, count, step->average_share, fast, step->average + first);
}

static real *slow_weights(const OptimizerStep *step)
{
    const OptimizerState *state = step->state;
    return step->train->lookahead_steps > 0
               ? state->slots + (size_t)(state->n_slots - 1) * state->n_parameters
               : NULL;
}

/* Cut where it meets another tensor. Without denormals: after four epochs of mlp on MNIST one in
 * seventeen of Adam's means is one. */
void optimizer_apply(void *context, size_t begin, size_t count)
{
    const OptimizerStep *step = context;
    size_t end = begin + count;
    unsigned before = denormals_off();
    prepare(step, slow_weights(step), begin, count);
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
    follow(step, slow_weights(step), begin, count);
    denormals_restore(before);
}

/* The whole gradient */

bool optimizer_wants_whole(const TrainSection *train)
{
    return train->clip_norm > 0 || train->optimizer == OPTIMIZER_MUON;
}

/* Muon is for the matrices between the first and the last: a filter or unit a row, whose elements
 * meet the same inputs. */
static bool is_muons(const TrainSection *train, const Graph *graph, const Layer *layer,
                     const ParameterTensor *tensor)
{
    return train->optimizer == OPTIMIZER_MUON && tensor->decays && tensor->n_dims > 1 &&
           tensor->dims[1] > 1 && layer->index < graph->n_layers - 1;
}

static size_t matrix_columns(const ParameterTensor *tensor)
{
    return tensor->count / (size_t)tensor->dims[0];
}

size_t optimizer_work_size(const TrainSection *train, const Graph *graph, const Kernels *kernels)
{
    size_t size = 0;
    for (int l = 0; l < graph->n_layers; l++)
        for (int i = 0; i < graph->layers[l].n_tensors; i++) {
            const ParameterTensor *tensor = &graph->layers[l].tensors[i];
            if (is_muons(train, graph, &graph->layers[l], tensor))
                size = kernels_max(
                    size, muon_work_size(kernels, (size_t)tensor->dims[0], matrix_columns(tensor)));
        }
    return size;
}

/* A task: a matrix of Muon's, or a block of a tensor. */
typedef struct Task {
    const ParameterTensor *tensor;
    bool muon;
    size_t first, count;
} Task;

/* Task `index`, or, where there are fewer, only their number. */
static size_t find_task(const OptimizerStep *step, size_t index, Task *task)
{
    size_t n = 0;
    for (int l = 0; l < step->graph->n_layers; l++) {
        const Layer *layer = &step->graph->layers[l];
        for (int i = 0; i < layer->n_tensors; i++) {
            const ParameterTensor *tensor = &layer->tensors[i];
            if (!tensor->trainable)
                continue;
            bool muon = is_muons(step->train, step->graph, layer, tensor);
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

static void step_task(void *context, size_t index, int thread)
{
    const OptimizerStep *step = context;
    const TrainSection *train = step->train;
    Task task;
    find_task(step, index, &task);
    if (!task.muon) {
        optimizer_apply(context, task.first, task.count);
        return;
    }
    unsigned before = denormals_off();
    const ParameterTensor *tensor = task.tensor;
    MuonStep rule = {(real)step->rate, (real)train->momentum, (real)train->weight_decay};
    prepare(step, slow_weights(step), task.first, task.count);
    muon_step(step->kernels, &rule, (size_t)tensor->dims[0], matrix_columns(tensor),
              step->gradients + task.first, step->parameters + task.first,
              step->state->slots + task.first, step->work + (size_t)thread * step->work_size);
    follow(step, slow_weights(step), task.first, task.count);
    denormals_restore(before);
}

static void square_block(void *context, size_t block, int thread)
{
    (void)thread;
    const OptimizerStep *step = context;
    size_t first = block * BLOCK, n = step->state->n_parameters;
    size_t end = n - first < BLOCK ? n : first + BLOCK;
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += (double)step->gradients[i] * (double)step->gradients[i];
    step->state->squares[block] = sum;
}

static void clip(OptimizerStep *step, int n_threads)
{
    size_t blocks = n_blocks(step->state->n_parameters);
    double sum = 0;
    team_run(n_threads, blocks, square_block, step);
    for (size_t i = 0; i < blocks; i++)
        sum += step->state->squares[i];
    step->clip = (real)fmin(1, step->train->clip_norm / sqrt(sum));
}

void optimizer_step(OptimizerStep *step, int n_threads)
{
    Task none;
    if (step->train->clip_norm > 0)
        clip(step, n_threads);
    team_run(n_threads, find_task(step, SIZE_MAX, &none), step_task, step);
}
