/* The progress bar and the messages: what a command gives the library as its ScrawlLog. Everything
 * goes to stderr; the bar is drawn only where that is a terminal and --quiet was not given. */
#ifndef CLI_BAR_H
#define CLI_BAR_H

#include "cli/cli.h"

typedef struct Bar {
    ScrawlLog log;   /* give this to the library; its context is the bar */
    bool drawn;      /* something of it is on the screen */
    bool shows;      /* on a terminal */
    bool blocks;     /* the terminal shows UTF-8 */
    double drawn_at; /* seconds of the monotonic clock */
    char note[64];   /* stands last in the line; "": none */
} Bar;

/* The bar must stay where it is while the library uses its log. */
void bar_init(Bar *bar, const Globals *globals);
/* Takes the bar off the screen, so that other lines may be printed. */
void bar_clear(Bar *bar);

/* Of the run so far: the note becomes "best 0.0412 in epoch 7, 3 left". */
void bar_note_best(Bar *bar, const ScrawlEpoch *epoch);

/* The whole line, at most columns - 1 wide: what, bar, percent, then images/s, ETA, loss, accuracy,
 * learning rate and note, as many as there is room for beside a bar of some width; the note goes
 * first, then images/s. Returns line. */
#define BAR_MAX_LINE 512
const char *bar_line(const ScrawlProgress *progress, const char *note, size_t columns, bool blocks,
                     char line[BAR_MAX_LINE]);

/* Of the terminal on stderr; 80 where there is none. */
size_t bar_columns(void);
/* True where the locale's text is UTF-8. */
bool bar_shows_utf8(void);

/* From here on the first Ctrl-C (or SIGTERM) makes the bar's log ask the library to stop at the
 * next safe point; the second ends the program at once. */
void bar_catch_interrupts(void);

#endif
