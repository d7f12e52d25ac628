/* Comparisons counted by hand. Models have weights set by hand: model m answers class k where pixel
 * 10 m + k has ink, so that each picture says what every model makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../model/describe.h"
#include "base/memory.h"
#include "eval/leakage.h"
#include "model/model.h"
#include "scrawl/compare.h"

#define SIDE 8
#define N_MODELS 4
#define MAX_CLASSES 11

static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"};

static ScrawlModel *make_model(int m, const char *const *names, int n_classes)
{
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlError error = {0};
    ScrawlModel *model;
    Graph *graph;
    char text[128];
    snprintf(text, sizeof text,
             "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":"
             "%d}}]}",
             n_classes);
    preprocess.width = preprocess.height = SIDE;
    assert_int_equal(graph_create_json(&graph, "test", text, &error), SCRAWL_STATUS_OK);
    assert_int_equal(model_create(&model, graph, &preprocess, names, n_classes, &error),
                     SCRAWL_STATUS_OK);
    for (int k = 0; k < n_classes; k++)
        if (names[k][0] != 'X')
            model->networks->parameters[k * SIDE * SIDE + 10 * m + names[k][0] - '0'] = 1;
    char name[] = {'m', (char)('0' + m), 0};
    assert_int_equal(model_set_text(model, &model->description->name, name, NULL),
                     SCRAWL_STATUS_OK);
    return model;
}

/* A row a model, a column an image: '.' right, 'x' wrong. Image i is a digit i % 10. */
static void write_data(const char *path, const char *const rows[N_MODELS])
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; rows[0][i]; i++) {
        int pixels[SIDE * SIDE] = {0};
        for (int m = 0; m < N_MODELS; m++)
            pixels[10 * m + (i + (rows[m][i] == 'x')) % 10] = 255;
        fprintf(file, "%d", i % 10);
        for (int p = 0; p < SIDE * SIDE; p++)
            fprintf(file, ",%d", pixels[p]);
        fprintf(file, "\n");
    }
    assert_int_equal(fclose(file), 0);
}

typedef struct Fixture {
    char folder[32];
    ScrawlModel *models[N_MODELS];
} Fixture;

static int setup(void **state)
{
    static const char *const a[] = {"xxxxxxxx....", "..x.....x...", "xxxxxxxx....", "xxxxxxxxxx.."};
    static const char *const b[] = {"x..x", "xx..", ".xx.", "...."};
    static Fixture f;
    f = (Fixture){.folder = "/tmp/scrawl-compare-XXXXXX"};
    if (!mkdtemp(f.folder) || chdir(f.folder))
        return -1;
    write_data("a.csv", a);
    write_data("b.csv", b);
    for (int m = 0; m < N_MODELS; m++)
        f.models[m] = make_model(m, digits, 10);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;
    for (int m = 0; m < N_MODELS; m++)
        scrawl_model_free(f->models[m]);
    return remove("a.csv") || remove("b.csv") || chdir("/") || rmdir(f->folder);
}

static ScrawlComparison *compare(const Fixture *f, int n_models, const char *const *data,
                                 int n_data, const ScrawlCompareOptions *options)
{
    ScrawlComparison *comparison;
    ScrawlError error = {0};
    if (scrawl_compare(&comparison, (const ScrawlModel *const *)f->models, n_models, data, n_data,
                       options, &error))
        fail_msg("%s", error.message);
    return comparison;
}

static const char *const both[] = {"a.csv:all", "b.csv:all"};

static void expect_test(const ScrawlPairedTest *test, int model, int data, const char *fixed,
                        const char *broken, double p, double p_holm)
{
    char found[64] = "";
    size_t n = 0;
    for (size_t i = 0; i < test->n_fixed; i++)
        n += (size_t)snprintf(found + n, sizeof found - n, "%u ", test->fixed[i]);
    assert_string_equal(found, fixed);
    found[n = 0] = '\0';
    for (size_t i = 0; i < test->n_broken; i++)
        n += (size_t)snprintf(found + n, sizeof found - n, "%u ", test->broken[i]);
    assert_string_equal(found, broken);
    assert_int_equal(test->model, model);
    assert_int_equal(test->data, data);
    assert_true(fabs(test->p - p) < 1e-12 && fabs(test->p_holm - p_holm) < 1e-12);
}

