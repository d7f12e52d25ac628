#include "data/download.h"

#include <fcntl.h>
#include <errno.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "data/registry.h"
#include "files.h"
#include "server.h"

#define SIZE 300000

static uint8_t body[SIZE];
static char sum[CHECKSUM_TEXT_SIZE];
static Server server;
static char urls[3][128];
static const char *url_list[3] = {urls[0], urls[1], urls[2]};
static Download download;

/* The test's own flock and fsync, which the library calls, too. */
static int flock_errno, fsync_errno; /* 0: they work */
static bool put_in_place;            /* by another process, just before the lock is had */

int flock(int fd, int operation)
{
    if (put_in_place)
        rename(files_path("new/file.part"), files_path("new/file"));
    errno = flock_errno;
    return flock_errno ? -1 : (int)syscall(SYS_flock, fd, operation);
}

int fsync(int fd)
{
    (void)fd;
    errno = fsync_errno;
    return fsync_errno ? -1 : 0;
}

static int start(void **state)
{
    for (size_t i = 0; i < SIZE; i++)
        body[i] = (uint8_t)(i * i >> 5);
    checksum_sha256(body, SIZE, sum);
    if (!server_start(&server, body, SIZE))
        return -1;
    return files_setup(state);
}

static int stop(void **state)
{
    server_stop(&server);
    return files_teardown(state);
}

/* Every test begins without files, and asks for "FOLDER/file" from the mirrors set by `mirrors`. */
static int before(void **state)
{
    static char path[256];

    (void)state;
    unlink(files_path("new/file"));
    unlink(files_path("new/file.part"));
    files_mkdir("new");
    snprintf(path, sizeof path, "%s", files_path("new/file"));
    download = (Download){.path = path, .urls = url_list, .size = SIZE, .sha256 = sum};
    server.quota = 0;
    server.n_requests = 0;
    flock_errno = fsync_errno = 0;
    put_in_place = false;
    return 0;
}

static void mirrors(const char *a, const char *b, const char *c)
{
    const char *ways[3] = {a, b, c};

    for (download.n_urls = 0; download.n_urls < 3 && ways[download.n_urls]; download.n_urls++)
        snprintf(urls[download.n_urls], sizeof urls[0], "http://127.0.0.1:%d/%s/file", server.port,
                 ways[download.n_urls]);
}

static void assert_file_is_good(void)
{
    Buffer found;

    buffer_init(&found, 2 * SIZE);
    assert_int_equal(file_read(download.path, &found, NULL), 0);
    assert_int_equal(found.size, SIZE);
    assert_memory_equal(found.data, body, SIZE);
    buffer_deinit(&found);
    assert_false(file_exists(files_path("new/file.part")));
}

static void expect(ScrawlStatus expected, const char *words)
{
    ScrawlError error = {0};

    assert_int_equal(download_file(&download, NULL, &error), expected);
    assert_says(&error, words);
}

