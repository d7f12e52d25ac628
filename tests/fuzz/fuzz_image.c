/* Any bytes are a picture within the limits, every pixel of which can be read and which the
 * preprocessing takes or calls blank; or they are a refusal with a sentence. */
#include <stdbool.h>
#include <stdlib.h>

#include "fuzz.h"
#include "image/preprocess.h"

#define SIDE 28

static void expect(bool kept)
{
    if (!kept)
        abort();
}

static void prepare(const ScrawlImage *image, int mode)
{
    Preprocess preprocess = PREPROCESS_DEFAULT;
    uint8_t glyph[SIDE * SIDE];
    ScrawlError error = {0};
    ScrawlStatus status;

    preprocess.mode = mode;
    status = preprocess_image(&preprocess, image, glyph, &error);
    expect(!status || (status == SCRAWL_STATUS_NO_INK && mode == PREPROCESS_MODE_GLYPH));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ScrawlError error = {0};
    ScrawlImage image;
    ScrawlStatus status = scrawl_image_decode(&image, "fuzz", bytes, size, &error);

    expect(error.status == status && !status == !error.message[0]);
    if (status) {
        expect(!image.pixels && image.width == 0 && image.height == 0);
        return 0;
    }
    expect(image.width > 0 && image.height > 0 &&
           (size_t)image.width * (size_t)image.height <= SCRAWL_IMAGE_MAX_PIXELS);
    prepare(&image, PREPROCESS_MODE_GLYPH);
    prepare(&image, PREPROCESS_MODE_RESIZE);
    scrawl_image_deinit(&image);
    return 0;
}
