#include "train/events.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/error.h"
#include "base/file.h"

/* A protocol-buffer message of ours while it is written: six scalars take 200 bytes. */
typedef struct Message {
    size_t size;
    uint8_t bytes[512];
} Message;

typedef enum Wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 } Wire;

enum { EVENT_WALL_TIME = 1, EVENT_STEP = 2, EVENT_FILE_VERSION = 3, EVENT_SUMMARY = 5 };
enum { SUMMARY_VALUE = 1 };
enum { VALUE_TAG = 1, VALUE_SIMPLE = 2 };

static void put_bytes(Message *message, const void *bytes, size_t size)
{
    assert(size <= sizeof message->bytes - message->size);
    memcpy(message->bytes + message->size, bytes, size);
    message->size += size;
}

/* Seven bits a byte, the lowest first; the top bit says that more follow. */
static void put_varint(Message *message, uint64_t value)
{
    for (; value > 127; value >>= 7)
        put_bytes(message, &(uint8_t){(uint8_t)(value | 128)}, 1);
    put_bytes(message, &(uint8_t){(uint8_t)value}, 1);
}

static void put_key(Message *message, int field, Wire wire)
{
    put_varint(message, (uint64_t)field << 3 | wire);
}

static void put_block(Message *message, int field, const void *bytes, size_t size)
{
    put_key(message, field, WIRE_BYTES);
    put_varint(message, size);
    put_bytes(message, bytes, size);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they lie");

static void put_double(Message *message, int field, double value)
{
    put_key(message, field, WIRE_FIXED64);
    put_bytes(message, &value, sizeof value);
}

static void put_float(Message *message, int field, float value)
{
    put_key(message, field, WIRE_FIXED32);
    put_bytes(message, &value, sizeof value);
}

static void start_event(Message *event)
{
    struct timespec now;
    event->size = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    put_double(event, EVENT_WALL_TIME, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
}

static void put_scalar(Message *summary, const char *tag, double number)
{
    Message value = {0};
    if (isnan(number))
        return;
    put_block(&value, VALUE_TAG, tag, strlen(tag));
    put_float(&value, VALUE_SIMPLE, (float)number);
    put_block(summary, SUMMARY_VALUE, value.bytes, value.size);
}

static void describe_epoch(Message *event, const ScrawlEpoch *epoch)
{
    Message summary = {0};
    put_scalar(&summary, "train_loss", epoch->train_loss);
    put_scalar(&summary, "train_accuracy", epoch->train_accuracy);
    put_scalar(&summary, "valid_loss", epoch->valid_loss);
    put_scalar(&summary, "valid_accuracy", epoch->valid_accuracy);
    put_scalar(&summary, "learning_rate", epoch->learning_rate);
    put_scalar(&summary, "images_per_second", epoch->images_per_second);
    start_event(event);
    put_key(event, EVENT_STEP, WIRE_VARINT);
    put_varint(event, (uint64_t)epoch->epoch);
    put_block(event, EVENT_SUMMARY, summary.bytes, summary.size);
}

static uint32_t masked_crc(const void *bytes, size_t size)
{
    uint32_t crc = checksum_crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

static ScrawlStatus write_record(Buffer *out, const Message *message)
{
    uint64_t size = message->size;
    ScrawlStatus status = writer_u64le(out, size);
    if (!status)
        status = writer_u32le(out, masked_crc(&size, sizeof size));
    if (!status)
        status = buffer_append(out, message->bytes, message->size);
    return status ? status : writer_u32le(out, masked_crc(message->bytes, message->size));
}

ScrawlStatus events_append(const char *path, const ScrawlEpoch *epoch, ScrawlError *error)
{
    static const char version[] = "brain.Event:2"; /* what every event file begins with */
    Message event;
    Buffer records;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    buffer_init(&records, EVENTS_MAX_FILE);
    if (!file_exists(path)) {
        start_event(&event);
        put_block(&event, EVENT_FILE_VERSION, version, strlen(version));
        status = write_record(&records, &event);
    }
    describe_epoch(&event, epoch);
    if (!status)
        status = write_record(&records, &event);
    status = status ? error_no_memory(error, "an epoch's events")
                    : file_append(path, records.data, records.size, error);
    buffer_deinit(&records);
    return status;
}

/* The next record's message; false at the end, and where a record is cut off or corrupted. */
static bool read_record(ByteReader *file, ByteReader *message)
{
    uint64_t size;
    uint32_t size_crc, crc;
    const uint8_t *bytes;
    if (!reader_u64le(file, &size) || !reader_u32le(file, &size_crc) ||
        size_crc != masked_crc(&size, sizeof size) || size > reader_left(file) ||
        !reader_bytes(file, (size_t)size, &bytes) || !reader_u32le(file, &crc) ||
        crc != masked_crc(bytes, (size_t)size))
        return false;
    reader_init(message, bytes, (size_t)size);
    return true;
}

static bool read_varint(ByteReader *message, uint64_t *value)
{
    uint8_t byte = 128;
    *value = 0;
    for (int shift = 0; byte & 128 && shift < 64; shift += 7) {
        if (!reader_u8(message, &byte))
            return false;
        *value |= (uint64_t)(byte & 127) << shift;
    }
    return true;
}

/* Moves past a field's value. */
static bool skip(ByteReader *message, uint64_t wire)
{
    uint64_t size = wire == WIRE_FIXED64 ? 8 : 4;
    const uint8_t *bytes;
    if (wire == WIRE_VARINT)
        return read_varint(message, &size);
    if (wire == WIRE_BYTES && !read_varint(message, &size))
        return false;
    return (wire == WIRE_BYTES || wire == WIRE_FIXED64 || wire == WIRE_FIXED32) &&
           size <= reader_left(message) && reader_bytes(message, (size_t)size, &bytes);
}

/* The event's step; 0 where it has none, as the first of a file. */
static uint64_t event_step(ByteReader *message)
{
    uint64_t key, step = 0;
    while (read_varint(message, &key)) {
        if (key == (EVENT_STEP << 3 | WIRE_VARINT))
            return read_varint(message, &step) ? step : 0;
        if (!skip(message, key & 7))
            break;
    }
    return 0;
}

/* Bytes of the records that stay. */
static size_t kept_size(const Buffer *all, int n_epochs)
{
    ByteReader file, message;
    size_t kept = 0;
    reader_init(&file, all->data, all->size);
    while (read_record(&file, &message) && event_step(&message) <= (uint64_t)n_epochs)
        kept = file.position;
    return kept;
}

ScrawlStatus events_trim(const char *path, int n_epochs, ScrawlError *error)
{
    if (!file_exists(path))
        return SCRAWL_STATUS_OK;
    Buffer all;
    buffer_init(&all, EVENTS_MAX_FILE);
    ScrawlStatus status = file_read(path, &all, error);
    if (!status) {
        size_t kept = kept_size(&all, n_epochs);
        if (kept == 0 && remove(path)) /* events_append begins a new one */
            status = error_set(error, SCRAWL_STATUS_IO, "%s: cannot be removed: %s", path,
                               strerror(errno));
        else if (kept > 0 && kept != all.size)
            status = file_write(path, all.data, kept, error);
    }
    buffer_deinit(&all);
    return status;
}
