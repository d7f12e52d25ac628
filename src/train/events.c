#include "train/events.h"

#include <errno.h>
#include <event.pb-c.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

typedef Tensorflow__Event Event;
typedef Tensorflow__Summary__Value Value;

#define MAX_SCALARS 6

/* Messages borrow everything they point to. */
typedef struct Scalars {
    Value values[MAX_SCALARS], *list[MAX_SCALARS];
    Tensorflow__Summary summary;
} Scalars;

static void start_event(Event *event)
{
    struct timespec now;
    tensorflow__event__init(event);
    clock_gettime(CLOCK_REALTIME, &now);
    event->wall_time = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Unknown scalars are left out: TensorBoard would draw a NaN as a gap in the curve. */
static void add_scalar(Scalars *scalars, char *tag, double number)
{
    if (isnan(number))
        return;
    Value *value = &scalars->values[scalars->summary.n_value];
    tensorflow__summary__value__init(value);
    value->tag = tag;
    value->value_case = TENSORFLOW__SUMMARY__VALUE__VALUE_SIMPLE_VALUE;
    value->simple_value = (float)number;
    scalars->list[scalars->summary.n_value++] = value;
}

static void describe_epoch(Event *event, Scalars *scalars, const ScrawlEpoch *epoch)
{
    tensorflow__summary__init(&scalars->summary);
    scalars->summary.value = scalars->list;
    add_scalar(scalars, "train_loss", epoch->train_loss);
    add_scalar(scalars, "train_accuracy", epoch->train_accuracy);
    add_scalar(scalars, "valid_loss", epoch->valid_loss);
    add_scalar(scalars, "valid_accuracy", epoch->valid_accuracy);
    add_scalar(scalars, "learning_rate", epoch->learning_rate);
    add_scalar(scalars, "images_per_second", epoch->images_per_second);
    start_event(event);
    event->step = epoch->epoch;
    event->what_case = TENSORFLOW__EVENT__WHAT_SUMMARY;
    event->summary = &scalars->summary;
}

static uint32_t masked_crc(const void *bytes, size_t size)
{
    uint32_t crc = checksum_crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

static ScrawlStatus write_record(Buffer *out, const Event *event)
{
    uint64_t size = tensorflow__event__get_packed_size(event);
    ScrawlStatus status = writer_u64le(out, size);
    if (!status)
        status = writer_u32le(out, masked_crc(&size, sizeof size));
    if (!status)
        status = buffer_reserve(out, (size_t)size);
    if (status)
        return status;
    uint8_t *bytes = out->data + out->size;
    out->size += tensorflow__event__pack(event, bytes);
    return writer_u32le(out, masked_crc(bytes, (size_t)size));
}

ScrawlStatus events_append(const char *path, const ScrawlEpoch *epoch, ScrawlError *error)
{
    static char version[] = "brain.Event:2"; /* how every event file begins */
    Event event;
    Scalars scalars;
    Buffer records;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    buffer_init(&records, EVENTS_MAX_FILE);
    if (!file_exists(path)) {
        start_event(&event);
        event.what_case = TENSORFLOW__EVENT__WHAT_FILE_VERSION;
        event.file_version = version;
        status = write_record(&records, &event);
    }
    describe_epoch(&event, &scalars, epoch);
    if (!status)
        status = write_record(&records, &event);
    status = status ? error_no_memory(error, "an epoch's events")
                    : file_append(path, records.data, records.size, error);
    buffer_deinit(&records);
    return status;
}

/* The next record's message; false at the end of the file, and where a record is cut off or
 * corrupted. */
static bool next_record(ByteReader *file, const uint8_t **bytes, size_t *size)
{
    uint64_t length;
    uint32_t length_crc, crc;
    if (!reader_u64le(file, &length) || !reader_u32le(file, &length_crc) ||
        length_crc != masked_crc(&length, sizeof length) || length > reader_left(file) ||
        !reader_bytes(file, (size_t)length, bytes) || !reader_u32le(file, &crc) ||
        crc != masked_crc(*bytes, (size_t)length))
        return false;
    *size = (size_t)length;
    return true;
}

/* protobuf-c takes its memory through these. `context` is a ScrawlStatus, because a message that is
 * refused for lack of memory looks like a corrupted one. */
static void *allocate(void *context, size_t size)
{
    void *block = mem_alloc(size, 1);
    if (!block)
        *(ScrawlStatus *)context = SCRAWL_STATUS_NO_MEMORY;
    return block;
}

static void release(void *context, void *block)
{
    (void)context;
    mem_free(block);
}

/* Bytes of the records up to step n_epochs that stand before the first corrupted one. */
static ScrawlStatus find_kept(const Buffer *all, int n_epochs, size_t *kept)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    ProtobufCAllocator allocator = {allocate, release, &status};
    ByteReader file;
    const uint8_t *bytes;
    size_t size;
    *kept = 0;
    reader_init(&file, all->data, all->size);
    while (next_record(&file, &bytes, &size)) {
        Event *event = tensorflow__event__unpack(&allocator, size, bytes);
        bool keep = event && event->step <= n_epochs;
        tensorflow__event__free_unpacked(event, &allocator);
        if (!keep)
            break;
        *kept = file.position;
    }
    return status;
}

ScrawlStatus events_trim(const char *path, int n_epochs, ScrawlError *error)
{
    if (!file_exists(path))
        return SCRAWL_STATUS_OK;
    Buffer all;
    buffer_init(&all, EVENTS_MAX_FILE);
    ScrawlStatus status = file_read(path, &all, error);
    if (status)
        goto out;
    size_t kept;
    if (find_kept(&all, n_epochs, &kept))
        status = error_no_memory(error, "a run's events");
    else if (kept == 0 && remove(path)) /* events_append begins a new one */
        status =
            error_set(error, SCRAWL_STATUS_IO, "%s: cannot be removed: %s", path, strerror(errno));
    else if (kept > 0 && kept != all.size)
        status = file_write(path, all.data, kept, error);
out:
    buffer_deinit(&all);
    return status;
}
