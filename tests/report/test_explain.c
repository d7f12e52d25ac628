/* Occlusion maps of networks whose weights are known, and the picture of an explanation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../model/sample.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/decode.h"
#include "scrawl/ensemble.h"
#include "scrawl/explain.h"

#define INK_X 5
#define INK_Y 2
#define PATH "why.png"

/* A network that looks at one pixel of a side x side picture: class 0's logit is `weight` times its
 * value, class 1's is 1. The picture is taken as it is, light ink on 0. */
static ScrawlModel *one_pixel_model(int side, float weight)
{
    static const char *const names[] = {"seen", "\xe2\x88\x85"};
    Preprocess preprocess = PREPROCESS_DEFAULT;
    char network[128];
    Graph *graph;
    ScrawlModel *model;
    preprocess.height = preprocess.width = side;
    preprocess.mode = PREPROCESS_MODE_RESIZE;
    preprocess.ink = PREPROCESS_INK_LIGHT;
    snprintf(network, sizeof network,
             "{\"input\":[1,%d,%d],\"layers\":[\"flatten\",{\"dense\":{\"units\":2}}]}", side,
             side);
    assert_int_equal(graph_create_json(&graph, "one", network, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(model_create(&model, graph, &preprocess, names, 2, NULL), SCRAWL_STATUS_OK);
    memset(model->networks->parameters, 0, model->networks->graph->n_parameters * sizeof(real));
    const Layer *dense = &model->networks->graph->layers[model->networks->graph->n_layers - 1];
    for (int i = 0; i < dense->n_tensors; i++) {
        real *tensor = model->networks->parameters + dense->tensors[i].offset;
        if (strcmp(dense->tensors[i].name, "bias") == 0)
            tensor[1] = 1;
        else
            tensor[INK_Y * side + INK_X] = weight;
    }
    return model;
}

/* Grey everywhere, white where the network looks. */
static ScrawlImage one_pixel_image(int side)
{
    ScrawlImage image;
    assert_int_equal(scrawl_image_create(&image, side, side, 100, NULL), SCRAWL_STATUS_OK);
    image.pixels[INK_Y * side + INK_X] = 255;
    return image;
}

static ScrawlSession *session_of(const ScrawlModel *model)
{
    ScrawlSession *session;
    assert_int_equal(scrawl_session_create(&session, model, NULL, NULL), SCRAWL_STATUS_OK);
    return session;
}

static ScrawlExplanation *explain(ScrawlSession *session, const ScrawlImage *image, int patch)
{
    ScrawlExplanation *e;
    ScrawlExplainOptions options = {.patch = patch};
    ScrawlError error = {0};
    if (scrawl_explain(&e, session, image, &options, &error))
        fail_msg("%s", error.message);
    return e;
}

/* The sigmoid of 3 - 1 and of 0 - 1: what the answer had, and what is left of it. */
static const double had = 0.8807970779778823, left = 0.2689414213699951;

static void test_peak(void **state)
{
    (void)state;
    ScrawlModel *model = one_pixel_model(8, 3);
    ScrawlSession *session = session_of(model);
    ScrawlImage image = one_pixel_image(8);
    for (int patch = 1; patch <= 7; patch += 2) {
        ScrawlExplanation *e = explain(session, &image, patch);
        assert_int_equal(e->prediction.label, 0);
        assert_true(fabs(e->prediction.confidence - had) < 1e-6);
        assert_int_equal(e->prediction.n_top, 2);
        assert_int_equal(e->patch, patch);
        assert_true(fabs(e->max_drop - (had - left)) < 1e-6);
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 8; x++) {
                bool covers = abs(x - INK_X) <= patch / 2 && abs(y - INK_Y) <= patch / 2;
                assert_true(fabs(e->drop[8 * y + x] - (covers ? had - left : 0)) < 1e-6);
            }
        scrawl_explanation_free(e);
    }
    ScrawlExplanation *e = explain(session, &image, 0);
    assert_int_equal(e->patch, 3);
    scrawl_explanation_free(e);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
}

/* Where covering helps the answer, the drop is below 0, and the largest is 0. */
static void test_gain(void **state)
{
    (void)state;
    ScrawlModel *model = one_pixel_model(8, -3);
    ScrawlSession *session = session_of(model);
    ScrawlImage image = one_pixel_image(8);
    image.pixels[INK_Y * 8 + INK_X] = 0;
    ScrawlExplanation *e = explain(session, &image, 1);
    assert_int_equal(e->prediction.label, 1);
    for (int i = 0; i < 64; i++)
        assert_true(fabs(e->drop[i]) < 1e-6); /* there is nothing to cover */
    scrawl_explanation_free(e);

    model_calibrate(model, 2, 0); /* the temperature counts */
    image.pixels[INK_Y * 8 + INK_X] = 255;
    scrawl_session_free(session);
    session = session_of(model);
    e = explain(session, &image, 1);
    double before = 1 / (1 + exp(-4 / 2.0)), after = 1 / (1 + exp(-1 / 2.0));
    assert_true(fabs(e->prediction.confidence - before) < 1e-6);
    assert_true(fabs(e->max_drop - (before - after)) < 1e-6);
    scrawl_explanation_free(e);
    scrawl_session_free(session);
    scrawl_model_free(model);

    model = one_pixel_model(8, 0.5f); /* 0.5 against 1: the answer is the other class */
    session = session_of(model);
    e = explain(session, &image, 1);
    assert_int_equal(e->prediction.label, 1);
    assert_true(e->drop[8 * INK_Y + INK_X] < -0.1);
    assert_true(e->max_drop >= 0 && e->max_drop < 1e-6);
    scrawl_explanation_free(e);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
}

/* Every second pixel is measured, the others have the nearest one's. */
static void test_large_input(void **state)
{
    (void)state;
    ScrawlModel *model = one_pixel_model(45, 3);
    ScrawlSession *session = session_of(model);
    ScrawlImage image = one_pixel_image(45);
    ScrawlExplanation *e = explain(session, &image, 3);
    assert_true(fabs(e->max_drop - (had - left)) < 1e-6);
    for (int y = 0; y < 45; y++)
        for (int x = 0; x < 45; x++) {
            int middle_x = x == 44 ? 43 : x | 1, middle_y = y == 44 ? 43 : y | 1;
            bool covers = abs(middle_x - INK_X) <= 1 && abs(middle_y - INK_Y) <= 1;
            assert_true(fabs(e->drop[45 * y + x] - (covers ? had - left : 0)) < 1e-6);
        }
    scrawl_explanation_free(e);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
}

/* Two equal members answer as one does. */
static void test_ensemble(void **state)
{
    (void)state;
    ScrawlModel *model = one_pixel_model(8, 3), *both;
    const ScrawlModel *models[] = {model, model};
    assert_int_equal(scrawl_ensemble_create(&both, models, 2, NULL, NULL), SCRAWL_STATUS_OK);
    ScrawlSession *session = session_of(both);
    ScrawlImage image = one_pixel_image(8);
    ScrawlExplanation *e = explain(session, &image, 3);
    assert_true(fabs(e->drop[8 * (INK_Y + 1) + INK_X - 1] - (had - left)) < 1e-6);
    assert_true(fabs(e->drop[8 * (INK_Y + 2) + INK_X]) < 1e-6);
    scrawl_explanation_free(e);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(both);
    scrawl_model_free(model);
}

static void refuse(ScrawlSession *session, const ScrawlImage *image, int patch,
                   ScrawlStatus expected, const char *sentence)
{
    ScrawlExplanation *e;
    ScrawlExplainOptions options = {.patch = patch};
    ScrawlError error = {0};
    assert_int_equal(scrawl_explain(&e, session, image, &options, &error), expected);
    assert_null(e);
    if (!strstr(error.message, sentence))
        fail_msg("no \"%s\" in: %s", sentence, error.message);
}

static void test_refused(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    ScrawlSession *session = session_of(model);
    ScrawlImage blank, empty = {0}, image = one_pixel_image(8);
    assert_int_equal(scrawl_image_create(&blank, 20, 20, 255, NULL), SCRAWL_STATUS_OK);
    refuse(session, &blank, 0, SCRAWL_STATUS_NO_INK, "");
    refuse(session, &empty, 0, SCRAWL_STATUS_FORMAT, "");
    refuse(session, &image, 2, SCRAWL_STATUS_USAGE,
           "the patch: expected an odd number of pixels from 1 to 8, found 2");
    refuse(session, &image, 9, SCRAWL_STATUS_USAGE, "found 9");
    refuse(session, &image, -1, SCRAWL_STATUS_USAGE, "found -1");
    scrawl_session_free(session);
    scrawl_model_free(model);

    model = one_pixel_model(8, INFINITY); /* infinity times nothing, once the pixel is covered */
    session = session_of(model);
    refuse(session, &image, 1, SCRAWL_STATUS_FORMAT, "not a number");
    scrawl_session_free(session);
    scrawl_model_free(model);
    scrawl_image_deinit(&blank);
    scrawl_image_deinit(&image);
}

static void enter(char folder[64])
{
    snprintf(folder, 64, "/tmp/scrawl-explain-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
}

static void leave(const char *folder)
{
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Grey values of a part of the picture that differ from white. */
static size_t count_ink(const ScrawlImage *image, int x0, int y0, int x1, int y1)
{
    size_t n = 0;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            n += image->pixels[y * image->width + x] < 240;
    return n;
}

static void test_picture(void **state)
{
    (void)state;
    char folder[64];
    ScrawlModel *model = one_pixel_model(8, 3);
    ScrawlSession *session = session_of(model);
    ScrawlImage image, picture;
    ScrawlError error = {0};
    enter(folder);
    assert_int_equal(scrawl_image_create(&image, 300, 20, 0, NULL), SCRAWL_STATUS_OK);
    for (int x = 180; x < 230; x++)
        image.pixels[6 * 300 + x] = 255;
    ScrawlExplanation *e = explain(session, &image, 0);
    assert_int_equal(scrawl_explanation_save(e, &image, PATH, NULL, &error), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_image_load(&picture, PATH, &error), SCRAWL_STATUS_OK);
    assert_int_equal(picture.width, 576);
    int half = picture.width / 2;
    /* titles, and all four parts below them */
    assert_true(count_ink(&picture, 0, 20, half, 40) > 50);
    assert_true(count_ink(&picture, half, 20, picture.width, 40) > 50);
    assert_true(count_ink(&picture, 0, 52, half, 300) > 252 * 10);
    assert_true(count_ink(&picture, half, 52, picture.width, 300) > 28 * 28);
    assert_true(count_ink(&picture, 0, 340, half, picture.height) > 200);
    assert_true(count_ink(&picture, half, 352, picture.width, picture.height) > 200);
    scrawl_image_deinit(&picture);
    assert_int_equal(scrawl_explanation_save(e, &image, "no/such/folder.png", NULL, &error),
                     SCRAWL_STATUS_NOT_FOUND);
    assert_int_equal(remove(PATH), 0);
    scrawl_explanation_free(e);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
    leave(folder);
}

/* Where the pen would write two classes alike, a word behind each name tells them apart. */
static void test_kinds(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"0", "1"}, {"0", "O"}, {"0", "zero"}};
    char folder[64];
    ScrawlModel *model = one_pixel_model(8, 3);
    ScrawlSession *session = session_of(model);
    ScrawlImage image = one_pixel_image(8), picture;
    ScrawlExplanation *e = explain(session, &image, 0);
    enter(folder);
    for (int i = 0; i < 3; i++) {
        e->class_names = names[i];
        assert_int_equal(scrawl_explanation_save(e, &image, PATH, NULL, NULL), SCRAWL_STATUS_OK);
        assert_int_equal(scrawl_image_load(&picture, PATH, NULL), SCRAWL_STATUS_OK);
        assert_true(count_ink(&picture, 300, 352, 314, 372) > 10); /* the name */
        assert_int_equal(count_ink(&picture, 314, 352, 358, 372) > 10, i > 0);
        scrawl_image_deinit(&picture);
    }
    assert_int_equal(remove(PATH), 0);
    leave(folder);
    scrawl_explanation_free(e);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
}

static void test_colours(void **state)
{
    (void)state;
    static const uint8_t rgb[] = {0,   0, 0, 255, 255, 255, 120, 120, 120,
                                  255, 0, 0, 0,   255, 0,   0,   0,   255};
    Buffer png;
    ScrawlImage grey;
    buffer_init(&png, 1 << 20);
    assert_int_equal(image_encode_png_rgb(rgb, 3, 2, &png, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_image_decode(&grey, "x", png.data, png.size, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(grey.width, 3);
    assert_int_equal(grey.height, 2);
    assert_int_equal(grey.pixels[0], 0);
    assert_int_equal(grey.pixels[1], 255);
    assert_int_equal(grey.pixels[2], 120);
    assert_true(grey.pixels[4] > grey.pixels[3] && grey.pixels[3] > grey.pixels[5]);
    scrawl_image_deinit(&grey);
    buffer_deinit(&png);
}

static void test_no_memory(void **state)
{
    (void)state;
    char folder[64];
    ScrawlModel *model = one_pixel_model(8, 3);
    ScrawlSession *session = session_of(model);
    ScrawlImage image = one_pixel_image(8);
    ScrawlExplanation *e = NULL;
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    enter(folder);
    for (uint64_t n = 1; status; n++) {
        mem_fail_at(n);
        status = scrawl_explain(&e, session, &image, NULL, NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 5));
        assert_true(!!e == !status);
    }
    status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        mem_fail_at(n);
        status = scrawl_explanation_save(e, &image, PATH, NULL, NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 4));
        assert_int_equal(file_exists(PATH), !status);
    }
    assert_int_equal(remove(PATH), 0);
    scrawl_explanation_free(e);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
    leave(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peak),        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_large_input), cmocka_unit_test(test_ensemble),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_picture),
        cmocka_unit_test(test_kinds),       cmocka_unit_test(test_colours),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
