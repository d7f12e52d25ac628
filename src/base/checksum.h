/* SHA-256 (FIPS 180-4, by nettle) as text identifies the data that a model was trained on and
 * verifies downloads. CRC-32C guards the records of event files. */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#define CHECKSUM_TEXT_SIZE 65 /* 64 lower-case hex digits and a zero */

/* Any thread. */
void checksum_sha256(const void *data, size_t size, char text[CHECKSUM_TEXT_SIZE]);

/* A digest as text, for a hash that the caller computed in pieces: 2 * size digits and a zero. */
void checksum_text(const uint8_t *digest, size_t size, char *text);

/* CRC-32C, Castagnoli's (RFC 3720, B.4): "123456789" gives E3069283. For records of some hundred
 * bytes: four bits a step. Any thread. */
uint32_t checksum_crc32c(const void *data, size_t size);

#endif
