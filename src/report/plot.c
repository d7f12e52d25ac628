#include "report/plot.h"

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "report/page.h"

#define MAX_SCRIPT ((size_t)64 << 20)
#define MAX_PICTURE ((size_t)256 << 20)
#define KEY_MARK 34 /* pixels of a mark and the gaps about it */
#define KEY_CHARACTER 7.4
#define AXIS_EDGE 12.0 /* pixels from the picture's edge to the middle of an axis' label */

static const PlotTheme light = {
    .paper = "#ffffff",
    .ink = "#1b1f23",
    .quiet = "#57606a",
    .grid = "#e1e4e8",
    .series = {"#0072b2", "#d55e00", "#009e73"},
    .right = "#d3e5f1",
    .right_ink = "#1b1f23",
    .levels = {"#fde5cf", "#fbc08d", "#f09a50", "#d55e00", "#8c3b00"},
    .level_ink = {"#1b1f23", "#1b1f23", "#1b1f23", "#ffffff", "#ffffff"},
};
static const PlotTheme dark = {
    .paper = "#14171a",
    .ink = "#e6e8ea",
    .quiet = "#a5adb5",
    .grid = "#2f353b",
    .series = {"#56b4e9", "#e69f00", "#2fc79a"},
    .right = "#1d3b52",
    .right_ink = "#e6e8ea",
    .levels = {"#55300f", "#80460f", "#ad5d0c", "#e08a1e", "#ffd08a"},
    .level_ink = {"#e6e8ea", "#e6e8ea", "#ffffff", "#14171a", "#14171a"},
};

void plot_cell(Buffer *out, const char *text, bool file)
{
    if (!file) {
        gnuplot_write_text(out, text);
        return;
    }
    for (; *text; text++)
        text_append(out, (unsigned char)*text < ' ' ? " " : text, 1);
}

/* In a format each "%" is two. */
static void put_label(Buffer *out, const char *text, int most, bool format)
{
    bool cut = utf8_count(text) > (size_t)most;
    const char *end = text + utf8_skip(text, (size_t)(cut ? most - 1 : most));
    for (; text < end; text++)
        if (format && *text == '%')
            text_put(out, "%%");
        else
            gnuplot_write_part(out, text, 1);
    text_put(out, cut ? "\u2026" : "");
}

void plot_label(Buffer *out, const char *text, int most)
{
    put_label(out, text, most, false);
}

void plot_ticks(Buffer *out, const char *name, const char *const *labels, int n, int most)
{
    text_printf(out, "set %s (", name);
    for (int i = 0; i < n; i++) {
        text_printf(out, "%s'", i ? ", " : "");
        put_label(out, labels[i], most, true);
        text_printf(out, "' %d", i);
    }
    text_printf(out, ")\n");
}

int plot_longest(const char *const *labels, int n, int most)
{
    int longest = 0;
    for (int i = 0; i < n; i++) {
        int length = (int)utf8_count(labels[i]);
        longest = length > longest ? length : longest;
    }
    return longest < most ? longest : most;
}

void plot_key(Buffer *out, const Plot *plot, const PlotTheme *theme, const PlotKey *keys, int n)
{
    double x = 14, y = 1 - 39.0 / plot->height;
    for (int i = 0; i < n; i++) {
        text_printf(out,
                    "set label %d '%s' at screen %.4f, screen %.4f left front textcolor rgb "
                    "'%s' point pointtype %d pointsize 1 linewidth 2 linecolor rgb '%s' "
                    "offset 1.1,-0.25\n",
                    i + 2, keys[i].text, x / plot->width, y, theme->ink, keys[i].shape,
                    keys[i].colour);
        x += KEY_MARK + KEY_CHARACTER * (double)utf8_count(keys[i].text);
    }
}

void plot_y_label(Buffer *out, const Plot *plot, const PlotTheme *theme, int tag, const char *text,
                  double middle)
{
    text_printf(out,
                "set label %d '%s' at screen %.4f, screen %.4f center rotate textcolor rgb "
                "'%s'\n",
                tag, text, AXIS_EDGE / plot->width, middle, theme->quiet);
}

void plot_x_label(Buffer *out, const Plot *plot, const PlotTheme *theme, int tag, const char *text,
                  double middle)
{
    text_printf(out, "set label %d '%s' at screen %.4f, screen %.4f center textcolor rgb '%s'\n",
                tag, text, middle, AXIS_EDGE / plot->height, theme->quiet);
}

double plot_step(double value)
{
    double power = pow(10, floor(log10(value))), part = value / power / 1.000001;
    return power * (part > 5 ? 10 : part > 2 ? 5 : part > 1 ? 2 : 1);
}

/* PNG is twice as large, for sharp letters. */
static void put_terminal(const Plot *plot, const PlotTheme *theme, bool png, Buffer *out)
{
    if (png)
        text_printf(out,
                    "set terminal pngcairo noenhanced size %d,%d font 'sans,13' fontscale 1.5 "
                    "linewidth 2 pointscale 2.4 background rgb '%s'\n",
                    2 * plot->width, 2 * plot->height, theme->paper);
    else
        text_printf(out,
                    "set terminal svg noenhanced size %d,%d fixed font 'sans-serif,13' "
                    "background rgb '%s'\n",
                    plot->width, plot->height, theme->paper);
}

