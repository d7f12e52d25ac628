/* The text that names data: NAME[+NAME]...[:SPLIT][@AUGMENT], as said in scrawl/dataset.h. */
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
    Augment augment;
} DataSpec;

/* split: where the text names none. A ':' or '@' before the last '/' belongs to a path, but for the
 * '@' before that of a recipe, which ends in .yaml or .yml; and every one, and every '+', does
 * where something of that whole name exists. USAGE (empty text or name, unknown split or
 * augmentation, too many names), what reading a recipe's augmentation gives, NO_MEMORY; *spec is
 * then empty. */
SCRAWL_MUST_CHECK ScrawlStatus spec_parse(DataSpec *spec, const char *text, ScrawlSplit split,
                                          ScrawlError *error);
/* The names alone, without split and augmentation: by them the same data's other split is opened.
 * Freed by mem_free; NULL: no memory. */
SCRAWL_MUST_CHECK char *spec_names(const char *text);
void spec_deinit(DataSpec *spec); /* NULL-safe */

#endif
