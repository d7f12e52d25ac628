#include "formats/format.h"

#include "formats/safetensors.h"

static const ModelFormat formats[] = {
    {"safetensors", "Scrawl's own: weights, network, preprocessing and classes in one file",
     safetensors_matches, safetensors_read_model, safetensors_write_model},
};

const ModelFormat *format_get(size_t i)
{
    return i < sizeof(formats) / sizeof(*formats) ? &formats[i] : NULL;
}
