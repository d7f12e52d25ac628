/* The event file: read back by protoc's decoder and by checksums that share nothing with ours; what
 * is trimmed before a resume. */
#include "run.h"

#include <math.h>
#include <time.h>

#include "train/events.h"

#define PATH EVENTS_FILE
#define MAX_RECORDS 16

/* TensorFlow's event.proto and summary.proto, as far as we use them: the published numbers. */
static const char proto[] = "syntax = \"proto3\";\n"
                            "message Summary {\n"
                            "  message Value { string tag = 1; float simple_value = 2; }\n"
                            "  repeated Value value = 1;\n"
                            "}\n"
                            "message Event {\n"
                            "  double wall_time = 1;\n"
                            "  int64 step = 2;\n"
                            "  oneof what { string file_version = 3; Summary summary = 5; }\n"
                            "}\n";

static ScrawlEpoch make_epoch(int number)
{
    return (ScrawlEpoch){.epoch = number,
                         .n_epochs = 300,
                         .train_loss = 0.5 / number,
                         .train_accuracy = 0.75,
                         .valid_loss = 0.25,
                         .valid_accuracy = 0.875,
                         .learning_rate = 0.001953125,
                         .images_per_second = 12345};
}

static void append(int first, int last)
{
    for (int i = first; i <= last; i++) {
        ScrawlEpoch epoch = make_epoch(i);
        assert_int_equal(events_append(PATH, &epoch, NULL), SCRAWL_STATUS_OK);
    }
}

/* CRC-32C as the division that it is: the highest bit first, with the bits of every byte and of the
 * remainder turned round. */
static uint32_t turn(uint32_t value, int n_bits)
{
    uint32_t turned = 0;
    for (int i = 0; i < n_bits; i++)
        turned |= (value >> i & 1) << (n_bits - 1 - i);
    return turned;
}

static uint32_t divide(const uint8_t *bytes, size_t size)
{
    uint32_t remainder = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        remainder ^= turn(bytes[i], 8) << 24;
        for (int bit = 0; bit < 8; bit++)
            remainder = remainder << 1 ^ (remainder >> 31 ? 0x1EDC6F41 : 0);
    }
    return turn(~remainder, 32);
}

static uint64_t little(const uint8_t *bytes, int n)
{
    uint64_t value = 0;
    while (n-- > 0)
        value = value << 8 | bytes[n];
    return value;
}

static void assert_masked(const uint8_t *crc, const uint8_t *bytes, size_t size)
{
    uint32_t unmasked = (uint32_t)little(crc, 4) - 0xA282EAD8;
    assert_int_equal(unmasked << 15 | unmasked >> 17, divide(bytes, size));
}

typedef struct Records {
    Buffer bytes;
    size_t n, start[MAX_RECORDS], size[MAX_RECORDS];
} Records;

/* The frames of the file, every checksum verified to the last byte. */
static Records read_records(const char *path)
{
    Records records = {.bytes = read_bytes(path)};
    const uint8_t *data = records.bytes.data;
    size_t at = 0;
    while (at < records.bytes.size) {
        assert_true(records.n < MAX_RECORDS && records.bytes.size - at >= 16);
        size_t size = (size_t)little(data + at, 8);
        assert_masked(data + at + 8, data + at, 8);
        assert_true(size <= records.bytes.size - at - 16);
        assert_masked(data + at + 12 + size, data + at + 12, size);
        records.start[records.n] = at + 12;
        records.size[records.n++] = size;
        at += size + 16;
    }
    return records;
}

static void assert_records(const char *path, size_t expected)
{
    Records records = read_records(path);
    assert_int_equal(records.n, expected);
    buffer_deinit(&records.bytes);
}

/* What protoc makes of a record, without its wall time, which is returned. */
static double decode(const Records *records, size_t i, char *text, size_t size)
{
    FILE *file = fopen("record", "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(records->bytes.data + records->start[i], 1, records->size[i], file),
                     records->size[i]);
    fclose(file);
    assert_int_equal(system("protoc --decode=Event event.proto <record >decoded"), 0);
    Buffer decoded = read_bytes("decoded");
    double time = 0;
    int n = 0;
    assert_int_equal(sscanf(buffer_text(&decoded), "wall_time: %lf\n%n", &time, &n), 1);
    snprintf(text, size, "%s", buffer_text(&decoded) + n);
    buffer_deinit(&decoded);
    return time;
}

