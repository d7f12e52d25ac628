/* YAML text into trees: what is read, and the sentence for what is not. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tree.h"

static ScrawlStatus parse(Tree *tree, const char *text, ScrawlError *error)
{
    return yaml_parse(tree, "x.yaml", text, strlen(text), error);
}

static void parse_good(Tree *tree, const char *text)
{
    ScrawlError error = {0};

    if (parse(tree, text, &error))
        fail_msg("%s", error.message);
}

static void nodes_know_kind_text_and_place(void **state)
{
    const TreeNode *node;
    Tree tree;

    (void)state;
    parse_good(&tree, "# a comment\n"
                      "data: mnist\n"
                      "train:\n"
                      "  epochs: 10\n"
                      "  name: \"10\"\n"
                      "  none:\n"
                      "layers: [1, {a: 'x'}]\n");
    assert_int_equal(tree.root->kind, TREE_KIND_MAP);
    assert_int_equal(tree.root->n_children, 3);
    assert_string_equal(tree.name, "x.yaml");
    node = tree_find(&tree, "train");
    assert_int_equal(node->kind, TREE_KIND_MAP);
    assert_int_equal(node->line, 3); /* of the key, where a reader looks for it */
    assert_int_equal(node->column, 1);
    node = tree_find(&tree, "train.epochs");
    assert_int_equal(node->line, 4);
    assert_int_equal(node->column, 3);
    assert_int_equal(node->kind, TREE_KIND_SCALAR);
    assert_string_equal(node->text, "10");
    assert_false(node->quoted);
    assert_true(tree_find(&tree, "train.name")->quoted);
    assert_string_equal(tree_find(&tree, "train.name")->key, "name");
    assert_int_equal(tree_find(&tree, "train.none")->kind, TREE_KIND_NULL);
    assert_null(tree_find(&tree, "train.none")->text);
    node = tree_find(&tree, "layers");
    assert_int_equal(node->kind, TREE_KIND_LIST);
    assert_int_equal(node->n_children, 2);
    assert_null(node->first->key);
    assert_int_equal(node->last->line, 7);
    assert_int_equal(node->last->column, 13);
    assert_string_equal(tree_find(&tree, "layers[1].a")->text, "x");
    assert_int_equal(tree.n_nodes, 10);
    tree_deinit(&tree);
    tree_deinit(&tree);
    tree_deinit(NULL);
}

static void nothing_is_a_null_root(void **state)
{
    static const char *const texts[] = {"", "\n\n", "# only a comment", "---\n", "~", "null"};
    Tree tree;

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        parse_good(&tree, texts[i]);
        assert_non_null(tree.root);
        assert_int_equal(tree.root->kind, TREE_KIND_NULL);
        tree_deinit(&tree);
    }
    assert_int_equal(yaml_parse(&tree, "x", NULL, 0, NULL), SCRAWL_STATUS_OK);
    tree_deinit(&tree);
}

static void nulls_of_the_core_schema(void **state)
{
    const TreeNode *node;
    Tree tree;

    (void)state;
    parse_good(&tree, "[~, null, Null, NULL, 'null', nil, '']");
    node = tree.root->first;
    for (int i = 0; i < 4; i++, node = node->next)
        assert_int_equal(node->kind, TREE_KIND_NULL);
    for (; node; node = node->next)
        assert_int_equal(node->kind, TREE_KIND_SCALAR);
    tree_deinit(&tree);
}

static void utf8_is_kept_and_a_mark_at_the_start_is_not(void **state)
{
    Tree tree;

    (void)state;
    parse_good(&tree, "\xef\xbb\xbfname: \"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x99\x82\"\n");
    assert_string_equal(tree_find(&tree, "name")->text,
                        "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x99\x82");
    tree_deinit(&tree);
    parse_good(&tree, "\xef\xbb\xbfone: 1\ntwo: 2\n"); /* the mark is no column either */
    assert_string_equal(tree_find(&tree, "two")->text, "2");
    tree_deinit(&tree);
    parse_good(&tree, "name: \"\\u00e4\\t\"\n");
    assert_string_equal(tree_find(&tree, "name")->text, "\xc3\xa4\t");
    tree_deinit(&tree);
}

