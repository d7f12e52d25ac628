/* Small files of every kind that the tests of this folder read, made on the spot. */
#ifndef TESTS_DATA_FILES_H
#define TESTS_DATA_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zip.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset.h"

#define SIDE 4 /* of the small pictures */
#define PIXELS (SIDE * SIDE)

/* A temporary folder, "" until made. */
static char files_folder[64];

static inline int files_setup(void **state)
{
    (void)state;
    strcpy(files_folder, "/tmp/scrawl-test-XXXXXX");
    return mkdtemp(files_folder) ? 0 : -1;
}

static inline int files_teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", files_folder);
    return system(command);
}

/* A path within it; one of a few static texts in turn. */
static inline const char *files_path(const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", files_folder, name);
    return path;
}

static inline void files_mkdir(const char *name)
{
    assert_int_equal(folder_create(files_path(name), NULL), 0);
}

static inline void files_write(const char *name, const void *bytes, size_t size)
{
    assert_int_equal(file_write(files_path(name), bytes, size, NULL), 0);
}

static inline void files_write_text(const char *name, const char *text)
{
    files_write(name, text, strlen(text));
}

/* Pixel p of picture i: no two pictures, rows or columns alike. */
static inline uint8_t sample_pixel(size_t i, size_t p)
{
    return (uint8_t)(i * 31 + p * 7 + 1);
}

/* n pictures of height x width as IDX; append to a buffer that the caller has initialised. */
static inline void idx_images(Buffer *out, size_t n, uint32_t height, uint32_t width)
{
    assert_int_equal(writer_u32be(out, 0x803), 0);
    assert_int_equal(writer_u32be(out, (uint32_t)n), 0);
    assert_int_equal(writer_u32be(out, height), 0);
    assert_int_equal(writer_u32be(out, width), 0);
    for (size_t i = 0; i < n; i++) {
        for (size_t p = 0; p < (size_t)height * width; p++) {
            uint8_t pixel = sample_pixel(i, p);

            assert_int_equal(buffer_append(out, &pixel, 1), 0);
        }
    }
}

/* Labels 0, 1, ..., n_classes-1, 0, ... plus an offset. */
static inline void idx_labels(Buffer *out, size_t n, int n_classes, int offset)
{
    assert_int_equal(writer_u32be(out, 0x801), 0);
    assert_int_equal(writer_u32be(out, (uint32_t)n), 0);
    for (size_t i = 0; i < n; i++) {
        uint8_t label = (uint8_t)((int)(i % (size_t)n_classes) + offset);

        assert_int_equal(buffer_append(out, &label, 1), 0);
    }
}

static inline void gzip_bytes(Buffer *out, const void *bytes, size_t size)
{
    z_stream stream = {0};
    size_t bound;

    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    bound = deflateBound(&stream, size);
    assert_int_equal(buffer_reserve(out, bound), 0);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = out->data + out->size;
    stream.avail_out = (uInt)bound;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->size += stream.total_out;
    deflateEnd(&stream);
}

/* Writes n pictures and labels as two IDX files, gzip'd where a name says so. */
static inline void files_write_idx(const char *images, const char *labels, size_t n, int n_classes,
                                   int offset)
{
    Buffer plain, packed;
    const char *names[2] = {images, labels};

    for (int i = 0; i < 2; i++) {
        bool gz = path_has_suffix(names[i], ".gz");

        buffer_init(&plain, DATASET_MAX_FILE);
        buffer_init(&packed, DATASET_MAX_FILE);
        if (i == 0)
            idx_images(&plain, n, SIDE, SIDE);
        else
            idx_labels(&plain, n, n_classes, offset);
        if (gz)
            gzip_bytes(&packed, plain.data, plain.size);
        files_write(names[i], gz ? packed.data : plain.data, gz ? packed.size : plain.size);
        buffer_deinit(&plain);
        buffer_deinit(&packed);
    }
}

typedef struct ZipMember {
    const char *name;
    const Buffer *bytes;
} ZipMember;

static inline void files_write_zip(const char *name, const ZipMember *members, size_t n)
{
    int code;
    zip_t *zip = zip_open(files_path(name), ZIP_CREATE | ZIP_TRUNCATE, &code);

    assert_non_null(zip);
    for (size_t i = 0; i < n; i++) {
        zip_source_t *source =
            zip_source_buffer(zip, members[i].bytes->data, members[i].bytes->size, 0);

        assert_true(zip_file_add(zip, members[i].name, source, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

/* The sentence must hold the words that help. */
static inline void assert_says(const ScrawlError *error, const char *words)
{
    if (!strstr(error->message, words))
        fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

/* Calls attempt(context, error) with allocation 1, 2, 3, ... failing, until it succeeds: every
 * failure must be NO_MEMORY, and the leak checker sees what was not freed. */
static inline void fail_every_allocation(ScrawlStatus (*attempt)(void *context, ScrawlError *error),
                                         void *context)
{
    for (uint64_t n = 1; n < 10000; n++) {
        ScrawlError error = {0};
        ScrawlStatus status;

        mem_fail_at(n);
        status = attempt(context, &error);
        mem_fail_at(0);
        if (!status) {
            assert_true(n > 1);
            return;
        }
        if (status != SCRAWL_STATUS_NO_MEMORY)
            fail_msg("allocation %d: %s", (int)n, error.message);
    }
    fail_msg("still failing after 10000 allocations");
}

#endif
