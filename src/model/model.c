#include "model/model.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/tree.h"
#include "base/utf8.h"
#include "scrawl/dataset.h"

#define MAX_SUMMARY ((size_t)1 << 20)
#define MAX_PREPROCESSING ((size_t)1 << 16)

static void refresh_info(ScrawlModel *model)
{
    model->info = (ScrawlModelInfo){
        .name = model->name,
        .n_classes = model->graph->n_classes,
        .class_names = (const char *const *)model->class_names,
        .width = model->preprocess.width,
        .height = model->preprocess.height,
        .n_parameters = model->graph->n_parameters,
        .n_state = model->graph->n_state,
        .multiply_adds = model->graph->multiply_adds,
        .recipe = model->recipe,
        .network = model->graph->json,
        .preprocessing = model->preprocessing,
        .data = model->data,
        .scores = model->scores,
        .threshold = model->threshold,
    };
}

/* Names are how data sets and models are matched, and they travel as JSON. */
static ScrawlStatus check_class_names(const char *const *names, int n, ScrawlError *error)
{
    for (int i = 0; i < n; i++) {
        if (names[i][0] == '\0')
            return error_set(error, SCRAWL_STATUS_MISMATCH, "class %d has an empty name", i);
        if (!utf8_valid(names[i]))
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "the name of class %d is not valid UTF-8", i);
        for (int j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return error_set(error, SCRAWL_STATUS_MISMATCH,
                                 "classes %d and %d have the same name \"%s\"", j, i, names[i]);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_fit(const Graph *graph, const Preprocess *preprocess,
                              const char *const *class_names, int n_classes, ScrawlError *error)
{
    const Shape *input = &graph->input;
    if (input->channels != 1 || input->height != preprocess->height ||
        input->width != preprocess->width)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "the network's input is [%d, %d, %d], but the preprocessing gives "
                         "[1, %d, %d]",
                         input->channels, input->height, input->width, preprocess->height,
                         preprocess->width);
    if (graph->n_classes != n_classes)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "the network has %d outputs, but there are %d classes",
                         graph->n_classes, n_classes);
    if (n_classes > SCRAWL_DATASET_MAX_CLASSES)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%d classes are more than the limit of %d",
                         n_classes, SCRAWL_DATASET_MAX_CLASSES);
    return check_class_names(class_names, n_classes, error);
}

static ScrawlStatus preprocess_text(const Preprocess *preprocess, char **text)
{
    Buffer buffer;
    buffer_init(&buffer, MAX_PREPROCESSING);
    ScrawlStatus status = preprocess_write_json(preprocess, &buffer);
    if (status == SCRAWL_STATUS_OK) {
        *text = mem_string(buffer_text(&buffer));
        if (*text == NULL)
            status = SCRAWL_STATUS_NO_MEMORY;
    }
    buffer_deinit(&buffer);
    return status;
}

static ScrawlStatus fill(ScrawlModel *model, const Preprocess *preprocess,
                         const char *const *class_names)
{
    const Graph *graph = model->graph;
    model->preprocess = *preprocess;
    model->temperature = 1;
    model->parameters = mem_alloc_zero(graph->n_parameters, sizeof(real));
    model->state = mem_alloc_zero(graph->n_state, sizeof(real));
    model->class_names = mem_strings(class_names, (size_t)graph->n_classes);
    model->name = mem_string("");
    model->recipe = mem_string("");
    model->data = mem_string("[]");
    model->scores = mem_string("{}");
    if (model->parameters == NULL || model->state == NULL || model->class_names == NULL ||
        model->name == NULL || model->recipe == NULL || model->data == NULL ||
        model->scores == NULL)
        return SCRAWL_STATUS_NO_MEMORY;
    return preprocess_text(preprocess, &model->preprocessing);
}

ScrawlStatus model_create(ScrawlModel **model, Graph *graph, const Preprocess *preprocess,
                          const char *const *class_names, int n_classes, ScrawlError *error)
{
    *model = NULL;
    ScrawlStatus status = check_fit(graph, preprocess, class_names, n_classes, error);
    if (status != SCRAWL_STATUS_OK) {
        graph_free(graph);
        return status;
    }
    ScrawlModel *made = mem_alloc_zero(1, sizeof(*made));
    if (made == NULL) {
        graph_free(graph);
        return error_no_memory(error, "a model");
    }
    made->graph = graph;
    status = fill(made, preprocess, class_names);
    if (status != SCRAWL_STATUS_OK) {
        scrawl_model_free(made);
        return error_no_memory(error, "a model");
    }
    refresh_info(made);
    *model = made;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus model_set_text(ScrawlModel *model, char **field, const char *text, ScrawlError *error)
{
    char *copy = mem_string(text);
    if (copy == NULL)
        return error_no_memory(error, "a model's text");
    mem_free(*field);
    *field = copy;
    refresh_info(model);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus model_write_classes(const ScrawlModel *model, Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "[");
    for (int i = 0; i < model->graph->n_classes && status == SCRAWL_STATUS_OK; i++) {
        status = buffer_print(out, i > 0 ? "," : "");
        if (status == SCRAWL_STATUS_OK)
            status = json_write_string(model->class_names[i], out);
    }
    return status == SCRAWL_STATUS_OK ? buffer_print(out, "]") : status;
}

void model_calibrate(ScrawlModel *model, double temperature, double threshold)
{
    assert(temperature >= MODEL_MIN_TEMPERATURE && temperature <= MODEL_MAX_TEMPERATURE);
    assert(threshold >= 0 && threshold <= 1);
    model->temperature = temperature;
    model->threshold = threshold;
    refresh_info(model);
}

void scrawl_model_free(ScrawlModel *model)
{
    if (model == NULL)
        return;
    graph_free(model->graph);
    mem_free(model->parameters);
    mem_free(model->state);
    mem_free(model->class_names);
    mem_free(model->name);
    mem_free(model->recipe);
    mem_free(model->data);
    mem_free(model->scores);
    mem_free(model->preprocessing);
    mem_free(model);
}

const ScrawlModelInfo *scrawl_model_info(const ScrawlModel *model)
{
    return &model->info;
}

ScrawlStatus scrawl_model_summary(const ScrawlModel *model, char **text, ScrawlError *error)
{
    *text = NULL;
    Buffer buffer;
    buffer_init(&buffer, MAX_SUMMARY);
    if (graph_summary(model->graph, &buffer) == SCRAWL_STATUS_OK)
        *text = mem_string(buffer_text(&buffer));
    buffer_deinit(&buffer);
    return *text != NULL ? SCRAWL_STATUS_OK : error_no_memory(error, "the table of layers");
}

void scrawl_free(void *memory)
{
    mem_free(memory);
}
