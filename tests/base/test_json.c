/* JSON text into trees: strict, and within limits. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/tree.h"

static ScrawlStatus parse(Tree *tree, const char *text, ScrawlError *error)
{
    return json_parse(tree, "x.json", text, strlen(text), error);
}

static void values_and_their_order(void **state)
{
    static const char *const keys[] = {"s", "i", "r", "t", "n", "l", "m", ""};
    const TreeNode *node;
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    assert_int_equal(parse(&tree,
                           "{\"s\": \"10\", \"i\": -10, \"r\": 1.0, \"t\": true, \"n\": null,"
                           " \"l\": [1, [], {}], \"m\": {\"a\": \"\\u00e4\"}, \"\": 1e-3}",
                           &error),
                     SCRAWL_STATUS_OK);
    node = tree.root->first;
    for (size_t i = 0; i < N_ELEMENTS(keys); i++, node = node->next)
        assert_string_equal(node->key, keys[i]);
    assert_true(tree_get(tree.root, "s")->quoted);
    assert_string_equal(tree_get(tree.root, "i")->text, "-10");
    assert_false(tree_get(tree.root, "i")->quoted);
    assert_string_equal(tree_get(tree.root, "r")->text, "1.0"); /* a real stays no integer */
    assert_string_equal(tree_get(tree.root, "t")->text, "true");
    assert_int_equal(tree_get(tree.root, "n")->kind, TREE_KIND_NULL);
    assert_int_equal(tree_get(tree.root, "l")->n_children, 3);
    assert_string_equal(tree_find(&tree, "m.a")->text, "\xc3\xa4");
    assert_string_equal(tree_get(tree.root, "")->text, "0.001");
    assert_int_equal(tree.root->line, 0);
    assert_int_equal(tree.n_nodes, 13);
    tree_deinit(&tree);
}

static void any_value_may_be_the_root(void **state)
{
    static const char *const texts[] = {"1", "\"x\"", "null", "[]", "{}", " true\n"};

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        Tree tree;
        assert_int_equal(parse(&tree, texts[i], NULL), SCRAWL_STATUS_OK);
        assert_non_null(tree.root);
        tree_deinit(&tree);
    }
}

static void what_json_does_not_allow_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[1,]",
        "{'a': 1}",
        "{\"a\" 1}",
        "[1] x",
        "nul",
        "01",
        "[.5]",
        "[NaN]",
        "{\"a\":1,}",
        "// x\n1",
        "\"\\u0000\"",
        "{\"a\\u0000\": 1}",
        "\"\xff\"",
        "\"\\ud800\"",
        "[1e999]",
        "[99999999999999999999]",
        "{\"a\": 1, \"a\": 2}",
        "\"a\nb\"",
        "\"open",
        "\"\\",
        "]",
        "}}",
        "\xef\xbb\xbf{}",
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        ScrawlError error = {0};
        Tree tree;
        if (parse(&tree, bad[i], &error) != SCRAWL_STATUS_FORMAT)
            fail_msg("read: %s", bad[i]);
        assert_memory_equal(error.message, "x.json:", 7);
        assert_non_null(strstr(error.message, "no valid JSON: "));
        assert_null(tree.root);
    }
}

static void the_place_is_named(void **state)
{
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    assert_int_equal(parse(&tree, "{\n  \"a\": 1,\n  b: 2\n}\n", &error), SCRAWL_STATUS_FORMAT);
    assert_memory_equal(error.message, "x.json:3:3: no valid JSON: ", 27);
}

static void zero_bytes_are_refused(void **state)
{
    Tree tree;

    (void)state;
    assert_int_equal(json_parse(&tree, "x", "[1]\0", 4, NULL), SCRAWL_STATUS_FORMAT);
    assert_int_equal(json_parse(&tree, "x", "\0", 1, NULL), SCRAWL_STATUS_FORMAT);
}

/* "[[[...]]]" with something in a string that looks like brackets. */
static void depth_is_limited(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        char text[300] = "";
        ScrawlError error = {0};
        Tree tree;
        for (int i = 0; i < TREE_MAX_DEPTH + over; i++)
            strcat(text, "[");
        strcat(text, "\"[[{\\\"[[\"");
        for (int i = 0; i < TREE_MAX_DEPTH + over; i++)
            strcat(text, "]");
        assert_int_equal(parse(&tree, text, &error), over ? SCRAWL_STATUS_LIMIT : SCRAWL_STATUS_OK);
        if (over)
            assert_string_equal(error.message,
                                "x.json:1:65: lists and maps are nested deeper than 64");
        tree_deinit(&tree);
    }
}

static void count_is_limited_before_memory_is_taken(void **state)
{
    size_t size = 0, n = TREE_MAX_TEXT / 3;
    char *text = mem_alloc(TREE_MAX_TEXT, 1);
    ScrawlError error = {0};
    uint64_t before;
    Tree tree;

    (void)state;
    assert_non_null(text);
    text[size++] = '[';
    for (size_t i = 0; i + 1 < n; i++, size += 3)
        memcpy(text + size, "[],", 3);
    text[3 * (TREE_MAX_NODES - 1)] = ']'; /* as many as are allowed */
    assert_int_equal(json_parse(&tree, "x.json", text, 3 * TREE_MAX_NODES - 2, &error),
                     SCRAWL_STATUS_OK);
    assert_int_equal(tree.n_nodes, TREE_MAX_NODES);
    tree_deinit(&tree);
    text[3 * (TREE_MAX_NODES - 1)] = ',';
    before = mem_count();
    assert_int_equal(json_parse(&tree, "x.json", text, size, &error), SCRAWL_STATUS_LIMIT);
    assert_string_equal(error.message, "x.json:1:599998: more than 200000 values");
    assert_int_equal(mem_count() - before, 1); /* the name */
    mem_free(text);
}

static void size_is_limited(void **state)
{
    char *text = mem_alloc(TREE_MAX_TEXT + 1, 1);
    Tree tree;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', TREE_MAX_TEXT + 1);
    text[0] = '1';
    assert_int_equal(json_parse(&tree, "x", text, TREE_MAX_TEXT, NULL), SCRAWL_STATUS_OK);
    tree_deinit(&tree);
    assert_int_equal(json_parse(&tree, "x", text, TREE_MAX_TEXT + 1, NULL), SCRAWL_STATUS_LIMIT);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_their_order),
        cmocka_unit_test(any_value_may_be_the_root),
        cmocka_unit_test(what_json_does_not_allow_is_refused),
        cmocka_unit_test(the_place_is_named),
        cmocka_unit_test(zero_bytes_are_refused),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(count_is_limited_before_memory_is_taken),
        cmocka_unit_test(size_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
