/* Safetensors files made by hand, good and bad: for the tests and for the fuzzer's corpus. */
#ifndef TESTS_FORMATS_CASES_H
#define TESTS_FORMATS_CASES_H

#include <stdbool.h>

#include "base/buffer.h"

typedef struct HeaderCase {
    const char *name;     /* for the corpus: no spaces */
    const char *header;   /* its length is put before it */
    size_t n_data;        /* bytes 1, 2, 3, ... behind it */
    ScrawlStatus status;  /* what safetensors_parse says */
    const char *sentence; /* part of its message */
} HeaderCase;

/* Ends with a row without a name. */
extern const HeaderCase header_cases[];

/* The bytes of a file with such a header. Stops the test where memory ends. */
void case_bytes(const char *header, size_t n_data, Buffer *out);

/* The files of models, whole and broken; `name` is set. False past the end. */
bool model_case(size_t i, const char **name, Buffer *out);

#endif
