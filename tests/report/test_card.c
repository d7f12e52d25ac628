/* Model cards: what must be in one, what must not, and where the hours come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../model/describe.h"
#include "base/memory.h"
#include "model/model.h"
#include "scrawl/card.h"
#include "scrawl/ensemble.h"
#include "scrawl/recipe.h"

#define ROW(name, use) "{\"name\":\"" name "\",\"split\":\"x\",\"use\":\"" use "\",\"n\":57000}"

static ScrawlModel *digits_model(const char *data, const char *scores)
{
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    Preprocess preprocess = PREPROCESS_DEFAULT;
    Graph *graph;
    ScrawlModel *model;
    preprocess.height = preprocess.width = 8;
    assert_int_equal(graph_create_json(&graph, "card",
                                       "{\"input\":[1,8,8],\"layers\":[\"flatten\","
                                       "{\"dense\":{\"units\":10}}]}",
                                       NULL),
                     SCRAWL_STATUS_OK);
    assert_int_equal(model_create(&model, graph, &preprocess, names, 10, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(model_set_text(model, &model->description->name, "best", NULL),
                     SCRAWL_STATUS_OK);
    set_data(model, data);
    set_scores(model, scores);
    return model;
}

static char *card_of(const ScrawlModel *model, const ScrawlCardOptions *options)
{
    ScrawlError error = {0};
    char *text;
    if (scrawl_model_card(model, options, &text, &error))
        fail_msg("%s", error.message);
    return text;
}

static void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part)) /* gcc under sanitizers thinks that it may be NULL */
        fail_msg("no \"%s\" in:\n%s", part, text ? text : "nothing");
}

static void lacks(const char *text, const char *part)
{
    if (!text || strstr(text, part))
        fail_msg("\"%s\" in:\n%s", part, text ? text : "nothing");
}

