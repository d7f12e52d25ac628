/* Files that appear whole or not at all; folders and names. */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

static char folder[] = "/tmp/scrawl-test-XXXXXX";

/* The test's own mkdir, which the library calls, too: fails once with this errno. */
static int mkdir_errno;

int mkdir(const char *path, mode_t mode)
{
    int failure = mkdir_errno;

    mkdir_errno = 0;
    if (!failure)
        return mkdirat(AT_FDCWD, path, mode);
    errno = failure;
    return -1;
}

/* Every test begins in an empty folder of its own, and is gone with it. */
static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/scrawl-test-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[100];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void assert_holds(const char *path, const char *text)
{
    Buffer content;
    ScrawlError error = {0};

    buffer_init(&content, 1 << 20);
    if (file_read(path, &content, &error))
        fail_msg("%s", error.message);
    assert_string_equal(buffer_text(&content), text);
    assert_int_equal(content.size, strlen(text));
    buffer_deinit(&content);
}

static void write_text(const char *path, const char *text)
{
    ScrawlError error = {0};

    if (file_write(path, text, strlen(text), &error))
        fail_msg("%s", error.message);
}

/* Files in the folder, hidden ones included: a temporary one left behind is seen. */
static int n_entries(const char *path)
{
    char command[200];
    int n = -1;
    FILE *pipe;

    snprintf(command, sizeof command, "ls -A '%s' | wc -l", path);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%d", &n), 1);
    pclose(pipe);
    return n;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    write_text("a.txt", "hello");
    assert_holds("a.txt", "hello");
    write_text("a.txt", ""); /* an empty file replaces it */
    assert_holds("a.txt", "");
    assert_int_equal(n_entries("."), 1);
    write_text("./b.txt", "x");
    assert_holds("b.txt", "x");
}

static void reading_appends(void **state)
{
    Buffer content;

    (void)state;
    write_text("a.txt", "world");
    buffer_init(&content, 11);
    assert_int_equal(buffer_append(&content, "hello ", 6), SCRAWL_STATUS_OK);
    assert_int_equal(file_read("a.txt", &content, NULL), SCRAWL_STATUS_OK); /* fits exactly */
    assert_string_equal(buffer_text(&content), "hello world");
    buffer_deinit(&content);
}

static void large_files_are_whole(void **state)
{
    size_t size = 3000001;
    uint8_t *data = mem_alloc(size, 1);
    Buffer content;

    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 2654435761u >> 13);
    assert_int_equal(file_write("a", data, size, NULL), SCRAWL_STATUS_OK);
    buffer_init(&content, size);
    assert_int_equal(file_read("a", &content, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(content.size, size);
    assert_memory_equal(content.data, data, size);
    buffer_deinit(&content);
    mem_free(data);
}

static void refused(const char *path, size_t max_size, ScrawlStatus status, const char *message)
{
    ScrawlError error = {0};
    Buffer content;

    buffer_init(&content, max_size + 2);
    assert_int_equal(buffer_append(&content, "ab", 2), SCRAWL_STATUS_OK);
    assert_int_equal(file_read(path, &content, &error), status);
    assert_string_equal(error.message, message);
    assert_string_equal(buffer_text(&content), "ab"); /* what it held before */
    assert_int_equal(content.size, 2);
    buffer_deinit(&content);
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    write_text("a.txt", "hello");
    refused("none.txt", 10, SCRAWL_STATUS_NOT_FOUND, "none.txt: no such file");
    refused(".", 10, SCRAWL_STATUS_IO, ".: is a folder, not a file");
    refused("a.txt/x", 10, SCRAWL_STATUS_IO, "a.txt/x: cannot open: Not a directory");
    refused("a.txt", 4, SCRAWL_STATUS_LIMIT, "a.txt: 5 bytes or more, and the limit is 4");
    refused("/dev/zero", 100000, SCRAWL_STATUS_LIMIT,
            "/dev/zero: 100001 bytes or more, and the limit is 100000");
}

static void pipes_are_read_to_their_end(void **state)
{
    int saved = dup(STDIN_FILENO), ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "piped", 5), 5);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    assert_holds("-", "piped");
    dup2(saved, STDIN_FILENO);
    close(saved);
}

