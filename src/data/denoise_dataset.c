/* Denoising every picture of a data set, whose ink is 255 on 0. */
#include "data/change.h"
#include "image/denoise.h"

static void denoise_image(const void *context, const ScrawlDatasetInfo *info, size_t i,
                          uint8_t *pixels, void *work)
{
    (void)i;
    denoise_apply(context, info->width, info->height, true, pixels, work);
}

ScrawlStatus scrawl_dataset_denoise(ScrawlDataset **denoised, const ScrawlDataset *dataset,
                                    const char *spec, int n_threads, ScrawlError *error)
{
    Words steps;
    *denoised = NULL;
    ScrawlStatus status = denoise_read(&steps, spec, error);
    if (status)
        return status;
    Change change = {.apply = denoise_image,
                     .context = &steps,
                     .what = "denoising a data set",
                     .work_size = denoise_work(&steps, dataset->info.width, dataset->info.height)};
    return dataset_changed(denoised, dataset, "denoised by", spec, &change, n_threads, error);
}
