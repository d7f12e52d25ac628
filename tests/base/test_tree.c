/* Finding, naming, reading, setting and writing the nodes of a tree. */
#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/tree.h"

static const char example[] = "train:\n"
                              "  epochs: 10\n"
                              "  rate: 1e-3\n"
                              "network:\n"
                              "  layers:\n"
                              "  - dense: 5\n"
                              "  - conv2d:\n"
                              "      kernel: [3, 5]\n"
                              "empty:\n";

static void parse(Tree *tree, const char *text)
{
    ScrawlError error = {0};

    if (yaml_parse(tree, "x.yaml", text, strlen(text), &error))
        fail_msg("%s", error.message);
}

static char *json_of(const TreeNode *node)
{
    Buffer out;

    buffer_init(&out, 1 << 20);
    assert_int_equal(tree_write_json(node, &out), SCRAWL_STATUS_OK);
    return (char *)out.data;
}

static char *yaml_of(const TreeNode *node)
{
    Buffer out;

    buffer_init(&out, 1 << 20);
    assert_int_equal(tree_write_yaml(node, &out), SCRAWL_STATUS_OK);
    return (char *)out.data;
}

static void paths_lead_to_nodes_and_back(void **state)
{
    static const char *const paths[] = {
        "",
        "train",
        "network",
        "train.epochs",
        "empty",
        "network.layers[0]",
        "network.layers[1].conv2d.kernel[1]",
    };
    static const char *const nowhere[] = {
        "x",
        "train.x",
        "train.epochs.x",
        "train[0]",
        "network.layers.x",
        ".train",
        "train.",
        "train..epochs",
        "network.layers[2]",
        "network.layers[",
        "network.layers[1",
        "network.layers[]",
        "network.layers[x]",
        "network.layers[0]dense",
        "network.layers[99999999999999999999]",
        "network.layers[18446744073709551616]",
        "train.epoch",
        "train.epochss",
        "[0]",
        "empty.x",
        "network.layers.[0]",
    };
    char path[100];
    Tree tree;

    (void)state;
    parse(&tree, example);
    for (size_t i = 0; i < N_ELEMENTS(paths); i++) {
        const TreeNode *node = tree_find(&tree, paths[i]);
        assert_non_null(node);
        assert_string_equal(tree_path(node, path, sizeof path), paths[i]);
    }
    for (size_t i = 0; i < N_ELEMENTS(nowhere); i++)
        if (tree_find(&tree, nowhere[i]))
            fail_msg("%s leads somewhere", nowhere[i]);
    assert_string_equal(tree_find(&tree, "network.layers[1].conv2d.kernel[1]")->text, "5");
    assert_string_equal(tree_path(NULL, path, sizeof path), "");
    tree_deinit(&tree);
}

static void long_paths_are_cut(void **state)
{
    char path[16];
    Tree tree;

    (void)state;
    parse(&tree, example);
    tree_path(tree_find(&tree, "network.layers[1].conv2d.kernel[1]"), path, sizeof path);
    assert_string_equal(path, "network.laye...");
    tree_path(tree_find(&tree, "network.layers"), path, 1);
    assert_string_equal(path, "");
    tree_deinit(&tree);
}

static void get_needs_a_map(void **state)
{
    Tree tree;

    (void)state;
    parse(&tree, example);
    assert_string_equal(tree_get(tree_get(tree.root, "train"), "rate")->text, "1e-3");
    assert_null(tree_get(tree.root, "epochs"));
    assert_null(tree_get(NULL, "train"));
    assert_null(tree_get(tree_find(&tree, "network.layers"), "dense"));
    tree_deinit(&tree);
}

