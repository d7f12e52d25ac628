/* A fuzz target is one function over bytes. The fuzzer calls it (meson setup -Dfuzz=true, clang),
 * and so does replay.c, which is always built and runs over the committed corpus. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0. Stops the program where an error bound is broken. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
