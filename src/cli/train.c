/* scrawl train */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/train.h"

#define AT(member) offsetof(TrainArguments, member)

static const Option options[] = {
    {OPTION_KIND_TEXT, 0, "data", "D", AT(data),
     "train on data set D, and evaluate on its test set (default: the recipe's)"},
    {OPTION_KIND_INT, 0, "epochs", "N", AT(epochs),
     "passes over the training set (default: the recipe's)", 1, 100000},
    {OPTION_KIND_INT, 0, "seed", "N", AT(seed),
     "of weights, order and augmentation (default: the recipe's)", 0, 2147483647},
    {OPTION_KIND_TEXT, 0, "seeds", "A..B", AT(seeds),
     "a run with each seed from A to B; mean and standard deviation of all"},
    {OPTION_KIND_LIST, 0, "sweep", "KEY=A,B,..", AT(sweep),
     "a run with each value of a key of the recipe; repeated: with each\n"
     "combination. A table sorted by validation, and a chart"},
    {OPTION_KIND_REAL, 0, "until-accuracy", "X", AT(until_accuracy),
     "stop when validation accuracy reaches X (0.99)", 0.0001, 1},
    {OPTION_KIND_LIST, 0, "set", "KEY=VALUE", AT(set),
     "another value for a key of the recipe; may be repeated"},
    {OPTION_KIND_TEXT, 'o', "output", "DIR", AT(output),
     "the run folder (default: runs/NAME-SEED, runs/NAME-seeds-A..B or\n"
     "runs/NAME-sweep, numbered where that exists)"},
    {OPTION_KIND_TEXT, 0, "resume", "DIR", AT(resume),
     "go on with the run or the sweep in DIR, by its own recipe"},
    {OPTION_KIND_TEXT, 0, "init", "MODEL", AT(init),
     "start from this model's weights; other classes get a last layer anew"},
    {OPTION_KIND_FLAG, 0, "force", NULL, AT(force), "replace the run that is in the run folder"},
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "the result as {folder, name, epochs, stopped_early, n_train, n_validation,\n"
     "n_test, valid_accuracy, test_accuracy, test_errors, test_loss, seconds};\n"
     "of a sweep {folder, name, sorted_by, points: [{settings, runs, diverged,\n"
     "valid_accuracy, valid_accuracy_sd, ...}], runs: [{settings, seed, ...}]}"},
    {0},
};

static const OptionRule rules[] = {
    {"resume", "data epochs seed seeds sweep until-accuracy set output init force", NULL,
     "a run goes on by its own recipe"},
    {"seed", "seeds", NULL, NULL},
    {0},
};

static const TrainArguments defaults = {.seed = -1};

/* Plain digits, at most INT_MAX; NULL: none or more. */
static const char *read_seed(const char *at, int *seed)
{
    size_t n = strspn(at, "0123456789");
    long long value = n > 0 && n < 18 ? strtoll(at, NULL, 10) : -1;

    if (value < 0 || value > INT_MAX)
        return NULL;
    *seed = (int)value;
    return at + n;
}

/* "1..5" */
static int read_seeds(const char *text, int *first, int *n)
{
    int from = 0, to = 0;
    const char *at = read_seed(text, &from);

    at = at && strncmp(at, "..", 2) == 0 ? read_seed(at + 2, &to) : NULL;
    if (!at || *at)
        return cli_usage(&train_command, "--seeds: expected A..B, such as 1..5, found '%s'", text);
    if (to < from)
        return cli_usage(&train_command, "--seeds: expected the smaller seed first, found '%s'",
                         text);
    if (to - from >= SCRAWL_SWEEP_MAX_RUNS)
        return cli_usage(&train_command, "--seeds: expected at most %d seeds, found '%s'",
                         SCRAWL_SWEEP_MAX_RUNS, text);
    *first = from;
    *n = to - from + 1;
    return EXIT_SUCCESS;
}

static int set_text(ScrawlRecipe *recipe, const char *key, const char *value, ScrawlError *error)
{
    char assignment[TRAIN_MAX_PATH];
    int n = snprintf(assignment, sizeof assignment, "%s=%s", key, value);

    if (n >= (int)sizeof assignment)
        return cli_fail("%s: longer than %d bytes", key, TRAIN_MAX_PATH - 1);
    return scrawl_recipe_set(recipe, assignment, error) ? cli_error(error) : EXIT_SUCCESS;
}

