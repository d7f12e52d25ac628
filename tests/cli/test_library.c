/* A program of somebody else's: linked with libscrawl.so and its public headers only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scrawl/scrawl.h"

static void draws_and_refuses(void **state)
{
    ScrawlImage image = {0};
    ScrawlError error = {0};
    ScrawlModel *model;

    (void)state;
    assert_int_equal(scrawl_image_draw(&image, "7", 40, 1, &error), SCRAWL_STATUS_OK);
    assert_int_equal(image.width, 40);
    scrawl_image_deinit(&image);
    assert_int_equal(scrawl_model_load(&model, "/nonexistent", &error), SCRAWL_STATUS_NOT_FOUND);
    assert_null(model);
    assert_true(error.message[0] != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(draws_and_refuses)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
