/* What is known of recipes and data sets beyond what a model's file says: the words of its card. */
#ifndef REPORT_CARD_H
#define REPORT_CARD_H

#include <stdbool.h>

typedef struct CardData {
    const char *name; /* of a data set; or how its name begins, where `begins` */
    bool begins;
    const char *what;   /* where it comes from: a sentence */
    const char *limits; /* what a model of it will not know: a sentence or two */
} CardData;

/* NULL: not one that is known. */
const CardData *card_data(const char *name);

/* What the recipe of that name is meant for, a sentence; NULL unless its text, as YAML, has the
 * network and the training data of the embedded recipe of that name. */
const char *card_purpose(const char *name, const char *recipe);

extern const char card_leakage[], card_digits_scope[], card_characters_scope[], card_ood_scope[],
    card_any_scope[];

#endif