/* p of 7 to 1 is 2 (1 + 8) / 2^8, of 2 to 0 and of 1 to 1 it is 2 / 2^2 and 1. */
static void counts_by_hand(void **state)
{
    ScrawlComparison *c = compare(*state, 4, both, 2, NULL);
    assert_int_equal(c->n_models, 4);
    assert_int_equal(c->n_data, 2);
    assert_string_equal(c->data[1].text, "b.csv:all");
    assert_string_equal(c->data[1].split, "all");
    assert_int_equal(c->data[0].n, 12);
    assert_int_equal(c->data[1].n, 4);
    assert_int_equal(strlen(c->data[0].sha256), 64);
    assert_int_equal(c->models[0].scores[0].n_errors, 8);
    assert_int_equal(c->models[0].scores[1].n_errors, 2);
    assert_true(c->models[0].worst == 8 / 12.0 && c->models[0].worst_data == 0);
    assert_true(c->models[0].range == 8 / 12.0 - 0.5);
    assert_true(c->models[1].scores[0].error == 2 / 12.0);
    assert_true(c->models[1].worst == 0.5 && c->models[1].worst_data == 1);
    assert_true(fabs(c->models[1].mean - 1 / 3.0) < 1e-15);
    assert_true(c->models[3].scores[1].error == 0 && c->models[3].range == 10 / 12.0);
    assert_int_equal(c->winner, 1);
    assert_int_equal(c->n_tests, 6);
    expect_test(&c->tests[0], 1, 0, "0 1 3 4 5 6 7 ", "8 ", 18 / 256.0, 6 * 18 / 256.0);
    expect_test(&c->tests[1], 1, 1, "3 ", "1 ", 1, 1);
    expect_test(&c->tests[2], 2, 0, "", "", 1, 1);
    expect_test(&c->tests[3], 2, 1, "0 3 ", "1 2 ", 1, 1);
    expect_test(&c->tests[4], 3, 0, "", "8 9 ", 0.5, 1);
    expect_test(&c->tests[5], 3, 1, "0 3 ", "", 0.5, 1);
    assert_true(c->tests[0].difference == -6 / 12.0 && c->tests[4].difference == 2 / 12.0);
    assert_true(c->tests[0].interval.low > -0.9 && c->tests[0].interval.low < -0.6);
    assert_true(c->tests[0].interval.high <= -1 / 12.0 && c->tests[0].interval.high > -0.4);
    assert_true(c->tests[2].interval.low == 0 && c->tests[2].interval.high == 0);
    scrawl_comparison_free(c);
}

static void what_is_proven(void **state)
{
    ScrawlPairedTest test = {.n_fixed = 9, .n_broken = 1, .p = 0.02, .p_holm = 0.04};
    (void)state;
    assert_true(scrawl_paired_test_proves(&test, true) && !scrawl_paired_test_proves(&test, false));
    test.n_broken = 15;
    assert_true(scrawl_paired_test_proves(&test, false) && !scrawl_paired_test_proves(&test, true));
    test.p_holm = 0.05;
    assert_false(scrawl_paired_test_proves(&test, false));
    test = (ScrawlPairedTest){.p_holm = 0};
    assert_false(scrawl_paired_test_proves(&test, false) || scrawl_paired_test_proves(&test, true));
}

static void one_model_is_not_compared(void **state)
{
    ScrawlComparison *c = compare(*state, 1, both, 1, NULL);
    assert_int_equal(c->n_tests, 0);
    assert_int_equal(c->winner, 0);
    assert_true(c->models[0].range == 0 && c->models[0].mean == c->models[0].worst);
    scrawl_comparison_free(c);
}

