/* A network with weights set by hand: pixel (0, k) at full ink makes the answer class k. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "model/model.h"
#include "scrawl/evaluate.h"

#define SIDE 8

static const char network[] =
    "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":3}}]}";
static const char *const model_names[] = {"a", "b", "c"};

static ScrawlModel *make_model(void)
{
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlError error = {0};
    ScrawlModel *model;
    Graph *graph;

    preprocess.width = preprocess.height = SIDE;
    assert_int_equal(graph_create_json(&graph, "test", network, &error), SCRAWL_STATUS_OK);
    assert_int_equal(graph->n_parameters, 3 * SIDE * SIDE + 3);
    assert_int_equal(model_create(&model, graph, &preprocess, model_names, 3, &error),
                     SCRAWL_STATUS_OK);
    for (int k = 0; k < 3; k++)
        model->networks->parameters[k * SIDE * SIDE + k] = 1;
    return model;
}

/* Image i has its ink at pixel (0, answers[i]) and the label labels[i]. */
static ScrawlDataset *make_data(const char *const *names, int n_classes, int side, size_t n,
                                const int *answers, const uint16_t *labels)
{
    DatasetPlan plan = {.name = "made",
                        .n = n,
                        .width = side,
                        .height = side,
                        .class_names = names,
                        .n_classes = n_classes};
    size_t area = (size_t)side * (size_t)side;
    ScrawlError error = {0};
    ScrawlDataset *data;

    assert_int_equal(dataset_create(&data, &plan, NULL, &error), SCRAWL_STATUS_OK);
    memset(data->pixels, 0, n * area);
    for (size_t i = 0; i < n; i++)
        data->pixels[i * area + (size_t)answers[i]] = 255;
    memcpy(data->labels, labels, n * sizeof *labels);
    dataset_seal(data);
    return data;
}

/* The data has two of the model's classes, the other way round. */
static void classes_match_by_name(void **state)
{
    static const char *const names[] = {"c", "a"};
    static const int answers[] = {2, 0, 0, 1};     /* as the model numbers them */
    static const uint16_t labels[] = {0, 1, 0, 1}; /* c, a, c, a */
    static const size_t confusion[] = {1, 1, 0, 0, 0, 0, 1, 0, 1};
    ScrawlDataset *data = make_data(names, 2, SIDE, 4, answers, labels);
    ScrawlModel *model = make_model();
    ScrawlError error = {0};
    ScrawlEvaluation *e;

    (void)state;
    assert_int_equal(scrawl_evaluate(&e, model, data, NULL, &error), SCRAWL_STATUS_OK);
    assert_int_equal(e->n_classes, 3);
    assert_int_equal(e->n_errors, 2);
    assert_memory_equal(e->confusion, confusion, sizeof confusion);
    assert_string_equal(e->class_names[2], "c");
    assert_float_equal(e->logits[2], 1, 1e-6); /* image 0, class c */
    assert_int_equal(data->labels[1], 1);      /* the data set is as it was */
    assert_int_equal(data->info.n_classes, 2);
    scrawl_evaluation_free(e);
    scrawl_model_free(model);
    scrawl_dataset_free(data);
}

static void threads_change_nothing(void **state)
{
    enum { N = 600 };
    static int answers[N];
    static uint16_t labels[N];
    ScrawlModel *model = make_model();
    ScrawlError error = {0};
    ScrawlEvaluation *one, *three;
    ScrawlDataset *data;

    (void)state;
    for (int i = 0; i < N; i++) {
        answers[i] = i % 3;
        labels[i] = (uint16_t)(i * 7 / 5 % 3);
    }
    data = make_data(model_names, 3, SIDE, N, answers, labels);
    assert_int_equal(
        scrawl_evaluate(&one, model, data, &(ScrawlEvaluateOptions){.n_threads = 1}, &error),
        SCRAWL_STATUS_OK);
    assert_int_equal(
        scrawl_evaluate(&three, model, data, &(ScrawlEvaluateOptions){.n_threads = 3}, &error),
        SCRAWL_STATUS_OK);
    assert_memory_equal(one->logits, three->logits, N * 3 * sizeof *one->logits);
    assert_memory_equal(&one->loss, &three->loss, sizeof one->loss);
    assert_int_equal(one->n_errors, three->n_errors);
    scrawl_evaluation_free(one);
    scrawl_evaluation_free(three);
    scrawl_model_free(model);
    scrawl_dataset_free(data);
}

