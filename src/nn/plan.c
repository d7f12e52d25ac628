#include "nn/plan.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* What is placed as one: a value, or a chain of values computed over each other. */
typedef struct Block {
    size_t size;     /* reals an image */
    int first, last; /* times that it lives, both included; last < first: unused */
    size_t offset;
} Block;

/* Blocks of layer i: its output, its gradient, its stash. */
enum { OUTPUT, GRADIENT, STASH, N_ROLES };

typedef struct Planner {
    const Graph *graph;
    Plan *plan;
    bool training;
    Block *blocks; /* [n_layers][N_ROLES] */
    int *block_of; /* [n_layers][N_ROLES]: the block that holds it, itself or an earlier user */
    bool *trained; /* [n_layers]: runs backward */
    bool input_gradient;
    size_t *order;  /* [n_layers * N_ROLES]: used blocks, largest first */
    size_t *placed; /* [n_layers * N_ROLES]: those that have an offset, lowest first */
} Planner;

static size_t round_up(size_t size)
{
    return (size + PLAN_ALIGNMENT - 1) / PLAN_ALIGNMENT * PLAN_ALIGNMENT;
}

static int forward_time(int layer)
{
    return layer;
}

static int backward_time(const Planner *planner, int layer)
{
    return 2 * planner->graph->n_layers - layer;
}

/* After all of the backward pass. */
static int end_time(const Planner *planner)
{
    return 2 * planner->graph->n_layers + 1;
}

/* The block that holds a role of a layer's value. */
static Block *block(const Planner *planner, int layer, int role)
{
    return &planner->blocks[planner->block_of[layer * N_ROLES + role]];
}

static bool wants_gradient(const Planner *planner, int value)
{
    return value < 0 ? planner->input_gradient : planner->trained[value];
}

static void find_trained(Planner *planner)
{
    const Graph *graph = planner->graph;
    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        bool trained = false;
        for (int t = 0; t < layer->n_tensors; t++)
            trained |= layer->tensors[t].trainable;
        for (int slot = 0; slot < layer->n_inputs; slot++)
            trained |= wants_gradient(planner, layer->inputs[slot]);
        planner->trained[i] = trained && planner->training;
    }
}

/* Number of reads of a value by layers that run (an alias does not). */
static int count_reads(const Graph *graph, int value)
{
    int reads = 0;
    for (int i = value + 1; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        for (int slot = 0; slot < layer->n_inputs && !layer->kind->alias; slot++)
            reads += graph_value(graph, layer->inputs[slot]) == value;
    }
    return reads;
}

/* May the output be written over inputs[0]? Only where no other layer, and nobody's backward,
 * reads what stood there. */
static bool overlays_input(const Planner *planner, const Layer *layer)
{
    int value = graph_value(planner->graph, layer->inputs[0]);
    if (!layer->kind->in_place || value < 0 || count_reads(planner->graph, value) != 1)
        return false;
    bool reader_needs = planner->trained[layer->index] && layer->kind->backward_needs_input;
    bool writer_needs =
        planner->trained[value] && planner->graph->layers[value].kind->backward_needs_output;
    return !reader_needs && !writer_needs;
}

static void live(Block *block, int time)
{
    if (block->last < block->first) {
        block->first = block->last = time;
        return;
    }
    if (time < block->first)
        block->first = time;
    if (time > block->last)
        block->last = time;
}

/* Values that share a block may differ in size. */
static void hold(Block *block, size_t size)
{
    block->size = kernels_max(block->size, round_up(size));
}

static void plan_output(Planner *planner, const Layer *layer)
{
    int i = layer->index;
    if (overlays_input(planner, layer)) {
        int value = graph_value(planner->graph, layer->inputs[0]);
        planner->block_of[i * N_ROLES + OUTPUT] = planner->block_of[value * N_ROLES + OUTPUT];
    }
    Block *output = block(planner, i, OUTPUT);
    hold(output, layer->output_size);
    live(output, forward_time(i));
    if (planner->trained[i] && layer->kind->backward_needs_output)
        live(output, backward_time(planner, i));
    for (int slot = 0; slot < layer->n_inputs; slot++) {
        int value = graph_value(planner->graph, layer->inputs[slot]);
        if (value < 0)
            continue;
        live(block(planner, value, OUTPUT), forward_time(i));
        if (planner->trained[i] && layer->kind->backward_needs_input)
            live(block(planner, value, OUTPUT), backward_time(planner, i));
    }
    if (layer->stash_size > 0) {
        Block *stash = block(planner, i, STASH);
        stash->size = round_up(layer->stash_size);
        live(stash, forward_time(i));
        if (planner->trained[i])
            live(stash, backward_time(planner, i));
    }
}

/* Called for the last layer first, in the order of the backward pass; `written` says whose
 * gradient has a part already, [n_layers + 1] with the graph's input first. */
static void plan_gradients(Planner *planner, const Layer *layer, bool *written)
{
    int i = layer->index, time = backward_time(planner, i);
    live(block(planner, i, GRADIENT), time);
    if (layer->kind->weight_gradient) {
        int value = graph_value(planner->graph, layer->inputs[0]);
        live(block(planner, i, GRADIENT), end_time(planner));
        if (value >= 0)
            live(block(planner, value, OUTPUT), end_time(planner));
    }
    for (int slot = 0; slot < layer->n_inputs; slot++) {
        int value = graph_value(planner->graph, layer->inputs[slot]);
        if (!wants_gradient(planner, value))
            continue;
        planner->plan->layers[i].accumulates[slot] = written[value + 1];
        if (value >= 0) {
            if (slot == 0 && layer->kind->in_place && !written[value + 1]) {
                int *place = &planner->block_of[value * N_ROLES + GRADIENT];
                *place = planner->block_of[i * N_ROLES + GRADIENT];
            }
            hold(block(planner, value, GRADIENT), planner->graph->layers[value].output_size);
            live(block(planner, value, GRADIENT), time);
        }
        written[value + 1] = true;
    }
}

