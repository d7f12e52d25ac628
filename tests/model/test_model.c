/* Making a model: what must fit together, what info shows, what is copied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "sample.h"

#define NETWORK "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":2}}]}"

static Preprocess small(void)
{
    Preprocess preprocess = PREPROCESS_DEFAULT;
    preprocess.height = preprocess.width = 8;
    return preprocess;
}

static ScrawlStatus create(ScrawlModel **model, const char *network, Preprocess preprocess,
                           const char *const *names, int n, ScrawlError *error)
{
    Graph *graph;
    assert_int_equal(graph_create_json(&graph, "test", network, error), SCRAWL_STATUS_OK);
    return model_create(model, graph, &preprocess, names, n, error);
}

static void refused(const char *network, Preprocess preprocess, const char *const *names, int n,
                    const char *fragment)
{
    ScrawlError error = {0};
    ScrawlModel *model = (ScrawlModel *)&error;
    assert_int_equal(create(&model, network, preprocess, names, n, &error), SCRAWL_STATUS_MISMATCH);
    assert_null(model);
    if (!strstr(error.message, fragment))
        fail_msg("expected \"%s\" in \"%s\"", fragment, error.message);
}

static void test_parts_that_do_not_fit(void **state)
{
    (void)state;
    static const char *const names[] = {"x", "y", "z"};
    static const char *const equal[] = {"x", "x"}, *const empty[] = {"x", ""},
                             *const bad[] = {"x", "\xff"}, *const cut[] = {"x", "\xc3"};
    Preprocess wide = small(), high = small();
    wide.width = 9;
    high.height = 9;
    refused(NETWORK, small(), names, 3, "2 outputs, but there are 3 classes");
    refused(NETWORK, small(), names, 1, "2 outputs, but there are 1 classes");
    refused(NETWORK, wide, names, 2, "[1, 8, 8], but the preprocessing gives [1, 8, 9]");
    refused(NETWORK, high, names, 2, "[1, 8, 8], but the preprocessing gives [1, 9, 8]");
    refused("{\"input\":[3,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":2}}]}", small(),
            names, 2, "[3, 8, 8]");
    refused(NETWORK, small(), equal, 2, "classes 0 and 1 have the same name \"x\"");
    refused(NETWORK, small(), empty, 2, "class 1 has an empty name");
    refused(NETWORK, small(), bad, 2, "not valid UTF-8");
    refused(NETWORK, small(), cut, 2, "not valid UTF-8");
}

static void test_info(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    const ScrawlModelInfo *info = scrawl_model_info(model);
    assert_string_equal(info->name, "sample");
    assert_int_equal(info->n_classes, 3);
    assert_string_equal(info->class_names[0], "a");
    assert_string_equal(info->class_names[2], "c");
    assert_int_equal(info->width, 8);
    assert_int_equal(info->height, 8);
    assert_int_equal(info->n_parameters, 2 * 9 + 2 + 4 + 18 * 3 + 3);
    assert_int_equal(info->n_state, 4);
    assert_true(info->multiply_adds >= 2 * 9 * 36 + 18 * 3);
    assert_non_null(strstr(info->network, "conv2d"));
    assert_non_null(strstr(info->preprocessing, "0.5"));
    assert_non_null(strstr(info->recipe, "epochs"));
    assert_non_null(strstr(info->data[0].name, "pen"));
    assert_true(info->n_scores == 1 && info->scores[0].accuracy == 0.5);
    assert_true(info->threshold == 0.1);
    scrawl_model_free(model);
}

static void test_defaults(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlModel *model;
    char x[] = "x", y[] = "y";
    const char *const names[] = {x, y};
    assert_int_equal(create(&model, NETWORK, small(), names, 2, &error), SCRAWL_STATUS_OK);
    x[0] = y[0] = '?'; /* names are copies */
    const ScrawlModelInfo *info = scrawl_model_info(model);
    assert_string_equal(info->class_names[0], "x");
    assert_string_equal(info->class_names[1], "y");
    assert_string_equal(info->name, "");
    assert_string_equal(info->recipe, "");
    assert_int_equal(info->n_data, 0);
    assert_int_equal(info->n_scores, 0);
    assert_true(info->threshold == 0 && model->temperature == 1);
    for (size_t i = 0; i < info->n_parameters; i++)
        assert_true(model->networks->parameters[i] == 0);
    scrawl_model_free(model);
    scrawl_model_free(NULL);
}

static void test_texts_are_copied(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlModel *model = sample_convnet();
    char text[] = "new";
    assert_int_equal(model_set_text(model, &model->description->name, text, &error),
                     SCRAWL_STATUS_OK);
    text[0] = '?';
    assert_string_equal(scrawl_model_info(model)->name, "new");

    mem_fail_at(1);
    assert_int_equal(model_set_text(model, &model->description->name, "other", &error),
                     SCRAWL_STATUS_NO_MEMORY);
    mem_fail_at(0);
    assert_string_equal(scrawl_model_info(model)->name, "new");
    scrawl_model_free(model);
}

static void test_summary(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlModel *model = sample_convnet();
    char *text;
    assert_int_equal(scrawl_model_summary(model, &text, &error), SCRAWL_STATUS_OK);
    assert_non_null(strstr(text, "conv"));
    assert_non_null(strstr(text, "dense"));
    scrawl_free(text);
    mem_fail_at(1);
    assert_int_equal(scrawl_model_summary(model, &text, &error), SCRAWL_STATUS_NO_MEMORY);
    mem_fail_at(0);
    assert_null(text);
    scrawl_model_free(model);
}

static void test_no_memory(void **state)
{
    (void)state;
    static const char *const names[] = {"x", "y"};
    Preprocess preprocess = small();
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    int n = 0;
    while (status) {
        ScrawlError error = {0};
        Graph *graph;
        ScrawlModel *model;
        assert_int_equal(graph_create_json(&graph, "test", NETWORK, &error), SCRAWL_STATUS_OK);
        mem_fail_at((uint64_t)++n);
        status = model_create(&model, graph, &preprocess, names, 2, &error);
        mem_fail_at(0);
        assert_true(!status || status == SCRAWL_STATUS_NO_MEMORY);
        assert_true(!!model == (!status));
        scrawl_model_free(model);
    }
    assert_true(n > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_that_do_not_fit),
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_texts_are_copied),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
