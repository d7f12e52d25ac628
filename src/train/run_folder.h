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
    char *init;              /* path/checkpoint/init.json: see warm_start.h */
    char *lock_path;
    int lock; /* of lock_path; -1: not locked */
} RunFolder;

/* Only names; the disk is not looked at. `path` must outlive it. NO_MEMORY; it is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus run_folder_init(RunFolder *folder, const char *path,
                                               ScrawlError *error);
void run_folder_deinit(RunFolder *folder); /* unlocks; NULL-safe */

/* Makes the folder and holds it until run_folder_deinit, so that two processes (or two runs of one)
 * do not write the same files. Nothing where it is held already. BUSY: another holds it, and the
 * sentence has the process's number; IO. A file system without locks is taken as it is. */
SCRAWL_MUST_CHECK ScrawlStatus run_folder_lock(RunFolder *folder, ScrawlError *error);

/* EXISTS where one of a run's files is there and `force` is not set. */
SCRAWL_MUST_CHECK ScrawlStatus run_folder_check(const RunFolder *folder, bool force,
                                                ScrawlError *error);
/* Locks the folder, checks it, removes the files of an earlier run and writes the recipe, by which
 * a folder that cannot be written is found. EXISTS, BUSY, IO. */
SCRAWL_MUST_CHECK ScrawlStatus run_folder_begin(RunFolder *folder, bool force, const char *recipe,
                                                ScrawlError *error);

#endif
