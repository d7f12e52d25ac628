/* Any text is a data set whose labels are within its classes, or a refusal with a sentence. */
#include <stdlib.h>

#include "data/readers.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    for (int split = SCRAWL_SPLIT_TRAIN; split <= SCRAWL_SPLIT_ALL; split++) {
        ScrawlError error = {0};
        ScrawlDataset *dataset;

        if (csv_parse(&dataset, "fuzz", bytes, size, (ScrawlSplit)split, &error)) {
            if (dataset || !error.message[0])
                abort();
            continue;
        }
        for (size_t i = 0; i < dataset->info.n; i++)
            if (dataset->labels[i] >= dataset->info.n_classes)
                abort();
        scrawl_dataset_free(dataset);
    }
    return 0;
}
