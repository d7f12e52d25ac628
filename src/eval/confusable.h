/* Classes that a person could not tell apart without the word around them. */
#ifndef EVAL_CONFUSABLE_H
#define EVAL_CONFUSABLE_H

#include <stdbool.h>

/* Of one group, or the same. */
bool confusable(const char *a, const char *b);

#endif
