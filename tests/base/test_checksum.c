/* SHA-256 against the examples of FIPS 180-2, appendix B; CRC-32C against those of RFC 3720. */
#include "cmocka_all.h"

#include <string.h>

#include "base/checksum.h"
#include "base/memory.h"

static void assert_checksum(const void *data, size_t size, const char *expected)
{
    char text[CHECKSUM_TEXT_SIZE];

    checksum_sha256(data, size, text);
    assert_string_equal(text, expected);
}

static void examples_of_the_standard(void **state)
{
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    char *million = mem_alloc(1000000, 1);

    (void)state;
    assert_non_null(million);
    memset(million, 'a', 1000000);
    assert_checksum("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_checksum(two_blocks, strlen(two_blocks),
                    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_checksum(million, 1000000,
                    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_checksum(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    mem_free(million);
}

/* RFC 3720, B.4, and the usual check value. */
static void crc32c_of_the_standard(void **state)
{
    uint8_t bytes[32] = {0};

    (void)state;
    assert_int_equal(checksum_crc32c(bytes, sizeof bytes), 0x8A9136AA);
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(checksum_crc32c(bytes, sizeof bytes), 0x62A8AB43);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(checksum_crc32c(bytes, sizeof bytes), 0x46DD794E);
    assert_int_equal(checksum_crc32c("123456789", 9), 0xE3069283);
    assert_int_equal(checksum_crc32c(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_standard),
        cmocka_unit_test(crc32c_of_the_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
