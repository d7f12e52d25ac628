#include "base/checksum.h"

#include <nettle/sha2.h>

void checksum_text(const uint8_t *digest, size_t size, char *text)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    text[2 * size] = '\0';
}

void checksum_sha256(const void *data, size_t size, char text[CHECKSUM_TEXT_SIZE])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx context;

    sha256_init(&context);
    if (size > 0)
        sha256_update(&context, size, data);
    sha256_digest(&context, sizeof(digest), digest);
    checksum_text(digest, sizeof(digest), text);
}
