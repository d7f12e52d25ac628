/* Parsing a list of words, some with a number: NAME[=VALUE][,NAME[=VALUE]]... Corruptions and
 * denoising steps are written like this. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "scrawl/status.h"

#define WORDS_MAX 16 /* in one text */

/* An allowed word and the range of its number. */
typedef struct WordKind {
    const char *name;
    const char *unit; /* name of the number, for sentences; NULL: the word takes none */
    double min, max;  /* both allowed */
    bool whole;       /* only whole numbers are */
    double usual;     /* of the name alone */
} WordKind;

/* Kind i; false past the end. */
typedef bool (*WordTable)(size_t i, WordKind *kind);

typedef struct Word {
    size_t kind; /* in the table */
    double value;
} Word;

typedef struct Words {
    int n;
    Word words[WORDS_MAX];
} Words;

/* `what` names the kind of word in sentences: "corruption". USAGE for an empty text or word, an
 * unknown name (the sentence gives the nearest), a malformed number or one out of range (the
 * sentence gives the range), and more than WORDS_MAX words; *words is then empty. Takes no memory.
 * Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus words_read(Words *words, const char *what, const char *text,
                                          WordTable table, ScrawlError *error);

#endif
