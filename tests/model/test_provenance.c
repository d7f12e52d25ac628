#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/tree.h"
#include "model/provenance.h"

#define SHA "00be1c9c"
#define DATA                                                                                       \
    "[{\"name\":\"mnist\",\"split\":\"train\",\"use\":\"training\",\"n\":57000,\"sha256\":\"" SHA  \
    "\"},{\"name\":\"m\",\"use\":\"initial weights\",\"sha256\":\"1\"},"                           \
    "{\"name\":\"x\",\"split\":\"all\",\"use\":\"initial calibration\",\"n\":3,\"max_error\":0.5," \
    "\"confidence\":0.9},"                                                                         \
    "{\"name\":\"mnist\",\"split\":\"train\",\"use\":\"calibration\",\"n\":60000,\"folds\":5,"     \
    "\"max_error\":0.001,\"confidence\":0.95},"                                                    \
    "{\"name\":\"z\",\"use\":\"pretraining\",\"later\":{\"a\":[1,\"b\"]},\"more\":null}]"
#define SCORES                                                                                 \
    "{\"test\":{\"data\":\"mnist\",\"split\":\"test\",\"n\":10000,\"errors\":25,\"accuracy\":" \
    "0.9975,\"loss\":0.010642990663564672},\"mine\":{\"accuracy\":0.5,\"top5\":0.75},\"n\":{}}"

static ScrawlStatus read_json(Provenance *provenance, const char *json, bool scores,
                              ScrawlError *error)
{
    Tree tree;
    assert_int_equal(json_parse(&tree, "x", json, strlen(json), NULL), SCRAWL_STATUS_OK);
    ScrawlStatus status = scores ? provenance_read_scores(provenance, &tree, tree.root, error)
                                 : provenance_read_data(provenance, &tree, tree.root, error);
    tree_deinit(&tree);
    return status;
}

