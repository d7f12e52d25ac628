#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/team.h"
#include "data/archive.h"
#include "data/download.h"
#include "data/pen.h"
#include "data/readers.h"
#include "data/registry.h"

#define MIRROR_VARIABLE "SCRAWL_MIRROR"
#define MAX_TEXT 256

/* FOLDER/mnist/train-images-idx3-ubyte.gz, or the same without .gz; false where neither exists. */
static bool find_part(const RegistryRow *row, const char *folder, RegistryPart part,
                      char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%s/%s/%s", folder, row->folder, row->parts[part].name);

    if (length >= PATH_MAX)
        return false;
    if (file_exists(path))
        return true;
    if (path_has_suffix(path, ".gz"))
        path[length - 3] = 0;
    return file_exists(path);
}

static bool find_archive(const RegistryRow *row, const char *folder, char path[PATH_MAX])
{
    return row->archive &&
           snprintf(path, PATH_MAX, "%s/%s/%s", folder, row->folder, row->archive->name) <
               PATH_MAX &&
           file_exists(path);
}

static RegistryPart images_of(ScrawlSplit split)
{
    return split == SCRAWL_SPLIT_TEST ? REGISTRY_PART_TEST_IMAGES : REGISTRY_PART_TRAIN_IMAGES;
}

static bool has_files(const RegistryRow *row, const char *folder, ScrawlSplit split)
{
    char path[PATH_MAX];

    return find_part(row, folder, images_of(split), path) &&
           find_part(row, folder, images_of(split) + 1, path);
}

bool registered_has(const RegistryRow *row, const char *folder, ScrawlSplit split)
{
    char path[PATH_MAX];

    return has_files(row, folder, split) || find_archive(row, folder, path);
}

static size_t official_count(const RegistryRow *row, RegistryPart part)
{
    return part >= REGISTRY_PART_TEST_IMAGES ? row->n_test : row->n_train;
}

/* Only where has_files. */
static ScrawlStatus read_files(ScrawlDataset **dataset, const RegistryRow *row, const char *folder,
                               ScrawlSplit split, IdxMeaning *meaning, ScrawlError *error)
{
    char images[PATH_MAX], labels[PATH_MAX];

    find_part(row, folder, images_of(split), images);
    find_part(row, folder, images_of(split) + 1, labels);
    meaning->images_name = images;
    meaning->labels_name = labels;
    return idx_read(dataset, meaning, error);
}

static ScrawlStatus read_member(const Archive *archive, const char *name, Buffer *out,
                                ScrawlError *error)
{
    ScrawlStatus status = archive_read(archive, name, out, error);

    return status ? status : gzip_unpack(out, name, error);
}

/* Only where find_archive. */
static ScrawlStatus read_archive(ScrawlDataset **dataset, const RegistryRow *row,
                                 const char *folder, ScrawlSplit split, IdxMeaning *meaning,
                                 ScrawlError *error)
{
    char path[PATH_MAX], images_name[NAME_MAX + 1], labels_name[NAME_MAX + 1];
    Archive *archive = NULL;
    Buffer images, labels;
    ScrawlStatus status;

    find_archive(row, folder, path);
    snprintf(images_name, sizeof images_name, "%s/%s", row->members,
             row->parts[images_of(split)].name);
    snprintf(labels_name, sizeof labels_name, "%s/%s", row->members,
             row->parts[images_of(split) + 1].name);
    buffer_init(&images, DATASET_MAX_FILE);
    buffer_init(&labels, DATASET_MAX_FILE);
    meaning->images_name = images_name;
    meaning->labels_name = labels_name;
    status = archive_open_file(&archive, path, error);
    if (!status)
        status = read_member(archive, images_name, &images, error);
    if (!status)
        status = read_member(archive, labels_name, &labels, error);
    if (!status) {
        status = idx_dataset(dataset, meaning, &images, &labels, error);
        if (status)
            error_prefix(error, status, "%s", path);
    }
    archive_close(archive);
    buffer_deinit(&images);
    buffer_deinit(&labels);
    return status;
}

static ScrawlStatus read_from(ScrawlDataset **dataset, const RegistryRow *row, const char *folder,
                              ScrawlSplit split, const ScrawlLog *log, ScrawlError *error)
{
    IdxMeaning meaning = {.name = row->name,
                          .split = split,
                          .class_names = row->class_names,
                          .n_classes = row->n_classes,
                          .label_offset = row->label_offset,
                          .transposed = row->transposed};
    size_t n_official = official_count(row, images_of(split));
    ScrawlStatus status;

    if (has_files(row, folder, split))
        status = read_files(dataset, row, folder, split, &meaning, error);
    else
        status = read_archive(dataset, row, folder, split, &meaning, error);
    if (!status && (*dataset)->info.n != n_official)
        log_message(log, SCRAWL_LOG_LEVEL_WARNING,
                    "%s:%s in %s has %zu images; the official one has %zu", row->name,
                    split_name(split), folder, (*dataset)->info.n, n_official);
    return status;
}

