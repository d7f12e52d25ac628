/* Where the files of a run lie, and when a folder may be taken for a new one. */
#ifndef TRAIN_RUN_FOLDER_H
#define TRAIN_RUN_FOLDER_H

#include <stdbool.h>

#include "scrawl/status.h"

typedef struct RunFolder {
    const char *path; /* borrowed */
    char *model, *recipe, *metrics, *events;
    char *checkpoint_folder; /* path/checkpoint */
    char *checkpoint;        /* path/checkpoint/state.safetensors */
    char *init;              /* path/checkpoint/init.json: see init.h */
} RunFolder;

/* Only names; the disk is not looked at. `path` must outlive it. NO_MEMORY; it is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus run_folder_init(RunFolder *folder, const char *path,
                                               ScrawlError *error);
void run_folder_deinit(RunFolder *folder); /* NULL-safe */

/* EXISTS where one of a run's files is there and `force` is not set. */
SCRAWL_MUST_CHECK ScrawlStatus run_folder_check(const RunFolder *folder, bool force,
                                                ScrawlError *error);
/* Makes the folders, removes the files of an earlier run and writes the recipe, by which a folder
 * that cannot be written is found. IO. */
SCRAWL_MUST_CHECK ScrawlStatus run_folder_begin(const RunFolder *folder, const char *recipe,
                                                ScrawlError *error);

#endif
