/* Augmentations that have a name: our own, and those of recipes. A recipe's other sections belong
 * to folders above this one; to read the one that is ours, its text as a tree is enough. */
#include <string.h>

#include "base/embedded.h"
#include "base/error.h"
#include "base/file.h"
#include "data/augment.h"
#include "scrawl/system.h"

#define RECIPES "recipes/"
#define MAX_NAMES 100 /* among which a wrong one's nearest is sought */

static const struct {
    const char *name;
    Augment augment;
} named[] = {
    {"distort",
     {.rotation = {-10, 10},
      .shift = {-0.1, 0.1},
      .scale = {0.9, 1.1},
      .contrast = {1, 1},
      .noise = 0.1}},
};

#define N_NAMED (sizeof named / sizeof named[0])

const Augment *augment_find(const char *name)
{
    for (size_t i = 0; i < N_NAMED; i++)
        if (strcmp(named[i].name, name) == 0)
            return &named[i].augment;
    return NULL;
}

const char *const *augment_names(void)
{
    static const char *const names[N_NAMED + 1] = {"distort", NULL};
    return names;
}

static bool is_recipe(const EmbeddedFile *file)
{
    return strncmp(file->path, RECIPES, strlen(RECIPES)) == 0;
}

static const EmbeddedFile *find_embedded(const char *name)
{
    const EmbeddedFile *file;
    for (size_t i = 0; (file = embedded_get(i)); i++)
        if (is_recipe(file) && strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static ScrawlStatus error_unknown(const char *name, ScrawlError *error)
{
    const char *names[MAX_NAMES + 1] = {0};
    const EmbeddedFile *file;
    size_t n = 0;
    for (; n < N_NAMED; n++)
        names[n] = named[n].name;
    for (size_t i = 0; n < MAX_NAMES && (file = embedded_get(i)); i++)
        if (is_recipe(file))
            names[n++] = file->name;
    const char *near = scrawl_nearest(name, names);
    if (near)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "there is no augmentation '%s': did you mean '@%s'?", name, near);
    return error_set(error, SCRAWL_STATUS_USAGE,
                     "there is no augmentation '%s': expected 'distort', a built-in recipe or a "
                     "recipe file",
                     name);
}

static ScrawlStatus read_recipe(Augment *augment, const char *name, const char *text, size_t size,
                                ScrawlError *error)
{
    Tree tree;
    ScrawlStatus status = yaml_parse(&tree, name, text, size, error);
    if (!status)
        status = augment_read(augment, &tree, tree_get(tree.root, "augmentation"), error);
    tree_deinit(&tree);
    return status;
}

static ScrawlStatus read_file(Augment *augment, const char *path, ScrawlError *error)
{
    Buffer text;
    buffer_init(&text, TREE_MAX_TEXT);
    ScrawlStatus status = file_read(path, &text, error);
    if (!status)
        status = read_recipe(augment, path, buffer_text(&text), text.size, error);
    buffer_deinit(&text);
    return status;
}

ScrawlStatus augment_load(Augment *augment, const char *name, ScrawlError *error)
{
    const Augment *own = augment_find(name);
    const EmbeddedFile *file = find_embedded(name);
    *augment = own ? *own : AUGMENT_NONE;
    if (own)
        return SCRAWL_STATUS_OK;
    if (file)
        return read_recipe(augment, file->path, (const char *)file->data, file->size, error);
    return file_exists(name) ? read_file(augment, name, error) : error_unknown(name, error);
}