/* --data and its like are short for --set, which comes last and wins. */
static int apply(ScrawlRecipe *recipe, const TrainArguments *arguments, ScrawlError *error)
{
    char number[TEXT_SIZE];
    int status = EXIT_SUCCESS;

    if (arguments->data) {
        char quoted[TRAIN_MAX_PATH];

        /* JSON's quotes are YAML's: a path may hold a ':' or a '#'. */
        snprintf(quoted, sizeof quoted, "\"%s\"", arguments->data);
        if (strpbrk(arguments->data, "\"\\") || strlen(arguments->data) > TRAIN_MAX_PATH - 16)
            return cli_fail("--data: a name without quotes and backslashes was expected");
        status = set_text(recipe, "data.train", quoted, error);
        if (!status)
            status = set_text(recipe, "data.test", "\"\"", error);
    }
    snprintf(number, sizeof number, "%d", arguments->epochs);
    if (!status && arguments->epochs)
        status = set_text(recipe, "train.epochs", number, error);
    snprintf(number, sizeof number, "%d", arguments->seed);
    if (!status && arguments->seed >= 0)
        status = set_text(recipe, "train.seed", number, error);
    snprintf(number, sizeof number, "%.10g", arguments->until_accuracy);
    if (!status && arguments->until_accuracy > 0)
        status = set_text(recipe, "train.until_accuracy", number, error);
    for (int i = 0; !status && i < arguments->set.n; i++)
        if (scrawl_recipe_set(recipe, arguments->set.items[i], error))
            status = cli_error(error);
    return status;
}

static int train_recipe(const Globals *globals, const TrainArguments *arguments, const char *name)
{
    ScrawlRecipe *recipe = NULL;
    ScrawlError error = {0};
    char *summary = NULL;
    int first_seed = 0, n_seeds = 0, status = EXIT_SUCCESS;

    if (arguments->seeds)
        status = read_seeds(arguments->seeds, &first_seed, &n_seeds);
    if (status)
        return status;
    if (scrawl_recipe_load(&recipe, name, &error)) {
        status = cli_error(&error);
        goto out;
    }
    status = apply(recipe, arguments, &error);
    if (status)
        goto out;
    if (scrawl_recipe_summary(recipe, &summary, &error)) { /* checks it as well */
        status = cli_error(&error);
        goto out;
    }
    if (arguments->seeds || arguments->sweep.n)
        status = train_sweep(globals, arguments, recipe, first_seed, n_seeds);
    else
        status = train_once(globals, arguments, recipe, summary);
out:
    scrawl_free(summary);
    scrawl_recipe_free(recipe);
    return status;
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    const TrainArguments *given = values;

    if (!given->resume)
        return n ? train_recipe(globals, given, arguments[0])
                 : cli_usage(&train_command, "train: expected RECIPE or --resume DIR");
    if (n > 0)
        return cli_usage(&train_command, "train: expected RECIPE or --resume DIR, found both");
    if (scrawl_sweep_exists(given->resume))
        return train_sweep_resume(globals, given);
    return train_run(globals, given, NULL, given->resume);
}

const Command train_command = {
    .name = "train",
    .summary = "teach a network to read",
    .usage = "RECIPE [options]\n--resume DIR",
    .about = "RECIPE is a YAML file that says the data, the network and the training, or the name\n"
             "of a recipe inside the program ('scrawl doctor' lists them). The run folder gets\n"
             "model.safetensors, recipe.yaml (as run), metrics.jsonl (an object an epoch), the\n"
             "same for TensorBoard ('tensorboard --logdir runs') and checkpoint/. Ctrl-C finishes\n"
             "the batch and saves; --resume goes on from there, and ends with the same model as a\n"
             "run that was never interrupted. The test set is used once, after the last epoch.\n"
             "\n"
             "--seeds and --sweep make many runs, each in a folder below the sweep's, which gets\n"
             "base.yaml, results.json, results.tsv and, by gnuplot, chart.svg. Nothing is sorted\n"
             "or chosen by the test sets. A sweep that was interrupted, or killed, goes on with\n"
             "--resume: what is finished stays, and the run that was under way goes on from its\n"
             "checkpoint.",
    .examples = "# the mlp recipe, three passes over MNIST, into a folder of our choice\n"
                "scrawl train mlp --epochs 3 -o runs/first\n"
                "# another learning rate, on the built-in synthetic pen: needs no files\n"
                "scrawl train mlp --data pen --set train.learning_rate=0.003\n"
                "# five seeds; then a grid of four points, each with three seeds\n"
                "scrawl train mlp --seeds 1..5\n"
                "scrawl train mlp --seeds 1..3 --sweep train.batch=32,64 \\\n"
                "    --sweep train.optimizer=adam,sgd",
    .options = options,
    .rules = rules,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .max_arguments = 1,
    .run = run,
};
