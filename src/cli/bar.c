#include "cli/bar.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL 0.1    /* seconds between two drawings */
#define FULL_WIDTH 30   /* characters of the bar itself */
#define MAX_LINE 512
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

static size_t columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
        return DEFAULT_COLUMNS;
    return size.ws_col;
}

static bool shows_utf8(void)
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

/* Numbers that run along: rate, time left, loss, accuracy. */
static void describe(const ScrawlProgress *p, char *text, size_t size)
{
    double rate = p->seconds > 0 ? (double)p->done / p->seconds : 0;
    double left = rate > 0 && p->total > p->done ? (double)(p->total - p->done) / rate : 0;
    char number[TEXT_SIZE];
    size_t n;

    if (!strcmp(p->unit, "bytes"))
        n = (size_t)snprintf(text, size, "  %.1f MB/s", rate / 1e6);
    else
        n = (size_t)snprintf(text, size, "  %s %s/s", count_text(number, rate), p->unit);
    if (p->total && n < size)
        n += (size_t)snprintf(text + n, size - n, "  ETA %.0f:%02.0f", floor(left / 60),
                              floor(fmod(left, 60)));
    if (!isnan(p->loss) && p->loss > 0 && n < size)
        n += (size_t)snprintf(text + n, size - n, "  loss %.4f", p->loss);
    if (!isnan(p->accuracy) && p->loss > 0 && n < size)
        snprintf(text + n, size - n, "  accuracy %.2f %%", 100 * p->accuracy);
}

static void append(char *line, size_t *n, const char *text)
{
    size_t length = strlen(text);

    if (*n + length >= MAX_LINE)
        return;
    memcpy(line + *n, text, length + 1);
    *n += length;
}

/* A line that is never longer than the screen: it would wrap, and could not be taken back. */
static void draw(Bar *bar, const ScrawlProgress *p)
{
    double part = p->total ? fmin((double)p->done / (double)p->total, 1) : 0;
    size_t width = columns(), full, taken, n = 0;
    char line[MAX_LINE] = "", numbers[160], head[64];

    describe(p, numbers, sizeof numbers);
    snprintf(head, sizeof head, "%.40s ", p->what);
    taken = strlen(head) + strlen("  100 %") + strlen(numbers) + 1;
    full = width > taken ? width - taken : 0;
    if (full > FULL_WIDTH)
        full = FULL_WIDTH;
    append(line, &n, head);
    for (size_t i = 0; p->total && i < full; i++) {
        bool filled = (double)i < part * (double)full;

        append(line, &n, bar->blocks ? filled ? "━" : "╌" : filled ? "=" : ".");
    }
    if (p->total)
        n += (size_t)snprintf(line + n, sizeof line - n, " %3.0f %%", floor(100 * part));
    if (strlen(head) + 7 + full + strlen(numbers) < width)
        append(line, &n, numbers);
    fprintf(stderr, "\r%s\033[K", line);
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
        .blocks = shows_utf8(),
    };
}