static Provenance parsed(void)
{
    Provenance provenance = {0};
    /* Data before scores and after them: their texts are kept in one array. */
    assert_int_equal(read_json(&provenance, SCORES, true, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(read_json(&provenance, DATA, false, NULL), SCRAWL_STATUS_OK);
    return provenance;
}

static void assert_json(const Provenance *provenance, const char *data, const char *scores)
{
    Buffer out;
    buffer_init(&out, 4096);
    assert_int_equal(provenance_write_data(provenance, &out), SCRAWL_STATUS_OK);
    assert_string_equal(buffer_text(&out), data);
    buffer_deinit(&out);
    assert_int_equal(provenance_write_scores(provenance, &out), SCRAWL_STATUS_OK);
    assert_string_equal(buffer_text(&out), scores);
    buffer_deinit(&out);
}

static void test_round_trip(void **state)
{
    (void)state;
    Provenance provenance = parsed(), copy;
    assert_json(&provenance, DATA, SCORES);
    assert_int_equal(provenance_copy(&copy, &provenance, NULL), SCRAWL_STATUS_OK);
    provenance_deinit(&provenance);
    assert_json(&copy, DATA, SCORES);
    provenance_deinit(&copy);
    assert_json(&copy, "[]", "{}");
}

static void test_rows(void **state)
{
    (void)state;
    Provenance provenance = parsed();
    const ScrawlDataRow *row = provenance.data;
    assert_int_equal(provenance.n_data, 5);
    assert_true(row[0].use == SCRAWL_DATA_USE_TRAINING && !row[0].initial && row[0].n == 57000);
    assert_string_equal(row[0].sha256, SHA);
    assert_true(row[1].use == SCRAWL_DATA_USE_WEIGHTS && row[1].initial && row[1].n == 0);
    assert_string_equal(row[1].split, "");
    assert_true(row[2].use == SCRAWL_DATA_USE_CALIBRATION && row[2].initial);
    assert_true(row[3].n_folds == 5 && row[3].max_error == 0.001 && row[3].confidence == 0.95);
    assert_true(row[4].use == SCRAWL_DATA_USE_OTHER);
    assert_string_equal(row[4].use_name, "pretraining");
    assert_ptr_equal(provenance_find(&provenance, SCRAWL_DATA_USE_CALIBRATION), &row[3]);
    assert_null(provenance_find(&provenance, SCRAWL_DATA_USE_WEIGHTS));
    assert_true(provenance_has(&provenance, SCRAWL_DATA_USE_TRAINING, SHA));
    assert_false(provenance_has(&provenance, SCRAWL_DATA_USE_TEST, SHA));
    assert_int_equal(provenance.n_scores, 3);
    assert_true(provenance.scores[0].n_errors == 25 && isnan(provenance.scores[1].loss));
    provenance_deinit(&provenance);
}

static void test_changes(void **state)
{
    (void)state;
    Provenance provenance = parsed(), other = parsed();
    provenance_drop_error_bounds(&provenance);
    assert_true(provenance.data[2].max_error == 0 && provenance.data[3].confidence == 0);
    assert_int_equal(provenance_merge_data(&provenance, &other, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(provenance.n_data, 5); /* all are there, but for their error bounds */
    provenance_remove_calibration(&provenance);
    assert_int_equal(provenance.n_data, 4);
    assert_string_equal(provenance.data[3].name, "z");
    assert_int_equal(provenance_merge_data(&provenance, &other, NULL), SCRAWL_STATUS_OK);
    assert_true(provenance.n_data == 5 && provenance.data[4].n_folds == 5);
    /* A score takes the place of the one with its key, and may be made of its texts. */
    ScrawlScore score = provenance.scores[0];
    score.n_errors = 24;
    assert_int_equal(provenance_set_score(&provenance, &score, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(provenance.n_scores, 3);
    assert_string_equal(provenance.scores[0].key, "mine");
    assert_true(provenance.scores[2].n_errors == 24);
    assert_string_equal(provenance.scores[2].data, "mnist");
    provenance_clear_scores(&provenance);
    assert_true(provenance.n_scores == 0 && provenance.n_data == 5);
    assert_int_equal(
        provenance_add_data(
            &provenance, &(ScrawlDataRow){.use = SCRAWL_DATA_USE_OUTLIERS, .initial = true}, NULL),
        SCRAWL_STATUS_OK);
    assert_string_equal(provenance.data[5].use_name, "initial outliers");
    provenance_deinit(&provenance);
    provenance_deinit(&other);
}

static void test_refused(void **state)
{
    static const struct {
        const char *json, *sentence;
        bool scores;
    } rows[] = {
        {"{}", "x: expected a list", false},
        {"[7]", "[0]: expected a map", false},
        {"[{\"n\":-1}]", "[0].n: expected", false},
        {"[{\"n\":1e300}]", "[0].n: expected", false},
        {"[{\"n\":\"many\"}]", "[0].n: expected", false},
        {"[{},{\"name\":[]}]", "[1].name: expected", false},
        {"[{\"max_error\":2}]", "[0].max_error: expected", false},
        {"[]", "x: expected a map", true},
        {"{\"test\":1}", "test: expected a map", true},
        {"{\"test\":{\"accuracy\":1.5}}", "test.accuracy: expected", true},
        {"{\"test\":{\"n\":2,\"errors\":3}}", "test: 3 errors among 2 images", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Provenance provenance = {0};
        ScrawlError error = {0};
        assert_int_equal(read_json(&provenance, rows[i].json, rows[i].scores, &error),
                         SCRAWL_STATUS_FORMAT);
        assert_int_equal(error.status, SCRAWL_STATUS_FORMAT);
        if (!strstr(error.message, rows[i].sentence))
            fail_msg("%s: %s", rows[i].json, error.message);
        provenance_deinit(&provenance);
    }
}

static void test_limits(void **state)
{
    (void)state;
    Provenance provenance = {0};
    ScrawlError error = {0};
    for (int i = 0; i < PROVENANCE_MAX_ROWS; i++)
        assert_int_equal(provenance_add_data(&provenance, &(ScrawlDataRow){0}, NULL),
                         SCRAWL_STATUS_OK);
    assert_int_equal(provenance_add_data(&provenance, &(ScrawlDataRow){0}, &error),
                     SCRAWL_STATUS_LIMIT);
    assert_int_equal(provenance.n_data, PROVENANCE_MAX_ROWS);
    provenance_deinit(&provenance);
}

static void test_no_memory(void **state)
{
    (void)state;
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        Provenance provenance = {0}, copy = {0};
        ScrawlError error = {0};
        Buffer out;
        buffer_init(&out, 4096);
        mem_fail_at(n);
        Tree tree = {0};
        status = json_parse(&tree, "x", DATA, strlen(DATA), &error);
        if (!status)
            status = provenance_read_data(&provenance, &tree, tree.root, &error);
        if (!status)
            status = provenance_copy(&copy, &provenance, &error);
        if (!status)
            status = provenance_merge_data(&copy, &provenance, &error);
        if (!status)
            status = provenance_write_data(&copy, &out);
        mem_fail_at(0);
        assert_true(!status || status == SCRAWL_STATUS_NO_MEMORY);
        tree_deinit(&tree);
        provenance_deinit(&provenance);
        provenance_deinit(&copy);
        buffer_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_rows),
        cmocka_unit_test(test_changes),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
