/* Safetensors: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes.
 * Source: huggingface/safetensors, README "Format". Stricter than the reference where that is lax:
 * the header is at most 4 MiB, names are unique, an entry has the three known keys and no others,
 * shapes times sizes equal the offsets, and every byte of data belongs to exactly one tensor.
 *
 * Files that are written here carry one metadatum more, "crc32": the CRC-32 (that of gzip and PNG)
 * of all tensors' bytes, as 8 lower-case hex digits. It is verified where it is there; files from
 * elsewhere do without. It costs 0.15 ms a megabyte.
 *
 * Two levels: any tensors and metadata (checkpoints use this), and a whole model. Any thread. */
#ifndef FORMATS_SAFETENSORS_H
#define FORMATS_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/tree.h"
#include "model/model.h"

#define SAFETENSORS_MAX_HEADER TREE_MAX_TEXT
#define SAFETENSORS_MAX_DIMS 8

typedef enum TensorType {
    TENSOR_TYPE_F32,
    TENSOR_TYPE_F16,
    TENSOR_TYPE_F64,
    TENSOR_TYPE_I32,
    TENSOR_TYPE_I64,
    TENSOR_TYPE_U8,
} TensorType;

typedef struct TensorView {
    const char *name;
    TensorType type;
    int n_dims; /* 0: one number */
    size_t dims[SAFETENSORS_MAX_DIMS];
    size_t count;     /* elements: the product of dims */
    const void *data; /* borrowed; when read, into the file's bytes: may be unaligned */
} TensorView;

typedef struct MetadataPair {
    const char *key, *value;
} MetadataPair;

typedef struct Safetensors {
    TensorView *tensors; /* when read: in the order of their offsets */
    size_t n_tensors;
    MetadataPair *metadata; /* in the order of the file */
    size_t n_metadata;
    Arena arena; /* owns names and arrays when read; not looked at when written */
} Safetensors;

/* Bytes of one element. */
size_t tensor_type_size(TensorType type);

/* True where the bytes begin like a safetensors file. */
bool safetensors_matches(const uint8_t *bytes, size_t size);

/* Borrows bytes, which must outlive *file; `name` is what messages call them. FORMAT, LIMIT,
 * UNSUPPORTED (a type of numbers that we do not read), CHECKSUM (not the tensors that were
 * written), NO_MEMORY; *file is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus safetensors_parse(Safetensors *file, const char *name,
                                                 const uint8_t *bytes, size_t size,
                                                 ScrawlError *error);
void safetensors_deinit(Safetensors *file); /* for what safetensors_parse filled; leaves {0} */

/* Appends the file to `out`. Metadata and tensors stay in the order given, and "crc32" comes last,
 * computed anew where it is among them; the tensors' bytes begin at a multiple of 8 from the file's
 * start. Equal content gives equal bytes. LIMIT where the header
 * or the file would be too large to be read, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus safetensors_write(const Safetensors *file, Buffer *out,
                                                 ScrawlError *error);

const TensorView *safetensors_find(const Safetensors *file, const char *name); /* NULL: none */
const char *safetensors_metadata(const Safetensors *file, const char *key);    /* NULL: none */

/* A model: tensors "conv1.weight", ... (LAYER.TENSOR, F32 or F16), all finite, exactly those of the
 * network; and metadata, all strings:
 *   format         "scrawl"
 *   version        "1"; "2" of a file that has members or shifts
 *   network        JSON, see nn/graph.h
 *   preprocessing  JSON, see image/preprocess.h
 *   classes        JSON: ["0", "1", ...]
 *   name, recipe, data, scores   see ScrawlModelInfo; may be absent
 *   temperature    0.001..1000, absent: 1
 *   threshold      0..1, absent: 0
 *   crc32          see above; may be absent
 * and in version 2
 *   tta            none, cross, square; absent: none
 *   members        instead of network: JSON, a list of 2 to SCRAWL_MAX_MEMBERS of {"name",
 *                  "network", "recipe", "scores", "temperature"}, of which network is required; the
 *                  tensors of the first are then called "member.0.conv1.weight", and so on
 *   combine        average, vote; absent: average
 * Other metadata are ignored. A model whose parameters are all F16 is written so again; running
 * statistics are written as F32. FORMAT, MISMATCH (the parts contradict each other), LIMIT (also a
 * weight beyond F16), CHECKSUM, UNSUPPORTED (another version, another type of numbers),
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus safetensors_read_model(ScrawlModel **model, const char *name,
                                                      const uint8_t *bytes, size_t size,
                                                      ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus safetensors_write_model(const ScrawlModel *model, Buffer *out,
                                                       ScrawlError *error);

/* 16-bit floats (IEEE 754 binary16), which weights may be stored in. */

/* src is count little-endian halves at any address. Exact: every half is a float; infinities and
 * NaN stay such. */
void half_to_float(size_t count, const void *src, float *dst);

/* To the nearest half, of two equally near the one with an even last digit; subnormal where it is
 * small, down to a zero of the same sign. Stops at the first value that is no number or rounds to
 * more than 65504; returns how many were converted. */
size_t half_from_float(size_t count, const float *src, uint16_t *dst);

#endif