/* Of equals in the worst, the lower mean; of equals in both, the first. */
static void ties_of_minimax(void **state)
{
    static const char *const t[] = {"xxx...", "xxx...", "xxx...", "xxx..."};
    static const char *const u[] = {"xx....", "x.....", "x.....", "xx...."};
    static const char *const v[] = {"x.....", "x.....", ".x....", "......"};
    static const char *const tuv[] = {"t.csv:all", "u.csv:all", "v.csv:all"};
    write_data("t.csv", t);
    write_data("u.csv", u);
    write_data("v.csv", v);
    ScrawlComparison *c = compare(*state, 4, tuv, 1, NULL);
    assert_int_equal(c->winner, 0);
    scrawl_comparison_free(c);
    c = compare(*state, 4, tuv, 2, NULL);
    assert_int_equal(c->winner, 1);
    scrawl_comparison_free(c);
    c = compare(*state, 4, tuv, 3, NULL); /* the last has another sum of the same means */
    assert_true(fabs(c->models[3].mean - c->models[1].mean) < 1e-12);
    assert_int_equal(c->winner, 1);
    scrawl_comparison_free(c);
    assert_int_equal(remove("t.csv") || remove("u.csv") || remove("v.csv"), 0);
}

typedef struct Heard {
    char what[256];
    int n; /* of images, summed over what was evaluated */
    bool stop;
} Heard;

static bool hear(void *context, const ScrawlProgress *progress)
{
    Heard *heard = context;
    if (strstr(progress->what, " on ") && progress->done == progress->total) {
        heard->n += (int)progress->total;
        snprintf(heard->what + strlen(heard->what), sizeof heard->what - strlen(heard->what),
                 "%s; ", progress->what);
    }
    return !heard->stop;
}

/* A joined set is not evaluated again, and has the same errors as if it were. */
static void parts_are_evaluated_once(void **state)
{
    static const char *const joined[] = {"a.csv+b.csv+a.csv:all", "b.csv:all", "a.csv:all"};
    Heard heard = {.n = 0};
    ScrawlLog log = {.context = &heard, .progress = hear};
    ScrawlCompareOptions options = {.n_threads = 1, .log = &log};
    ScrawlComparison *alone = compare(*state, 2, joined, 1, &options);
    assert_string_equal(heard.what, "model 1/2 on a.csv+b.csv+a.csv:all; "
                                    "model 2/2 on a.csv+b.csv+a.csv:all; ");
    assert_int_equal(heard.n, 2 * 28);
    heard = (Heard){.n = 0};
    ScrawlComparison *c = compare(*state, 2, joined, 3, &options);
    assert_string_equal(heard.what, "model 1/2 on b.csv:all; model 2/2 on b.csv:all; "
                                    "model 1/2 on a.csv:all; model 2/2 on a.csv:all; ");
    assert_int_equal(heard.n, 2 * 16);
    assert_int_equal(c->data[0].n, 28);
    assert_string_equal(c->data[0].sha256, alone->data[0].sha256);
    for (int m = 0; m < 2; m++)
        assert_int_equal(c->models[m].scores[0].n_errors, alone->models[m].scores[0].n_errors);
    const ScrawlPairedTest *a = &alone->tests[0], *b = &c->tests[0];
    assert_int_equal(a->n_fixed, 15);
    assert_int_equal(b->n_fixed, 15);
    assert_memory_equal(a->fixed, b->fixed, 15 * sizeof *a->fixed);
    assert_int_equal(a->n_broken, 3);
    assert_memory_equal(a->broken, b->broken, 3 * sizeof *a->broken);
    assert_memory_equal(&a->interval, &b->interval, sizeof a->interval);
    scrawl_comparison_free(alone);
    scrawl_comparison_free(c);

    heard = (Heard){.stop = true};
    assert_int_equal(scrawl_compare(&c, (const ScrawlModel *const *)((Fixture *)*state)->models, 2,
                                    joined, 3, &options, NULL),
                     SCRAWL_STATUS_INTERRUPTED);
    assert_null(c);
}

