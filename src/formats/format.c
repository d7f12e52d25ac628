#include "formats/format.h"

#include "formats/onnx.h"
#include "formats/safetensors.h"

static const ModelFormat formats[] = {
    {"safetensors", "Scrawl's own: weights, network, preprocessing and classes in one file",
     safetensors_matches, safetensors_read_model, safetensors_write_model},
    {"onnx", "for ONNX Runtime and other programs: weights and network, operator set 17", NULL,
     NULL, onnx_write_model},
};

const ModelFormat *format_get(size_t i)
{
    return i < sizeof formats / sizeof *formats ? &formats[i] : NULL;
}
