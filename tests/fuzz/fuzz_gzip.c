/* Any bytes unpack within the limit, or are a refusal with a sentence that leaves nothing
 * behind. */
#include <stdbool.h>
#include <stdlib.h>

#include "data/archive.h"
#include "fuzz.h"

#define LIMIT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ScrawlError error = {0};
    Buffer out;
    ScrawlStatus status;

    buffer_init(&out, LIMIT);
    status = gzip_inflate(bytes, size, &out, &error);
    if (out.size > LIMIT || (status && (out.size > 0 || !error.message[0])))
        abort();
    buffer_deinit(&out);
    return 0;
}