static void test_decoded(void **state)
{
    (void)state;
    TestFolder folder;
    char text[1000];
    if (system("command -v protoc >/dev/null") != 0) {
        print_message("protoc is not installed: not decoded\n");
        skip();
    }
    folder_enter(&folder);
    write_text("event.proto", proto);
    double start = (double)time(NULL);
    append(1, 1);
    ScrawlEpoch epoch = make_epoch(300);
    epoch.valid_loss = epoch.valid_accuracy = NAN;
    assert_int_equal(events_append(PATH, &epoch, NULL), SCRAWL_STATUS_OK);
    double end = (double)time(NULL) + 1;

    Records records = read_records(PATH);
    assert_int_equal(records.n, 3);
    decode(&records, 0, text, sizeof text);
    assert_string_equal(text, "file_version: \"brain.Event:2\"\n");
    double wall = decode(&records, 1, text, sizeof text);
    assert_true(wall >= start && wall <= end);
    assert_string_equal(
        text, "step: 1\nsummary {\n"
              "  value {\n    tag: \"train_loss\"\n    simple_value: 0.5\n  }\n"
              "  value {\n    tag: \"train_accuracy\"\n    simple_value: 0.75\n  }\n"
              "  value {\n    tag: \"valid_loss\"\n    simple_value: 0.25\n  }\n"
              "  value {\n    tag: \"valid_accuracy\"\n    simple_value: 0.875\n  }\n"
              "  value {\n    tag: \"learning_rate\"\n    simple_value: 0.001953125\n  }\n"
              "  value {\n    tag: \"images_per_second\"\n    simple_value: 12345\n  }\n}\n");
    decode(&records, 2, text, sizeof text);
    assert_memory_equal(text, "step: 300\n", 10);
    assert_null(strstr(text, "valid_"));
    assert_non_null(strstr(text, "learning_rate"));
    buffer_deinit(&records.bytes);
    folder_leave(&folder);
}

/* Every byte but the wall time's, as TensorFlow's schema has it; a 0 is written, a NAN is not. */
static void test_bytes(void **state)
{
    (void)state;
    static const uint8_t begin[] = "\x1a\x0d"
                                   "brain.Event:2";
    static const uint8_t scalars[] = "\x10\xac\x02" /* step 300 */
                                     "\x2a\x2d"
                                     "\x0a\x11"
                                     "\x0a\x0a"
                                     "train_loss"
                                     "\x15\0\0\0\x3f"
                                     "\x0a\x18"
                                     "\x0a\x11"
                                     "images_per_second"
                                     "\x15\0\0\0\0";
    TestFolder folder;
    folder_enter(&folder);
    ScrawlEpoch epoch = make_epoch(300);
    epoch.train_loss = 0.5;
    epoch.train_accuracy = epoch.valid_loss = epoch.valid_accuracy = epoch.learning_rate = NAN;
    epoch.images_per_second = 0;
    assert_int_equal(events_append(PATH, &epoch, NULL), SCRAWL_STATUS_OK);
    Records records = read_records(PATH);
    assert_int_equal(records.n, 2);
    assert_int_equal(records.size[0], 9 + sizeof begin - 1);
    assert_memory_equal(records.bytes.data + records.start[0] + 9, begin, sizeof begin - 1);
    assert_int_equal(records.size[1], 9 + sizeof scalars - 1);
    assert_memory_equal(records.bytes.data + records.start[1] + 9, scalars, sizeof scalars - 1);
    buffer_deinit(&records.bytes);
    folder_leave(&folder);
}

