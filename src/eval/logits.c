/* Logits as a .npy file, version 1.0.
 * Source: NumPy, "NEP 1: A Simple File Format for NumPy Arrays", and numpy/lib/format.py's text. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "scrawl/evaluate.h"

#define HEADER_SIZE 128 /* magic, version, length and text: a multiple of 64 as NumPy writes it */

static ScrawlStatus append_header(Buffer *out, size_t rows, size_t columns)
{
    static const uint8_t start[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, HEADER_SIZE - 10, 0};
    char text[HEADER_SIZE - sizeof start + 1];
    ScrawlStatus status;
    int length;

    length =
        snprintf(text, sizeof text,
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
    memset(text + length, ' ', sizeof text - (size_t)length);
    text[sizeof text - 2] = '\n';
    status = buffer_append(out, start, sizeof start);
    if (status)
        return status;
    return buffer_append(out, text, sizeof text - 1);
}

static ScrawlStatus append_floats(Buffer *out, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        ScrawlStatus status;

        memcpy(&bits, &values[i], sizeof bits);
        status = writer_u32le(out, bits);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

ScrawlStatus scrawl_evaluation_save_logits(const ScrawlEvaluation *evaluation, const char *path,
                                           ScrawlError *error)
{
    size_t columns = (size_t)evaluation->n_classes;
    size_t n = evaluation->n * columns; /* fits: the logits are in memory */
    ScrawlStatus status;
    Buffer out;

    buffer_init(&out, HEADER_SIZE + n * sizeof(float));
    status = append_header(&out, evaluation->n, columns);
    if (!status)
        status = append_floats(&out, evaluation->logits, n);
    if (status)
        status = error_no_memory(error, "the logits' file");
    else
        status = file_write(path, out.data, out.size, error);
    buffer_deinit(&out);
    return status;
}
