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

/* train_run.c */

/* `base`, or the first of base-2, base-3, ... that is not there; base itself with `force`. */
void train_choose_folder(const char *base, bool force, char folder[TRAIN_MAX_PATH]);
/* What is known of a finished run, as an object; NULL: no memory. */
json_t *train_result_json(const ScrawlTrainResult *result, const char *folder);
/* Both return an exit status. The recipe has its values set and is checked; NULL: the folder's own.
 * train_once chooses the folder, and prints the summary first. */
int train_run(const Globals *globals, const TrainArguments *arguments, ScrawlRecipe *recipe,
              const char *folder);
int train_once(const Globals *globals, const TrainArguments *arguments, ScrawlRecipe *recipe,
               const char *summary);

/* sweep.c: both return an exit status. n_seeds 0: the recipe's seed alone. */
int train_sweep(const Globals *globals, const TrainArguments *arguments, const ScrawlRecipe *recipe,
                int first_seed, int n_seeds);
int train_sweep_resume(const Globals *globals, const TrainArguments *arguments);

#endif
