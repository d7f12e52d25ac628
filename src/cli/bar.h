/* The progress bar and the messages: what a command gives the library as its ScrawlLog. Everything
 * goes to stderr; the bar is drawn only where that is a terminal and --quiet was not given. */
#ifndef CLI_BAR_H
#define CLI_BAR_H

#include "cli/cli.h"

typedef struct Bar {
    ScrawlLog log;  /* give this to the library; its context is the bar */
    bool drawn;     /* something of it is on the screen */
    bool shows;     /* on a terminal */
    bool blocks;    /* the terminal shows UTF-8 */
    double drawn_at; /* seconds of the monotonic clock */
} Bar;

/* The bar must stay where it is while the library uses its log. */
void bar_init(Bar *bar, const Globals *globals);
/* Takes the bar off the screen, so that other lines may be printed. */
void bar_clear(Bar *bar);

/* From here on the first Ctrl-C (or SIGTERM) makes the bar's log ask the library to stop at the
 * next safe point; the second ends the program at once. */
void bar_catch_interrupts(void);

#endif
