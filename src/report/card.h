/* The words of a model card that a report shows, too. */
#ifndef REPORT_CARD_H
#define REPORT_CARD_H

/* What a recipe of that name is meant for, a sentence. NULL unless the text of the recipe (YAML)
 * has the same network and training data as the embedded recipe of that name. */
const char *card_purpose(const char *name, const char *recipe);

#endif
