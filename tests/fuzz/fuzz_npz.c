/* Any bytes are an archive of arrays that fit, or a refusal with a sentence; and the same bytes as
 * one array alone, which the checksums of an archive would keep from most changes. */
#include <stdlib.h>

#include "data/readers.h"
#include "fuzz.h"

static void archive(const uint8_t *bytes, size_t size)
{
    for (int split = SCRAWL_SPLIT_TRAIN; split <= SCRAWL_SPLIT_TEST; split++) {
        ScrawlError error = {0};
        ScrawlDataset *dataset;

        if (npz_parse(&dataset, "fuzz", bytes, size, (ScrawlSplit)split, &error)) {
            if (dataset || !error.message[0])
                abort();
            continue;
        }
        for (size_t i = 0; i < dataset->info.n; i++)
            if (dataset->labels[i] >= dataset->info.n_classes)
                abort();
        scrawl_dataset_free(dataset);
    }
}

static void array(const uint8_t *bytes, size_t size)
{
    ScrawlError error = {0};
    NpyArray parsed;

    if (npy_parse(&parsed, bytes, size, &error)) {
        if (parsed.values || !error.message[0])
            abort();
        return;
    }
    if (parsed.n * parsed.item_size > size)
        abort();
    for (size_t i = 0; i < parsed.n; i++)
        (void)npy_integer(&parsed, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    archive(bytes, size);
    array(bytes, size);
    return 0;
}
