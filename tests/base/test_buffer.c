/* Growing buffers, and the numbers read from and written to them. */
#include "cmocka_all.h"

#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/memory.h"

static void empty_buffers_read_as_empty_text(void **state)
{
    Buffer buffer;

    (void)state;
    buffer_init(&buffer, 10);
    assert_string_equal(buffer_text(&buffer), "");
    buffer_deinit(&buffer);
    buffer_deinit(NULL);
}

static void bytes_and_text_are_added(void **state)
{
    Buffer buffer;

    (void)state;
    buffer_init(&buffer, 1 << 20);
    assert_int_equal(buffer_append(&buffer, "ab", 2), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_print(&buffer, "-%d-%s", 42, "x"), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_append(&buffer, NULL, 0), SCRAWL_STATUS_OK);
    assert_string_equal(buffer_text(&buffer), "ab-42-x");
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(buffer_append(&buffer, "0123456789", 10), SCRAWL_STATUS_OK);
        assert_int_equal(buffer.data[buffer.size], 0);
    }
    assert_int_equal(buffer.size, 100007);
    assert_memory_equal(buffer.data + 100007 - 10, "0123456789", 10);
    assert_memory_equal(buffer.data, "ab-42-x01", 9);
    buffer_deinit(&buffer);
    assert_int_equal(buffer.size, 0);
    assert_int_equal(buffer_append(&buffer, "y", 1), SCRAWL_STATUS_OK); /* usable again */
    buffer_deinit(&buffer);
}

static void one_large_piece_fits(void **state)
{
    char large[1000] = {0};
    Buffer buffer;

    (void)state;
    buffer_init(&buffer, 1 << 20);
    assert_int_equal(buffer_append(&buffer, large, sizeof large), SCRAWL_STATUS_OK);
    assert_true(buffer.capacity > sizeof large);
    buffer_deinit(&buffer);
}

static void the_maximum_is_kept_and_refusal_changes_nothing(void **state)
{
    Buffer buffer;

    (void)state;
    buffer_init(&buffer, 5);
    assert_int_equal(buffer_append(&buffer, "abc", 3), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_append(&buffer, "def", 3), SCRAWL_STATUS_LIMIT);
    assert_int_equal(buffer_print(&buffer, "%d", 100), SCRAWL_STATUS_LIMIT);
    assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), SCRAWL_STATUS_LIMIT);
    assert_string_equal(buffer_text(&buffer), "abc");
    assert_int_equal(buffer_print(&buffer, "%d", 10), SCRAWL_STATUS_OK);
    assert_string_equal(buffer_text(&buffer), "abc10");
    assert_true(buffer.capacity <= 6);
    buffer_deinit(&buffer);
    buffer_init(&buffer, SIZE_MAX); /* the zero behind would wrap */
    assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), SCRAWL_STATUS_NO_MEMORY);
    buffer_deinit(&buffer);
}

static void no_memory_changes_nothing(void **state)
{
    char large[1000] = {0};
    Buffer buffer;

    (void)state;
    buffer_init(&buffer, 1 << 20);
    assert_int_equal(buffer_append(&buffer, "abc", 3), SCRAWL_STATUS_OK);
    mem_fail_at(1);
    assert_int_equal(buffer_append(&buffer, large, sizeof large), SCRAWL_STATUS_NO_MEMORY);
    mem_fail_at(0);
    assert_string_equal(buffer_text(&buffer), "abc");
    buffer_deinit(&buffer);
}

static void numbers_are_read_in_their_order(void **state)
{
    static const uint8_t data[] = {0x01, 0x80, 0x02, 0x03, 0xff, 0x04, 0x05, 0x06, 0x87, 0x11,
                                   0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 'x'};
    ByteReader reader;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    (void)state;
    reader_init(&reader, data, sizeof data);
    assert_true(reader_u8(&reader, &u8));
    assert_int_equal(u8, 1);
    assert_true(reader_u32be(&reader, &u32));
    assert_int_equal(u32, 0x800203ffu);
    assert_true(reader_u32le(&reader, &u32));
    assert_int_equal(u32, 0x87060504u);
    assert_true(reader_u16le(&reader, &u16));
    assert_int_equal(u16, 0x2211);
    assert_int_equal(reader_left(&reader), 8);
    assert_true(reader_u64le(&reader, &u64));
    assert_true(u64 == UINT64_C(0x7899887766554433));
    assert_int_equal(reader_left(&reader), 0);
}

