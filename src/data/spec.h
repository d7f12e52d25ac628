/* The text that names data: NAME[+NAME]...[:SPLIT][@AUGMENT]. */
#ifndef DATA_SPEC_H
#define DATA_SPEC_H

#include "data/dataset.h"

#define SPEC_MAX_NAMES 16

typedef struct DataSpec {
    char *text;                  /* the names, cut apart by zeros; owned */
    char *title;                 /* what the text says but for the split; owned */
    char *names[SPEC_MAX_NAMES]; /* into text */
    int n_names;
    ScrawlSplit split;
    const Augment *augment; /* NULL: none; static */
} DataSpec;

/* split: where the text names none. A ':' or '@' before the last '/' belongs to a path, and so does
 * every one, and every '+', where something of that whole name exists. USAGE (empty text or name,
 * unknown split or augmentation, too many names), NO_MEMORY; *spec is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus spec_parse(DataSpec *spec, const char *text, ScrawlSplit split,
                                          ScrawlError *error);
/* The names alone, without split and augmentation: by them the same data's other split is opened.
 * Freed by mem_free; NULL: no memory. */
SCRAWL_MUST_CHECK char *spec_names(const char *text);
void spec_deinit(DataSpec *spec); /* NULL-safe */

#endif