static void refusals_say_where_and_why(void **state)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"a: &x 1\n", "x.yaml:1:4: anchors (&name) are not allowed here"},
        {"a: &x [1]\n", "x.yaml:1:4: anchors (&name) are not allowed here"},
        {"a: 1\nb: *a\n", "x.yaml:2:4: aliases (*name) are not allowed here"},
        {"a: !!int 3\n", "x.yaml:1:4: tags (!name) are not allowed here"},
        {"a: ! 3\n", "x.yaml:1:4: tags (!name) are not allowed here"},
        {"!t {a: 3}\n", "x.yaml:1:1: tags (!name) are not allowed here"},
        {"&k key: 3\n", "x.yaml:1:1: anchors (&name) are not allowed here"},
        {"a: 1\n---\nb: 2\n", "x.yaml:2:1: expected one document, found a second"},
        {"a: 1\n...\nb: 2\n", "x.yaml:3:1: did not find expected <document start>"},
        {"? [1, 2]\n: x\n", "x.yaml:1:3: expected a word as key, found a list or map"},
        {"a: 1\nb: 2\nc: 3\nb: 4\n", "x.yaml:4:1: the key \"b\" stands twice, first in line 2"},
        {"a: 1\na: 2\n", "x.yaml:2:1: the key \"a\" stands twice, first in line 1"},
        {"x: {k: 1, j: 2, k: 3}\n", "x.yaml:1:17: the key \"k\" stands twice, first in line 1"},
        {"a: \"x\\0y\"\n", "x.yaml:1:4: a zero byte inside a text"},
        {"train:\n\tepochs: 3\n", "x.yaml:2:1: found a tab; YAML is indented with spaces"},
        {"a: b: c\n", "x.yaml:1:5: mapping values are not allowed in this context"},
        {"a: [1,\nb: 2\n", "x.yaml:3:1: did not find expected ',' or ']' while parsing a flow "
                           "sequence that began in line 1"},
        {"ok: 1\nx: \xff\n",
         "x.yaml:2:4: expected text in UTF-8, found byte 0xFF (invalid leading UTF-8 octet)"},
        {"\xff\xfe\x61\x00",
         "x.yaml:1:1: expected text in UTF-8, found byte 0xFF (invalid leading UTF-8 octet)"},
        {"a: \xc0\x80\n",
         "x.yaml:1:4: expected text in UTF-8, found byte 0xC0 (invalid length of a UTF-8 "
         "sequence)"},
        {"a: x\x01\n",
         "x.yaml:1:5: expected text in UTF-8, found byte 0x01 (control characters are not "
         "allowed)"},
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        ScrawlError error = {0};
        Tree tree;
        ScrawlStatus status = parse(&tree, bad[i].text, &error);
        if (status != SCRAWL_STATUS_FORMAT)
            fail_msg("status %s for %s", scrawl_status_name(status), bad[i].text);
        assert_string_equal(error.message, bad[i].message);
        assert_int_equal(error.status, SCRAWL_STATUS_FORMAT);
        assert_null(tree.root);
        assert_int_equal(tree.n_nodes, 0);
    }
}

/* `n` times `open`, then `middle`, then `n` times `close`. */
static char *nest(int n, const char *open, const char *middle, const char *close)
{
    size_t size = (size_t)n * (strlen(open) + strlen(close)) + strlen(middle) + 1;
    char *text = mem_alloc_zero(size, 1);

    assert_non_null(text);
    for (int i = 0; i < n; i++)
        strcpy(text + (size_t)i * strlen(open), open);
    strcat(text, middle);
    for (int i = 0; i < n; i++)
        strcat(text, close);
    return text;
}

static void depth_is_limited(void **state)
{
    static const char *const brackets[][2] = {{"[", "]"}, {"{a: ", "}"}, {"- ", ""}};

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(brackets); i++)
        for (int over = 0; over < 2; over++) {
            char *text = nest(TREE_MAX_DEPTH + over, brackets[i][0], "x", brackets[i][1]);
            ScrawlError error = {0};
            Tree tree;
            assert_int_equal(parse(&tree, text, &error),
                             over ? SCRAWL_STATUS_LIMIT : SCRAWL_STATUS_OK);
            if (over)
                assert_non_null(strstr(error.message, "nested deeper than 64"));
            tree_deinit(&tree);
            mem_free(text);
        }
}

static void depth_is_not_count(void **state)
{
    char text[600] = "[";
    Tree tree;

    (void)state;
    for (int i = 0; i < TREE_MAX_DEPTH + 10; i++)
        strcat(text, "[],{},");
    strcat(text, "]");
    parse_good(&tree, text);
    assert_int_equal(tree.root->n_children, 2 * (TREE_MAX_DEPTH + 10));
    tree_deinit(&tree);
}