static void standard_output_is_a_dash(void **state)
{
    int saved = dup(STDOUT_FILENO), fd = open("out", O_RDWR | O_CREAT, 0600);
    ScrawlStatus status;

    (void)state;
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    status = file_write("-", "hello", 5, NULL);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(fd);
    assert_int_equal(status, SCRAWL_STATUS_OK);
    assert_holds("out", "hello");
    assert_false(file_exists("-"));
}

static void permissions_and_links_stay(void **state)
{
    mode_t before = umask(022);
    struct stat info;

    (void)state;
    write_text("new", "1");
    assert_int_equal(stat("new", &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644); /* as the umask has it */
    assert_int_equal(chmod("new", 0600), 0);
    write_text("new", "2");
    assert_int_equal(stat("new", &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(mkdir("sub", 0700), 0);
    assert_int_equal(symlink("../new", "sub/link"), 0);
    write_text("sub/link", "3");
    assert_holds("new", "3");
    assert_int_equal(lstat("sub/link", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(n_entries("sub"), 1);
    umask(before);
}

/* Links that wait under the names of temporary files, as anybody may put into /tmp. */
static void a_temporary_file_follows_no_link(void **state)
{
    (void)state;
    write_text("victim", "untouched");
    for (int i = 0; i < 1000; i++) {
        char name[60];
        snprintf(name, sizeof name, ".scrawl-%ld-%d.tmp", (long)getpid(), i);
        assert_int_equal(symlink("victim", name), 0);
    }
    write_text("a", "new");
    assert_holds("a", "new");
    assert_holds("victim", "untouched");
    assert_int_equal(n_entries("."), 1002);
}

/* Root's rights are laid down wherever a wrong file_write could harm more than the test's folder,
 * or where a right one must be refused. */
static void become_nobody(void)
{
    if (geteuid() == 0 && seteuid(65534) != 0) {
        print_message("root's rights cannot be laid down here\n");
        skip();
    }
}

static void become_oneself(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

/* A pipe, as a device, is written to and never replaced. */
static void pipes_are_written_in_place(void **state)
{
    char text[6] = "";
    struct stat info;
    int fd;

    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    fd = open("pipe", O_RDWR); /* so that neither end waits for the other */
    assert_true(fd >= 0);
    write_text("pipe", "hello");
    assert_int_equal(stat("pipe", &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(read(fd, text, 5), 5);
    assert_string_equal(text, "hello");
    close(fd);
    assert_int_equal(n_entries("."), 1);
}

/* Nobody writes into the pipe: to open it would be to wait. */
static void what_must_be_a_file_is_one(void **state)
{
    ScrawlError error = {0};
    Buffer bytes;

    (void)state;
    buffer_init(&bytes, 5);
    write_text("file", "hello");
    assert_int_equal(file_read_regular("file", &bytes, &error), SCRAWL_STATUS_OK);
    assert_string_equal(buffer_text(&bytes), "hello");
    buffer_deinit(&bytes);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(file_read_regular("pipe", &bytes, &error), SCRAWL_STATUS_IO);
    assert_string_equal(error.message, "pipe: is a pipe or a device, not a file");
    assert_int_equal(file_read_regular("/dev/null", &bytes, &error), SCRAWL_STATUS_IO);
    assert_int_equal(file_read_regular("-", &bytes, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_int_equal(file_read_regular(".", &bytes, &error), SCRAWL_STATUS_IO);
    assert_string_equal(error.message, ".: is a folder, not a file");
    assert_int_equal(bytes.size, 0);
}

static void a_full_device_is_told(void **state)
{
    ScrawlError error = {0}, append_error = {0};
    ScrawlStatus status, append_status;

    (void)state;
    become_nobody(); /* who cannot replace what lies in /dev */
    status = file_write("/dev/full", "x", 1, &error);
    append_status = file_append("/dev/full", "x", 1, &append_error);
    become_oneself();
    assert_int_equal(status, SCRAWL_STATUS_IO);
    assert_string_equal(error.message, "/dev/full: cannot write: No space left on device");
    assert_int_equal(append_status, SCRAWL_STATUS_IO);
    assert_string_equal(append_error.message, error.message);
}

static void write_refused(const char *path, ScrawlStatus status, const char *message)
{
    ScrawlError error = {0};

    assert_int_equal(file_write(path, "12345678", 8, &error), status);
    assert_string_equal(error.message, message);
    assert_int_equal(file_write(path, "12345678", 8, NULL), status);
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    assert_int_equal(mkdir("sub", 0700), 0);
    write_refused("none/a", SCRAWL_STATUS_NOT_FOUND,
                  "none/a: cannot create: No such file or directory");
    write_refused("sub", SCRAWL_STATUS_IO, "sub: is a folder, not a file");
    assert_int_equal(n_entries("."), 1);
}

static void an_unwritable_folder_is_told(void **state)
{
    ScrawlError error = {0};
    ScrawlStatus status;

    (void)state;
    assert_int_equal(mkdir("sub", 0755), 0);
    write_text("sub/a", "old");
    assert_int_equal(chmod("sub/a", 0644) | chmod(".", 0755) | chmod("sub", 0555), 0);
    become_nobody();
    status = file_write("sub/a", "new", 3, &error);
    become_oneself();
    assert_int_equal(chmod("sub", 0755), 0);
    assert_int_equal(status, SCRAWL_STATUS_IO);
    assert_string_equal(error.message, "sub/a: cannot create: Permission denied");
    assert_holds("sub/a", "old");
}

/* The write fails in the middle, for a file may not grow past 4 KiB: the old one stays. */
static void a_failed_write_keeps_the_old_file(void **state)
{
    struct rlimit before, small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    static char data[10000];
    ScrawlStatus status, append_status;
    ScrawlError error = {0}, append_error = {0};

    (void)state;
    write_text("a", "old");
    write_text("log", "line 1\n");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    status = file_write("a", data, sizeof data, &error);
    append_status = file_append("log", data, sizeof data, &append_error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, SCRAWL_STATUS_IO);
    assert_string_equal(error.message, "a: cannot write: File too large"); /* the name as given */
    assert_int_equal(append_status, SCRAWL_STATUS_IO);
    assert_string_equal(append_error.message, "log: cannot write: File too large");
    assert_holds("a", "old");
    assert_holds("log", "line 1\n");
    assert_int_equal(n_entries("."), 2);
}

/* A disk of 64 KiB, seen by this process only. Last of all tests, for that cannot be undone. */
static void a_full_disk_keeps_the_old_file(void **state)
{
    size_t size = 100000;
    ScrawlError error = {0};
    ScrawlStatus status;
    void *data;

    (void)state;
    assert_int_equal(mkdir("disk", 0700), 0);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "disk", "tmpfs", 0, "size=64k") != 0) {
        print_message("no small disk can be mounted here\n");
        skip();
    }
    data = mem_alloc_zero(size, 1);
    assert_non_null(data);
    write_text("disk/a", "old");
    status = file_write("disk/a", data, size, &error);
    assert_holds("disk/a", "old");
    assert_int_equal(n_entries("disk"), 1);
    assert_int_equal(umount("disk"), 0);
    mem_free(data);
    assert_int_equal(status, SCRAWL_STATUS_IO);
    assert_string_equal(error.message, "disk/a: cannot write: No space left on device");
}

static void logs_grow(void **state)
{
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(file_append("log", "a\n", 2, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(file_append("log", "b\n", 2, NULL), SCRAWL_STATUS_OK);
    assert_holds("log", "a\nb\n");
    assert_int_equal(file_append("none/log", "b", 1, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_string_equal(error.message, "none/log: cannot open: No such file or directory");
}

static void existence(void **state)
{
    (void)state;
    write_text("a", "x");
    assert_int_equal(symlink("nowhere", "dangling") | symlink(".", "dot"), 0);
    assert_true(file_exists("a") && file_exists(".") && file_exists("dangling"));
    assert_false(file_exists("b") || file_exists(""));
    assert_true(folder_exists(".") && folder_exists("dot"));
    assert_false(folder_exists("a") || folder_exists("b") || folder_exists("dangling"));
}

static void folders_are_created_with_their_parents(void **state)
{
    char absolute[200];
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(folder_create("a/b//c/", &error), SCRAWL_STATUS_OK);
    assert_true(folder_exists("a/b/c"));
    assert_int_equal(folder_create("a/b", &error), SCRAWL_STATUS_OK);
    snprintf(absolute, sizeof absolute, "%s/x/y", folder);
    assert_int_equal(folder_create(absolute, &error), SCRAWL_STATUS_OK);
    assert_true(folder_exists("x/y"));
    write_text("file", "x");
    assert_int_equal(folder_create("file/sub", &error), SCRAWL_STATUS_IO);
    assert_string_equal(error.message, "file: expected a folder, found a file");
    assert_int_equal(folder_create("", &error), SCRAWL_STATUS_IO);
    assert_int_equal(folder_create("/proc/none", &error), SCRAWL_STATUS_IO);
    assert_memory_equal(error.message, "/proc/none: cannot create this folder: ", 39);
}

/* A second look at the folder may find another state: the first reason is the one to tell. */
static void a_folder_that_cannot_be_made_says_why(void **state)
{
    ScrawlError error = {0};

    (void)state;
    mkdir_errno = ENOSPC;
    assert_int_equal(folder_create("a", &error), SCRAWL_STATUS_IO);
    assert_string_equal(error.message, "a: cannot create this folder: No space left on device");
    assert_int_equal(mkdir_errno, 0);
}

static void folders_are_listed_in_byte_order(void **state)
{
    static const char *const names[] = {"b", "a10", "a2", "Z", "\xc3\xa4", ".hidden"};
    static const char *const sorted[] = {"Z", "a10", "a2", "b", "\xc3\xa4"};
    ScrawlError error = {0};
    char **list;
    size_t n;

    (void)state;
    assert_int_equal(folder_list(".", &list, &n, &error), SCRAWL_STATUS_OK);
    assert_int_equal(n, 0);
    assert_null(list[0]);
    mem_free(list);
    for (size_t i = 0; i < N_ELEMENTS(names); i++)
        write_text(names[i], "");
    assert_int_equal(folder_list(".", &list, &n, &error), SCRAWL_STATUS_OK);
    assert_int_equal(n, N_ELEMENTS(sorted));
    for (size_t i = 0; i < n; i++)
        assert_string_equal(list[i], sorted[i]);
    assert_null(list[n]);
    mem_free(list);
    assert_int_equal(folder_list("none", &list, &n, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_string_equal(error.message, "none: no such folder");
    assert_null(list);
    assert_int_equal(folder_list("b", &list, &n, &error), SCRAWL_STATUS_IO);
    assert_int_equal(n, 0);
}

static void assert_joined(const char *first, const char *second, const char *expected)
{
    char *path = path_join(first, second);

    assert_string_equal(path, expected);
    mem_free(path);
}

static void names_of_paths(void **state)
{
    (void)state;
    assert_joined("a", "b", "a/b");
    assert_joined("a/", "b", "a/b");
    assert_joined("a", "/b", "/b");
    assert_joined("", "b", "b");
    assert_joined(NULL, "b", "b");
    assert_joined("/", "b", "/b");
    assert_string_equal(path_name("a/b/c.png"), "c.png");
    assert_string_equal(path_name("c.png"), "c.png");
    assert_string_equal(path_name("a/"), "");
    assert_true(path_has_suffix("a.PNG", ".png") && path_has_suffix("a.png", ".png"));
    assert_false(path_has_suffix("apng", ".png") || path_has_suffix("g", ".png"));
    assert_false(path_has_suffix("a.png.gz", ".png"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(reading_appends),
        TEST(large_files_are_whole),
        TEST(what_cannot_be_read_is_told),
        TEST(pipes_are_read_to_their_end),
        TEST(standard_output_is_a_dash),
        TEST(permissions_and_links_stay),
        TEST(a_temporary_file_follows_no_link),
        TEST(pipes_are_written_in_place),
        TEST(what_must_be_a_file_is_one),
        TEST(a_full_device_is_told),
        TEST(what_cannot_be_written_is_told),
        TEST(an_unwritable_folder_is_told),
        TEST(a_failed_write_keeps_the_old_file),
        TEST(logs_grow),
        TEST(existence),
        TEST(folders_are_created_with_their_parents),
        TEST(a_folder_that_cannot_be_made_says_why),
        TEST(folders_are_listed_in_byte_order),
        TEST(names_of_paths),
        TEST(a_full_disk_keeps_the_old_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