static void put_look(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    text_printf(out,
                "set encoding utf8\n"
                "set datafile separator tab\n"
                "set border 3 linecolor rgb '%s'\n"
                "set tics nomirror out scale 0.4 textcolor rgb '%s'\n"
                "set grid back linetype 1 linewidth 1 linecolor rgb '%s', "
                "linetype 1 linewidth 1 linecolor rgb '%s'\n"
                "set xlabel offset 0,0.4 textcolor rgb '%s'\n"
                "set ylabel textcolor rgb '%s'\n",
                theme->quiet, theme->quiet, theme->grid, theme->grid, theme->quiet, theme->quiet);
    text_printf(out,
                "set style fill solid noborder\n"
                "unset key\n"
                "set tmargin at screen %.4f\n"
                "set label 1 '",
                1 - 54.0 / plot->height);
    plot_cell(out, plot->title, false);
    text_printf(out, "' at screen 0.012, screen %.4f left front font ',14' textcolor rgb '%s'\n",
                1 - 16.0 / plot->height, theme->ink);
}

static ScrawlStatus draw(const Plot *plot, const PlotTheme *theme, bool png, Buffer *picture,
                         ScrawlError *error)
{
    Buffer script;
    buffer_init(&script, MAX_SCRIPT);
    buffer_init(picture, MAX_PICTURE);
    text_printf(&script, "$data << END_OF_DATA\n");
    plot->write_data(plot->context, false, &script);
    text_printf(&script, "END_OF_DATA\n");
    put_terminal(plot, theme, png, &script);
    put_look(plot, theme, &script);
    plot->write_commands(plot, theme, &script);
    ScrawlStatus status = text_check(&script, "a plot's script", error);
    if (!status)
        status = gnuplot_run(&script, picture, error);
    buffer_deinit(&script);
    return status;
}

static ScrawlStatus write_file(const Plotter *plotter, const Plot *plot, const char *suffix,
                               const Buffer *content, ScrawlError *error)
{
    char *name = mem_format("%s/%s.%s", plotter->folder, plot->name, suffix);
    if (!name)
        return error_no_memory(error, "the name of a plot");
    ScrawlStatus status = file_write(name, buffer_text(content), content->size, error);
    mem_free(name);
    return status;
}

static ScrawlStatus write_table(const Plotter *plotter, const Plot *plot, ScrawlError *error)
{
    Buffer table;
    buffer_init(&table, MAX_SCRIPT);
    plot->write_data(plot->context, true, &table);
    ScrawlStatus status = text_check(&table, "a plot's table", error);
    if (!status)
        status = write_file(plotter, plot, "tsv", &table, error);
    buffer_deinit(&table);
    return status;
}

static void put_figure(const Plot *plot, const Buffer *bright, const Buffer *dim, Buffer *page)
{
    text_printf(page, "<figure%s><picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"",
                plot->wide ? " class=\"scroll\"" : "");
    html_data(page, "image/svg+xml", dim->data, dim->size);
    text_printf(page, "\"><img class=\"plot%s\" width=\"%d\" height=\"%d\" alt=\"",
                plot->wide ? " wide" : "", plot->width, plot->height);
    html_text(page, plot->title);
    text_printf(page, ". ");
    html_text(page, plot->note);
    text_printf(page, "\" src=\"");
    html_data(page, "image/svg+xml", bright->data, bright->size);
    text_printf(page, "\"></picture>\n<figcaption>");
    html_text(page, plot->note);
    text_printf(page, "</figcaption></figure>\n");
}

/* What gnuplot cannot do is no failure: the tables are there. */
static ScrawlStatus forgive(Plotter *plotter, const char *name, ScrawlStatus status,
                            const ScrawlError *why)
{
    if (status == SCRAWL_STATUS_UNSUPPORTED)
        log_message(plotter->log, SCRAWL_LOG_LEVEL_WARNING,
                    "%s: there are no plots, but tables in the page and in %s", why->message,
                    plotter->folder);
    else if (status == SCRAWL_STATUS_IO)
        log_message(plotter->log, SCRAWL_LOG_LEVEL_WARNING, "the plot \"%s\" is missing: %s", name,
                    why->message);
    else
        return status;
    plotter->missing = plotter->missing || status == SCRAWL_STATUS_UNSUPPORTED;
    return SCRAWL_STATUS_OK;
}

/* Light, dark, and light as PNG; *drawn is false where there are none. */
static ScrawlStatus draw_all(Plotter *plotter, const Plot *plot, Buffer pictures[3], bool *drawn,
                             ScrawlError *error)
{
    ScrawlError why = {0};
    ScrawlStatus status = draw(plot, &light, false, &pictures[0], &why);
    if (!status)
        status = draw(plot, &dark, false, &pictures[1], &why);
    if (!status)
        status = draw(plot, &light, true, &pictures[2], &why);
    *drawn = !status;
    status = status ? forgive(plotter, plot->name, status, &why) : status;
    return status ? error_set(error, status, "%s", why.message) : status;
}

ScrawlStatus plot_write(Plotter *plotter, const Plot *plot, Buffer *page, ScrawlError *error)
{
    Buffer pictures[3] = {0};
    bool drawn;
    ScrawlStatus status = write_table(plotter, plot, error);
    if (status || plotter->missing)
        return status;
    status = draw_all(plotter, plot, pictures, &drawn, error);
    if (status || !drawn)
        goto out;
    status = write_file(plotter, plot, "svg", &pictures[0], error);
    if (!status)
        status = write_file(plotter, plot, "png", &pictures[2], error);
    if (!status)
        put_figure(plot, &pictures[0], &pictures[1], page);
    plotter->n_drawn += !status;
out:
    for (int i = 0; i < 3; i++)
        buffer_deinit(&pictures[i]);
    return status;
}

extern char **environ;

/* An '@' is a macro in commands only, not in texts and data. */
void gnuplot_write_part(Buffer *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool unsafe = (unsigned char)text[i] < ' ' || text[i] == 0x7f || strchr("'\"`\\", text[i]);
        text_append(out, unsafe ? "_" : text + i, 1);
    }
}

void gnuplot_write_text(Buffer *out, const char *text)
{
    gnuplot_write_part(out, text, strlen(text));
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