static void reading_past_the_end_gives_nothing_and_stays(void **state)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7};
    const uint8_t *bytes = data;
    ByteReader reader;
    uint64_t u64 = 9;
    uint32_t u32 = 9;
    uint16_t u16 = 9;
    uint8_t u8 = 9;

    (void)state;
    reader_init(&reader, data, sizeof data);
    assert_false(reader_u64le(&reader, &u64));
    assert_true(u64 == 0);
    assert_false(reader_bytes(&reader, 8, &bytes));
    assert_null(bytes);
    assert_false(reader_bytes(&reader, SIZE_MAX, &bytes));
    assert_true(reader_bytes(&reader, 7, &bytes));
    assert_ptr_equal(bytes, data);
    assert_false(reader_u8(&reader, &u8) || reader_u16le(&reader, &u16) ||
                 reader_u32le(&reader, &u32));
    assert_int_equal(u8 | u16 | u32, 0);
    u32 = 9;
    assert_false(reader_u32be(&reader, &u32));
    assert_int_equal(u32, 0);
    assert_int_equal(reader.position, 7);
    reader_init(&reader, NULL, 0);
    assert_true(reader_bytes(&reader, 0, &bytes));
    assert_false(reader_u8(&reader, &u8));
}

static void numbers_are_written_in_their_order(void **state)
{
    static const uint8_t expected[] = {1,    2,    3,    0x84, 0x84, 3,    2,    1,
                                       0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    Buffer buffer;

    (void)state;
    buffer_init(&buffer, 16);
    assert_int_equal(writer_u32be(&buffer, 0x01020384), SCRAWL_STATUS_OK);
    assert_int_equal(writer_u32le(&buffer, 0x01020384), SCRAWL_STATUS_OK);
    assert_int_equal(writer_u64le(&buffer, UINT64_C(0x1122334455667788)), SCRAWL_STATUS_OK);
    assert_int_equal(buffer.size, sizeof expected);
    assert_memory_equal(buffer.data, expected, sizeof expected);
    assert_int_equal(writer_u32le(&buffer, 1), SCRAWL_STATUS_LIMIT);
    assert_int_equal(buffer.size, sizeof expected);
    buffer_deinit(&buffer);
}

/* After a failure nothing is added, not even what there would be room for. */
static void text_remembers_its_first_failure(void **state)
{
    Buffer text;
    ScrawlError error = {0};

    (void)state;
    buffer_init(&text, 4);
    text_put(&text, "abc");
    assert_int_equal(text_status(&text), SCRAWL_STATUS_OK);
    text_printf(&text, "%d", 100);
    text_put(&text, "g");
    text_append(&text, "h", 1);
    text_json_number(&text, 1);
    assert_string_equal(buffer_text(&text), "abc");
    assert_int_equal(text_status(&text), SCRAWL_STATUS_LIMIT);
    assert_int_equal(text_check(&text, "a page", &error), SCRAWL_STATUS_LIMIT);
    assert_string_equal(error.message, "a page is longer than 4 bytes");
    buffer_deinit(&text);
    assert_int_equal(text_check(&text, "a page", &error), SCRAWL_STATUS_OK);
    mem_fail_at(1);
    text_json_string(&text, "x");
    mem_fail_at(0);
    text_put(&text, "y");
    assert_int_equal(text_check(&text, "a page", &error), SCRAWL_STATUS_NO_MEMORY);
    assert_string_equal(buffer_text(&text), "");
    buffer_deinit(&text);
}

static void text_is_written_as_json(void **state)
{
    Buffer text;

    (void)state;
    buffer_init(&text, 100);
    text_printf(&text, "{%s:", "\"n\"");
    text_json_number(&text, 0.1);
    text_put(&text, ",\"s\":");
    text_json_string(&text, "a\"\n\x01\xff%d");
    text_append(&text, "}rest", 1);
    assert_string_equal(buffer_text(&text), "{\"n\":0.1,\"s\":\"a\\\"\\n\\u0001\xef\xbf\xbd%d\"}");
    assert_int_equal(text_status(&text), SCRAWL_STATUS_OK);
    buffer_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_buffers_read_as_empty_text),
        cmocka_unit_test(bytes_and_text_are_added),
        cmocka_unit_test(one_large_piece_fits),
        cmocka_unit_test(the_maximum_is_kept_and_refusal_changes_nothing),
        cmocka_unit_test(no_memory_changes_nothing),
        cmocka_unit_test(numbers_are_read_in_their_order),
        cmocka_unit_test(reading_past_the_end_gives_nothing_and_stays),
        cmocka_unit_test(numbers_are_written_in_their_order),
        cmocka_unit_test(text_remembers_its_first_failure),
        cmocka_unit_test(text_is_written_as_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