/* An attack of one character repeated must end soon, whatever the character. */
static void long_runs_of_one_token_end_soon(void **state)
{
    static const char *const runs[] = {"[", "{",  "- ", "? ", "? - ", "a: ", "[{",
                                       ",", "\"", "'",  "|",  "&a ",  "!",   "%",
                                       "#", ": ", "\n", " ",  "-",    "[],"};
    char *text = mem_alloc(TREE_MAX_TEXT, 1);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < N_ELEMENTS(runs); i++) {
        size_t length = strlen(runs[i]), size = 300000 / length * length;
        ScrawlError error = {0};
        Tree tree;
        for (size_t k = 0; k < size; k += length)
            memcpy(text + k, runs[i], length);
        if (yaml_parse(&tree, "x.yaml", text, size, &error))
            assert_true(strlen(error.message) > 8);
        tree_deinit(&tree);
    }
    mem_free(text);
}

/* A zero byte would end the text for those who read it as a string. */
static void nothing_hides_behind_a_zero_byte(void **state)
{
    static const char text[] = "a: 1\n\0b: 2\n";
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    assert_int_equal(yaml_parse(&tree, "x.yaml", text, sizeof text - 1, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_non_null(strstr(error.message, "control characters"));
}

static void count_is_limited(void **state)
{
    size_t size = 0;
    char *text = mem_alloc(2 * (TREE_MAX_NODES + 10), 1);
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    assert_non_null(text);
    text[size++] = '[';
    for (int i = 0; i < TREE_MAX_NODES - 1; i++) { /* and the list itself */
        text[size++] = '1';
        text[size++] = ',';
    }
    text[size] = ']';
    assert_int_equal(yaml_parse(&tree, "x.yaml", text, size + 1, &error), SCRAWL_STATUS_OK);
    assert_int_equal(tree.n_nodes, TREE_MAX_NODES);
    tree_deinit(&tree);
    text[size++] = '1';
    text[size++] = ']';
    assert_int_equal(yaml_parse(&tree, "x.yaml", text, size, &error), SCRAWL_STATUS_LIMIT);
    assert_string_equal(error.message, "x.yaml:1:400000: more than 200000 values");
    mem_free(text);
}

static void size_is_limited(void **state)
{
    char *text = mem_alloc(TREE_MAX_TEXT + 1, 1);
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', TREE_MAX_TEXT + 1);
    assert_int_equal(yaml_parse(&tree, "x.yaml", text, TREE_MAX_TEXT, &error), SCRAWL_STATUS_OK);
    tree_deinit(&tree);
    assert_int_equal(yaml_parse(&tree, "x.yaml", text, TREE_MAX_TEXT + 1, &error),
                     SCRAWL_STATUS_LIMIT);
    assert_string_equal(error.message, "x.yaml: 4194305 bytes, and the limit is 4194304");
    mem_free(text);
}

/* A key for each of many children: finding doubles must not take the square of their number. */
static void many_keys_are_checked_soon(void **state)
{
    enum { N = 100000 };
    Buffer text;
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    buffer_init(&text, TREE_MAX_TEXT);
    for (int i = 0; i < N; i++)
        assert_int_equal(buffer_print(&text, "k%d: 1\n", i), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_print(&text, "k%d: 1\n", N / 2), SCRAWL_STATUS_OK);
    assert_int_equal(parse(&tree, buffer_text(&text), &error), SCRAWL_STATUS_FORMAT);
    assert_string_equal(error.message,
                        "x.yaml:100001:1: the key \"k50000\" stands twice, first in line 50001");
    buffer_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_kind_text_and_place),
        cmocka_unit_test(nothing_is_a_null_root),
        cmocka_unit_test(nulls_of_the_core_schema),
        cmocka_unit_test(utf8_is_kept_and_a_mark_at_the_start_is_not),
        cmocka_unit_test(refusals_say_where_and_why),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(depth_is_not_count),
        cmocka_unit_test(long_runs_of_one_token_end_soon),
        cmocka_unit_test(nothing_hides_behind_a_zero_byte),
        cmocka_unit_test(count_is_limited),
        cmocka_unit_test(size_is_limited),
        cmocka_unit_test(many_keys_are_checked_soon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