static void set_embedded_recipe(ScrawlModel *model, const char *name)
{
    ScrawlRecipe *recipe;
    char *text;
    assert_int_equal(scrawl_recipe_load(&recipe, name, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_text(recipe, &text, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(model_set_text(model, &model->description->recipe, text, NULL),
                     SCRAWL_STATUS_OK);
    scrawl_free(text);
    scrawl_recipe_free(recipe);
}

/* A recipe of somebody's own that is called as one of ours: nothing is claimed of it. */
static void test_name_alone(void **state)
{
    (void)state;
    ScrawlModel *model = digits_model("[" ROW("mine", "training") "]", "{}");
    static const char *const recipes[] = {"", "name: best\n", "name: best\ndata: {train: mine}\n"};
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        assert_int_equal(model_set_text(model, &model->description->recipe, recipes[i], NULL),
                         SCRAWL_STATUS_OK);
        char *card = card_of(model, NULL);
        lacks(card, "most accurate single network");
        has(card, "It reads one handwritten digit at a time");
        mem_free(card);
    }
    scrawl_model_free(model);
}

static void test_what_is_in_it(void **state)
{
    (void)state;
    ScrawlModel *model =
        digits_model("[" ROW("mnist", "training") "," ROW("mnist", "test") "]",
                     "{\"test\":{\"data\":\"mnist\",\"split\":\"test\",\"n\":10000,\"errors\":42,"
                     "\"accuracy\":0.9958,\"loss\":0.01284}}");
    set_embedded_recipe(model, "best");
    char *card = card_of(model, &(ScrawlCardOptions){.hardware = "two cores", .hours = 0.5});
    static const char *const parts[] = {
        "# Model card: best\n",
        "## Intended use\n",
        "## Out of scope\n",
        "## Model\n",
        "## Data\n",
        "## Bias and limits\n",
        "## Scores\n",
        "## Training\n",
        "most accurate single network",
        "one handwritten digit",
        "Letters, punctuation",
        "| parameters | 650 |",
        "| multiply-adds a picture | 640 |",
        "2.5 KB of 32-bit floats",
        "US Census Bureau",
        "| mnist | x | training | 57,000 |",
        "a crossed 7",
        "have not been calibrated",
        "```yaml\nname: best\ndata:\n",
        "- hardware: two cores\n",
        "- time: 30.0 minutes\n",
        /* Wilson, by the statistics module of Python: 0.994326 to 0.996891 */
        "| test | mnist:test | 10,000 | 42 | 99.58 % (99.43 to 99.69) | 0.0128 |",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        has(card, parts[i]);
    lacks(card, "Leakage");
    lacks(card, "ensemble");
    lacks(card, "(null)");
    mem_free(card);
    model_calibrate(model, 1.5, 0.75);
    card = card_of(model, NULL);
    has(card, "| temperature | 1.5 |\n| threshold | 0.75 |");
    has(card, "below its threshold it says so itself");
    has(card, "- hardware: not told");
    has(card, "- time: not told");
    lacks(card, "have not been calibrated");
    mem_free(card);
    scrawl_model_free(model);
}

/* One that has seen pictures of no class is not told to answer whatever it is shown. */
static void test_ood(void **state)
{
    (void)state;
    ScrawlModel *model =
        digits_model("[" ROW("mnist", "training") "," ROW("emnist-pool47", "outliers") "]", "{}");
    char *card = card_of(model, NULL);
    has(card, "of pictures like the outliers below it is unsure");
    has(card, "| emnist-pool47 | x | outliers | 57,000 |");
    lacks(card, "Letters, punctuation");
    mem_free(card);
    scrawl_model_free(model);
}

static bool warns(const char *data, const char *scores)
{
    ScrawlModel *model = digits_model(data, scores);
    char *card = card_of(model, NULL);
    bool found = strstr(card, "**Leakage.**");
    mem_free(card);
    scrawl_model_free(model);
    return found;
}

static void test_overlap(void **state)
{
    (void)state;
    static const char photos[] = "{\"x\":{\"data\":\"photos+mnist@distort\"}}";
    assert_true(warns("[" ROW("mnist+emnist-pooldigits", "training") "]", "{}"));
    assert_true(warns("[" ROW("emnist-pool47", "training") "]", photos));
    assert_true(warns("[" ROW("mnist", "training") "," ROW("emnist-mnist", "test") "]", "{}"));
    assert_true(
        warns("[" ROW("mnist", "training") "," ROW("emnist-pool47", "initial training") "]", "{}"));
    assert_false(warns("[" ROW("mnist", "training") "," ROW("mnist", "test") "]", photos));
    assert_false(
        warns("[" ROW("emnist-pool47", "training") "," ROW("emnist-pool47", "test") "]", "{}"));
    assert_false(
        warns("[" ROW("mnist", "training") "," ROW("emnist-pool47", "initial weights") "]", "{}"));
}

/* What calibrated it is named in the table, and has not taught it anything. */
static void test_error_bound(void **state)
{
    static const char error_bound[] =
        "| error bound | of the accepted at most 1 % are wrong, with 95 %";
    (void)state;
    ScrawlModel *model = digits_model(
        "[" ROW("mnist", "training") ",{\"name\":\"pen\",\"use\":"
                                     "\"calibration\",\"max_error\":0.01,\"confidence\":0.95}]",
        "{}");
    model_calibrate(model, 1, 0.99999996); /* not 1: that nothing would reach */
    char *card = card_of(model, NULL);
    has(card, "| threshold | 0.99999996 |");
    has(card, error_bound);
    has(card, "| pen |  | calibration |");
    lacks(card, "held it back");
    lacks(card, "Synthetic");
    mem_free(card);
    set_data(model, "[{\"use\":\"calibration\","
                    "\"folds\":5}]");
    card = card_of(model, NULL);
    has(card, "| calibration, each evaluated by the one of 5 models that held it out |");
    lacks(card, error_bound);
    mem_free(card);
    set_data(model, "[{\"use\":\"initial calibration\","
                    "\"max_error\":0.01,\"confidence\":0.95}]");
    card = card_of(model, NULL);
    lacks(card, error_bound);
    mem_free(card);
    scrawl_model_free(model);
}

static void test_ensemble(void **state)
{
    (void)state;
    ScrawlModel *model =
                    digits_model("[" ROW("mine", "training") "]", "{\"test\":{\"accuracy\":0.75}}"),
                *both;
    const ScrawlModel *models[] = {model, model};
    ScrawlEnsembleOptions options = {.combine = "vote", .tta = "cross"};
    assert_int_equal(scrawl_ensemble_create(&both, models, 2, &options, NULL), SCRAWL_STATUS_OK);
    model_set_half(both, true);
    char *card = card_of(both, NULL);
    has(card, "| ensemble | 2 members, which vote |");
    has(card, "| shifts | averaged over a cross of one pixel: 5 passes |");
    has(card, "| multiply-adds a picture | 6,400 |");
    has(card, "2.5 KB of 16-bit floats");
    has(card, "| 1 | best | 650 | 75.00 % |");
    has(card, "eval FILE --record");
    has(card, "Data of the trainer's own");
    mem_free(card);
    scrawl_model_free(both);
    scrawl_model_free(model);
}

static void test_hours_of_a_run(void **state)
{
    (void)state;
    char folder[] = "/tmp/scrawl-card-XXXXXX", path[64];
    ScrawlModel *model = digits_model("[]", "{}");
    ScrawlError error = {0};
    assert_non_null(mkdtemp(folder));
    ScrawlCardOptions options = {.run = folder};
    char *card;
    assert_int_equal(scrawl_model_card(model, &options, &card, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_null(card);
    snprintf(path, sizeof path, "%s/metrics.jsonl", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"epoch\":1,\"seconds\":3600}\n{\"epoch\":2,\"seconds\":2700.5}\n", file);
    fclose(file);
    card = card_of(model, &options);
    has(card, "- time: 1.8 hours\n"); /* 6300.5 s */
    has(card, "does not say what it was trained on");
    mem_free(card);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"epoch\":1,\"seconds\":\n", file);
    fclose(file);
    assert_int_equal(scrawl_model_card(model, &options, &card, &error), SCRAWL_STATUS_FORMAT);
    assert_non_null(strstr(error.message, "metrics.jsonl"));
    options.hours = 3; /* given: the run is not looked at */
    card = card_of(model, &options);
    has(card, "- time: 3.0 hours\n");
    mem_free(card);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(folder), 0);
    scrawl_model_free(model);
}

static void test_no_memory(void **state)
{
    (void)state;
    ScrawlModel *model = digits_model("[" ROW("mnist+photos", "training") "]", "{\"test\":{}}");
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        ScrawlError error = {0};
        char *card;
        mem_fail_at(n);
        status = scrawl_model_card(model, NULL, &card, &error);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 8));
        assert_true(!!card == !status && error.status == status);
        if (card)
            has(card, "- time: not told\n");
        mem_free(card);
    }
    scrawl_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_alone),
        cmocka_unit_test(test_what_is_in_it),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_ensemble),
        cmocka_unit_test(test_hours_of_a_run),
        cmocka_unit_test(test_error_bound),
        cmocka_unit_test(test_ood),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
