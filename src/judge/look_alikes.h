/* Classes that a person could not tell apart without the word around them. */
#ifndef JUDGE_LOOK_ALIKES_H
#define JUDGE_LOOK_ALIKES_H

#include <stdbool.h>

/* Of one group, or the same. */
bool look_alike(const char *a, const char *b);

#endif
