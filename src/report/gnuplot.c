#include "report/gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

extern char **environ;

/* An '@' is a macro in commands only, not in texts and data. */
ScrawlStatus gnuplot_write_text(const char *text, Buffer *out)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (; *text && !status; text++) {
        bool unsafe = (unsigned char)*text < ' ' || *text == 0x7f || strchr("'\"`\\", *text);
        status = buffer_append(out, unsafe ? "_" : text, 1);
    }
    return status;
}

/* The script goes in, the picture and the complaints come out, through files without a name: where
 * pipes are read and written in turn, one side can wait for the other, and a reader that dies kills
 * the writer. */
typedef struct Files {
    FILE *in, *out, *complaints;
} Files;

static void close_files(Files *files)
{
    FILE *all[] = {files->in, files->out, files->complaints};
    for (int i = 0; i < 3; i++) {
        if (all[i])
            fclose(all[i]);
    }
}

static ScrawlStatus open_files(Files *files, const Buffer *script, ScrawlError *error)
{
    *files = (Files){tmpfile(), tmpfile(), tmpfile()};
    if (!files->in || !files->out || !files->complaints ||
        fwrite(script->data, 1, script->size, files->in) != script->size || fflush(files->in) ||
        fseek(files->in, 0, SEEK_SET)) {
        ScrawlStatus status =
            error_set(error, SCRAWL_STATUS_IO, "a temporary file for gnuplot: %s", strerror(errno));
        close_files(files);
        return status;
    }
    return SCRAWL_STATUS_OK;
}

/* *exit_status is gnuplot's. */
static ScrawlStatus start(const Files *files, int *exit_status, ScrawlError *error)
{
    char *const arguments[] = {"gnuplot", "-d", NULL}; /* -d: without the user's own settings */
    posix_spawn_file_actions_t actions;
    pid_t child;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure)
        return error_no_memory(error, "starting gnuplot");
    failure = posix_spawn_file_actions_adddup2(&actions, fileno(files->in), STDIN_FILENO);
    if (!failure)
        failure = posix_spawn_file_actions_adddup2(&actions, fileno(files->out), STDOUT_FILENO);
    if (!failure)
        failure =
            posix_spawn_file_actions_adddup2(&actions, fileno(files->complaints), STDERR_FILENO);
    if (!failure)
        failure = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure == ENOENT || failure == EACCES)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "gnuplot is not installed (Debian: apt-get install gnuplot-nox)");
    if (failure)
        return error_set(error, SCRAWL_STATUS_IO, "gnuplot cannot be started: %s",
                         strerror(failure));
    while (waitpid(child, exit_status, 0) < 0) {
        if (errno != EINTR)
            return error_set(error, SCRAWL_STATUS_IO, "gnuplot was lost: %s", strerror(errno));
    }
    return SCRAWL_STATUS_OK;
}

/* Of gnuplot's complaint, which repeats the command, points at a place in it and then gives the
 * reason, the reason; false where there is none. */
static bool find_reason(FILE *complaints, char line[200])
{
    rewind(complaints);
    while (fgets(line, 200, complaints)) {
        size_t blank = strspn(line, " \t\n^");
        line[strcspn(line, "\n")] = '\0';
        if (line[blank] && strncmp(line, "gnuplot>", strlen("gnuplot>")) != 0) {
            memmove(line, line + blank, strlen(line + blank) + 1);
            return true;
        }
    }
    return false;
}

static ScrawlStatus failed(const Files *files, int exit_status, ScrawlError *error)
{
    char line[200];
    if (find_reason(files->complaints, line))
        return error_set(error, SCRAWL_STATUS_IO, "gnuplot failed: %s", line);
    if (WIFSIGNALED(exit_status))
        return error_set(error, SCRAWL_STATUS_IO, "gnuplot was ended by signal %d",
                         WTERMSIG(exit_status));
    return error_set(error, SCRAWL_STATUS_IO, "gnuplot failed with exit status %d, without a word",
                     WEXITSTATUS(exit_status));
}

static ScrawlStatus read_picture(const Files *files, Buffer *out, ScrawlError *error)
{
    char bytes[4096];
    size_t n;
    rewind(files->out);
    while ((n = fread(bytes, 1, sizeof bytes, files->out)) > 0) {
        if (buffer_append(out, bytes, n))
            return error_no_memory(error, "gnuplot's picture");
    }
    return ferror(files->out) ? error_set(error, SCRAWL_STATUS_IO, "gnuplot's picture is lost")
                              : SCRAWL_STATUS_OK;
}

ScrawlStatus gnuplot_run(const Buffer *script, Buffer *out, ScrawlError *error)
{
    Files files;
    int exit_status = 0;
    ScrawlStatus status = open_files(&files, script, error);
    if (status)
        return status;
    status = start(&files, &exit_status, error);
    if (!status)
        status = exit_status == 0 ? read_picture(&files, out, error)
                                  : failed(&files, exit_status, error);
    close_files(&files);
    return status;
}