/* Another split, and other images: evaluated by themselves. */
static void other_parts_do_not_count(void **state)
{
    static const char *const data[] = {"a.csv:all", "b.csv:all", "a.csv+b.csv:all@distort",
                                       "a.csv+a.csv:train"};
    Heard heard = {.n = 0};
    ScrawlLog log = {.context = &heard, .progress = hear};
    ScrawlComparison *c =
        compare(*state, 1, data, 4, &(ScrawlCompareOptions){.n_threads = 1, .log = &log});
    assert_non_null(strstr(heard.what, "model 1/1 on a.csv+b.csv:all@distort; "));
    assert_non_null(strstr(heard.what, "model 1/1 on a.csv+a.csv:train; "));
    scrawl_comparison_free(c);
}

static void threads_and_seeds(void **state)
{
    enum { N = 700 };
    static char rows[N_MODELS][N + 1];
    const char *const many[N_MODELS] = {rows[0], rows[1], rows[2], rows[3]};
    static const char *const data[] = {"many.csv:all"};
    for (int m = 0; m < N_MODELS; m++)
        for (int i = 0; i < N; i++)
            rows[m][i] = (i * 37 + m * 11) % (5 + m) ? '.' : 'x';
    write_data("many.csv", many);
    ScrawlComparison *one = compare(*state, 4, data, 1, &(ScrawlCompareOptions){.n_threads = 1});
    ScrawlComparison *three = compare(*state, 4, data, 1, &(ScrawlCompareOptions){.n_threads = 3});
    ScrawlComparison *other = compare(*state, 4, data, 1, &(ScrawlCompareOptions){.seed = 1});
    bool changed = false;
    for (size_t i = 0; i < one->n_tests; i++) {
        const ScrawlPairedTest *a = &one->tests[i], *b = &three->tests[i], *c = &other->tests[i];
        assert_true(a->n_fixed > 20 && a->n_fixed == b->n_fixed && a->n_broken == b->n_broken);
        assert_memory_equal(a->fixed, b->fixed, a->n_fixed * sizeof *a->fixed);
        assert_memory_equal(&a->interval, &b->interval, sizeof a->interval);
        assert_true(fabs(a->interval.low - c->interval.low) < 0.01);
        changed = changed || memcmp(&a->interval, &c->interval, sizeof a->interval) != 0;
    }
    assert_true(changed);
    scrawl_comparison_free(one);
    scrawl_comparison_free(three);
    scrawl_comparison_free(other);
    assert_int_equal(remove("many.csv"), 0);
}