/* 16x16 pictures, all ink: resized to 8x8 they are all ink as well. */
static void other_sizes_are_resized(void **state)
{
    static const int answers[] = {0, 0};
    static const uint16_t labels[] = {0, 1};
    ScrawlDataset *data = make_data(model_names, 3, 2 * SIDE, 2, answers, labels);
    ScrawlModel *model = make_model();
    uint8_t *pixels = data->pixels;
    ScrawlError error = {0};
    ScrawlEvaluation *e;

    (void)state;
    memset(pixels, 255, 2 * 4 * SIDE * SIDE);
    assert_int_equal(scrawl_evaluate(&e, model, data, NULL, &error), SCRAWL_STATUS_OK);
    for (int i = 0; i < 6; i++)
        assert_float_equal(e->logits[i], 1, 0.01);
    assert_ptr_equal(data->pixels, pixels); /* the data set is as it was */
    assert_int_equal(data->info.width, 2 * SIDE);
    scrawl_evaluation_free(e);
    scrawl_model_free(model);
    scrawl_dataset_free(data);
}

static void a_strange_class_is_named(void **state)
{
    static const char *const names[] = {"a", "zebra"};
    static const int answers[] = {0};
    static const uint16_t labels[] = {0};
    ScrawlDataset *data = make_data(names, 2, SIDE, 1, answers, labels);
    ScrawlModel *model = make_model();
    ScrawlError error = {0};
    ScrawlEvaluation *e;

    (void)state;
    assert_int_equal(scrawl_evaluate(&e, model, data, NULL, &error), SCRAWL_STATUS_MISMATCH);
    assert_null(e);
    assert_non_null(strstr(error.message, "\"zebra\""));
    assert_int_equal(
        scrawl_evaluate(&e, model, data, &(ScrawlEvaluateOptions){.cpu = "abacus"}, &error),
        SCRAWL_STATUS_UNSUPPORTED);
    assert_non_null(strstr(error.message, "abacus"));
    scrawl_model_free(model);
    scrawl_dataset_free(data);
}

/* Weights may be as large as a float holds: what they make of a picture is then none. */
static void no_number_is_no_answer(void **state)
{
    static const int answers[] = {0, 1};
    static const uint16_t labels[] = {0, 1};
    ScrawlDataset *data = make_data(model_names, 3, SIDE, 2, answers, labels);
    ScrawlModel *model = make_model();
    ScrawlError error = {0};
    ScrawlEvaluation *e;

    (void)state;
    for (size_t i = 0; i < model->networks->graph->n_parameters; i++)
        model->networks->parameters[i] = i % 2 ? 3e38f : -3e38f;
    assert_int_equal(scrawl_evaluate(&e, model, data, NULL, &error), SCRAWL_STATUS_FORMAT);
    assert_null(e);
    assert_non_null(strstr(error.message, "image 0: the answer of model"));
    assert_non_null(strstr(error.message, "is not a number"));
    scrawl_model_free(model);
    scrawl_dataset_free(data);
}

static void any_allocation_may_fail(void **state)
{
    static const int answers[] = {0, 1};
    static const uint16_t labels[] = {0, 1};
    ScrawlDataset *data = make_data(model_names, 3, 2 * SIDE, 2, answers, labels);
    ScrawlModel *model = make_model();
    ScrawlEvaluateOptions options = {.n_threads = 1};
    uint64_t n = 0;
    ScrawlStatus status;

    (void)state;
    do {
        ScrawlError error = {0};
        ScrawlEvaluation *e;

        mem_fail_at(++n);
        status = scrawl_evaluate(&e, model, data, &options, &error);
        mem_fail_at(0);
        if (status) {
            assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
            assert_null(e);
            assert_true(error.message[0] != 0);
        }
        scrawl_evaluation_free(e);
    } while (status);
    assert_true(n > 6);
    scrawl_model_free(model);
    scrawl_dataset_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_match_by_name),   cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(other_sizes_are_resized), cmocka_unit_test(a_strange_class_is_named),
        cmocka_unit_test(no_number_is_no_answer),  cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
