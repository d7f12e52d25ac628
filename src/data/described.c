#include "data/readers.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/schema.h"

#define MAX_LABEL_OFFSET 100000

typedef struct Files {
    const char *images, *labels;
} Files;

typedef struct Description {
    Tree tree; /* owns the texts */
    const char *name;
    const TreeNode *classes, *train, *test;
    int orientation; /* index into orientations */
    int label_offset;
} Description;

static const char *const orientations[] = {"upright", "transposed", NULL};

#define AT(field) offsetof(Description, field)
static const SchemaField fields[] = {
    {"name", SCHEMA_TYPE_STRING, AT(name), .what = "what messages call it"},
    {"classes", SCHEMA_TYPE_NODE, AT(classes), .required = true,
     .what = "the names of the classes, in the order of their labels"},
    {"orientation", SCHEMA_TYPE_CHOICE, AT(orientation), .choices = orientations,
     .what = "whether pictures are stored row by row or column by column"},
    {"label_offset", SCHEMA_TYPE_INT, AT(label_offset), 0, MAX_LABEL_OFFSET,
     .what = "the label of the first class"},
    {"train", SCHEMA_TYPE_NODE, AT(train), .what = "files of the training images"},
    {"test", SCHEMA_TYPE_NODE, AT(test), .what = "files of the test images"},
    {0},
};
#undef AT

static const SchemaField file_fields[] = {
    {"images", SCHEMA_TYPE_STRING, offsetof(Files, images), .required = true,
     .what = "an IDX file of images"},
    {"labels", SCHEMA_TYPE_STRING, offsetof(Files, labels), .required = true,
     .what = "an IDX file of labels"},
    {0},
};

bool described_known(const char *folder)
{
    char path[PATH_MAX];

    return snprintf(path, sizeof path, "%s/" DESCRIBED_FILE, folder) < PATH_MAX &&
           file_exists(path);
}

static ScrawlStatus load(Description *description, const char *folder, ScrawlError *error)
{
    char *path = path_join(folder, DESCRIBED_FILE);
    Buffer text;
    ScrawlStatus status;

    memset(description, 0, sizeof *description);
    if (!path)
        return error_no_memory(error, "a path");
    buffer_init(&text, TREE_MAX_TEXT);
    status = file_read_regular(path, &text, error);
    if (!status)
        status = yaml_parse(&description->tree, path, buffer_text(&text), text.size, error);
    if (!status)
        status =
            schema_read(&description->tree, description->tree.root, fields, description, error);
    if (!status && !description->train && !description->test)
        status = tree_error(&description->tree, description->tree.root, error,
                            "expected train, test or both");
    if (status)
        tree_deinit(&description->tree);
    buffer_deinit(&text);
    mem_free(path);
    return status;
}

static ScrawlStatus check_class(const Tree *tree, const TreeNode *item, const char *const *names,
                                int n, ScrawlError *error)
{
    if (item->kind != TREE_KIND_SCALAR || !item->text[0])
        return tree_error(tree, item, error, "expected the name of a class");
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], item->text) == 0)
            return tree_error(tree, item, error, "the class '%s' is there twice", item->text);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_classes(const Description *description, const char **names, int *n_names,
                                 ScrawlError *error)
{
    const TreeNode *list = description->classes;

    *n_names = 0;
    if (list->kind != TREE_KIND_LIST || list->n_children < 2 ||
        list->n_children > SCRAWL_DATASET_MAX_CLASSES)
        return tree_error(&description->tree, list, error, "expected a list of 2 to %d names",
                          SCRAWL_DATASET_MAX_CLASSES);
    for (const TreeNode *item = list->first; item; item = item->next) {
        ScrawlStatus status = check_class(&description->tree, item, names, *n_names, error);

        if (status)
            return status;
        names[(*n_names)++] = item->text;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_files(const Description *description, const char *folder,
                               IdxMeaning *meaning, const TreeNode *node, ScrawlDataset **dataset,
                               ScrawlError *error)
{
    Files files = {0};
    char *images = NULL, *labels = NULL;
    ScrawlStatus status = schema_read(&description->tree, node, file_fields, &files, error);

    if (status)
        return status;
    images = path_join(folder, files.images);
    labels = path_join(folder, files.labels);
    meaning->images_name = images;
    meaning->labels_name = labels;
    status =
        images && labels ? idx_read(dataset, meaning, error) : error_no_memory(error, "a path");
    mem_free(images);
    mem_free(labels);
    return status;
}

static ScrawlStatus read_split(ScrawlDataset **dataset, const Description *description,
                               const char *folder, ScrawlSplit split, ScrawlError *error)
{
    const char *names[SCRAWL_DATASET_MAX_CLASSES];
    const TreeNode *node = split == SCRAWL_SPLIT_TEST ? description->test : description->train;
    IdxMeaning meaning = {.name = description->name ? description->name : path_name(folder),
                          .split = split,
                          .class_names = names,
                          .label_offset = description->label_offset,
                          .transposed = description->orientation == 1};
    ScrawlStatus status;

    if (split == SCRAWL_SPLIT_ALL)
        return error_set(error, SCRAWL_STATUS_USAGE, "%s: one split at a time", folder);
    if (!node)
        return error_set(error, SCRAWL_STATUS_NOT_FOUND, "%s has no %s split: %s describes only %s",
                         folder, split_name(split), description->tree.name,
                         description->test ? "test" : "train");
    status = read_classes(description, names, &meaning.n_classes, error);
    if (status)
        return status;
    return read_files(description, folder, &meaning, node, dataset, error);
}

ScrawlStatus described_read(ScrawlDataset **dataset, const char *folder, ScrawlSplit split,
                            ScrawlError *error)
{
    Description description;
    ScrawlStatus status = load(&description, folder, error);

    *dataset = NULL;
    if (status)
        return status;
    status = read_split(dataset, &description, folder, split, error);
    tree_deinit(&description.tree);
    return status;
}

static bool files_exist(const Description *description, const char *folder, const TreeNode *node)
{
    Files files = {0};
    char *images, *labels;
    bool exist;

    if (!node || schema_read(&description->tree, node, file_fields, &files, NULL))
        return false;
    images = path_join(folder, files.images);
    labels = path_join(folder, files.labels);
    exist = images && labels && file_exists(images) && file_exists(labels);
    mem_free(images);
    mem_free(labels);
    return exist;
}

bool described_splits(const char *folder, bool *has_train, bool *has_test)
{
    Description description;

    *has_train = *has_test = false;
    if (load(&description, folder, NULL))
        return false;
    *has_train = files_exist(&description, folder, description.train);
    *has_test = files_exist(&description, folder, description.test);
    tree_deinit(&description.tree);
    return true;
}
