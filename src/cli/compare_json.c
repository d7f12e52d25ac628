/* The result of scrawl compare for programs. */
#include "cli/compare.h"
#include "cli/json.h"

/* NULL for a list that lacks an element for want of memory. */
static json_t *complete(json_t *list, size_t n)
{
    if (json_array_size(list) == n)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *json_data(const ScrawlComparison *comparison)
{
    json_t *list = json_array();

    for (int i = 0; i < comparison->n_data; i++) {
        const ScrawlComparedData *data = &comparison->data[i];

        json_array_append_new(list, json_pack("{s:o, s:s, s:I, s:s}", "data", json_text(data->text),
                                              "split", data->split, "n", (json_int_t)data->n,
                                              "sha256", data->sha256));
    }
    return complete(list, (size_t)comparison->n_data);
}

static json_t *json_errors(const ScrawlComparison *comparison, int model)
{
    json_t *list = json_array();

    for (int i = 0; i < comparison->n_data; i++) {
        const ScrawlComparedScore *score = &comparison->models[model].scores[i];

        json_array_append_new(
            list,
            json_pack("{s:o, s:I, s:I, s:o, s:o}", "data", json_text(comparison->data[i].text), "n",
                      (json_int_t)comparison->data[i].n, "errors", (json_int_t)score->n_errors,
                      "error", json_number(score->error), "leakage", json_leakage(score->leakage)));
    }
    return complete(list, (size_t)comparison->n_data);
}

static json_t *json_models(const Compare *c)
{
    json_t *list = json_array();

    for (int i = 0; i < c->n; i++) {
        const ScrawlComparedModel *model = &c->comparison->models[i];
        const ScrawlModelInfo *info = scrawl_model_info(c->models[i]);

        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "model", json_text(c->names[i]),
                            "name", json_text(info->name), "errors", json_errors(c->comparison, i),
                            "range", json_number(model->range), "worst", json_number(model->worst),
                            "mean", json_number(model->mean), "parameters",
                            (json_int_t)info->n_parameters));
    }
    return complete(list, (size_t)c->n);
}

static json_t *json_images(const uint32_t *images, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_integer((json_int_t)images[i]));
    return complete(list, n);
}

static json_t *json_test(const Compare *c, const ScrawlPairedTest *test)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:[o, o], s:o, s:o}", "model",
                     json_text(c->names[test->model]), "against", json_text(c->names[0]), "data",
                     json_text(c->comparison->data[test->data].text), "fixed",
                     (json_int_t)test->n_fixed, "broken", (json_int_t)test->n_broken, "p",
                     json_number(test->p), "p_holm", json_number(test->p_holm), "difference",
                     json_number(test->difference), "interval", json_number(test->interval.low),
                     json_number(test->interval.high), "fixed_images",
                     json_images(test->fixed, test->n_fixed), "broken_images",
                     json_images(test->broken, test->n_broken));
}

json_t *compare_json(const Compare *c)
{
    json_t *tests = json_array();

    for (size_t i = 0; i < c->comparison->n_tests; i++)
        json_array_append_new(tests, json_test(c, &c->comparison->tests[i]));
    return json_pack("{s:o, s:o, s:o, s:o}", "data", json_data(c->comparison), "models",
                     json_models(c), "winner", json_text(c->names[c->comparison->winner]),
                     "comparisons", complete(tests, c->comparison->n_tests));
}
