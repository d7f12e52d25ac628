#include "data/archive.h"

#include "files.h"

#define SIZE 100000

static uint8_t plain[SIZE];
static Buffer packed, out;

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        plain[i] = (uint8_t)(i * i >> 7);
    buffer_init(&packed, 10 * SIZE);
    buffer_init(&out, 10 * SIZE);
    gzip_bytes(&packed, plain, SIZE);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buffer_deinit(&packed);
    buffer_deinit(&out);
    return 0;
}

static void unpacks_what_was_packed(void **state)
{
    (void)state;
    assert_true(gzip_known(packed.data, packed.size));
    assert_false(gzip_known(plain, SIZE));
    assert_int_equal(gzip_inflate(packed.data, packed.size, &out, NULL), 0);
    assert_int_equal(out.size, SIZE);
    assert_memory_equal(out.data, plain, SIZE);
    assert_int_equal(out.data[SIZE], 0);
}

static void takes_one_block_of_the_right_size(void **state)
{
    (void)state;
    assert_int_equal(gzip_inflate(packed.data, packed.size, &out, NULL), 0);
    assert_true(out.capacity <= SIZE + 64);
}

static void unpacks_all_members(void **state)
{
    (void)state;
    gzip_bytes(&packed, plain, 1000);
    assert_int_equal(gzip_inflate(packed.data, packed.size, &out, NULL), 0);
    assert_int_equal(out.size, SIZE + 1000);
    assert_memory_equal(out.data + SIZE, plain, 1000);
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t size = 0; size < packed.size;
         size += size < 40 || size + 40 > packed.size ? 1 : 97) {
        ScrawlError error = {0};

        assert_int_equal(gzip_inflate(packed.data, size, &out, &error), SCRAWL_STATUS_FORMAT);
        assert_says(&error, "truncated");
        assert_int_equal(out.size, 0);
    }
}

static void refuses_flipped_bits(void **state)
{
    size_t start = 10; /* the header's name, time and system are not covered by the CRC */

    (void)state;
    for (size_t i = start; i<packed.size; i += i + 9> packed.size ? 1 : 61) {
        ScrawlError error = {0};

        packed.data[i] ^= 0x10;
        assert_int_equal(gzip_inflate(packed.data, packed.size, &out, &error),
                         SCRAWL_STATUS_FORMAT);
        packed.data[i] ^= 0x10;
        assert_int_equal(out.size, 0);
    }
}

static void refuses_what_follows(void **state)
{
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(buffer_append(&packed, "more", 4), 0);
    assert_int_equal(gzip_inflate(packed.data, packed.size, &out, &error), SCRAWL_STATUS_FORMAT);
    assert_says(&error, "4 bytes follow");
}

/* zlib's own format has another checksum, and no file of ours is in it. */
static void refuses_other_formats(void **state)
{
    uint8_t zlib_format[2000];
    uLongf size = sizeof zlib_format;

    (void)state;
    assert_int_equal(compress(zlib_format, &size, plain, 1000), Z_OK);
    assert_int_equal(gzip_inflate(zlib_format, size, &out, NULL), SCRAWL_STATUS_FORMAT);
}

static void stops_at_the_limit(void **state)
{
    ScrawlError error = {0};

    (void)state;
    buffer_init(&out, SIZE - 1);
    assert_int_equal(gzip_inflate(packed.data, packed.size, &out, &error), SCRAWL_STATUS_LIMIT);
    assert_says(&error, "99999");
    assert_int_equal(out.size, 0);
    buffer_deinit(&out);
    buffer_init(&out, SIZE);
    assert_int_equal(gzip_inflate(packed.data, packed.size, &out, NULL), 0);
}

static void does_not_trust_the_size_in_the_trailer(void **state)
{
    uint8_t *trailer = packed.data + packed.size - 4;

    (void)state;
    buffer_init(&out, (size_t)1 << 40);
    memset(trailer, 0xff, 4);
    assert_int_equal(gzip_inflate(packed.data, packed.size, &out, NULL), SCRAWL_STATUS_FORMAT);
    assert_true(out.capacity < 40 * SIZE);
}

static ScrawlStatus inflate_once(void *context, ScrawlError *error)
{
    Buffer buffer;
    ScrawlStatus status;

    (void)context;
    buffer_init(&buffer, SIZE);
    status = gzip_inflate(packed.data, packed.size, &buffer, error);
    buffer_deinit(&buffer);
    return status;
}

static void survives_failing_allocations(void **state)
{
    (void)state;
    fail_every_allocation(inflate_once, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unpacks_what_was_packed),
        TEST(takes_one_block_of_the_right_size),
        TEST(unpacks_all_members),
        TEST(refuses_every_truncation),
        TEST(refuses_flipped_bits),
        TEST(refuses_what_follows),
        TEST(refuses_other_formats),
        TEST(stops_at_the_limit),
        TEST(does_not_trust_the_size_in_the_trailer),
        TEST(survives_failing_allocations),
    };
    return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
