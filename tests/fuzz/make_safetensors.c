/* usage: make_safetensors FOLDER
 *
 * Writes the corpus of fuzz_safetensors: every case of the tests as one file. */
#include <stdio.h>

#include "base/file.h"
#include "base/memory.h"
#include "cases.h"

static int put(const char *folder, const char *name, const Buffer *bytes)
{
    ScrawlError error = {0};
    char *path = path_join(folder, name);
    int failed = !path || file_write(path, bytes->data, bytes->size, &error);
    if (failed)
        fprintf(stderr, "%s\n", error.message);
    mem_free(path);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = argc != 2;
    Buffer bytes;
    buffer_init(&bytes, (size_t)1 << 20);
    for (const HeaderCase *row = header_cases; row->name && !failed; row++) {
        buffer_deinit(&bytes);
        case_bytes(row->header, row->n_data, &bytes);
        failed |= put(argv[1], row->name, &bytes);
    }
    buffer_deinit(&bytes);
    const char *name;
    for (size_t i = 0; !failed && model_case(i, &name, &bytes); i++) {
        failed |= put(argv[1], name, &bytes);
        buffer_deinit(&bytes);
    }
    return failed;
}
