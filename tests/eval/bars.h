/* Pictures of ten classes that a network of one layer reads, but not all of them: class k has ink
 * at every tenth pixel from k on, weaker or stronger, under noise. */
#ifndef TESTS_EVAL_BARS_H
#define TESTS_EVAL_BARS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../model/describe.h"
#include "base/memory.h"
#include "model/model.h"

enum { BARS_SIDE = 8, BARS_AREA = BARS_SIDE * BARS_SIDE, BARS_CLASSES = 10 };

static const char *const bars_names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

/* n pictures as CSV; labels from `first` on, `n_classes` of them, in turn. */
static inline void bars_write(const char *path, unsigned seed, int n, int first, int n_classes)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < n; i++) {
        int label = first + i % n_classes;
        seed = seed * 1664525 + 1013904223;
        int strength = (int)(seed >> 24) / 3;
        fprintf(file, "%d", label);
        for (int pixel = 0; pixel < BARS_AREA; pixel++) {
            seed = seed * 1664525 + 1013904223;
            int noise = (int)(seed >> 24) / 2;
            fprintf(file, ",%d", pixel % 10 == label % 10 ? noise + strength : noise);
        }
        fprintf(file, "\n");
    }
    assert_int_equal(fclose(file), 0);
}

/* Reads them, too sure of itself: its true temperature is above 1. data and recipe: what the model
 * says of itself. */
static inline ScrawlModel *bars_model(const char *name, const char *recipe, const char *data)
{
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlError error = {0};
    ScrawlModel *model;
    Graph *graph;
    preprocess.height = preprocess.width = BARS_SIDE;
    assert_int_equal(graph_create_json(&graph, "m",
                                       "{\"input\":[1,8,8],\"layers\":[\"flatten\","
                                       "{\"dense\":{\"units\":10}}]}",
                                       NULL),
                     SCRAWL_STATUS_OK);
    if (model_create(&model, graph, &preprocess, bars_names, BARS_CLASSES, &error))
        fail_msg("%s", error.message);
    for (int k = 0; k < BARS_CLASSES; k++)
        for (int pixel = k; pixel < BARS_AREA; pixel += 10)
            model->networks->parameters[k * BARS_AREA + pixel] = 20;
    assert_int_equal(model_set_text(model, &model->description->name, name, NULL),
                     SCRAWL_STATUS_OK);
    assert_int_equal(model_set_text(model, &model->description->recipe, recipe, NULL),
                     SCRAWL_STATUS_OK);
    set_data(model, data);
    return model;
}

#endif
