/* Where data sets lie, and those that are known by name. */
#ifndef DATA_REGISTRY_H
#define DATA_REGISTRY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "data/dataset.h"
#include "scrawl/status.h"

/* Where data sets lie: $SCRAWL_DATA, then $XDG_CACHE_HOME/scrawl or ~/.cache/scrawl. */

#define LOCATE_MAX_FOLDERS 2

typedef struct DataFolders {
    char *paths[LOCATE_MAX_FOLDERS]; /* in the order in which to look; they may not exist yet */
    int n;
    bool no_variable; /* SCRAWL_DATA would have been looked at, and is not set */
} DataFolders;

/* data_folder: only this one; NULL: as above. Without HOME or any other variable there may be none.
 * NO_MEMORY. Freed by locate_deinit. Reads the environment: not while another thread changes it. */
SCRAWL_MUST_CHECK ScrawlStatus locate_folders(DataFolders *folders, const char *data_folder,
                                              ScrawlError *error);
void locate_deinit(DataFolders *folders); /* NULL-safe */

/* The first folder that may be written, or made: it is not made here. NULL where there is none. One
 * without any write bit in its mode is left alone, by root too. Borrowed. */
const char *locate_writable(const DataFolders *folders);

/* "A or B", for sentences; "(no data folder: set SCRAWL_DATA)" where there is none. `out` is
 * returned. */
const char *locate_text(const DataFolders *folders, char *out, size_t out_size);

/* True, with its path, for the first FOLDER/name that holds a dataset.yaml. A name with a '/' in it
 * is a path, not a name. */
bool locate_described(const DataFolders *folders, const char *name, char path[PATH_MAX]);

/* The data sets known by name: a table of official files with their mirrors, sizes and
 * checksums. */

#define REGISTRY_MAX_MIRRORS 3

/* A file as its publisher offers it. */
typedef struct RegistryFile {
    const char *name;
    uint64_t size;      /* bytes; 0: not published */
    const char *sha256; /* NULL where only an MD5 is published */
    const char *md5;    /* NULL where there is a SHA-256 */
} RegistryFile;

typedef enum RegistryPart {
    REGISTRY_PART_TRAIN_IMAGES,
    REGISTRY_PART_TRAIN_LABELS,
    REGISTRY_PART_TEST_IMAGES,
    REGISTRY_PART_TEST_LABELS,
    REGISTRY_N_PARTS,
} RegistryPart;

/* A row. What has parts lies in DATA/folder/: as files, or as members/NAME of
 * DATA/folder/archive. */
typedef struct RegistryRow {
    const char *name;
    const char *summary;
    size_t n_train, n_test;
    const char *const *class_names;
    int n_classes;
    int label_offset; /* the label of class 0 in the files */
    bool transposed;
    /* Draws a picture of that class, out[size][size], where the set has no files: pen_glyph and its
     * kin. NULL: it has files. */
    void (*draw)(const char *class_name, int size, uint64_t seed, uint64_t stream, uint8_t *out);
    const char *folder;
    const char *mirrors[REGISTRY_MAX_MIRRORS]; /* addresses that a file's name is appended to */
    RegistryFile parts[REGISTRY_N_PARTS];
    const RegistryFile *archive; /* NULL: the parts themselves are downloaded */
    const char *members;         /* folder within the archive */
} RegistryRow;

/* Row i; NULL past the end. Static. */
const RegistryRow *registry_row(size_t i);
/* The row of that name; NULL where there is none. Static. */
const RegistryRow *registry_find(const char *name);

/* The files of a registered data set: where they lie, reading them, fetching them. */

/* True where both files of a split are in FOLDER/row->folder, plain, gzip'd or in the archive.
 * split: TRAIN or TEST. Looks only at names. */
bool registered_has(const RegistryRow *row, const char *folder, ScrawlSplit split);

/* Reads a split from the first folder that has it; downloads it first where none has, unless
 * options forbid. A pen is drawn. options not NULL; split TRAIN or TEST. A count of images other
 * than the official one is a warning. NOT_FOUND, and what idx_dataset and download_file give. */
SCRAWL_MUST_CHECK ScrawlStatus registered_open(ScrawlDataset **dataset, const RegistryRow *row,
                                               ScrawlSplit split, const DataFolders *folders,
                                               const ScrawlDataOptions *options,
                                               ScrawlError *error);

/* Makes the files of a split (ALL: of both) present and intact. A file is intact where its checksum
 * is the official one, or where it is IDX data with the official number of images, packed anew. */
SCRAWL_MUST_CHECK ScrawlStatus registered_fetch(const RegistryRow *row, ScrawlSplit split,
                                                const DataFolders *folders, const ScrawlLog *log,
                                                ScrawlError *error);

#endif