static void scalars_are_read_by_the_core_schema(void **state)
{
    static const struct {
        const char *text;
        bool is_int, is_double, is_bool;
        long long whole;
        double number;
    } cases[] = {
        {"10", true, true, false, 10, 10},
        {"-3", true, true, false, -3, -3},
        {"+3", true, true, false, 3, 3},
        {"010", true, true, false, 10, 10},
        {"0x1F", true, true, false, 31, 31},
        {"0o17", true, true, false, 15, 15},
        {"9223372036854775807", true, true, false, INT64_MAX, 9223372036854775807.0},
        {"9223372036854775808", false, true, false, 0, 9223372036854775808.0},
        {"-9223372036854775808", true, true, false, INT64_MIN, -9223372036854775808.0},
        {"0.5", false, true, false, 0, 0.5},
        {"1e-3", false, true, false, 0, 1e-3},
        {"1.0", false, true, false, 0, 1},
        {".inf", false, false, false, 0, 0},
        {".nan", false, false, false, 0, 0},
        {"nan", false, false, false, 0, 0},
        {"1e999", false, false, false, 0, 0},
        {"0x", false, false, false, 0, 0},
        {"0x-1", false, false, false, 0, 0},
        {"0o8", false, false, false, 0, 0},
        {"10 ", true, true, false, 10, 10}, /* YAML takes spaces off */
        {"1 0", false, false, false, 0, 0},
        {"-x", false, false, false, 0, 0},
        {"ten", false, false, false, 0, 0},
        {"'10'", false, false, false, 0, 0},
        {"true", false, false, true, 1, 0},
        {"True", false, false, true, 1, 0},
        {"false", false, false, true, 0, 0},
        {"FALSE", false, false, true, 0, 0},
        {"yes", false, false, false, 0, 0},
        {"'true'", false, false, false, 0, 0},
        {"[1]", false, false, false, 0, 0},
        {"~", false, false, false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        char text[80];
        long long whole = 9;
        double number = 9;
        bool truth = true;
        const TreeNode *node;
        Tree tree;
        snprintf(text, sizeof text, "a: %s\n", cases[i].text);
        parse(&tree, text);
        node = tree_get(tree.root, "a");
        assert_int_equal(tree_as_int(node, &whole), cases[i].is_int);
        assert_int_equal(tree_as_double(node, &number), cases[i].is_double);
        assert_int_equal(tree_as_bool(node, &truth), cases[i].is_bool);
        assert_true(whole == (cases[i].is_int ? cases[i].whole : 0));
        assert_true(number == cases[i].number);
        assert_int_equal(truth, cases[i].is_bool && cases[i].whole);
        tree_deinit(&tree);
    }
}

static void no_node_is_no_value(void **state)
{
    long long whole = 9;
    double number = 9;
    bool truth = true;

    (void)state;
    assert_false(tree_as_int(NULL, &whole) || tree_as_double(NULL, &number) ||
                 tree_as_bool(NULL, &truth));
    assert_true(whole == 0 && number == 0 && !truth);
}

static void descriptions(void **state)
{
    static const char *const cases[][2] = {
        {"ten", "\"ten\""},
        {"1.5", "1.5"},
        {"true", "true"},
        {"'10'", "the text \"10\""},
        {"'true'", "the text \"true\""},
        {"''", "\"\""},
        {"[1]", "a list of 1"},
        {"[3, 5]", "[3, 5]"},
        {"[3, x]", "a list of 2"},
        {"[]", "an empty list"},
        {"{}", "a map"},
        {"", "nothing"},
        {"~", "nothing"},
        {"a123456789b123456789c123456789d123456789",
         "\"a123456789b123456789c123456789d123456789\""},
        {"a123456789b123456789c123456789d12345678\xc3\xa4",
         "\"a123456789b123456789c123456789d12345678...\""},
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        char text[120], found[80];
        Tree tree;
        snprintf(text, sizeof text, "a: %s\n", cases[i][0]);
        parse(&tree, text);
        assert_string_equal(tree_describe(tree_get(tree.root, "a"), found, sizeof found),
                            cases[i][1]);
        tree_deinit(&tree);
    }
}

static void errors_name_file_line_and_path(void **state)
{
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    parse(&tree, example);
    assert_int_equal(tree_error(&tree, tree_find(&tree, "train.epochs"), &error, "is %d", 3),
                     SCRAWL_STATUS_RECIPE);
    assert_string_equal(error.message, "x.yaml:2: train.epochs: is 3");
    tree_error(&tree, tree.root, &error, "bad");
    assert_string_equal(error.message, "x.yaml:1: bad");
    tree_error(&tree, NULL, &error, "bad");
    assert_string_equal(error.message, "x.yaml: bad");
    assert_int_equal(tree_set(&tree, "train.epochs=4", &error), SCRAWL_STATUS_OK);
    tree_error(&tree, tree_find(&tree, "train.epochs"), &error, "bad");
    assert_string_equal(error.message, "train.epochs: bad");
    tree_deinit(&tree);
}

static void set_replaces_adds_and_makes_maps(void **state)
{
    static const char *const sets[][2] = {
        {"a=2", "{\"a\":2,\"b\":{\"c\":[1,{\"d\":2}]},\"n\":null}"},
        {"a='2'", "{\"a\":\"2\",\"b\":{\"c\":[1,{\"d\":2}]},\"n\":null}"},
        {"b=[x, 'y']", "{\"a\":1,\"b\":[\"x\",\"y\"],\"n\":null}"},
        {"b.c[1].d=z=3", "{\"a\":1,\"b\":{\"c\":[1,{\"d\":\"z=3\"}]},\"n\":null}"},
        {"b.c[0]={k: {l: ~}}",
         "{\"a\":1,\"b\":{\"c\":[{\"k\":{\"l\":null}},{\"d\":2}]},\"n\":null}"},
        {"x.y.z=true",
         "{\"a\":1,\"b\":{\"c\":[1,{\"d\":2}]},\"n\":null,\"x\":{\"y\":{\"z\":true}}}"},
        {"n.m=1", "{\"a\":1,\"b\":{\"c\":[1,{\"d\":2}]},\"n\":{\"m\":1}}"},
        {"a=", "{\"a\":null,\"b\":{\"c\":[1,{\"d\":2}]},\"n\":null}"},
        {"b.c=", "{\"a\":1,\"b\":{\"c\":null},\"n\":null}"},
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(sets); i++) {
        ScrawlError error = {0};
        char *text;
        Tree tree;
        parse(&tree, "a: 1\nb: {c: [1, {d: 2}]}\nn:\n");
        if (tree_set(&tree, sets[i][0], &error))
            fail_msg("%s", error.message);
        text = json_of(tree.root);
        assert_string_equal(text, sets[i][1]);
        mem_free(text);
        tree_deinit(&tree);
    }
}

static void set_fills_an_empty_tree_and_keeps_paths(void **state)
{
    char path[40];
    Tree tree;

    (void)state;
    parse(&tree, "");
    assert_int_equal(tree_set(&tree, "a.b={c: [1, 2]}", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(tree_set(&tree, "a.b={c: [3, 4]}", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(tree_find(&tree, "a.b.c[1]")->line, TREE_LINE_SET);
    assert_string_equal(tree_path(tree_find(&tree, "a.b.c[1]"), path, sizeof path), "a.b.c[1]");
    assert_string_equal(tree_find(&tree, "a.b.c[1]")->text, "4");
    tree_deinit(&tree);
}

static void wrong_assignments_change_nothing(void **state)
{
    static const char *const wrong[][2] = {
        {"a", "a: expected KEY=VALUE, such as train.epochs=3"},
        {"=3", "=3: expected KEY=VALUE, such as train.epochs=3"},
        {"a.b=3", "a.b=3: the path leads into something that is not a map"},
        {"l.b=3", "l.b=3: the path leads into something that is not a map"},
        {"l[2]=3", "l[2]=3: there is no such place in a list"},
        {"a[0]=3", "a[0]=3: there is no such place in a list"},
        {"x[0]=3", "x[0]=3: there is no such place in a list"},
        {"x..y=3", "x..y=3: expected keys with dots between them, and a place in a list as "
                   "[0]"},
        {"a=[1", "a=[1: the value is not YAML: 2:1: did not find expected ',' or ']' while "
                 "parsing a flow sequence that began in line 1"},
    };
    char *before, *after;
    Tree tree;

    (void)state;
    parse(&tree, "a: 1\nl: [1, 2]\n");
    before = json_of(tree.root);
    for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
        ScrawlError error = {0};
        assert_int_equal(tree_set(&tree, wrong[i][0], &error), SCRAWL_STATUS_USAGE);
        assert_string_equal(error.message, wrong[i][1]);
        assert_int_equal(error.status, SCRAWL_STATUS_USAGE);
        assert_int_equal(tree_set(&tree, wrong[i][0], NULL), SCRAWL_STATUS_USAGE);
    }
    after = json_of(tree.root);
    assert_string_equal(before, after);
    mem_free(before);
    mem_free(after);
    tree_deinit(&tree);
}

static void set_keeps_the_depth_limit(void **state)
{
    char text[400] = "", nested[200] = "";
    Tree tree;

    (void)state;
    parse(&tree, "");
    for (int i = 0; i < TREE_MAX_DEPTH; i++)
        strcat(text, i == 0 ? "k" : ".k");
    strcat(text, "=1");
    assert_int_equal(tree_set(&tree, text, NULL), SCRAWL_STATUS_OK);
    strcpy(strchr(text, '='), ".k=1");
    assert_int_equal(tree_set(&tree, text, NULL), SCRAWL_STATUS_USAGE); /* into a scalar */
    strcpy(strrchr(text, '=') - 4, "=[1]"); /* instead of what is there, 63 deep */
    assert_int_equal(tree_set(&tree, text, NULL), SCRAWL_STATUS_OK);
    strcpy(strrchr(text, '='), "=[[1]]");
    assert_int_equal(tree_set(&tree, text, NULL), SCRAWL_STATUS_LIMIT);
    strcpy(strchr(text, '='), ".k.k=1");
    tree_deinit(&tree);
    parse(&tree, "");
    assert_int_equal(tree_set(&tree, text, NULL), SCRAWL_STATUS_LIMIT);
    for (int i = 0; i < 40; i++)
        strcat(nested, "[");
    strcat(nested, "1");
    for (int i = 0; i < 40; i++)
        strcat(nested, "]");
    strcpy(text, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x="); /* 24 and 40 */
    strcat(text, nested);
    assert_int_equal(tree_set(&tree, text, NULL), SCRAWL_STATUS_OK);
    strcpy(text, "B.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y="); /* one more */
    strcat(text, nested);
    assert_int_equal(tree_set(&tree, text, NULL), SCRAWL_STATUS_LIMIT);
    tree_deinit(&tree);
}

/* Both texts of a tree parse to a tree with the same texts. */
static void assert_round_trip(const char *text)
{
    char *yaml, *json, *yaml_again, *json_again;
    Tree tree, again;

    parse(&tree, text);
    yaml = yaml_of(tree.root);
    json = json_of(tree.root);
    parse(&again, yaml);
    yaml_again = yaml_of(again.root);
    json_again = json_of(again.root);
    assert_string_equal(yaml_again, yaml);
    assert_string_equal(json_again, json);
    tree_deinit(&again);
    assert_int_equal(json_parse(&again, "x.json", json, strlen(json), NULL), SCRAWL_STATUS_OK);
    mem_free(json_again);
    json_again = json_of(again.root);
    assert_string_equal(json_again, json);
    tree_deinit(&again);
    tree_deinit(&tree);
    mem_free(yaml);
    mem_free(json);
    mem_free(yaml_again);
    mem_free(json_again);
}

static void a_copy_stands_alone(void **state)
{
    Tree tree, copy;
    ScrawlError error = {0};
    char *text, *copied;

    (void)state;
    parse(&tree, example);
    assert_int_equal(tree_set(&tree, "train.set=\"1\"", NULL), SCRAWL_STATUS_OK);
    text = yaml_of(tree.root);
    assert_int_equal(tree_copy(&copy, &tree, NULL), SCRAWL_STATUS_OK);
    tree_deinit(&tree);
    copied = yaml_of(copy.root);
    assert_string_equal(copied, text);
    assert_string_equal(copy.name, "x.yaml");
    tree_error(&copy, tree_find(&copy, "network.layers[1]"), &error, "wrong");
    assert_string_equal(error.message, "x.yaml:7: network.layers[1]: wrong");
    tree_error(&copy, tree_find(&copy, "train.set"), &error, "wrong");
    assert_string_equal(error.message, "train.set: wrong");
    tree_deinit(&copy);
    mem_free(text);
    mem_free(copied);
}

static void what_is_written_reads_back(void **state)
{
    static const char *const texts[] = {
        example,
        "",
        "x",
        "'x'",
        "10",
        "'10'",
        "[]",
        "{}",
        "[[], {}, [[1], 2]]",
        "{a: {b: {}}}",
        "a: ''\nb: ' x '\nc: 'null'\nd: '~'\ne: 'true'\nf: \"\\n\\t\\\"\\\\\"\n",
        "g: '- x'\nh: 'a: b'\n",
        "a: \"\\u00e4\\u20ac\\U0001F642\\x7f\\x01\"\n'': 1\n'null': 2\n'~': 3\n'1': 4\n'a b': 5\n",
        "text: |\n  two\n  lines\nfolded: >\n  one\n  line\n",
        "a: two words\nb: x#y\nc: 'x #y'\nd: '*x'\ne: '&x'\nf: '!x'\ng: '%x'\nh: '@x'\n",
        "- - 1\n  - 2\n- a: 1\n  b: [1, 2]\n",
        "a: +3\nb: 0x1F\nc: .5\nd: 1e3\ne: 007\nf: 1.\n",
        "a: \"---\"\nb: \"...\"\nc: \"# x\"\nd: \"?\"\ne: \"- \"\n",
        "'? x': ': y'\n",
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(texts); i++)
        assert_round_trip(texts[i]);
}

static void yaml_is_in_block_style(void **state)
{
    char *text;
    Tree tree;

    (void)state;
    parse(&tree, "{train: {epochs: 10, name: '10', none: ~}, layers: [{dense: 5}, 'x y']}");
    text = yaml_of(tree.root);
    assert_string_equal(text, "train:\n"
                              "  epochs: 10\n"
                              "  name: '10'\n"
                              "  none: null\n"
                              "layers:\n"
                              "- dense: 5\n"
                              "- 'x y'\n");
    mem_free(text);
    tree_deinit(&tree);
}

static void yaml_keeps_letters_and_long_lines(void **state)
{
    char text[400] = "a: Z\xc3\xbcrich\nb: ";
    char *again;
    Tree tree;

    (void)state;
    for (int i = 0; i < 60; i++)
        strcat(text, "word ");
    strcpy(text + strlen(text) - 1, "\n");
    parse(&tree, text);
    again = yaml_of(tree.root);
    assert_string_equal(again, text);
    mem_free(again);
    tree_deinit(&tree);
}

static void json_has_its_own_numbers(void **state)
{
    char *text;
    Tree tree;

    (void)state;
    parse(&tree, "[+3, 0x1F, 007, .5, 1., 1e3, True, .inf, '1', 1e999, yes]");
    text = json_of(tree.root);
    assert_string_equal(text, "[3,31,7,0.5,1,1000,true,\".inf\",\"1\",\"1e999\",\"yes\"]");
    mem_free(text);
    tree_deinit(&tree);
}

static void json_strings_are_escaped(void **state)
{
    static const char *const cases[][2] = {
        {"", "\"\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
        {"\xc3\xa4\xf0\x9f\x99\x82", "\"\xc3\xa4\xf0\x9f\x99\x82\""},
        {"x\xffy\xc3", "\"x\xef\xbf\xbdy\xef\xbf\xbd\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        Buffer out;
        buffer_init(&out, 100);
        assert_int_equal(json_write_string(cases[i][0], &out), SCRAWL_STATUS_OK);
        assert_string_equal(buffer_text(&out), cases[i][1]);
        buffer_deinit(&out);
    }
}

static void json_numbers_are_finite(void **state)
{
    Buffer out;

    (void)state;
    buffer_init(&out, 100);
    assert_int_equal(json_write_number(0.1, &out), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_print(&out, " "), SCRAWL_STATUS_OK);
    assert_int_equal(json_write_number((double)NAN, &out), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_print(&out, " "), SCRAWL_STATUS_OK);
    assert_int_equal(json_write_number(-(double)INFINITY, &out), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_print(&out, " "), SCRAWL_STATUS_OK);
    assert_int_equal(json_write_number(-0.0, &out), SCRAWL_STATUS_OK); /* "-0" is an integer */
    assert_int_equal(buffer_print(&out, " "), SCRAWL_STATUS_OK);
    assert_int_equal(json_write_number(0.0, &out), SCRAWL_STATUS_OK);
    assert_string_equal(buffer_text(&out), "0.1 null null -0.0 0");
    buffer_deinit(&out);
}

/* Whatever the buffer's limit is, writing ends with LIMIT below the full size and OK from there. */
static void writing_keeps_the_buffers_limit(void **state)
{
    char *yaml, *json;
    Tree tree;

    (void)state;
    parse(&tree, example);
    yaml = yaml_of(tree.root);
    json = json_of(tree.root);
    for (size_t limit = 0; limit <= strlen(yaml); limit++) {
        Buffer out;
        buffer_init(&out, limit);
        assert_int_equal(tree_write_yaml(tree.root, &out),
                         limit < strlen(yaml) ? SCRAWL_STATUS_LIMIT : SCRAWL_STATUS_OK);
        buffer_deinit(&out);
    }
    for (size_t limit = 0; limit <= strlen(json); limit++) {
        Buffer out;
        buffer_init(&out, limit);
        assert_int_equal(tree_write_json(tree.root, &out),
                         limit < strlen(json) ? SCRAWL_STATUS_LIMIT : SCRAWL_STATUS_OK);
        buffer_deinit(&out);
    }
    mem_free(yaml);
    mem_free(json);
    tree_deinit(&tree);
}

/* Bytes at random and a good text with one byte changed: a tree or a sentence, never worse. */
static void garbage_is_a_tree_or_a_sentence(void **state)
{
    Rng rng;

    (void)state;
    rng_init(&rng, 7, 0);
    for (int i = 0; i < 4000; i++) {
        static const char alphabet[] = "{}[]:,-?&*!|>'\"%@`#~ \n\tab01.\\\xc3\xa4\xff";
        char text[sizeof example];
        size_t size = sizeof example - 1;
        ScrawlError error = {0};
        Tree tree;
        memcpy(text, example, sizeof example);
        if (i % 3 == 0) {
            size = rng_below(&rng, 60);
            for (size_t k = 0; k < size; k++)
                text[k] = alphabet[rng_below(&rng, sizeof alphabet - 1)];
        } else {
            text[rng_below(&rng, (uint32_t)size)] = (char)rng_u32(&rng);
        }
        for (int json = 0; json < 2; json++) {
            ScrawlStatus status = (json ? json_parse : yaml_parse)(&tree, "x", text, size, &error);
            if (!status) {
                mem_free(json_of(tree.root));
                mem_free(yaml_of(tree.root));
            } else {
                assert_true(status == SCRAWL_STATUS_FORMAT || status == SCRAWL_STATUS_LIMIT);
                assert_true(strlen(error.message) > 5);
            }
            tree_deinit(&tree);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_nodes_and_back),
        cmocka_unit_test(long_paths_are_cut),
        cmocka_unit_test(get_needs_a_map),
        cmocka_unit_test(scalars_are_read_by_the_core_schema),
        cmocka_unit_test(no_node_is_no_value),
        cmocka_unit_test(descriptions),
        cmocka_unit_test(errors_name_file_line_and_path),
        cmocka_unit_test(set_replaces_adds_and_makes_maps),
        cmocka_unit_test(set_fills_an_empty_tree_and_keeps_paths),
        cmocka_unit_test(wrong_assignments_change_nothing),
        cmocka_unit_test(set_keeps_the_depth_limit),
        cmocka_unit_test(a_copy_stands_alone),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(yaml_is_in_block_style),
        cmocka_unit_test(yaml_keeps_letters_and_long_lines),
        cmocka_unit_test(json_has_its_own_numbers),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(json_numbers_are_finite),
        cmocka_unit_test(writing_keeps_the_buffers_limit),
        cmocka_unit_test(garbage_is_a_tree_or_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
