/* Any bytes are images, labels, or a refusal with a sentence; every pixel and label can be read. */
#include <stdbool.h>
#include <stdlib.h>

#include "data/readers.h"
#include "fuzz.h"

static void expect(bool kept)
{
    if (!kept)
        abort();
}

static void images(const uint8_t *bytes, size_t size)
{
    ScrawlError error = {0};
    IdxImages parsed;
    unsigned sum = 0;

    if (idx_parse_images(&parsed, bytes, size, &error)) {
        expect(error.message[0] != 0 && !parsed.pixels);
        return;
    }
    expect(parsed.n > 0 && parsed.height > 0 && parsed.width > 0);
    for (size_t i = 0; i < parsed.n * (size_t)parsed.height * (size_t)parsed.width; i++)
        sum += parsed.pixels[i];
    expect(sum <= 255 * size);
}

static void labels(const uint8_t *bytes, size_t size)
{
    ScrawlError error = {0};
    IdxLabels parsed;

    if (idx_parse_labels(&parsed, bytes, size, &error)) {
        expect(error.message[0] != 0 && !parsed.rows);
        return;
    }
    for (size_t i = 0; i < parsed.n; i++)
        expect(idx_label(&parsed, i) >= INT32_MIN && idx_label(&parsed, i) <= INT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    images(bytes, size);
    labels(bytes, size);
    return 0;
}