/* The same names in another order, more than the data have, and other ones. */
static void classes_are_a_set_of_names(void **state)
{
    static const char *const turned[] = {"X", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"};
    static const char *const other[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "Z"};
    const Fixture *f = *state;
    ScrawlModel *all = make_model(0, digits, 11), *back = make_model(1, turned, 11);
    ScrawlModel *ten = make_model(1, turned + 1, 10), *strange = make_model(0, other, 10);
    const ScrawlModel *pair[] = {all, back};
    ScrawlComparison *c, *expected = compare(f, 2, both, 2, NULL);
    ScrawlError error = {0};
    assert_int_equal(scrawl_compare(&c, pair, 2, both, 2, NULL, NULL), SCRAWL_STATUS_OK);
    for (int d = 0; d < 2; d++)
        assert_int_equal(c->models[1].scores[d].n_errors, expected->models[1].scores[d].n_errors);
    scrawl_comparison_free(c);
    pair[0] = f->models[0];
    pair[1] = ten;
    assert_int_equal(scrawl_compare(&c, pair, 2, both, 2, NULL, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(c->tests[0].n_fixed, expected->tests[0].n_fixed);
    scrawl_comparison_free(c);
    scrawl_comparison_free(expected);
    pair[1] = back;
    assert_int_equal(scrawl_compare(&c, pair, 2, both, 2, NULL, &error), SCRAWL_STATUS_MISMATCH);
    assert_string_equal(error.message, "models 0 and 1 (m0 and m1) have 10 and 11 classes; to be "
                                       "compared they need the same");
    assert_null(c);
    pair[1] = strange;
    assert_int_equal(scrawl_compare(&c, pair, 2, both, 2, NULL, &error), SCRAWL_STATUS_MISMATCH);
    assert_string_equal(error.message, "models 0 and 1 (m0 and m0) have different classes: only "
                                       "the latter has \"Z\"");
    scrawl_model_free(all);
    scrawl_model_free(back);
    scrawl_model_free(ten);
    scrawl_model_free(strange);
}

static void refused(const Fixture *f, int n_models, const char *const *data, int n_data,
                    const ScrawlCompareOptions *options, ScrawlStatus status, const char *sentence)
{
    ScrawlError error = {0};
    ScrawlComparison *c;
    assert_int_equal(scrawl_compare(&c, (const ScrawlModel *const *)f->models, n_models, data,
                                    n_data, options, &error),
                     status);
    assert_null(c);
    if (!strstr(error.message, sentence))
        fail_msg("expected \"%s\" in \"%s\"", sentence, error.message);
}

static void refusals(void **state)
{
    static const char *const twice[] = {"a.csv", "a.csv@distort", "a.csv:test"};
    static const char *const gone[] = {"a.csv:all", "nothing.csv"};
    static const char *const wrong[] = {"a.csv:some"};
    const Fixture *f = *state;
    refused(f, 0, both, 2, NULL, SCRAWL_STATUS_USAGE, "expected 1 to 64 models, found 0");
    refused(f, 65, both, 2, NULL, SCRAWL_STATUS_USAGE, "found 65");
    refused(f, 2, both, 0, NULL, SCRAWL_STATUS_USAGE, "expected 1 to 64 data sets, found 0");
    refused(f, 2, both, 65, NULL, SCRAWL_STATUS_USAGE, "found 65");
    refused(f, 2, twice, 3, NULL, SCRAWL_STATUS_USAGE, "a.csv:test: the same data set twice");
    refused(f, 2, gone, 2, NULL, SCRAWL_STATUS_NOT_FOUND, "nothing.csv");
    refused(f, 2, wrong, 1, NULL, SCRAWL_STATUS_USAGE, "no split 'some'");
    refused(f, 2, both, 2, &(ScrawlCompareOptions){.n_threads = -1}, SCRAWL_STATUS_USAGE,
            "threads");
    refused(f, 2, both, 2, &(ScrawlCompareOptions){.tta = "round"}, SCRAWL_STATUS_USAGE, "round");
    refused(f, 2, both, 2, &(ScrawlCompareOptions){.cpu = "abacus"}, SCRAWL_STATUS_UNSUPPORTED,
            "abacus");
}

static void expect_leakage(ScrawlModel *model, const char *rows, const char *data,
                           ScrawlLeakage expected)
{
    DataSpec spec;
    ScrawlLeakage found;
    set_data(model, rows);
    assert_int_equal(spec_parse(&spec, data, SCRAWL_SPLIT_TEST, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(leakage_find(&found, model, &spec, "5a", NULL), SCRAWL_STATUS_OK);
    if (found != expected)
        fail_msg("%s on %s: found %d, expected %d", rows, data, (int)found, (int)expected);
    spec_deinit(&spec);
}

#define ROW(name, split, use, sum)                                                                 \
    "{\"name\":\"" name "\",\"split\":\"" split "\",\"use\":\"" use "\",\"n\":1,\"sha256\":\"" sum \
    "\"}"
#define MNIST ROW("mnist", "train", "training", "1")

static void leakage_is_found(void **state)
{
    static const struct {
        const char *rows, *data;
        ScrawlLeakage expected;
    } cases[] = {
        {"[]", "mnist", SCRAWL_LEAKAGE_NONE},
        {"[" MNIST "]", "mnist", SCRAWL_LEAKAGE_NONE},
        {"[" MNIST "]", "mnist:train", SCRAWL_LEAKAGE_SAME},
        {"[" MNIST "]", "photos+mnist:all", SCRAWL_LEAKAGE_SAME},
        {"[" MNIST "]", "mnist:train@distort", SCRAWL_LEAKAGE_SAME},
        {"[" MNIST "]", "photos", SCRAWL_LEAKAGE_NONE},
        {"[" MNIST "]", "emnist-mnist", SCRAWL_LEAKAGE_RELATED},
        {"[" MNIST "]", "fashion-mnist", SCRAWL_LEAKAGE_NONE},
        {"[" MNIST "]", "emnist-mnist+mnist:train", SCRAWL_LEAKAGE_SAME},
        {"[" ROW("emnist-pooldigits", "train", "training", "1") "]", "emnist-mnist",
         SCRAWL_LEAKAGE_NONE},
        {"[" ROW("emnist-pooldigits", "train", "training", "1") "]", "qmnist",
         SCRAWL_LEAKAGE_RELATED},
        {"[" MNIST "]", "qmnist:train", SCRAWL_LEAKAGE_RELATED},
        {"[" MNIST "]", "qmnist:test", SCRAWL_LEAKAGE_NONE},
        {"[" ROW("emnist-digits", "train", "training", "1") "]", "emnist-byclass:all",
         SCRAWL_LEAKAGE_RELATED},
        {"[{\"name\":\"own\",\"use\":\"training\"}]", "own", SCRAWL_LEAKAGE_SAME},
        {"[" MNIST "," ROW("own", "train", "validation", "5a") "]", "copy", SCRAWL_LEAKAGE_SAME},
        {"[" ROW("own", "test", "test", "5a") "]", "own", SCRAWL_LEAKAGE_NONE},
        {"[" ROW("own", "test", "training", "1") "]", "own", SCRAWL_LEAKAGE_SAME},
        {"[" ROW("own", "all", "initial training", "1") "]", "own", SCRAWL_LEAKAGE_SAME},
        {"[" ROW("own", "test", "initial weights", "5a") "]", "own", SCRAWL_LEAKAGE_NONE},
        {"[" ROW("own+its@gone.yaml", "test", "training", "1") "]", "its", SCRAWL_LEAKAGE_SAME},
        {"[" ROW("a++b", "test", "training", "1") ",{\"use\":3},{}]", "a", SCRAWL_LEAKAGE_NONE},
    };
    ScrawlModel *model = make_model(0, digits, 10);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_leakage(model, cases[i].rows, cases[i].data, cases[i].expected);
    scrawl_model_free(model);
}

/* The comparison asks for it, of each model and data set. */
static void overlap_is_told(void **state)
{
    Fixture *f = *state;
    ScrawlModel *model = f->models[1];
    set_data(model, "[" ROW("b.csv", "train", "training", "1") "]");
    ScrawlComparison *c = compare(f, 2, both, 2, NULL);
    assert_int_equal(c->models[0].scores[1].leakage, SCRAWL_LEAKAGE_NONE);
    assert_int_equal(c->models[1].scores[0].leakage, SCRAWL_LEAKAGE_NONE);
    assert_int_equal(c->models[1].scores[1].leakage, SCRAWL_LEAKAGE_SAME);
    scrawl_comparison_free(c);
    set_data(model, "[]");
}

static void any_allocation_may_fail(void **state)
{
    static const char *const data[] = {"a.csv:all", "b.csv:all", "a.csv+b.csv:all"};
    Fixture *f = *state;
    ScrawlCompareOptions options = {.n_threads = 1};
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    set_data(f->models[0], "[" MNIST "]");
    for (uint64_t n = 1; status; n++) {
        ScrawlError error = {0};
        ScrawlComparison *c;
        mem_fail_at(n);
        status =
            scrawl_compare(&c, (const ScrawlModel *const *)f->models, 2, data, 3, &options, &error);
        mem_fail_at(0);
        if (status && status != SCRAWL_STATUS_NO_MEMORY)
            fail_msg("allocation %d: %s", (int)n, error.message);
        assert_true(!status == !!c);
        assert_true(!status || error.message[0]);
        assert_true(status || n > 100);
        scrawl_comparison_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_hand),
        cmocka_unit_test(what_is_proven),
        cmocka_unit_test(one_model_is_not_compared),
        cmocka_unit_test(ties_of_minimax),
        cmocka_unit_test(parts_are_evaluated_once),
        cmocka_unit_test(other_parts_do_not_count),
        cmocka_unit_test(threads_and_seeds),
        cmocka_unit_test(classes_are_a_set_of_names),
        cmocka_unit_test(refusals),
        cmocka_unit_test(leakage_is_found),
        cmocka_unit_test(overlap_is_told),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
