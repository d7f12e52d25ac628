#include "data/spec.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define FORM "NAME[+NAME]...[:train|test|all][@AUGMENT]"

void spec_deinit(DataSpec *spec)
{
    if (!spec)
        return;
    mem_free(spec->text);
    mem_free(spec->title);
    memset(spec, 0, sizeof *spec);
}

/* Cuts "...MARKtail" in two and returns the tail; NULL where there is none. */
static char *cut_tail(char *text, char mark)
{
    char *at = strrchr(text, mark);

    if (!at || strchr(at, '/'))
        return NULL;
    *at = 0;
    return at + 1;
}

/* A data set's path may have an '@' in a folder's name, but no data set is a .yaml: that is where
 * a recipe's path ends. */
static char *cut_augment(char *text)
{
    bool recipe = path_has_suffix(text, ".yaml") || path_has_suffix(text, ".yml");
    char *at = strrchr(text, '@');

    if (!recipe || !at)
        return cut_tail(text, '@');
    *at = 0;
    return at + 1;
}

/* Leaves the names in `text`; split and augment point behind them, NULL where there is none. */
static void cut_tails(char *text, char **split, char **augment)
{
    bool path = file_exists(text);

    *augment = path ? NULL : cut_augment(text);
    *split = path ? NULL : cut_tail(text, ':');
}

char *spec_names(const char *text)
{
    char *names = mem_string(text), *split, *augment;

    if (names)
        cut_tails(names, &split, &augment);
    return names;
}

static ScrawlStatus read_split(DataSpec *spec, const char *name, ScrawlError *error)
{
    for (int i = SCRAWL_SPLIT_TRAIN; i <= SCRAWL_SPLIT_ALL; i++) {
        if (strcmp(name, split_name((ScrawlSplit)i)) == 0) {
            spec->split = (ScrawlSplit)i;
            return SCRAWL_STATUS_OK;
        }
    }
    return error_set(error, SCRAWL_STATUS_USAGE,
                     "there is no split '%s': expected train, test or all", name);
}

static ScrawlStatus read_names(DataSpec *spec, const char *whole, ScrawlError *error)
{
    char *name = spec->text;
    bool path = file_exists(name);

    while (name) {
        char *plus = path ? NULL : strchr(name, '+');

        if (plus)
            *plus = 0;
        if (!*name)
            return error_set(error, SCRAWL_STATUS_USAGE, "'%s' names no data set: expected " FORM,
                             whole);
        if (spec->n_names == SPEC_MAX_NAMES)
            return error_set(error, SCRAWL_STATUS_USAGE, "'%s' joins more than %d data sets", whole,
                             SPEC_MAX_NAMES);
        spec->names[spec->n_names++] = name;
        name = plus ? plus + 1 : NULL;
    }
    return SCRAWL_STATUS_OK;
}

ScrawlStatus spec_parse(DataSpec *spec, const char *text, ScrawlSplit split, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    char *augment, *cut;

    memset(spec, 0, sizeof *spec);
    spec->split = split;
    spec->augment = AUGMENT_NONE;
    spec->text = mem_string(text);
    if (!spec->text)
        return error_no_memory(error, "a data set's name");
    cut_tails(spec->text, &cut, &augment);
    spec->title = mem_format("%s%s%s", spec->text, augment ? "@" : "", augment ? augment : "");
    if (!spec->title)
        status = error_no_memory(error, "a data set's name");
    if (!status && augment)
        status = augment_load(&spec->augment, augment, error);
    if (!status && cut)
        status = read_split(spec, cut, error);
    if (!status)
        status = read_names(spec, text, error);
    if (status)
        spec_deinit(spec);
    return status;
}
