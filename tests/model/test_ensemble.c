/* Models become members: what must fit, what is copied, and what a new model may not keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "../model/describe.h"
#include "sample.h"
#include "scrawl/ensemble.h"

#define DENSE "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":%d}}]}"

static ScrawlModel *dense_model(int n_classes, uint64_t seed)
{
    char network[128];
    snprintf(network, sizeof network, DENSE, n_classes);
    return sample_model(network, n_classes, seed);
}

static ScrawlModel *create(const ScrawlModel *const *models, int n,
                           const ScrawlEnsembleOptions *options)
{
    ScrawlError error = {0};
    ScrawlModel *ensemble;
    if (scrawl_ensemble_create(&ensemble, models, n, options, &error))
        fail_msg("%s", error.message);
    return ensemble;
}

static void refused(const ScrawlModel *const *models, int n, const ScrawlEnsembleOptions *options,
                    ScrawlStatus status, const char *sentence)
{
    ScrawlError error = {0};
    ScrawlModel *ensemble = (ScrawlModel *)&error;
    assert_int_equal(scrawl_ensemble_create(&ensemble, models, n, options, &error), status);
    assert_null(ensemble);
    if (!strstr(error.message, sentence))
        fail_msg("expected \"%s\" in \"%s\"", sentence, error.message);
}

static void test_members_are_copies(void **state)
{
    (void)state;
    ScrawlModel *conv = sample_convnet(), *dense = dense_model(3, 5);
    set_data(dense, "[{\"name\":\"pen\",\"n\":10},"
                    "{\"name\":\"pen\",\"n\":100}]");
    ScrawlModel *both = create((const ScrawlModel *[]){conv, dense}, 2, NULL);
    const ScrawlModelInfo *info = scrawl_model_info(both), *a = &conv->info, *b = &dense->info;
    assert_int_equal(info->n_members, 2);
    assert_string_equal(info->combine, "average");
    assert_string_equal(info->tta, "none");
    assert_string_equal(info->name, "ensemble");
    assert_string_equal(info->network, "");
    assert_string_equal(info->recipe, "");
    assert_int_equal(info->n_scores, 0);
    assert_true(info->threshold == 0 && both->temperature == 1);
    assert_int_equal(info->n_parameters, a->n_parameters + b->n_parameters);
    assert_int_equal(info->n_state, a->n_state);
    assert_int_equal(info->multiply_adds, a->multiply_adds + b->multiply_adds);
    assert_string_equal(data_of(both),
                        "[{\"name\":\"pen\",\"n\":10},{\"name\":\"pen\",\"n\":100}]");

    ScrawlMemberInfo member = scrawl_model_member(both, 0);
    assert_string_equal(member.name, "sample");
    assert_string_equal(member.recipe, a->recipe);
    assert_string_equal(member_scores(both, 0), scores_of(conv));
    assert_string_equal(member.network, a->network);
    assert_int_equal(member.n_parameters, a->n_parameters);
    assert_true(both->networks[0].temperature == 1.5 && both->networks[1].temperature == 1);
    assert_memory_equal(both->networks[0].state, conv->networks->state, 4 * sizeof(real));
    scrawl_model_free(conv);
    assert_memory_equal(both->networks[1].parameters, dense->networks->parameters,
                        b->n_parameters * sizeof(real));
    scrawl_model_free(dense);

    char *text;
    assert_int_equal(scrawl_model_summary(both, &text, NULL), SCRAWL_STATUS_OK);
    assert_non_null(strstr(text, "member 0: sample\n"));
    assert_non_null(strstr(text, "\nmember 1: \n"));
    assert_non_null(strstr(strstr(text, "member 1"), "dense1 (dense)"));
    scrawl_free(text);
    scrawl_model_free(both);
}

static void test_misfits(void **state)
{
    (void)state;
    ScrawlModel *a = dense_model(3, 1), *b = dense_model(3, 2), *four = dense_model(4, 1);
    ScrawlModel *many[SCRAWL_MAX_MEMBERS + 1];
    refused(NULL, 0, NULL, SCRAWL_STATUS_USAGE, "expected a model or more");
    for (int i = 0; i <= SCRAWL_MAX_MEMBERS; i++)
        many[i] = a;
    refused((const ScrawlModel *const *)many, SCRAWL_MAX_MEMBERS + 1, NULL, SCRAWL_STATUS_LIMIT,
            "at most 64 members, found 65");
    scrawl_model_free(create((const ScrawlModel *const *)many, SCRAWL_MAX_MEMBERS, NULL));
    refused((const ScrawlModel *[]){a, four}, 2, NULL, SCRAWL_STATUS_MISMATCH, "3 and 4 classes");
    b->class_names[1][0] = 'x';
    refused((const ScrawlModel *[]){a, b}, 2, NULL, SCRAWL_STATUS_MISMATCH,
            "call class 1 \"b\" and \"x\"");
    scrawl_model_free(b);
    b = dense_model(3, 2);
    ScrawlModel *both = create((const ScrawlModel *[]){a, b}, 2, NULL);
    refused((const ScrawlModel *[]){a, both}, 2, NULL, SCRAWL_STATUS_MISMATCH,
            "model 1 (ensemble) is an ensemble itself");
    scrawl_model_free(both);
    refused((const ScrawlModel *[]){a, b}, 2, &(ScrawlEnsembleOptions){.combine = "fight"},
            SCRAWL_STATUS_USAGE, "expected average or vote, found \"fight\"");
    refused((const ScrawlModel *[]){a, b}, 2, &(ScrawlEnsembleOptions){.tta = "x"},
            SCRAWL_STATUS_USAGE, "expected none, cross or square");
    model_set_passes(b, MODEL_COMBINE_AVERAGE, MODEL_TTA_CROSS);
    refused((const ScrawlModel *[]){a, b}, 2, NULL, SCRAWL_STATUS_MISMATCH,
            "differ in their shifts (tta none and cross)");
    both = create((const ScrawlModel *[]){a, b}, 2, &(ScrawlEnsembleOptions){.tta = "square"});
    assert_string_equal(both->info.tta, "square");
    assert_int_equal(both->info.multiply_adds, 9 * 2 * 64 * 3);
    scrawl_model_free(both);
    assert_int_equal(model_set_text(b, &b->preprocessing, "{\"mode\":\"resize\"}", NULL),
                     SCRAWL_STATUS_OK);
    model_set_passes(b, MODEL_COMBINE_AVERAGE, MODEL_TTA_NONE);
    refused((const ScrawlModel *[]){a, b}, 2, NULL, SCRAWL_STATUS_MISMATCH,
            "differ in preprocessing");
    scrawl_model_free(a);
    scrawl_model_free(b);
    scrawl_model_free(four);
}

static void test_copy_of_one(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet(); /* temperature 1.5, threshold 0.1, scores */
    ScrawlModel *copy =
        create((const ScrawlModel *[]){model}, 1, &(ScrawlEnsembleOptions){.tta = "cross"});
    assert_int_equal(copy->info.n_members, 1);
    assert_string_equal(copy->info.name, "sample");
    assert_string_equal(copy->info.recipe, model->info.recipe);
    assert_string_equal(data_of(copy), data_of(model));
    assert_string_equal(copy->info.network, model->info.network);
    assert_string_equal(copy->info.tta, "cross");
    assert_string_equal(copy->info.combine, "");
    assert_string_equal(scores_of(copy), "{}"); /* those were of other answers */
    assert_true(copy->info.threshold == 0 && copy->temperature == 1.5);
    assert_memory_equal(copy->networks->parameters, model->networks->parameters,
                        model->info.n_parameters * sizeof(real));
    scrawl_model_free(copy);

    /* An ensemble with other manners; two of one name give theirs. */
    ScrawlModel *two = create((const ScrawlModel *[]){model, model}, 2, NULL);
    assert_string_equal(two->info.name, "sample-ensemble");
    ScrawlModel *voting =
        create((const ScrawlModel *[]){two}, 1, &(ScrawlEnsembleOptions){.combine = "vote"});
    assert_int_equal(voting->info.n_members, 2);
    assert_string_equal(voting->info.combine, "vote");
    assert_string_equal(voting->info.name, "sample-ensemble");
    assert_string_equal(scrawl_model_member(voting, 1).recipe, model->info.recipe);
    assert_true(voting->networks[1].temperature == 1.5);
    ScrawlModel *again = create((const ScrawlModel *[]){voting}, 1, NULL);
    assert_string_equal(again->info.combine, "vote"); /* nothing said: as it was */
    scrawl_model_free(again);
    scrawl_model_free(voting);
    scrawl_model_free(two);
    scrawl_model_free(model);
}

