/* Any text is a requirement whose parts are within their ranges, or a refusal with a sentence. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "scrawl/compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const data[] = {"mnist", "a (1)<2@distort"};
    ScrawlRequirement requirement;
    ScrawlError error = {0};
    char *text = malloc(size + 1);
    if (!text)
        abort();
    if (size > 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    if (scrawl_requirement_parse(&requirement, text, data, 2, &error)) {
        if (error.status != SCRAWL_STATUS_USAGE || !error.message[0] || requirement.data != -1)
            abort();
    } else if (requirement.data < -1 || requirement.data > 1 || !(requirement.bound >= 0) ||
               !(requirement.bound <= 1)) {
        abort();
    }
    free(text);
    return 0;
}
