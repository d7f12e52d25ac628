/* Any bytes are a file or a refusal with a sentence; what was read can be written, and then reads
 * and writes the same. */
#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "formats/safetensors.h"
#include "fuzz.h"

static void expect(bool kept)
{
    if (!kept)
        abort();
}

static bool same(const Buffer *a, const Buffer *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static void container(const uint8_t *bytes, size_t size)
{
    ScrawlError error = {0};
    Safetensors file, back;
    Buffer once, twice;
    ScrawlStatus status = safetensors_parse(&file, "fuzz", bytes, size, &error);
    expect(error.status == status && (!status || error.message[0] != '\0'));
    if (status)
        return;
    buffer_init(&once, FORMAT_MAX_FILE);
    buffer_init(&twice, FORMAT_MAX_FILE);
    expect(!safetensors_write(&file, &once, &error));
    expect(!safetensors_parse(&back, "fuzz", once.data, once.size, &error));
    expect(!safetensors_write(&back, &twice, &error));
    expect(same(&once, &twice));
    buffer_deinit(&once);
    buffer_deinit(&twice);
    safetensors_deinit(&file);
    safetensors_deinit(&back);
}

static void whole_model(const uint8_t *bytes, size_t size)
{
    ScrawlError error = {0};
    ScrawlModel *model, *back;
    Buffer once, twice;
    ScrawlStatus status = safetensors_read_model(&model, "fuzz", bytes, size, &error);
    expect(error.status == status && (!status || error.message[0] != '\0'));
    if (status)
        return;
    buffer_init(&once, FORMAT_MAX_FILE);
    buffer_init(&twice, FORMAT_MAX_FILE);
    expect(!safetensors_write_model(model, &once, &error));
    expect(!safetensors_read_model(&back, "fuzz", once.data, once.size, &error));
    expect(!safetensors_write_model(back, &twice, &error));
    expect(same(&once, &twice));
    buffer_deinit(&once);
    buffer_deinit(&twice);
    scrawl_model_free(model);
    scrawl_model_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    container(bytes, size);
    whole_model(bytes, size);
    return 0;
}
