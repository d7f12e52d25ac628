#include "cli/bar.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL 0.1  /* seconds between two drawings */
#define FULL_WIDTH 30 /* columns of the bar itself */
#define MIN_WIDTH 8   /* numbers are left out for it */
#define DEFAULT_COLUMNS 80

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    static const char text[] = "\nfinishing the batch and saving; once more to stop at once\n";

    (void)number;
    interrupted = 1;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        return; /* nobody reads: nothing to be done about it here */
}

void bar_catch_interrupts(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND | SA_RESTART};
    struct sigaction before;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        /* What was ignored when we came (nohup, a shell's background job) stays so. */
        if (!sigaction(numbers[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

size_t bar_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
        return DEFAULT_COLUMNS;
    return size.ws_col;
}

bool bar_shows_utf8(void)
{
    const char *locale = getenv("LC_ALL");

    if (!locale || !*locale)
        locale = getenv("LC_CTYPE");
    if (!locale || !*locale)
        locale = getenv("LANG");
    return locale && (strstr(locale, "UTF-8") || strstr(locale, "utf8"));
}

void bar_clear(Bar *bar)
{
    if (bar->drawn)
        fputs("\r\033[K", stderr);
    bar->drawn = false;
}

/* The numbers that run along, in the order of the line. */
typedef enum Field {
    FIELD_SPEED,
    FIELD_ETA,
    FIELD_LOSS,
    FIELD_ACCURACY,
    FIELD_RATE,
    FIELD_NOTE,
    N_FIELDS
} Field;
#define FIELD_SIZE 80

static void describe(const ScrawlProgress *p, const char *note, char fields[N_FIELDS][FIELD_SIZE])
{
    double speed = p->seconds > 0 ? (double)p->done / p->seconds : 0;
    double left = speed > 0 && p->total > p->done ? (double)(p->total - p->done) / speed : 0;
    char number[TEXT_SIZE];

    for (int i = 0; i < N_FIELDS; i++)
        fields[i][0] = 0;
    if (strcmp(p->unit, "bytes") == 0)
        snprintf(fields[FIELD_SPEED], FIELD_SIZE, "  %.1f MB/s", speed / 1e6);
    else
        snprintf(fields[FIELD_SPEED], FIELD_SIZE, "  %s %.20s/s", count_text(number, speed),
                 p->unit);
    if (p->total)
        snprintf(fields[FIELD_ETA], FIELD_SIZE, "  ETA %.0f:%02.0f", floor(left / 60),
                 floor(fmod(left, 60)));
    if (!isnan(p->loss) && p->loss > 0)
        snprintf(fields[FIELD_LOSS], FIELD_SIZE, "  loss %.4f", p->loss);
    if (!isnan(p->accuracy) && p->loss > 0)
        snprintf(fields[FIELD_ACCURACY], FIELD_SIZE, "  accuracy %.2f %%", 100 * p->accuracy);
    if (p->learning_rate > 0)
        snprintf(fields[FIELD_RATE], FIELD_SIZE, "  rate %.3g", p->learning_rate);
    if (note[0])
        snprintf(fields[FIELD_NOTE], FIELD_SIZE, "  %s", note);
}

/* Empties fields, the dearest last, until they are at most `room` long together: that. */
static size_t drop_fields(char fields[N_FIELDS][FIELD_SIZE], size_t room)
{
    static const Field order[N_FIELDS] = {FIELD_NOTE,     FIELD_SPEED, FIELD_RATE,
                                          FIELD_ACCURACY, FIELD_LOSS,  FIELD_ETA};
    size_t length = 0;

    for (int i = 0; i < N_FIELDS; i++)
        length += strlen(fields[i]);
    for (int i = 0; i < N_FIELDS && length > room; i++) {
        length -= strlen(fields[order[i]]);
        fields[order[i]][0] = 0;
    }
    return length;
}

static void append(char *line, size_t *n, const char *text)
{
    size_t length = strlen(text);

    if (*n + length >= BAR_MAX_LINE)
        return;
    memcpy(line + *n, text, length + 1);
    *n += length;
}

/* Never longer than the screen: it would wrap, and could not be taken back. */
const char *bar_line(const ScrawlProgress *p, const char *note, size_t columns, bool blocks,
                     char line[BAR_MAX_LINE])
{
    double part = p->total ? fmin((double)p->done / (double)p->total, 1) : 0;
    char fields[N_FIELDS][FIELD_SIZE], head[64], percent[16] = "";
    size_t taken, width, n = 0;

    line[0] = 0;
    describe(p, note, fields);
    snprintf(head, sizeof head, "%.40s ", p->what);
    if (p->total)
        snprintf(percent, sizeof percent, " %3.0f %%", floor(100 * part));
    taken = strlen(head) + strlen(percent) + 1;
    width = p->total ? MIN_WIDTH : 0;
    taken += drop_fields(fields, columns > taken + width ? columns - taken - width : 0);
    width = p->total && columns > taken ? columns - taken : 0;
    if (width > FULL_WIDTH)
        width = FULL_WIDTH;
    append(line, &n, head);
    for (size_t i = 0; i < width; i++) {
        bool filled = (double)i < part * (double)width;

        append(line, &n, blocks ? filled ? "━" : "╌" : filled ? "=" : ".");
    }
    append(line, &n, percent);
    for (int i = 0; i < N_FIELDS; i++)
        append(line, &n, fields[i]);
    return line;
}

void bar_note_best(Bar *bar, const ScrawlEpoch *epoch)
{
    size_t n = 0;

    bar->note[0] = 0;
    if (epoch->best_epoch)
        n = (size_t)snprintf(bar->note, sizeof bar->note, "best %.4f in epoch %d",
                             epoch->best_valid_loss, epoch->best_epoch);
    if (epoch->best_epoch && epoch->patience_left >= 0 && n < sizeof bar->note)
        snprintf(bar->note + n, sizeof bar->note - n, ", %d left", epoch->patience_left);
}

static void draw(Bar *bar, const ScrawlProgress *progress)
{
    char line[BAR_MAX_LINE];

    fprintf(stderr, "\r%s\033[K", bar_line(progress, bar->note, bar_columns(), bar->blocks, line));
    bar->drawn = true;
}

static bool on_progress(void *context, const ScrawlProgress *progress)
{
    Bar *bar = context;
    double time;

    if (!bar->shows)
        return !interrupted;
    time = now();
    if (progress->total && progress->done >= progress->total) {
        bar_clear(bar);
    } else if (time - bar->drawn_at >= INTERVAL) {
        draw(bar, progress);
        bar->drawn_at = time;
    }
    return !interrupted;
}

static void on_message(void *context, ScrawlLogLevel level, const char *text)
{
    bar_clear(context);
    cli_fail("%s%s", level == SCRAWL_LOG_LEVEL_WARNING ? "warning: " : "", text);
}

void bar_init(Bar *bar, const Globals *globals)
{
    const char *terminal = getenv("TERM");

    *bar = (Bar){
        .log = {.level = globals->quiet ? SCRAWL_LOG_LEVEL_ERROR : SCRAWL_LOG_LEVEL_INFO,
                .context = bar,
                .message = on_message,
                .progress = on_progress},
        .shows = !globals->quiet && isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb"),
        .blocks = bar_shows_utf8(),
    };
}
