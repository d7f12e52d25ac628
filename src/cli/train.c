/* scrawl train */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/bar.h"
#include "cli/json.h"
#include "cli/train.h"

#define MAX_NUMBERED 1000

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

static const TrainArguments defaults = {.seed = -1};

typedef struct Trainer {
    const Globals *globals;
    bool json;
    Bar bar;
    bool header; /* the table's first line is printed */
} Trainer;

static void print_epoch(void *context, const ScrawlEpoch *epoch)
{
    Trainer *trainer = context;
    char train[TEXT_SIZE], valid[TEXT_SIZE], rate[TEXT_SIZE], time[TEXT_SIZE];

    bar_clear(&trainer->bar);
    bar_note_best(&trainer->bar, epoch);
    if (trainer->globals->quiet || trainer->json)
        return;
    if (!trainer->header)
        printf("%9s %11s %9s %12s %9s %10s %9s %12s\n", "epoch", "train loss", "accuracy",
               "valid. loss", "accuracy", "rate", "images/s", "time");
    trainer->header = true;
    printf("%4d/%-4d %11.4f %9s ", epoch->epoch, epoch->n_epochs, epoch->train_loss,
           percent_text(train, epoch->train_accuracy));
    if (isnan(epoch->valid_loss))
        printf("%12s %9s", "-", "-");
    else
        printf("%12.4f %9s", epoch->valid_loss, percent_text(valid, epoch->valid_accuracy));
    printf(" %10.4g %9s %12s", epoch->learning_rate, count_text(rate, epoch->images_per_second),
           time_text(time, epoch->seconds));
    if (epoch->patience_left >= 0 && epoch->best_epoch == epoch->epoch)
        printf("  best");
    else if (epoch->patience_left >= 0)
        printf("  %d left", epoch->patience_left);
    putchar('\n');
    fflush(stdout);
}

static int print_result(const ScrawlTrainResult *result, const char *folder)
{
    char accuracy[TEXT_SIZE], errors[TEXT_SIZE], n[TEXT_SIZE], time[TEXT_SIZE];

    if (result->n_test)
        printf("test accuracy  %s, %s error%s in %s images, loss %.4f\n",
               percent_text(accuracy, result->test_accuracy),
               count_text(errors, (double)result->test_errors), PLURAL(result->test_errors),
               count_text(n, (double)result->n_test), result->test_loss);
    else if (!isnan(result->valid_accuracy))
        printf("validation     accuracy %s on %s images; no test set\n",
               percent_text(accuracy, result->valid_accuracy),
               count_text(n, (double)result->n_validation));
    else
        printf("accuracy       not measured: there is no test set, and no image was held out\n");
    printf("wall time      %s\n", time_text(time, result->seconds));
    printf("model          %s/model.safetensors\n", folder);
    printf("next           scrawl eval %s\n", folder);
    printf("               scrawl predict PICTURE.png --model %s\n", folder);
    return EXIT_SUCCESS;
}

json_t *train_result_json(const ScrawlTrainResult *result, const char *folder)
{
    return json_pack(
        "{so, so, si, sb, sI, sI, sI, so, so, sI, so, so}", "folder", json_text(folder), "name",
        json_text(result->name), "epochs", result->n_epochs, "stopped_early", result->stopped_early,
        "n_train", (json_int_t)result->n_train, "n_validation", (json_int_t)result->n_validation,
        "n_test", (json_int_t)result->n_test, "valid_accuracy", json_number(result->valid_accuracy),
        "test_accuracy", json_number(result->test_accuracy), "test_errors",
        (json_int_t)result->test_errors, "test_loss", json_number(result->test_loss), "seconds",
        json_number(result->seconds));
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

void train_choose_folder(const char *base, bool force, char folder[TRAIN_MAX_PATH])
{
    int n = snprintf(folder, TRAIN_MAX_PATH, "%.400s", base);

    for (int i = 2; !force && i < MAX_NUMBERED && !access(folder, F_OK); i++)
        snprintf(folder + n, TRAIN_MAX_PATH - (size_t)n, "-%d", i);
}

static int train(const Globals *globals, const TrainArguments *arguments, ScrawlRecipe *recipe,
                 const char *folder)
{
    Trainer trainer = {.globals = globals, .json = arguments->json};
    ScrawlTrainOptions train_options = {.folder = folder,
                                        .force = arguments->force,
                                        .resume = arguments->resume,
                                        .init = arguments->init,
                                        .n_threads = globals->threads,
                                        .cpu = globals->cpu,
                                        .log = &trainer.bar.log,
                                        .epoch = print_epoch,
                                        .epoch_context = &trainer};
    ScrawlTrainResult result;
    ScrawlError error = {0};
    ScrawlStatus status;

    bar_init(&trainer.bar, globals);
    bar_catch_interrupts();
    status = scrawl_train(recipe, &train_options, &result, &error);
    bar_clear(&trainer.bar);
    if (status)
        return cli_error(&error);
    return arguments->json ? json_print(train_result_json(&result, folder))
                           : print_result(&result, folder);
}

static int train_once(const Globals *globals, const TrainArguments *arguments, ScrawlRecipe *recipe,
                      const char *summary)
{
    char base[TRAIN_MAX_PATH], chosen[TRAIN_MAX_PATH];
    const char *folder = arguments->output;

    if (!folder) {
        snprintf(base, sizeof base, "runs/%s-%d", scrawl_recipe_name(recipe),
                 scrawl_recipe_seed(recipe));
        train_choose_folder(base, arguments->force, chosen);
        folder = chosen;
    }
    if (!globals->quiet && !arguments->json)
        printf("%s\nrun folder  %s\n\n", summary, folder);
    fflush(stdout);
    return train(globals, arguments, recipe, folder);
}

static int train_recipe(const Globals *globals, const TrainArguments *arguments, const char *name)
{
    ScrawlRecipe *recipe = NULL;
    ScrawlError error = {0};
    char *summary = NULL;
    int status;

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
        status = train_sweep(globals, arguments, recipe);
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

    if (given->seeds && given->seed >= 0)
        return cli_usage(&train_command, "train: expected --seed or --seeds, found both");
    if (!given->resume)
        return n ? train_recipe(globals, given, arguments[0])
                 : cli_usage(&train_command, "train: expected RECIPE or --resume DIR");
    if (n || given->data || given->output || given->epochs || given->seed >= 0 || given->set.n ||
        given->force || given->init || given->seeds || given->sweep.n || given->until_accuracy > 0)
        return cli_usage(&train_command, "train: --resume goes on with the run's own recipe and "
                                         "takes none of the other options");
    if (scrawl_sweep_exists(given->resume))
        return train_sweep_resume(globals, given);
    return train(globals, given, NULL, given->resume);
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
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .max_arguments = 1,
    .run = run,
};