static const char *find_folder(const RegistryRow *row, const DataFolders *folders,
                               ScrawlSplit split)
{
    for (int i = 0; i < folders->n; i++)
        if (registered_has(row, folders->paths[i], split))
            return folders->paths[i];
    return NULL;
}

static ScrawlStatus missing_error(const RegistryRow *row, const DataFolders *folders,
                                  ScrawlSplit split, ScrawlError *error)
{
    char text[MAX_TEXT];

    return error_set(error, SCRAWL_STATUS_NOT_FOUND,
                     "%s:%s is not at hand: there is no %s/%s in %s; 'scrawl data fetch %s' "
                     "downloads it",
                     row->name, split_name(split), row->folder, row->parts[images_of(split)].name,
                     locate_text(folders, text, sizeof text), row->name);
}

ScrawlStatus registered_open(ScrawlDataset **dataset, const RegistryRow *row, ScrawlSplit split,
                             const DataFolders *folders, const ScrawlDataOptions *options,
                             ScrawlError *error)
{
    const char *folder;
    ScrawlStatus status;

    *dataset = NULL;
    if (row->draw)
        return pen_dataset(dataset, row->name, split,
                           split == SCRAWL_SPLIT_TEST ? row->n_test : row->n_train, options->seed,
                           error);
    folder = find_folder(row, folders, split);
    if (!folder && options->no_download)
        return missing_error(row, folders, split, error);
    if (!folder) {
        status = registered_fetch(row, split, folders, options->log, error);
        if (status)
            return error_prefix(error, status, "%s:%s is not at hand (%s/%s)", row->name,
                                split_name(split), row->folder, row->parts[images_of(split)].name);
        folder = find_folder(row, folders, split);
        if (!folder)
            return missing_error(row, folders, split, error);
    }
    return read_from(dataset, row, folder, split, options->log, error);
}

/* A file that was packed anew has another checksum; what it unpacks to is what counts. */
static bool holds_official_count(const RegistryRow *row, const char *path, RegistryPart part)
{
    bool labels = part == REGISTRY_PART_TRAIN_LABELS || part == REGISTRY_PART_TEST_LABELS;
    IdxImages images = {0};
    IdxLabels numbers = {0};
    Buffer bytes;
    bool ok = false;

    buffer_init(&bytes, DATASET_MAX_FILE);
    if (!gzip_read_file(path, &bytes, NULL))
        ok = labels ? !idx_parse_labels(&numbers, bytes.data, bytes.size, NULL)
                    : !idx_parse_images(&images, bytes.data, bytes.size, NULL);
    ok = ok && (labels ? numbers.n : images.n) == official_count(row, part);
    buffer_deinit(&bytes);
    return ok;
}

static Download request(const RegistryFile *file, const char *path)
{
    return (Download){.path = path, .size = file->size, .sha256 = file->sha256, .md5 = file->md5};
}

static void warn_of(const char *path, const ScrawlLog *log)
{
    log_message(log, SCRAWL_LOG_LEVEL_WARNING, "%s is corrupted or another file", path);
}

static bool part_is_intact(const RegistryRow *row, const char *folder, RegistryPart part,
                           const ScrawlLog *log)
{
    char path[PATH_MAX];
    Download wanted = request(&row->parts[part], path);

    if (!find_part(row, folder, part, path))
        return false;
    if ((wanted.sha256 || wanted.md5) && !download_verify(&wanted, path, NULL))
        return true;
    if (holds_official_count(row, path, part))
        return true;
    warn_of(path, log);
    return false;
}

static bool archive_is_intact(const RegistryRow *row, const char *folder, const ScrawlLog *log)
{
    char path[PATH_MAX];
    Download wanted;

    if (!find_archive(row, folder, path))
        return false;
    wanted = request(row->archive, path);
    if (!download_verify(&wanted, path, NULL))
        return true;
    warn_of(path, log);
    return false;
}

static bool is_wanted(RegistryPart part, ScrawlSplit split)
{
    bool test = part >= REGISTRY_PART_TEST_IMAGES;

    return split == SCRAWL_SPLIT_ALL || test == (split == SCRAWL_SPLIT_TEST);
}

static bool have_part(const RegistryRow *row, const DataFolders *folders, RegistryPart part,
                      const ScrawlLog *log)
{
    for (int i = 0; i < folders->n; i++)
        if (part_is_intact(row, folders->paths[i], part, log))
            return true;
    return false;
}

static bool have_archive(const RegistryRow *row, const DataFolders *folders, const ScrawlLog *log)
{
    for (int i = 0; i < folders->n; i++)
        if (archive_is_intact(row, folders->paths[i], log))
            return true;
    return false;
}

