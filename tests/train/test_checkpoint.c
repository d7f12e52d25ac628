/* Checkpoints: every bit comes back; another recipe, other data or a corrupted file are refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "folder.h"
#include "train/checkpoint.h"

#define PATH "state.safetensors"

static const CheckpointKey key = {"abc", "def"};
static const TrainSection train_default = TRAIN_SECTION_DEFAULT;

static Graph *make_graph(bool batchnorm)
{
    char json[200];
    Graph *graph;
    snprintf(json, sizeof json,
             "{\"input\":[1,8,8],\"layers\":[{\"conv2d\":{\"channels\":2,\"kernel\":3}},%s"
             "\"flatten\",{\"dense\":{\"units\":5}}]}",
             batchnorm ? "\"batchnorm\"," : "");
    assert_int_equal(graph_create_json(&graph, "network", json, NULL), SCRAWL_STATUS_OK);
    return graph;
}

/* A state in which every field has a value of its own. */
static void fill(TrainState *state)
{
    state->epoch = 3;
    state->batch = 4;
    state->n_seen = 128;
    state->n_correct = 100;
    state->valid.n = 50;
    state->valid.n_correct = 49;
    state->plateau.bad_epochs = 2;
    state->n_steps = (1ull << 40) + 1;
    state->loss_sum = 1.0 / 3;
    state->epoch_seconds = 0.1;
    state->learning_rate = 1e-300;
    state->total_seconds = 7.7;
    state->valid.loss = 0.3;
    state->plateau.factor = 0.25;
    state->plateau.best_loss = INFINITY;
    size_t n_slots = (size_t)state->n_slots * state->n_parameters;
    for (size_t i = 0; i < state->n_parameters; i++)
        state->parameters[i] = (real)sin((double)i);
    for (size_t i = 0; i < n_slots; i++)
        state->slots[i] = (real)cos((double)i) * 1e-42f; /* subnormal, too */
    for (size_t i = 0; i < state->n_state; i++)
        state->state[i] = (real)i;
    state->best_epoch = 2;
    state->best_valid_loss = 0.25;
    state->n_averaged = 1;
    for (size_t i = 0; state->average && i < state->n_parameters; i++)
        state->average[i] = (real)sin((double)i + 1);
    for (size_t i = 0; state->average && i < state->n_state; i++)
        state->average_state[i] = (real)i + 1;
}

static void assert_equal(const TrainState *a, const TrainState *b)
{
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->batch, b->batch);
    assert_int_equal(a->n_seen, b->n_seen);
    assert_int_equal(a->n_correct, b->n_correct);
    assert_int_equal(a->valid.n, b->valid.n);
    assert_int_equal(a->valid.n_correct, b->valid.n_correct);
    assert_int_equal(a->plateau.bad_epochs, b->plateau.bad_epochs);
    assert_int_equal(a->n_steps, b->n_steps);
    assert_true(a->loss_sum == b->loss_sum);
    assert_true(a->epoch_seconds == b->epoch_seconds);
    assert_true(a->learning_rate == b->learning_rate);
    assert_true(a->total_seconds == b->total_seconds);
    assert_true(a->valid.loss == b->valid.loss);
    assert_true(a->plateau.factor == b->plateau.factor);
    assert_true(a->plateau.best_loss == b->plateau.best_loss);
    size_t n_slots = (size_t)a->n_slots * a->n_parameters;
    assert_memory_equal(a->parameters, b->parameters, a->n_parameters * sizeof(real));
    assert_memory_equal(a->slots, b->slots, n_slots * sizeof(real));
    if (a->n_state > 0)
        assert_memory_equal(a->state, b->state, a->n_state * sizeof(real));
    assert_int_equal(a->best_epoch, b->best_epoch);
    assert_int_equal(a->n_averaged, b->n_averaged);
    assert_true(a->best_valid_loss == b->best_valid_loss);
    assert_true(!a->average == !b->average);
    if (a->average) {
        assert_memory_equal(a->average, b->average, a->n_parameters * sizeof(real));
        assert_memory_equal(a->average_state, b->average_state, a->n_state * sizeof(real));
    }
}

