/* The table that `show` prints. */
#include <stdio.h>
#include <string.h>

#include "nn/graph.h"

#define NUMBER_SIZE 32 /* 20 digits, 6 commas, a zero */

/* 1234567 as "1,234,567"; returns text. */
static const char *with_commas(uint64_t value, char text[NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value), length = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            text[length++] = ',';
        text[length++] = digits[i];
    }
    text[length] = '\0';
    return text;
}

static uint64_t count_parameters(const Layer *layer)
{
    uint64_t count = 0;
    for (int i = 0; i < layer->n_tensors; i++)
        count += layer->tensors[i].count;
    return count;
}

/* "add1 (add: relu1, relu2)": the inputs are named where they are not simply the layer before. */
static void title(const Graph *graph, const Layer *layer, char *text, size_t size)
{
    bool plain = layer->n_inputs == 1 && layer->inputs[0] == layer->index - 1;
    int length = snprintf(text, size, "%s (%s", layer->name, layer->kind->name);
    for (int i = 0; i < layer->n_inputs && !plain; i++) {
        int input = layer->inputs[i];
        length += snprintf(text + length, size - (size_t)length, "%s%s", i == 0 ? ": " : ", ",
                           input < 0 ? "input" : graph->layers[input].name);
    }
    snprintf(text + length, size - (size_t)length, ")");
}

#define TITLE_SIZE ((LAYER_MAX_INPUTS + 2) * (LAYER_MAX_NAME + 2))

static int title_width(const Graph *graph)
{
    int width = (int)strlen("layer (kind)");
    for (int i = 0; i < graph->n_layers; i++) {
        char text[TITLE_SIZE];
        title(graph, &graph->layers[i], text, sizeof text);
        if ((int)strlen(text) > width)
            width = (int)strlen(text);
    }
    return width;
}

static ScrawlStatus write_row(Buffer *out, int width, const char *layer, const char *shape,
                              const char *parameters, const char *multiply_adds)
{
    return buffer_print(out, "%-*s  %-16s %12s %14s\n", width, layer, shape, parameters,
                        multiply_adds);
}

static ScrawlStatus write_layer(Buffer *out, int width, const Graph *graph, const Layer *layer)
{
    char text[TITLE_SIZE], shape[SHAPE_TEXT_SIZE], parameters[NUMBER_SIZE], adds[NUMBER_SIZE];
    title(graph, layer, text, sizeof text);
    return write_row(out, width, text, shape_text(layer->out, shape),
                     with_commas(count_parameters(layer), parameters),
                     with_commas(layer->multiply_adds, adds));
}

static ScrawlStatus write_total(Buffer *out, const char *what, uint64_t count)
{
    char number[NUMBER_SIZE];
    return buffer_print(out, "%-24s %12s (%.2f KB)\n", what, with_commas(count, number),
                        (double)count * sizeof(float) / 1024);
}

ScrawlStatus graph_summary(const Graph *graph, Buffer *out)
{
    char shape[SHAPE_TEXT_SIZE], number[NUMBER_SIZE];
    int width = title_width(graph);
    ScrawlStatus status =
        write_row(out, width, "layer (kind)", "output", "parameters", "multiply-adds");
    if (!status)
        status = write_row(out, width, "input", shape_text(graph->input, shape), "", "");
    for (int i = 0; i < graph->n_layers && !status; i++)
        status = write_layer(out, width, graph, &graph->layers[i]);
    if (!status)
        status = buffer_print(out, "\n");
    if (!status)
        status = write_total(out, "total parameters", graph->n_parameters + graph->n_state);
    if (!status)
        status = write_total(out, "trainable parameters", graph->n_parameters);
    if (!status)
        status = write_total(out, "other (running averages)", graph->n_state);
    if (!status)
        status = buffer_print(out, "%-24s %12s\n", "multiply-adds an image",
                              with_commas(graph->multiply_adds, number));
    return status;
}
