/* What `scrawl train` of one run and of a sweep share. */
#ifndef CLI_TRAIN_H
#define CLI_TRAIN_H

#include <jansson.h>

#include "cli/cli.h"

#define TRAIN_MAX_PATH 512

typedef struct TrainArguments {
    const char *data, *output, *resume, *init, *seeds;
    int epochs, seed;      /* 0, -1: the recipe's */
    double until_accuracy; /* 0: the recipe's */
    TextList set, sweep;
    bool force, json;
} TrainArguments;

/* train.c: `base`, or the first of base-2, base-3, ... that is not there; base itself with
 * `force`. */
void train_choose_folder(const char *base, bool force, char folder[TRAIN_MAX_PATH]);
/* What is known of a finished run, as an object; NULL: no memory. */
json_t *train_result_json(const ScrawlTrainResult *result, const char *folder);

/* sweep.c: both return an exit status. The recipe has its values set and is checked. */
int train_sweep(const Globals *globals, const TrainArguments *arguments,
                const ScrawlRecipe *recipe);
int train_sweep_resume(const Globals *globals, const TrainArguments *arguments);

#endif