static void plan_lives(Planner *planner, bool *written)
{
    const Graph *graph = planner->graph;
    int last = graph_value(graph, graph->n_layers - 1);
    for (int i = 0; i < graph->n_layers; i++) {
        if (!graph->layers[i].kind->alias)
            plan_output(planner, &graph->layers[i]);
    }
    live(block(planner, last, OUTPUT), graph->n_layers); /* the loss reads the logits */
    if (!planner->training)
        return;
    Block *d_logits = block(planner, last, GRADIENT);
    hold(d_logits, graph->layers[last].output_size);
    live(d_logits, graph->n_layers);
    for (int i = graph->n_layers - 1; i >= 0; i--) {
        if (planner->trained[i] && !graph->layers[i].kind->alias)
            plan_gradients(planner, &graph->layers[i], written);
    }
}

static size_t sort_blocks(Planner *planner)
{
    size_t n = 0;
    for (int i = 0; i < planner->graph->n_layers * N_ROLES; i++) {
        const Block *block = &planner->blocks[i];
        if (block->last < block->first)
            continue;
        size_t place = n++;
        for (; place > 0 && planner->blocks[planner->order[place - 1]].size < block->size; place--)
            planner->order[place] = planner->order[place - 1];
        planner->order[place] = (size_t)i;
    }
    return n;
}

/* The lowest offset at which the block meets none of the `n` placed ones that live with it. */
static size_t first_fit(const Planner *planner, const Block *block, size_t n)
{
    size_t offset = 0;
    for (size_t i = 0; i < n; i++) {
        const Block *other = &planner->blocks[planner->placed[i]];
        if (other->first > block->last || block->first > other->last)
            continue;
        if (other->offset >= offset + block->size)
            break; /* it fits below this one and, by their order, below all that follow */
        if (other->offset + other->size > offset)
            offset = other->offset + other->size;
    }
    return offset;
}

static void place_blocks(Planner *planner)
{
    size_t n = sort_blocks(planner);
    for (size_t i = 0; i < n; i++) {
        size_t index = planner->order[i], place = i;
        Block *block = &planner->blocks[index];
        block->offset = first_fit(planner, block, i);
        size_t end = block->offset + block->size;
        if (end > planner->plan->image_size)
            planner->plan->image_size = end;
        for (; place > 0; place--) {
            if (planner->blocks[planner->placed[place - 1]].offset <= block->offset)
                break;
            planner->placed[place] = planner->placed[place - 1];
        }
        planner->placed[place] = index;
    }
}

/* The size that every output, gradient and stash would have side by side. */
static void add_naive(Planner *planner, int i)
{
    const Layer *layer = &planner->graph->layers[i];
    if (layer->kind->alias)
        return;
    size_t size = round_up(layer->output_size);
    planner->plan->naive_size += size + (planner->trained[i] ? size : 0);
    planner->plan->naive_size += round_up(layer->stash_size);
}

static void write_plan(Planner *planner)
{
    const Graph *graph = planner->graph;
    for (int i = 0; i < graph->n_layers; i++) {
        PlanLayer *layer = &planner->plan->layers[i];
        int value = graph_value(graph, i);
        bool stash = graph->layers[i].stash_size > 0;
        layer->output = value < 0 ? PLAN_NONE : block(planner, value, OUTPUT)->offset;
        layer->gradient = value < 0 || !planner->trained[value]
                              ? PLAN_NONE
                              : block(planner, value, GRADIENT)->offset;
        layer->stash = stash ? block(planner, i, STASH)->offset : PLAN_NONE;
        add_naive(planner, i);
    }
}

ScrawlStatus plan_create(Plan *plan, const Graph *graph, bool training, bool input_gradient,
                         ScrawlError *error)
{
    size_t n = (size_t)graph->n_layers;
    Planner planner = {
        .graph = graph,
        .plan = plan,
        .training = training,
        .input_gradient = training && input_gradient,
        .blocks = mem_alloc_zero(n * N_ROLES, sizeof *planner.blocks),
        .block_of = mem_alloc(n * N_ROLES, sizeof *planner.block_of),
        .trained = mem_alloc_zero(n, sizeof *planner.trained),
        .order = mem_alloc(n * N_ROLES, sizeof *planner.order),
        .placed = mem_alloc(n * N_ROLES, sizeof *planner.placed),
    };
    bool *written = mem_alloc_zero(n + 1, sizeof *written);
    ScrawlStatus status = SCRAWL_STATUS_OK;
    *plan = (Plan){.layers = mem_alloc_zero(n, sizeof *plan->layers)};
    if (!planner.blocks || !planner.block_of || !planner.trained || !planner.order ||
        !planner.placed || !written || !plan->layers) {
        status = error_no_memory(error, "the plan of a network's memory");
        plan_deinit(plan);
        goto out;
    }
    for (size_t i = 0; i < n * N_ROLES; i++) {
        planner.blocks[i].last = -1;
        planner.block_of[i] = (int)i;
    }
    find_trained(&planner);
    plan_lives(&planner, written);
    place_blocks(&planner);
    write_plan(&planner);
out:
    mem_free(planner.blocks);
    mem_free(planner.block_of);
    mem_free(planner.trained);
    mem_free(planner.order);
    mem_free(planner.placed);
    mem_free(written);
    return status;
}

void plan_deinit(Plan *plan)
{
    mem_free(plan->layers);
    *plan = (Plan){0};
}
