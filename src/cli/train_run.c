/* scrawl train, of one run: its table and its result. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/bar.h"
#include "cli/json.h"
#include "cli/train.h"

#define MAX_NUMBERED 1000

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

void train_choose_folder(const char *base, bool force, char folder[TRAIN_MAX_PATH])
{
    int n = snprintf(folder, TRAIN_MAX_PATH, "%.400s", base);

    for (int i = 2; !force && i < MAX_NUMBERED && !access(folder, F_OK); i++)
        snprintf(folder + n, TRAIN_MAX_PATH - (size_t)n, "-%d", i);
}

int train_run(const Globals *globals, const TrainArguments *arguments, ScrawlRecipe *recipe,
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

int train_once(const Globals *globals, const TrainArguments *arguments, ScrawlRecipe *recipe,
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
    return train_run(globals, arguments, recipe, folder);
}
