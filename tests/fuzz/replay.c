/* usage: replay FOLDER|FILE...
 *
 * Runs a fuzz target over files: each as it is, cut after every byte (the first few kilobytes), and
 * with every byte changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "fuzz.h"

#define MAX_FILE ((size_t)1 << 20)
#define MAX_CHANGED ((size_t)2048) /* bytes of a file that are changed and cut */

static size_t n_files;

/* A block of exactly these bytes, so that a sanitizer sees a read behind them. */
static void run(const uint8_t *bytes, size_t size, size_t changed, uint8_t mask)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (!copy)
        abort();
    if (size > 0)
        memcpy(copy, bytes, size);
    if (changed < size)
        copy[changed] ^= mask;
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int replay_file(const char *path)
{
    ScrawlError error = {0};
    Buffer bytes;
    buffer_init(&bytes, MAX_FILE);
    if (file_read(path, &bytes, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    run(bytes.data, bytes.size, bytes.size, 0);
    for (size_t i = 0; i < bytes.size && i < MAX_CHANGED; i++) {
        run(bytes.data, i, i, 0);
        run(bytes.data, bytes.size, i, 0x01);
        run(bytes.data, bytes.size, i, 0x80);
    }
    buffer_deinit(&bytes);
    n_files++;
    return 0;
}

static int replay_folder(const char *path)
{
    ScrawlError error = {0};
    char **names;
    size_t n_names;
    int failed = 0;
    if (folder_list(path, &names, &n_names, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (size_t i = 0; i < n_names; i++) {
        char *file = path_join(path, names[i]);
        failed |= !file || replay_file(file);
        mem_free(file);
    }
    mem_free(names);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= folder_exists(argv[i]) ? replay_folder(argv[i]) : replay_file(argv[i]);
    if (n_files == 0)
        fprintf(stderr, "usage: %s FOLDER|FILE...\n", argv[0]);
    return failed || n_files == 0;
}
