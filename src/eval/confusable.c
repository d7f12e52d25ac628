/* The groups are ours: shapes that EMNIST's classes share when size and slant are gone. ByMerge and
 * Balanced have already merged the two cases of fifteen letters (G. Cohen, S. Afshar, J. Tapson, A.
 * van Schaik, "EMNIST: an extension of MNIST to handwritten letters", arXiv 1702.05373); these go
 * further. */
#include "eval/confusable.h"

#include <string.h>

#include "scrawl/evaluate.h"

static const char *const groups[] = {"0O", "1IL", "2Z", "5S", "9gq", "Ff"};

const char *scrawl_confusable_classes(size_t i)
{
    return i < sizeof groups / sizeof groups[0] ? groups[i] : NULL;
}

/* -1: of none. */
static int group_of(const char *name)
{
    for (size_t i = 0; scrawl_confusable_classes(i); i++)
        if (strlen(name) == 1 && strchr(groups[i], name[0]))
            return (int)i;
    return -1;
}

bool confusable(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || (group_of(a) >= 0 && group_of(a) == group_of(b));
}