/* Whatever allocation fails, the file stays: lack of memory is not corruption. */
static void test_trim_without_memory(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    append(1, 3);
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    uint64_t n;
    for (n = 1; status == SCRAWL_STATUS_NO_MEMORY && n < 1000; n++) {
        mem_fail_at(n);
        status = events_trim(PATH, 3, NULL);
        mem_fail_at(0);
        assert_records(PATH, 4);
    }
    assert_int_equal(status, SCRAWL_STATUS_OK);
    assert_true(n > 10); /* a file and three messages */
    folder_leave(&folder);
}

static void test_trim(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    assert_int_equal(events_trim(PATH, 3, NULL), SCRAWL_STATUS_OK); /* none there */
    assert_false(file_exists(PATH));

    append(1, 4);
    assert_int_equal(events_trim(PATH, 4, NULL), SCRAWL_STATUS_OK);
    assert_records(PATH, 5);
    assert_int_equal(events_trim(PATH, 2, NULL), SCRAWL_STATUS_OK);
    assert_records(PATH, 3);
    append(3, 3);
    assert_records(PATH, 4);

    /* What a crash left of a record goes. */
    Buffer whole = read_bytes(PATH);
    assert_int_equal(truncate(PATH, (off_t)whole.size - 1), 0);
    assert_int_equal(events_trim(PATH, 9, NULL), SCRAWL_STATUS_OK);
    assert_records(PATH, 3);
    assert_int_equal(events_trim(PATH, 0, NULL), SCRAWL_STATUS_OK);
    assert_records(PATH, 1);
    buffer_deinit(&whole);
    folder_leave(&folder);
}

/* Any one bit: the record with it and all after it go, and what is there before stays. */
static void test_corrupted(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    append(1, 2);
    Records records = read_records(PATH);
    size_t end[] = {0, records.start[1] - 12, records.start[2] - 12};
    for (size_t i = 0; i < records.bytes.size; i++) {
        size_t record = (i >= end[1]) + (size_t)(i >= end[2]);
        FILE *file = fopen(PATH, "wb");
        assert_non_null(file);
        records.bytes.data[i] ^= 16;
        fwrite(records.bytes.data, 1, records.bytes.size, file);
        records.bytes.data[i] ^= 16;
        fclose(file);
        assert_int_equal(events_trim(PATH, 9, NULL), SCRAWL_STATUS_OK);
        assert_int_equal(file_exists(PATH), record > 0);
        if (record > 0) {
            Buffer kept = read_bytes(PATH);
            assert_int_equal(kept.size, end[record]);
            assert_memory_equal(kept.data, records.bytes.data, kept.size);
            buffer_deinit(&kept);
        }
    }
    append(1, 1); /* begun anew where nothing was left */
    buffer_deinit(&records.bytes);
    folder_leave(&folder);
}

/* A run's file has every epoch once, also where the run was interrupted or killed after an epoch's
 * events and before its checkpoint. */
static void test_run(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "run", .progress_seconds = 1e-9}, .stop_at = 25};
    assert_int_equal(run_train(&run), SCRAWL_STATUS_INTERRUPTED);
    assert_records("run/" PATH, 1 + 2);
    ScrawlEpoch epoch = make_epoch(3);
    assert_int_equal(events_append("run/" PATH, &epoch, NULL), SCRAWL_STATUS_OK);
    Run rest = {.options = {.folder = "run", .resume = true}};
    assert_ok(&rest, run_train(&rest));
    assert_records("run/" PATH, 1 + RUN_EPOCHS);

    Run again = {.options = {.folder = "run", .force = true}};
    assert_ok(&again, run_train(&again));
    assert_records("run/" PATH, 1 + RUN_EPOCHS);
    folder_leave(&folder);
}

static void test_unwritable(void **state)
{
    (void)state;
    ScrawlEpoch epoch = make_epoch(1);
    assert_int_equal(events_append("/nowhere/at/all", &epoch, NULL), SCRAWL_STATUS_NOT_FOUND);
    mem_fail_at(1);
    ScrawlStatus status = events_append("/nowhere/at/all", &epoch, NULL);
    mem_fail_at(0);
    assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoded),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_trim_without_memory),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_corrupted),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_unwritable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