static void check_round_trip(const TrainSection *train, bool batchnorm)
{
    Graph *graph = make_graph(batchnorm);
    TrainState before, after;
    assert_int_equal(train_state_create(&before, train, graph, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(train_state_create(&after, train, graph, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(before.n_state, batchnorm ? 4 : 0);
    assert_equal(&before, &after); /* same seed, same weights */
    fill(&before);
    assert_int_equal(checkpoint_write(PATH, &before, &key, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(checkpoint_read(PATH, &after, &key, NULL), SCRAWL_STATUS_OK);
    assert_equal(&before, &after);
    train_state_deinit(&before);
    train_state_deinit(&after);
    graph_free(graph);
}

static void test_round_trip(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    TrainSection train = train_default;
    check_round_trip(&train, true);
    check_round_trip(&train, false);
    train.optimizer = OPTIMIZER_SGD;
    check_round_trip(&train, true);
    train.ema = 0.9;
    train.lookahead_steps = 2;
    train.clip_norm = 1;
    check_round_trip(&train, true);
    train.ema = 0;
    train.swa_start = 0;
    check_round_trip(&train, true);
    folder_leave(&folder);
}

static void test_refused(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    Graph *graph = make_graph(true), *other = make_graph(false);
    TrainState train, smaller;
    ScrawlError error = {0};
    assert_int_equal(train_state_create(&train, &train_default, graph, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(train_state_create(&smaller, &train_default, other, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(checkpoint_read(PATH, &train, &key, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_int_equal(checkpoint_write(PATH, &train, &key, NULL), SCRAWL_STATUS_OK);

    CheckpointKey other_recipe = {"abd", "def"}, other_data = {"abc", "deg"};
    assert_int_equal(checkpoint_read(PATH, &train, &other_recipe, &error), SCRAWL_STATUS_MISMATCH);
    assert_non_null(strstr(error.message, "recipe.yaml has changed"));
    assert_int_equal(checkpoint_read(PATH, &train, &other_data, &error), SCRAWL_STATUS_MISMATCH);
    assert_non_null(strstr(error.message, "training data have changed"));
    assert_int_equal(checkpoint_read(PATH, &smaller, &key, &error), SCRAWL_STATUS_FORMAT);
    assert_string_equal(error.message, PATH ": expected a tensor \"parameters\" of 385 numbers, "
                                            "found 389");

    /* Cut anywhere: never taken. */
    Buffer bytes;
    buffer_init(&bytes, 1 << 20);
    assert_int_equal(file_read(PATH, &bytes, NULL), SCRAWL_STATUS_OK);
    for (size_t size = 0; size < bytes.size; size += size < 600 ? 1 : 97) {
        assert_int_equal(file_write(PATH, bytes.data, size, NULL), SCRAWL_STATUS_OK);
        assert_int_equal(checkpoint_read(PATH, &train, &key, &error), SCRAWL_STATUS_FORMAT);
    }
    bytes.data[bytes.size - 1] ^= 1; /* one weight, a little different */
    assert_int_equal(file_write(PATH, bytes.data, bytes.size, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(checkpoint_read(PATH, &train, &key, &error), SCRAWL_STATUS_CHECKSUM);
    assert_non_null(strstr(error.message, PATH ": the tensors are corrupted"));
    buffer_deinit(&bytes);
    train_state_deinit(&train);
    train_state_deinit(&smaller);
    graph_free(graph);
    graph_free(other);
    folder_leave(&folder);
}

static ScrawlStatus write_and_read(const Graph *graph)
{
    TrainState state = {0};
    ScrawlStatus status = train_state_create(&state, &train_default, graph, NULL);
    if (!status)
        status = checkpoint_write(PATH, &state, &key, NULL);
    if (!status)
        status = checkpoint_read(PATH, &state, &key, NULL);
    train_state_deinit(&state);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    Graph *graph = make_graph(true);
    uint64_t n = 0;
    ScrawlStatus status;
    do {
        mem_fail_at(++n);
        status = write_and_read(graph);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
    } while (status);
    assert_true(n > 5);
    graph_free(graph);
    folder_leave(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
