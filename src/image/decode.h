/* Where untrusted picture bytes become grey pixels: through leptonica, after the header's size has been checked. See scrawl/image.h. */
#ifndef IMAGE_DECODE_H
#define IMAGE_DECODE_H

#include "base/buffer.h"
#include "scrawl/image.h"

/* A grey PNG appended to `out`. */
SCRAWL_MUST_CHECK ScrawlStatus image_encode_png(const ScrawlImage *image, Buffer *out, ScrawlError *error);

/* True where the first bytes look like a picture that image_decode knows. */
bool image_bytes_known(const void *bytes, size_t size);

#endif