/* An error bound is of the model that was calibrated; rows of nonsense are passed on. */
static void test_error_bounds_stay_behind(void **state)
{
    static const char row[] = "{\"name\":\"pen\",\"use\":\"calibration\",\"n\":10";
    char data[128], kept[128];
    (void)state;
    ScrawlModel *model = sample_convnet();
    snprintf(data, sizeof data, "[{\"other\":[7]},%s,\"max_error\":0.01,\"confidence\":0.95}]",
             row);
    snprintf(kept, sizeof kept, "[{\"other\":[7]},%s}]", row);
    set_data(model, data);
    ScrawlModel *copy = create((const ScrawlModel *[]){model}, 1, NULL);
    ScrawlModel *two = create((const ScrawlModel *[]){model, model}, 2, NULL);
    assert_string_equal(data_of(copy), kept);
    assert_string_equal(data_of(two), kept);
    assert_true(two->info.threshold == 0);
    scrawl_model_free(two);
    scrawl_model_free(copy);
    scrawl_model_free(model);
}

static void test_half_of_all(void **state)
{
    (void)state;
    ScrawlModel *a = dense_model(3, 1), *b = dense_model(3, 2);
    model_set_half(a, true);
    for (int both = 0; both < 2; both++) {
        model_set_half(b, both);
        ScrawlModel *ensemble = create((const ScrawlModel *[]){a, b}, 2, NULL);
        assert_int_equal(ensemble->info.half, both);
        scrawl_model_free(ensemble);
    }
    scrawl_model_free(a);
    scrawl_model_free(b);
}

