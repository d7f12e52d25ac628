/* Cleaning every picture of a data set, whose ink is 255 on 0. */
#include "data/change.h"
#include "image/clean.h"

static void clean_image(const void *context, const ScrawlDatasetInfo *info, size_t i,
                        uint8_t *pixels, void *work)
{
    (void)i;
    clean_apply(context, info->width, info->height, true, pixels, work);
}

ScrawlStatus scrawl_dataset_clean(ScrawlDataset **cleaned, const ScrawlDataset *dataset,
                                  const char *spec, int n_threads, ScrawlError *error)
{
    Words steps;
    *cleaned = NULL;
    ScrawlStatus status = clean_read(&steps, spec, error);
    if (status)
        return status;
    Change change = {.apply = clean_image, .context = &steps, .what = "cleaning a data set",
                     .work_size = clean_work(&steps, dataset->info.width, dataset->info.height)};
    return dataset_changed(cleaned, dataset, "cleaned by", spec, &change, n_threads, error);
}
