/* Pictures of classes that a model does not know: which they are, how many are accepted, and how
 * well confidence tells them from its own. */
#include "bars.h"

#include "data/dataset.h"
#include "eval/evaluation.h"
#include "scrawl/ood.h"

/* Pictures of one grey each: 200 of a known class "3", 100 each of others. */
static ScrawlDataset *make_set(const char *const *names, int n_classes, size_t n)
{
    DatasetPlan plan = {.name = "made",
                        .n = n,
                        .width = BARS_SIDE,
                        .height = BARS_SIDE,
                        .class_names = names,
                        .n_classes = n_classes};
    ScrawlDataset *set;
    assert_int_equal(dataset_create(&set, &plan, NULL, NULL), SCRAWL_STATUS_OK);
    memset(set->pixels, 0, n * BARS_AREA);
    for (size_t i = 0; i < n; i++)
        set->labels[i] = (uint16_t)(i % (size_t)n_classes);
    dataset_seal(set);
    return set;
}

/* Picture i has ink of that strength at class 3's places. */
static void ink(ScrawlDataset *set, size_t i, uint8_t strength)
{
    for (int pixel = 3; pixel < BARS_AREA; pixel += 10)
        set->pixels[i * BARS_AREA + (size_t)pixel] = strength;
}

static ScrawlEvaluation *evaluate_known(const ScrawlModel *model, uint8_t strength, size_t n)
{
    static const char *const names[] = {"3"};
    ScrawlDataset *set = make_set(names, 1, n);
    ScrawlEvaluation *e;
    for (size_t i = 0; i < n; i++)
        ink(set, i, strength);
    assert_int_equal(scrawl_evaluate(&e, model, set, NULL, NULL), SCRAWL_STATUS_OK);
    scrawl_dataset_free(set);
    return e;
}

/* Of class "3" all are left out; "g" looks like the model's 9; "x" has no images. */
static void counts_and_ranks(void **state)
{
    static const char *const names[] = {"3", "a", "g", "b", "x"};
    ScrawlModel *model = bars_model("m", "", "[]");
    ScrawlDataset *set = make_set(names, 4, 400);
    ScrawlEvaluation *known = evaluate_known(model, 20, 50);
    ScrawlOod *s;
    size_t answer;
    (void)state;
    for (size_t i = 0; i < 400; i++) /* a: like the known, g: surer, b: none */
        ink(set, i, (uint8_t)((const int[]){90, 20, 60, 0}[i % 4]));
    model_calibrate(model, 1, evaluation_confidence(known, 0, &answer));
    assert_int_equal(scrawl_evaluate_ood(&s, model, set, known, NULL, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(s->n, 300);
    assert_int_equal(s->n_accepted, 200);
    assert_true(s->auroc == (0.5 + 0 + 1) / 3);
    assert_int_equal(s->n_unlike, 200);
    assert_int_equal(s->n_unlike_accepted, 100);
    assert_true(s->auroc_unlike == 0.75);
    assert_int_equal(s->n_classes, 3);
    assert_string_equal(s->classes[0].name, "a");
    assert_string_equal(s->classes[1].name, "g");
    assert_int_equal(s->classes[2].n, 100);
    assert_int_equal(s->classes[1].n_accepted, 100);
    assert_int_equal(s->classes[2].n_accepted, 0);
    assert_int_equal(set->labels[1], 1); /* the data set is as it was */
    scrawl_ood_free(s);
    scrawl_evaluation_free(known);
    scrawl_dataset_free(set);
    scrawl_model_free(model);
}

/* Met in training: by the name and the split, whatever it was met as. */
static void tells_what_was_met(void **state)
{
    static const char *const names[] = {"a"};
    static const struct {
        const char *data;
        ScrawlLeakage leakage;
    } cases[] = {
        {"[]", SCRAWL_LEAKAGE_NONE},
        {"[{\"name\":\"other+made\",\"split\":\"train\",\"use\":\"ood\"}]", SCRAWL_LEAKAGE_SAME},
        {"[{\"name\":\"made\",\"split\":\"test\",\"use\":\"ood\"}]", SCRAWL_LEAKAGE_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScrawlModel *model = bars_model("m", "", cases[i].data);
        ScrawlDataset *set = make_set(names, 1, 4);
        ScrawlEvaluation *known = evaluate_known(model, 20, 5);
        ScrawlOod *s;
        assert_int_equal(scrawl_evaluate_ood(&s, model, set, known, NULL, NULL), 0);
        assert_int_equal(s->leakage, cases[i].leakage);
        scrawl_ood_free(s);
        scrawl_evaluation_free(known);
        scrawl_dataset_free(set);
        scrawl_model_free(model);
    }
}

static void refusals(void **state)
{
    static const char *const names[] = {"3", "g"};
    ScrawlModel *model = bars_model("m", "", "[]");
    ScrawlDataset *set = make_set(names, 1, 4), *alike = make_set(names + 1, 1, 4);
    ScrawlEvaluation *known = evaluate_known(model, 20, 5);
    ScrawlError error = {0};
    ScrawlOod *s;
    (void)state;
    assert_int_equal(scrawl_evaluate_ood(&s, model, set, known, NULL, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_null(s);
    assert_string_equal(error.message, "made: model m knows all of its classes: expected others");
    assert_int_equal(scrawl_evaluate_ood(&s, model, alike, known,
                                         &(ScrawlEvaluateOptions){.n_threads = -1}, &error),
                     SCRAWL_STATUS_USAGE);
    assert_int_equal(scrawl_evaluate_ood(&s, model, alike, known, NULL, NULL), 0);
    assert_true(s->n_unlike == 0 && s->auroc_unlike == 0.5);
    scrawl_ood_free(s);
    scrawl_evaluation_free(known);
    scrawl_dataset_free(set);
    scrawl_dataset_free(alike);
    scrawl_model_free(model);
}

static void any_allocation_may_fail(void **state)
{
    static const char *const names[] = {"a", "b"};
    ScrawlModel *model = bars_model("m", "", "[]");
    ScrawlDataset *set = make_set(names, 2, 10);
    ScrawlEvaluation *known = evaluate_known(model, 20, 5);
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    uint64_t n = 0;
    (void)state;
    while (status) {
        ScrawlOod *s;
        ScrawlError error = {0};
        mem_fail_at(++n);
        status = scrawl_evaluate_ood(&s, model, set, known,
                                     &(ScrawlEvaluateOptions){.n_threads = 1}, &error);
        mem_fail_at(0);
        assert_true(!status || status == SCRAWL_STATUS_NO_MEMORY);
        assert_true(error.status == status && !!s == !status);
        scrawl_ood_free(s);
    }
    assert_true(n > 10);
    scrawl_evaluation_free(known);
    scrawl_dataset_free(set);
    scrawl_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_ranks),
        cmocka_unit_test(tells_what_was_met),
        cmocka_unit_test(refusals),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
