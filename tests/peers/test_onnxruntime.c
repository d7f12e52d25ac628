/* ONNX Runtime computes from an exported model what we compute: the five reference networks with
 * random weights and the built-in model, on noise and on real digits. Arguments: node, and
 * bench/peer_ort.js. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "model/model.h"
#include "train/recipe.h"

enum { N = 100, SIDE = 28, AREA = SIDE * SIDE, CLASSES = 10 };

#define TOLERANCE 1e-4

extern char **environ;

static char *node, *script;
static char folder[] = "/tmp/scrawl-peers-XXXXXX";
static char model_path[64], images_path[64], logits_path[64];
static uint8_t noise[N * AREA];
static ScrawlDataset *mnist;

static int setup(void **state)
{
    (void)state;
    ScrawlDataOptions options = {.split = SCRAWL_SPLIT_TEST, .no_download = true};
    Rng rng;
    if (!mkdtemp(folder))
        return -1;
    snprintf(model_path, sizeof model_path, "%s/model.onnx", folder);
    snprintf(images_path, sizeof images_path, "%s/images", folder);
    snprintf(logits_path, sizeof logits_path, "%s/logits", folder);
    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_TEST, 0, 0));
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)rng_below(&rng, 256);
    if (scrawl_dataset_open(&mnist, "mnist", &options, NULL))
        mnist = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scrawl_dataset_free(mnist);
    unlink(model_path);
    unlink(images_path);
    unlink(logits_path);
    return rmdir(folder);
}

static void need_runtime(void)
{
    char *bench = mem_string(script), *package;
    assert_non_null(bench);
    *strrchr(bench, '/') = '\0';
    package = path_join(bench, "node_modules/onnxruntime-node/package.json");
    bool there = node[0] != '\0' && package && file_exists(package);
    mem_free(package);
    mem_free(bench);
    if (!there) {
        print_message("ONNX Runtime is not installed (make peers): skipped\n");
        skip();
    }
}

static void run_node(void)
{
    char *arguments[] = {node, script, "run", model_path, images_path, logits_path, NULL};
    pid_t pid;
    int status;
    unlink(logits_path);
    assert_int_equal(posix_spawn(&pid, node, NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* What the file's doc_string tells its reader to do with the pixels. */
static void write_images(const ScrawlModel *model, const uint8_t *pixels)
{
    static float values[N * AREA];
    for (size_t i = 0; i < N * AREA; i++)
        values[i] = (float)((pixels[i] / 255.0 - model->preprocess.mean) / model->preprocess.sd);
    assert_int_equal(file_write(images_path, values, sizeof values, NULL), SCRAWL_STATUS_OK);
}

/* 0 where this machine lacks the kernels. */
static double largest_difference(const ScrawlModel *model, const char *cpu, const uint8_t *pixels,
                                 const Buffer *theirs)
{
    static float ours[N * CLASSES], other[N * CLASSES];
    ScrawlSessionOptions options = {.cpu = cpu};
    ScrawlSession *session;
    double largest = 0, spread = 0;
    assert_int_equal(theirs->size, sizeof other);
    memcpy(other, theirs->data, sizeof other);
    ScrawlStatus status = scrawl_session_create(&session, model, &options, NULL);
    if (status == SCRAWL_STATUS_UNSUPPORTED && strcmp(cpu, "none") != 0)
        return 0;
    assert_int_equal(status, SCRAWL_STATUS_OK);
    scrawl_session_logits(session, N, pixels, ours);
    scrawl_session_free(session);
    for (size_t i = 0; i < N * CLASSES; i++) {
        double difference = fabs((double)ours[i] - (double)other[i]);
        largest = difference > largest || isnan(difference) ? difference : largest;
        spread = fmax(spread, fabs((double)ours[i] - (double)ours[0]));
    }
    assert_true(spread > 0.1); /* else there would be nothing to compare */
    return largest;
}

static void agrees(const ScrawlModel *model, const char *name, const uint8_t *pixels)
{
    static const char *const cpus[] = {"none", "avx2", "avx512"};
    Buffer theirs;
    buffer_init(&theirs, 1 << 20);
    write_images(model, pixels);
    run_node();
    assert_int_equal(file_read(logits_path, &theirs, NULL), SCRAWL_STATUS_OK);
    for (size_t i = 0; i < sizeof cpus / sizeof *cpus; i++) {
        double largest = largest_difference(model, cpus[i], pixels, &theirs);
        if (!(largest <= TOLERANCE))
            fail_msg("%s: a logit differs by %g with the kernels %s", name, largest, cpus[i]);
    }
    buffer_deinit(&theirs);
}

/* The recipe's network: random weights, and running statistics as far from 0 and 1 as trained
 * ones. */
static ScrawlModel *random_model(const char *name)
{
    static const char *const classes[CLASSES] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    ScrawlRecipe *recipe;
    ScrawlModel *model;
    Graph *graph;
    Rng rng;
    assert_int_equal(scrawl_recipe_load(&recipe, name, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_check(recipe, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(recipe_graph(recipe, &graph, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(model_create(&model, graph, &recipe->preprocess, classes, CLASSES, NULL),
                     SCRAWL_STATUS_OK);
    graph_initialize(model->networks->graph, 1, model->networks->parameters,
                     model->networks->state);
    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_TEST, 1, 0));
    for (size_t i = 0; i < model->networks->graph->n_state; i++)
        model->networks->state[i] = 0.25f + (float)rng_below(&rng, 1000) / 1000;
    scrawl_recipe_free(recipe);
    return model;
}

static void check_model(ScrawlModel *model, const char *name)
{
    assert_int_equal(scrawl_model_export(model, "onnx", model_path, NULL), SCRAWL_STATUS_OK);
    agrees(model, name, noise);
    if (mnist)
        agrees(model, name, mnist->pixels);
    else
        print_message("%s: MNIST is not at hand: noise only\n", name);
    scrawl_model_free(model);
}

static void test_reference_networks(void **state)
{
    (void)state;
    static const char *const names[] = {"gap-cnn", "keras-cnn", "mlp", "bn-cnn", "l2-cnn"};
    need_runtime();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_model(random_model(names[i]), names[i]);
}

/* Trained weights: larger logits. */
static void test_builtin_model(void **state)
{
    (void)state;
    ScrawlModel *model;
    need_runtime();
    assert_int_equal(scrawl_model_load(&model, "digits", NULL), SCRAWL_STATUS_OK);
    check_model(model, "digits");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_networks),
        cmocka_unit_test(test_builtin_model),
    };
    if (argc != 3)
        return 1;
    node = argv[1];
    script = argv[2];
    return cmocka_run_group_tests(tests, setup, teardown);
}