static void fetches_a_file(void **state)
{
    (void)state;
    mirrors("good", NULL, NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
    assert_int_equal(server.n_requests, 1);
}

static void makes_the_folder(void **state)
{
    char path[256];

    (void)state;
    snprintf(path, sizeof path, "%s", files_path("new/deep/er/file"));
    download.path = path;
    mirrors("good", NULL, NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
}

static void verifies_md5_where_that_is_all(void **state)
{
    (void)state;
    mirrors("good", NULL, NULL);
    download.sha256 = NULL;
    download.size = 0;
    download.md5 = "00000000000000000000000000000000";
    expect(SCRAWL_STATUS_CHECKSUM, "its MD5 is ");
    assert_false(file_exists(download.path));
    download.md5 = "d34ca3ce7e945b8ae02cad60fd9d3f8e";
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
}

static void says_when_the_size_is_wrong(void **state)
{
    ScrawlError error = {0};

    (void)state;
    files_write("new/file", body, SIZE - 1);
    assert_int_equal(download_verify(&download, download.path, &error), SCRAWL_STATUS_CHECKSUM);
    assert_says(&error, "299999 bytes, expected 300000");
    files_write("new/file", body, SIZE);
    assert_int_equal(download_verify(&download, download.path, NULL), 0);
    unlink(download.path);
    assert_int_equal(download_verify(&download, download.path, NULL), SCRAWL_STATUS_NOT_FOUND);
}

static void goes_on_where_it_broke_off(void **state)
{
    (void)state;
    files_write("new/file.part", body, 100000);
    mirrors("good", NULL, NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
    assert_int_equal(server.n_requests, 1);
    assert_int_equal(server.last_start, 100000);
}

static void asks_again_while_bytes_come(void **state)
{
    (void)state;
    server.quota = 80000;
    mirrors("broken", NULL, NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
    assert_int_equal(server.n_requests, 4);
    assert_int_equal(server.last_start, 240000);
}

static void keeps_the_part_of_a_failed_download(void **state)
{
    Buffer part;

    (void)state;
    server.quota = 1000;
    mirrors("broken", NULL, NULL);
    expect(SCRAWL_STATUS_NETWORK, "cannot download file: http://127.0.0.1");
    assert_false(file_exists(download.path));
    buffer_init(&part, SIZE);
    assert_int_equal(file_read(files_path("new/file.part"), &part, NULL), 0);
    assert_int_equal(part.size, 5000);
    assert_memory_equal(part.data, body, 5000);
    buffer_deinit(&part);
}

static void a_mirror_may_not_know_ranges(void **state)
{
    (void)state;
    files_write("new/file.part", body, 100000);
    mirrors("norange", NULL, NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
}

static void throws_a_stale_part_away(void **state)
{
    (void)state;
    files_write("new/file.part", body + 1, 100000);
    mirrors("good", NULL, NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
    assert_int_equal(server.n_requests, 2);
}

static void needs_no_network_for_a_complete_part(void **state)
{
    (void)state;
    files_write("new/file.part", body, SIZE);
    mirrors("good", NULL, NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
    assert_int_equal(server.n_requests, 0);
}

static void a_part_may_be_too_long(void **state)
{
    static uint8_t longer[SIZE + 10];

    (void)state;
    files_write("new/file.part", longer, sizeof longer);
    mirrors("good", NULL, NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
}

static void tries_the_next_mirror(void **state)
{
    (void)state;
    mirrors("absent", "wrong", "good");
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
    assert_int_equal(server.n_requests, 3);
}

static void says_what_became_of_each_mirror(void **state)
{
    (void)state;
    mirrors("absent", "stop", NULL);
    expect(SCRAWL_STATUS_NETWORK, "/absent/file: HTTP status 404; http://127.0.0.1");
    expect(SCRAWL_STATUS_NETWORK, "/stop/file: ");
    assert_false(file_exists(download.path));
    assert_false(file_exists(files_path("new/file.part")));
}

/* Folders that are made for a file go where the file does not come; others stay, empty or not. */
static void leaves_no_empty_folder(void **state)
{
    char path[256];

    (void)state;
    files_mkdir("kept");
    snprintf(path, sizeof path, "%s", files_path("kept/cache/scrawl/file"));
    mirrors("absent", NULL, NULL);
    download.path = path;
    expect(SCRAWL_STATUS_NETWORK, "HTTP status 404");
    assert_false(file_exists(files_path("kept/cache")));
    files_mkdir("kept/cache/other");
    expect(SCRAWL_STATUS_NETWORK, "HTTP status 404");
    assert_false(file_exists(files_path("kept/cache/scrawl")));
    assert_true(file_exists(files_path("kept/cache/other")));
    files_mkdir("kept/cache/scrawl");
    expect(SCRAWL_STATUS_NETWORK, "HTTP status 404");
    assert_true(file_exists(files_path("kept/cache/scrawl")));
}

static void never_replaces_a_good_file_by_a_bad_one(void **state)
{
    (void)state;
    files_write("new/file", body, SIZE);
    mirrors("wrong", "long", "absent");
    expect(SCRAWL_STATUS_NETWORK, "its SHA-256 is ");
    mirrors("wrong", "long", NULL);
    expect(SCRAWL_STATUS_CHECKSUM, "more than the 300000 bytes expected");
    assert_file_is_good();
}

static void an_unknown_size_is_no_obstacle(void **state)
{
    (void)state;
    download.size = 0;
    mirrors("long", "good", NULL);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
}

static void refuses_other_addresses(void **state)
{
    const char *bad[] = {"http://example.org/file",        "file:///etc/passwd",
                         "ftp://127.0.0.1/file",           "http://127.0.0.1:80@example.org/file",
                         "http://127.0.0.1.example.org/f", "http://127.0.0.1"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        download.urls = &bad[i];
        download.n_urls = 1;
        expect(SCRAWL_STATUS_USAGE, "expected an address that begins with https://");
    }
}

static void one_process_at_a_time(void **state)
{
    int fd;

    (void)state;
    files_write("new/file.part", body, 10);
    fd = open(files_path("new/file.part"), O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    mirrors("good", NULL, NULL);
    expect(SCRAWL_STATUS_EXISTS, "another process is downloading it");
    assert_true(file_exists(files_path("new/file.part")));
    close(fd);
    assert_int_equal(download_file(&download, NULL, NULL), 0);
}

/* Some network file systems have no locks: that is no other process, and what an earlier try left
 * stays. */
static void a_file_that_cannot_be_locked_stays(void **state)
{
    (void)state;
    files_write("new/file.part", body, 10);
    mirrors("good", NULL, NULL);
    flock_errno = ENOLCK;
    expect(SCRAWL_STATUS_IO, "new/file.part: cannot be locked: No locks available");
    assert_true(file_exists(files_path("new/file.part")));
    assert_int_equal(server.n_requests, 0);
}

/* Another process may end between our opening of its .part file and our lock on it: what is locked
 * then is the good file, and must not be written to. */
static void a_file_that_has_been_put_in_place_is_left_alone(void **state)
{
    (void)state;
    files_write("new/file.part", body, SIZE);
    mirrors("good", NULL, NULL);
    put_in_place = true;
    expect(SCRAWL_STATUS_EXISTS, "another process is downloading it");
    assert_file_is_good();
}

static void file_systems_without_fsync_will_do(void **state)
{
    (void)state;
    mirrors("good", NULL, NULL);
    fsync_errno = EINVAL;
    assert_int_equal(download_file(&download, NULL, NULL), 0);
    assert_file_is_good();
    unlink(download.path);
    fsync_errno = EIO;
    expect(SCRAWL_STATUS_IO, "new/file: cannot be put in place: Input/output error");
    assert_false(file_exists(download.path));
}

/* Only the folders that a failed download made go with it, whatever the failure. */
static void folders_that_were_there_stay(void **state)
{
    char path[256];

    (void)state;
    files_mkdir("new/empty");
    snprintf(path, sizeof path, "%s", files_path("new/empty/a/b/file"));
    download.path = path;
    mirrors("absent", NULL, NULL);
    expect(SCRAWL_STATUS_NETWORK, "HTTP status 404");
    assert_true(folder_exists(files_path("new/empty")));
    assert_false(folder_exists(files_path("new/empty/a")));
    snprintf(path, sizeof path, "%s", files_path("new/empty/file"));
    mem_fail_at(1);
    assert_int_equal(download_file(&download, NULL, NULL), SCRAWL_STATUS_NO_MEMORY);
    mem_fail_at(0);
    assert_true(folder_exists(files_path("new/empty")));
}

static bool refuse(void *context, const ScrawlProgress *progress)
{
    ScrawlProgress *seen = context;

    *seen = *progress;
    return false;
}

static void can_be_interrupted(void **state)
{
    ScrawlProgress seen = {0};
    ScrawlLog log = {.context = &seen, .progress = refuse};
    ScrawlError error = {0};

    (void)state;
    mirrors("good", NULL, NULL);
    assert_int_equal(download_file(&download, &log, &error), SCRAWL_STATUS_INTERRUPTED);
    assert_says(&error, "goes on from byte");
    assert_string_equal(seen.what, "file");
    assert_int_equal(seen.total, SIZE);
    assert_false(file_exists(download.path));
}

static ScrawlStatus download_once(void *context, ScrawlError *error)
{
    (void)context;
    unlink(download.path);
    return download_file(&download, NULL, error);
}

static void survives_failing_allocations(void **state)
{
    (void)state;
    mirrors("good", NULL, NULL);
    fail_every_allocation(download_once, NULL);
}

/* A registered data set whose one archive the server has. */
static void fetches_and_reads_a_registered_archive(void **state)
{
    static Buffer zip;
    Buffer plain[4], packed[4];
    RegistryFile archive = {.name = "all.zip"};
    static const char *const classes[] = {"a", "b", "c"};
    RegistryRow row = {.name = "toy",
                       .n_train = 9,
                       .n_test = 6,
                       .class_names = classes,
                       .n_classes = 3,
                       .folder = "good",
                       .archive = &archive,
                       .members = "gzip",
                       .parts = {{"i.gz"}, {"l.gz"}, {"ti.gz"}, {"tl.gz"}}};
    const char *names[] = {"gzip/i.gz", "gzip/l.gz", "gzip/ti.gz", "gzip/tl.gz"};
    ZipMember members[4];
    char mirror[64], zip_sum[CHECKSUM_TEXT_SIZE], data_folder[256];
    DataFolders folders;
    ScrawlDataset *dataset;
    ScrawlDataOptions options = {0}, offline = {.no_download = true};
    ScrawlError error = {0};

    (void)state;
    for (int i = 0; i < 4; i++) {
        buffer_init(&plain[i], 10000);
        buffer_init(&packed[i], 10000);
        if (i % 2 == 0)
            idx_images(&plain[i], i < 2 ? 9 : 6, SIDE, SIDE);
        else
            idx_labels(&plain[i], i < 2 ? 9 : 6, 3, 0);
        gzip_bytes(&packed[i], plain[i].data, plain[i].size);
        members[i] = (ZipMember){names[i], &packed[i]};
    }
    files_write_zip("all.zip", members, 4);
    buffer_init(&zip, 100000);
    assert_int_equal(file_read(files_path("all.zip"), &zip, NULL), 0);
    checksum_sha256(zip.data, zip.size, zip_sum);
    archive.size = zip.size;
    archive.sha256 = zip_sum;
    server.body = zip.data;
    server.size = zip.size;
    snprintf(mirror, sizeof mirror, "http://127.0.0.1:%d", server.port);
    setenv("SCRAWL_MIRROR", mirror, 1);
    snprintf(data_folder, sizeof data_folder, "%s", files_path("data"));
    assert_int_equal(locate_folders(&folders, data_folder, NULL), 0);

    assert_int_equal(
        registered_open(&dataset, &row, SCRAWL_SPLIT_TRAIN, &folders, &offline, &error),
        SCRAWL_STATUS_NOT_FOUND);
    assert_int_equal(server.n_requests, 0);
    assert_int_equal(registered_open(&dataset, &row, SCRAWL_SPLIT_TRAIN, &folders, &options, NULL),
                     0);
    assert_int_equal(dataset->info.n, 9);
    assert_int_equal(scrawl_dataset_pixels(dataset, 8)[3], sample_pixel(8, 3));
    scrawl_dataset_free(dataset);
    assert_int_equal(server.n_requests, 1);
    assert_int_equal(registered_open(&dataset, &row, SCRAWL_SPLIT_TEST, &folders, &offline, NULL),
                     0);
    assert_int_equal(dataset->info.n, 6);
    scrawl_dataset_free(dataset);
    assert_int_equal(registered_fetch(&row, SCRAWL_SPLIT_ALL, &folders, NULL, NULL), 0);
    assert_int_equal(server.n_requests, 1);

    /* Corrupted on the disk: reading says so, fetching mends it. */
    files_write("data/good/all.zip", zip.data, zip.size / 2);
    assert_int_equal(registered_open(&dataset, &row, SCRAWL_SPLIT_TEST, &folders, &offline, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_says(&error, "all.zip");
    assert_int_equal(registered_fetch(&row, SCRAWL_SPLIT_ALL, &folders, NULL, NULL), 0);
    assert_int_equal(registered_open(&dataset, &row, SCRAWL_SPLIT_TEST, &folders, &offline, NULL),
                     0);
    scrawl_dataset_free(dataset);

    /* Files packed anew are as good as the official ones where they hold as many images. */
    row.archive = NULL;
    for (int i = 0; i < 4; i++) {
        char name[64];

        snprintf(name, sizeof name, "data/good/%s", row.parts[i].name);
        files_write(name, packed[i].data, packed[i].size);
        row.parts[i].sha256 = sum;
    }
    server.n_requests = 0;
    assert_int_equal(registered_fetch(&row, SCRAWL_SPLIT_ALL, &folders, NULL, NULL), 0);
    assert_int_equal(server.n_requests, 0);
    row.n_train = 10;
    assert_int_equal(registered_fetch(&row, SCRAWL_SPLIT_TEST, &folders, NULL, NULL), 0);
    assert_int_equal(server.n_requests, 0);
    assert_int_equal(registered_fetch(&row, SCRAWL_SPLIT_TRAIN, &folders, NULL, &error),
                     SCRAWL_STATUS_CHECKSUM);
    assert_true(server.n_requests > 0);

    server.body = body;
    server.size = SIZE;
    unsetenv("SCRAWL_MIRROR");
    locate_deinit(&folders);
    for (int i = 0; i < 4; i++) {
        buffer_deinit(&plain[i]);
        buffer_deinit(&packed[i]);
    }
    buffer_deinit(&zip);
}

/* Root, too, leaves a folder alone that is marked read-only. */
static void writes_only_where_it_may(void **state)
{
    DataFolders folders;
    char guarded[256], cache[256];

    (void)state;
    snprintf(guarded, sizeof guarded, "%s", files_path("guarded"));
    snprintf(cache, sizeof cache, "%s/scrawl", files_path("cache"));
    files_mkdir("guarded");
    assert_int_equal(chmod(guarded, 0555), 0);
    setenv("SCRAWL_DATA", guarded, 1);
    setenv("XDG_CACHE_HOME", files_path("cache"), 1);
    assert_int_equal(locate_folders(&folders, NULL, NULL), 0);
    assert_string_equal(locate_writable(&folders), cache);
    assert_int_equal(chmod(guarded, 0755), 0);
    assert_string_equal(locate_writable(&folders), guarded);
    assert_false(file_exists(cache)); /* it may be made, and was not */
    locate_deinit(&folders);
}

static void finds_the_user_s_folders(void **state)
{
    DataFolders folders;
    char text[256];

    (void)state;
    setenv("SCRAWL_DATA", "/data", 1);
    setenv("XDG_CACHE_HOME", "/cache", 1);
    setenv("HOME", "/home/me", 1);
    assert_int_equal(locate_folders(&folders, NULL, NULL), 0);
    assert_string_equal(locate_text(&folders, text, sizeof text), "/data or /cache/scrawl");
    locate_deinit(&folders);
    setenv("XDG_CACHE_HOME", "relative", 1);
    unsetenv("SCRAWL_DATA");
    assert_int_equal(locate_folders(&folders, NULL, NULL), 0);
    assert_string_equal(locate_text(&folders, text, sizeof text), "/home/me/.cache/scrawl");
    locate_deinit(&folders);
    unsetenv("HOME");
    assert_int_equal(locate_folders(&folders, NULL, NULL), 0);
    assert_int_equal(folders.n, 0);
    assert_null(locate_writable(&folders));
    assert_non_null(strstr(locate_text(&folders, text, sizeof text), "set SCRAWL_DATA"));
    assert_int_equal(locate_folders(&folders, "/given", NULL), 0);
    assert_string_equal(locate_text(&folders, text, sizeof text), "/given");
    locate_deinit(&folders);
}

#define TEST(name) cmocka_unit_test_setup(name, before)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fetches_a_file),
        TEST(makes_the_folder),
        TEST(verifies_md5_where_that_is_all),
        TEST(says_when_the_size_is_wrong),
        TEST(goes_on_where_it_broke_off),
        TEST(asks_again_while_bytes_come),
        TEST(keeps_the_part_of_a_failed_download),
        TEST(a_mirror_may_not_know_ranges),
        TEST(throws_a_stale_part_away),
        TEST(needs_no_network_for_a_complete_part),
        TEST(a_part_may_be_too_long),
        TEST(tries_the_next_mirror),
        TEST(says_what_became_of_each_mirror),
        TEST(leaves_no_empty_folder),
        TEST(never_replaces_a_good_file_by_a_bad_one),
        TEST(an_unknown_size_is_no_obstacle),
        TEST(refuses_other_addresses),
        TEST(one_process_at_a_time),
        TEST(a_file_that_cannot_be_locked_stays),
        TEST(a_file_that_has_been_put_in_place_is_left_alone),
        TEST(file_systems_without_fsync_will_do),
        TEST(folders_that_were_there_stay),
        TEST(can_be_interrupted),
        TEST(survives_failing_allocations),
        TEST(fetches_and_reads_a_registered_archive),
        TEST(writes_only_where_it_may),
        TEST(finds_the_user_s_folders),
    };

    if (!download_library())
        return 77; /* meson: skipped */
    return cmocka_run_group_tests_name("download", tests, start, stop);
}
