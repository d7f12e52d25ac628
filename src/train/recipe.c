/* A recipe's text: reading, setting, writing. What its keys mean is in recipe_check.c. */
#include "train/recipe.h"

#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "scrawl/status.h"

#define EMBEDDED_FOLDER "recipes/"

static bool is_recipe(const EmbeddedFile *file)
{
    return strncmp(file->path, EMBEDDED_FOLDER, strlen(EMBEDDED_FOLDER)) == 0;
}

static const EmbeddedFile *embedded_recipe(size_t i)
{
    const EmbeddedFile *file;
    for (size_t k = 0; (file = embedded_get(k)); k++) {
        if (is_recipe(file) && i-- == 0)
            return file;
    }
    return NULL;
}

const char *scrawl_recipe_embedded(size_t i)
{
    const EmbeddedFile *file = embedded_recipe(i);
    return file ? file->name : NULL;
}

static const EmbeddedFile *find_embedded(const char *name)
{
    const EmbeddedFile *file;
    for (size_t i = 0; (file = embedded_recipe(i)); i++) {
        if (strcmp(file->name, name) == 0)
            return file;
    }
    return NULL;
}

static ScrawlStatus error_not_found(const char *name, ScrawlError *error)
{
    enum { MAX_NAMES = 64 };
    const char *names[MAX_NAMES + 1] = {NULL};
    char list[256] = "";
    size_t n = 0, used = 0;
    while (n < MAX_NAMES && (names[n] = scrawl_recipe_embedded(n))) {
        int length = snprintf(list + used, sizeof list - used, "%s%s", n ? ", " : "", names[n]);
        used += (size_t)length < sizeof list - used ? (size_t)length : 0;
        n++;
    }
    names[n] = NULL;
    const char *nearest = scrawl_nearest(name, names);
    if (nearest)
        return error_set(error, SCRAWL_STATUS_NOT_FOUND,
                         "%s: no such file, and no built-in recipe of that name; did you mean "
                         "\"%s\"?",
                         name, nearest);
    return error_set(error, SCRAWL_STATUS_NOT_FOUND,
                     "%s: no such file, and no built-in recipe of that name (there are: %s)", name,
                     n ? list : "none");
}

static ScrawlStatus parse_file(Tree *tree, const char *path, ScrawlError *error)
{
    if (!file_exists(path))
        return error_not_found(path, error);
    Buffer text;
    buffer_init(&text, TREE_MAX_TEXT);
    ScrawlStatus status = file_read(path, &text, error);
    if (!status)
        status = yaml_parse(tree, path, buffer_text(&text), text.size, error);
    buffer_deinit(&text);
    return status;
}

/* The name may be anywhere in the tree's memory: look again after every change. */
static void find_name(ScrawlRecipe *recipe)
{
    const TreeNode *node = tree_get(recipe->tree.root, "name");
    recipe->name = node && node->kind == TREE_KIND_SCALAR ? node->text : "";
}

ScrawlStatus scrawl_recipe_load(ScrawlRecipe **recipe, const char *name, ScrawlError *error)
{
    *recipe = NULL;
    ScrawlRecipe *new_recipe = mem_alloc_zero(1, sizeof *new_recipe);
    if (!new_recipe)
        return error_no_memory(error, "a recipe");
    const EmbeddedFile *file = find_embedded(name);
    Tree *tree = &new_recipe->tree;
    ScrawlStatus status =
        file ? yaml_parse(tree, file->path, (const char *)file->data, file->size, error)
             : parse_file(tree, name, error);
    if (status) {
        scrawl_recipe_free(new_recipe);
        return status;
    }
    find_name(new_recipe);
    *recipe = new_recipe;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus recipe_copy(ScrawlRecipe **copy, const ScrawlRecipe *recipe, ScrawlError *error)
{
    *copy = NULL;
    ScrawlRecipe *new_recipe = mem_alloc_zero(1, sizeof *new_recipe);
    if (!new_recipe)
        return error_no_memory(error, "a recipe");
    ScrawlStatus status = tree_copy(&new_recipe->tree, &recipe->tree, error);
    if (status) {
        scrawl_recipe_free(new_recipe);
        return status;
    }
    find_name(new_recipe);
    *copy = new_recipe;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus scrawl_recipe_set(ScrawlRecipe *recipe, const char *assignment, ScrawlError *error)
{
    recipe->checked = false;
    ScrawlStatus status = tree_set(&recipe->tree, assignment, error);
    find_name(recipe);
    return status;
}

/* The buffer's memory becomes the caller's. */
static ScrawlStatus take_text(Buffer *buffer, ScrawlStatus status, char **text, const char *what,
                              ScrawlError *error)
{
    if (!status && !buffer->data)
        status = buffer_append(buffer, "", 0);
    if (!status && (*text = (char *)buffer->data))
        return SCRAWL_STATUS_OK;
    buffer_deinit(buffer);
    if (status == SCRAWL_STATUS_LIMIT)
        return error_set(error, status, "%s is longer than %zu bytes", what, buffer->max_size);
    return error_no_memory(error, what);
}

ScrawlStatus scrawl_recipe_text(const ScrawlRecipe *recipe, char **yaml, ScrawlError *error)
{
    *yaml = NULL;
    Buffer buffer;
    buffer_init(&buffer, TREE_MAX_TEXT);
    ScrawlStatus status = tree_write_yaml(recipe->tree.root, &buffer);
    return take_text(&buffer, status, yaml, "the recipe's text", error);
}

ScrawlStatus scrawl_recipe_summary(ScrawlRecipe *recipe, char **text, ScrawlError *error)
{
    *text = NULL;
    ScrawlStatus status = scrawl_recipe_check(recipe, error);
    if (status)
        return status;
    Graph *graph;
    status = recipe_graph(recipe, &graph, error);
    if (status)
        return status;
    Buffer buffer;
    buffer_init(&buffer, TREE_MAX_TEXT);
    status = take_text(&buffer, graph_summary(graph, &buffer), text, "the table of layers", error);
    graph_free(graph);
    return status;
}

const char *scrawl_recipe_name(const ScrawlRecipe *recipe)
{
    return recipe->name;
}

int scrawl_recipe_seed(const ScrawlRecipe *recipe)
{
    return recipe->checked ? recipe->train.seed : 0;
}

void scrawl_recipe_free(ScrawlRecipe *recipe)
{
    if (!recipe)
        return;
    tree_deinit(&recipe->tree);
    mem_free(recipe);
}