static void test_set_score(void **state)
{
    (void)state;
    ScrawlModel *model = dense_model(3, 1);
    ScrawlScore score = {.key = "test",
                         .data = "a \"b\"",
                         .split = "test",
                         .n = 8,
                         .n_errors = 2,
                         .accuracy = 0.75,
                         .loss = 0.5};
    assert_int_equal(model_set_score(model, &score, NULL), SCRAWL_STATUS_OK);
    assert_string_equal(scores_of(model),
                        "{\"test\":{\"data\":\"a \\\"b\\\"\",\"split\":\"test\",\"n\":8,"
                        "\"errors\":2,\"accuracy\":0.75,\"loss\":0.5}}");
    score.data = "c";
    score.n_errors = 4;
    score.accuracy = 0.5;
    score.key = "c:test";
    assert_int_equal(model_set_score(model, &score, NULL), SCRAWL_STATUS_OK);
    score.key = "test";
    assert_int_equal(model_set_score(model, &score, NULL), SCRAWL_STATUS_OK);
    score.key = "x";
    static const char one[] = "{\"data\":\"c\",\"split\":\"test\",\"n\":8,\"errors\":4,"
                              "\"accuracy\":0.5,\"loss\":0.5}";
    char both[512];
    snprintf(both, sizeof both, "{\"c:test\":%s,\"test\":%s}", one, one);
    assert_string_equal(scores_of(model), both);
    for (uint64_t n = 1;; n++) {
        ScrawlError error = {0};
        mem_fail_at(n);
        ScrawlStatus status = model_set_score(model, &score, &error);
        mem_fail_at(0);
        if (!status)
            break;
        assert_true(status == SCRAWL_STATUS_NO_MEMORY && error.status == status);
        assert_string_equal(scores_of(model), both);
    }
    scrawl_model_free(model);
}

static void test_no_memory(void **state)
{
    (void)state;
    ScrawlModel *conv = sample_convnet(), *dense = dense_model(3, 5);
    const ScrawlModel *models[] = {conv, dense};
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        ScrawlError error = {0};
        ScrawlModel *ensemble;
        mem_fail_at(n);
        status = scrawl_ensemble_create(&ensemble, models, 2, NULL, &error);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 30));
        assert_true(!!ensemble == !status && error.status == status);
        scrawl_model_free(ensemble);
    }
    scrawl_model_free(conv);
    scrawl_model_free(dense);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_copies),
        cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_copy_of_one),
        cmocka_unit_test(test_half_of_all),
        cmocka_unit_test(test_error_bounds_stay_behind),
        cmocka_unit_test(test_set_score),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