/* MIRROR/mnist/NAME in place of the row's own mirrors, where the variable is set. */
static ScrawlStatus list_urls(const RegistryRow *row, const RegistryFile *file,
                              char *urls[REGISTRY_MAX_MIRRORS], int *n_urls, ScrawlError *error)
{
    const char *mirror = getenv(MIRROR_VARIABLE);

    *n_urls = 0;
    if (mirror && *mirror) {
        bool slash = mirror[strlen(mirror) - 1] == '/';

        urls[0] = mem_format("%s%s%s/%s", mirror, slash ? "" : "/", row->folder, file->name);
        *n_urls = urls[0] != NULL;
        return urls[0] ? SCRAWL_STATUS_OK : error_no_memory(error, "an address");
    }
    for (int i = 0; i < REGISTRY_MAX_MIRRORS && row->mirrors[i]; i++) {
        urls[i] = mem_format("%s%s", row->mirrors[i], file->name);
        if (!urls[i])
            return error_no_memory(error, "an address");
        *n_urls = i + 1;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus fetch_file(const RegistryRow *row, const RegistryFile *file,
                               const DataFolders *folders, const ScrawlLog *log, ScrawlError *error)
{
    const char *folder = locate_writable(folders);
    char *urls[REGISTRY_MAX_MIRRORS], text[MAX_TEXT], *path;
    Download download;
    int n_urls;
    ScrawlStatus status;

    if (!folder)
        return error_set(error, SCRAWL_STATUS_IO, "cannot write to %s",
                         locate_text(folders, text, sizeof text));
    path = mem_format("%s/%s/%s", folder, row->folder, file->name);
    status = list_urls(row, file, urls, &n_urls, error);
    if (!status && !path)
        status = error_no_memory(error, "a path");
    if (!status) {
        download = request(file, path);
        download.urls = (const char *const *)urls;
        download.n_urls = n_urls;
        status = download_file(&download, log, error);
    }
    if (!status)
        log_message(log, SCRAWL_LOG_LEVEL_INFO, "fetched and verified %s", path);
    for (int i = 0; i < n_urls; i++)
        mem_free(urls[i]);
    mem_free(path);
    return status;
}

ScrawlStatus registered_fetch(const RegistryRow *row, ScrawlSplit split, const DataFolders *folders,
                              const ScrawlLog *log, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    bool missing = false;

    if (row->draw)
        return SCRAWL_STATUS_OK;
    if (row->archive && have_archive(row, folders, log))
        return SCRAWL_STATUS_OK;
    for (RegistryPart part = 0; !status && part < REGISTRY_N_PARTS; part++) {
        if (!is_wanted(part, split) || have_part(row, folders, part, log))
            continue;
        missing = true;
        if (!row->archive)
            status = fetch_file(row, &row->parts[part], folders, log, error);
    }
    if (row->archive && missing)
        status = fetch_file(row, row->archive, folders, log, error);
    return status;
}

/* A data set from the pen: picture i of a split is a function of (seed, split, i) alone, so that it
 * does not matter which thread draws it. */

#define PICTURES_A_CHUNK 256
#define SIDE 28

typedef struct Drawing {
    ScrawlDataset *dataset;
    const RegistryRow *row;
    uint64_t seed, split;
} Drawing;

/* What a picture of a class shows: for a capital whose small letter is no class of its own, every
 * other one is small, and that is put into `letter`. */
static const char *choose_label(const RegistryRow *row, int label, size_t round, char letter[2])
{
    const char *name = row->class_names[label];
    if (name[0] < 'A' || name[0] > 'Z' || round % 2 == 0)
        return name;
    letter[0] = (char)(name[0] - 'A' + 'a');
    letter[1] = '\0';
    for (int i = 0; i < row->n_classes; i++)
        if (row->class_names[i][0] == letter[0])
            return name;
    return letter;
}

static void draw_chunk(void *context, size_t chunk, int thread)
{
    const Drawing *drawing = context;
    ScrawlDataset *dataset = drawing->dataset;
    size_t n_labels = (size_t)drawing->row->n_classes, end = (chunk + 1) * PICTURES_A_CHUNK;
    (void)thread;
    for (size_t i = chunk * PICTURES_A_CHUNK; i < end && i < dataset->info.n; i++) {
        char letter[2];
        const RegistryRow *row = drawing->row;
        dataset->labels[i] = (uint16_t)(i % n_labels);
        row->draw(choose_label(row, (int)(i % n_labels), i / n_labels, letter), SIDE, drawing->seed,
                  rng_stream(RNG_PURPOSE_PEN, drawing->split, i),
                  dataset->pixels + i * SIDE * SIDE);
    }
}

ScrawlStatus pen_dataset(ScrawlDataset **dataset, const char *name, ScrawlSplit split, size_t n,
                         uint64_t seed, ScrawlError *error)
{
    const RegistryRow *row = registry_find(name);
    *dataset = NULL;
    if (!row || !row->draw)
        return error_set(error, SCRAWL_STATUS_NOT_FOUND,
                         "\"%s\" is no data set of the pen: expected pen or pen-chars", name);
    DatasetPlan plan = {.name = name,
                        .split = split,
                        .n = n,
                        .width = SIDE,
                        .height = SIDE,
                        .class_names = row->class_names,
                        .n_classes = row->n_classes};
    ScrawlStatus status = dataset_create(dataset, &plan, NULL, error);
    if (status)
        return status;
    Drawing drawing = {*dataset, row, seed, (uint64_t)split};
    team_run(team_default_threads(), (n + PICTURES_A_CHUNK - 1) / PICTURES_A_CHUNK, draw_chunk,
             &drawing);
    dataset_seal(*dataset);
    return SCRAWL_STATUS_OK;
}
