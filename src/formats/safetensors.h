/* Safetensors: 8 bytes header length (little-endian), a JSON header, then the tensors' bytes.
 * Source: huggingface/safetensors, README "Format". Stricter than the reference where it is lax: header at most 16 MB, every byte of data belongs to exactly one tensor, names are unique,
 * shapes times sizes equal the offsets, metadata are strings.
 *
 * Two levels: any tensors and metadata (checkpoints use this), and a whole model. */
#ifndef FORMATS_SAFETENSORS_H
#define FORMATS_SAFETENSORS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "model/model.h"

#define SAFETENSORS_MAX_HEADER ((size_t)16 << 20)
#define SAFETENSORS_MAX_DIMS 8

typedef enum TensorType { TENSOR_TYPE_F32, TENSOR_TYPE_F16, TENSOR_TYPE_F64, TENSOR_TYPE_I32, TENSOR_TYPE_I64, TENSOR_TYPE_U8 } TensorType;

typedef struct TensorView {
    const char *name;
    TensorType type;
    int n_dims;
    size_t dims[SAFETENSORS_MAX_DIMS];
    size_t count;          /* elements */
    const void *data;      /* borrowed; when reading, into the file's bytes: may be unaligned */
} TensorView;

typedef struct MetadataPair {
    const char *key, *value;
} MetadataPair;

typedef struct Safetensors {
    TensorView *tensors; /* when read: in the order of their offsets */
    size_t n_tensors;
    MetadataPair *metadata;
    size_t n_metadata;
    Arena arena; /* owns names and arrays when read */
} Safetensors;

/* Borrows bytes. After a failure *file is empty. */
SCRAWL_MUST_CHECK ScrawlStatus safetensors_parse(Safetensors *file, const char *name, const uint8_t *bytes, size_t size, ScrawlError *error);
void safetensors_deinit(Safetensors *file);
SCRAWL_MUST_CHECK ScrawlStatus safetensors_write(const Safetensors *file, Buffer *out, ScrawlError *error); /* data starts at a multiple of 8; tensors in the order given */
const TensorView *safetensors_find(const Safetensors *file, const char *name); /* NULL: none */
const char *safetensors_metadata(const Safetensors *file, const char *key);    /* NULL: none */

/* A model: tensors "conv1.weight", ..., and metadata format=scrawl, version=1, name, network, preprocessing, classes, recipe, data, scores, temperature, threshold. */
SCRAWL_MUST_CHECK ScrawlStatus safetensors_read_model(ScrawlModel **model, const char *name, const uint8_t *bytes, size_t size, ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus safetensors_write_model(const ScrawlModel *model, Buffer *out, ScrawlError *error);

#endif
