/* Any text is a tree within its limits or a refusal with a sentence, as YAML and as JSON; what was
 * read can be written, and reads and writes the same again. And any text may be --set. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tree.h"
#include "fuzz.h"

#define MAX_WRITTEN (8 * TREE_MAX_TEXT) /* escapes and indentation make a text longer */

typedef ScrawlStatus (*Parse)(Tree *tree, const char *name, const char *text, size_t size,
                              ScrawlError *error);
typedef ScrawlStatus (*Write)(const TreeNode *node, Buffer *out);

static void expect(bool kept)
{
    if (!kept)
        abort();
}

static void check_node(const TreeNode *node, int depth)
{
    size_t n = 0;

    expect(depth <= TREE_MAX_DEPTH && (node->kind == TREE_KIND_SCALAR) == !!node->text);
    for (const TreeNode *child = node->first; child; child = child->next, n++) {
        expect(child->parent == node && (node->kind == TREE_KIND_MAP) == !!child->key);
        check_node(child, depth + 1);
    }
    expect(n == node->n_children);
}

/* Writes the tree, reads that and writes it again. */
static void there_and_back(const Tree *tree, Parse parse, Write write)
{
    ScrawlError error = {0};
    Buffer once, twice;
    Tree back;

    buffer_init(&once, MAX_WRITTEN);
    buffer_init(&twice, MAX_WRITTEN);
    expect(!write(tree->root, &once));
    if (once.size <= TREE_MAX_TEXT) {
        expect(!parse(&back, "back", buffer_text(&once), once.size, &error));
        expect(!write(back.root, &twice));
        expect(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
        tree_deinit(&back);
    }
    buffer_deinit(&once);
    buffer_deinit(&twice);
}

static void read_text(const char *text, size_t size, Parse parse, Write write)
{
    ScrawlError error = {0};
    Tree tree;
    ScrawlStatus status = parse(&tree, "fuzz", text, size, &error);

    expect(error.status == status && !status == !error.message[0]);
    if (!status) {
        expect(tree.n_nodes <= TREE_MAX_NODES);
        check_node(tree.root, 0);
        there_and_back(&tree, parse, write);
    }
    tree_deinit(&tree);
}

/* A tree that refuses an assignment stays as it was. */
static void assign(const char *text, size_t size)
{
    static const char start[] = "train: {epochs: 3, list: [1, {a: 2}]}\n";
    char *assignment = mem_alloc(size + 1, 1);
    Buffer before, after;
    Tree tree;

    expect(assignment && !yaml_parse(&tree, "start", start, strlen(start), NULL));
    if (size > 0)
        memcpy(assignment, text, size);
    assignment[size] = '\0';
    buffer_init(&before, MAX_WRITTEN);
    buffer_init(&after, MAX_WRITTEN);
    expect(!tree_write_json(tree.root, &before));
    if (tree_set(&tree, assignment, NULL)) {
        expect(!tree_write_json(tree.root, &after));
        expect(before.size == after.size && memcmp(before.data, after.data, before.size) == 0);
    }
    check_node(tree.root, 0);
    buffer_deinit(&before);
    buffer_deinit(&after);
    tree_deinit(&tree);
    mem_free(assignment);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;

    read_text(text, size, json_parse, tree_write_json);
    read_text(text, size, yaml_parse, tree_write_yaml);
    assign(text, size);
    return 0;
}
