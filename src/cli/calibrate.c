/* scrawl calibrate */
#include <stdio.h>

#include "cli/ood.h"

typedef struct CalibrateArguments {
    const char *output, *data;
    TextList ood;
    double max_error, confidence;
    bool folds, json;
} CalibrateArguments;

#define AT(member) offsetof(CalibrateArguments, member)

static const Option options[] = {
    {OPTION_KIND_TEXT, 'o', "output", "FILE", AT(output), "the file to write"},
    {OPTION_KIND_TEXT, 'd', "data", "D", AT(data),
     "labelled images that the model has not seen: their training split,\nwhere D names none "
     "(default: what it held out)"},
    {OPTION_KIND_REAL, 'e', "max-error", "X", AT(max_error),
     "of the answers that are accepted at most this part is wrong: 0.001\n(default: no error "
     "bound, "
     "the temperature alone)",
     1e-7, 0.5},
    {OPTION_KIND_REAL, 0, "confidence", "P", AT(confidence),
     "with this probability (default: 0.95)", 0.5, 0.9999},
    {OPTION_KIND_FLAG, 0, "folds", NULL, AT(folds),
     "instead of --data: the FOLDs, models of the same recipe of which each\nheld out another "
     "data.fold, evaluate what they held out"},
    {OPTION_KIND_LIST, 0, "ood", "D", AT(ood),
     "how sure it is of these pictures of none of its classes, may be\nrepeated: letters, and the "
     "sets noise, blank, dashes and doodles"},
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "{data, split, n, errors, temperature, loss, calibration_error (each\n{before, after}), "
     "error_bound: {max_error, confidence, threshold,\naccepted, accepted_share, errors, bound}, "
     "ood: [{data, split,\nleakage, n, auroc, accepted, accepted_share, "
     "without_confusable, classes:\n[{label, n, accepted}]}]}"},
    {0},
};

static const OptionRule rules[] = {
    {"folds", "data", NULL, "the folds evaluate what they held out"},
    {"confidence", NULL, "max-error", NULL},
    {0},
};

static const CalibrateArguments defaults = {.confidence = 0.95};

typedef struct Calibrate {
    const Globals *globals;
    const CalibrateArguments *given;
    int n_folds;
    ScrawlModel *model, *folds[SCRAWL_MAX_MEMBERS];
    double threshold_before; /* the model's */
    ScrawlCalibration *calibration;
    Bar bar;
} Calibrate;

/* The model, then the folds. */
static bool load(Calibrate *c, char **names, ScrawlError *error)
{
    if (scrawl_model_load(&c->model, names[0], error))
        return false;
    for (int i = 0; i < c->n_folds; i++)
        if (scrawl_model_load(&c->folds[i], names[1 + i], error))
            return false;
    return true;
}

static int calibrate(Calibrate *c, char **names)
{
    ScrawlCalibrateOptions calibrate_options = {.data = c->given->data,
                                                .max_error = c->given->max_error,
                                                .confidence = c->given->confidence,
                                                .n_folds = c->n_folds,
                                                .n_threads = c->globals->threads,
                                                .cpu = c->globals->cpu,
                                                .log = &c->bar.log};
    ScrawlError error = {0};
    bool fine;

    if (c->n_folds)
        calibrate_options.folds = (const ScrawlModel *const *)c->folds;
    bar_init(&c->bar, c->globals);
    fine = load(c, names, &error);
    if (fine)
        c->threshold_before = scrawl_model_info(c->model)->threshold;
    fine = fine && !scrawl_model_calibrate(c->model, &calibrate_options, &c->calibration, &error);
    bar_clear(&c->bar);
    return fine ? EXIT_SUCCESS : cli_error(&error);
}

static void print_error_bound(const ScrawlCalibration *result, double max_error, double confidence)
{
    char accepted[TEXT_SIZE], left[TEXT_SIZE], errors[TEXT_SIZE], all[TEXT_SIZE], share[TEXT_SIZE];
    const ScrawlEvaluation *e = result->evaluation;
    double n = (double)e->n, n_accepted = (double)e->n_accepted;

    printf("threshold          %.10g%s\n", e->threshold,
           e->threshold == 0 ? ": no answer is rejected" : "");
    printf("accepted           %s of the images, %s; %s go to a person\n",
           percent_text(share, n_accepted / n), count_text(accepted, n_accepted),
           count_text(left, n - n_accepted));
    printf("errors             %s among the accepted, %s among all\n",
           count_text(errors, (double)e->n_accepted_errors), count_text(all, (double)e->n_errors));
    printf("error bound            of the accepted at most %.4g %% are wrong, with %.4g %% "
           "confidence\n"
           "                   (bound: %.4g %%)\n",
           100 * max_error, 100 * confidence, 100 * result->bound);
}

static void print(const Calibrate *c)
{
    const ScrawlCalibration *result = c->calibration;
    char n[TEXT_SIZE];

    printf("data               %s:%s, %s images%s\n", result->data, result->split,
           count_text(n, (double)result->evaluation->n),
           c->n_folds ? ", each evaluated by a model that held it out" : "");
    printf("temperature        %.4g, was %.4g\n", result->temperature, result->temperature_before);
    printf("cross-entropy      %.4f, was %.4f\n", result->loss, result->loss_before);
    printf("calibration error  %.2f %%, was %.2f %%\n", 100 * result->ece,
           100 * result->ece_before);
    if (c->given->max_error > 0)
        print_error_bound(result, c->given->max_error, c->given->confidence);
    else if (c->threshold_before > 0 && scrawl_model_info(c->model)->threshold == 0)
        printf("threshold          none, was %.10g: without --max-error its error bound is gone\n",
               c->threshold_before);
    if (c->given->ood.n)
        putchar('\n');
}

static json_t *json_change(double before, double after)
{
    return json_pack("{s:o, s:o}", "before", json_number(before), "after", json_number(after));
}

static json_t *json_error_bound(const Calibrate *c)
{
    const ScrawlEvaluation *e = c->calibration->evaluation;

    if (c->given->max_error == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:I, s:o, s:I, s:o}", "max_error",
                     json_number(c->given->max_error), "confidence",
                     json_number(c->given->confidence), "threshold", json_number(e->threshold),
                     "accepted", (json_int_t)e->n_accepted, "accepted_share",
                     json_number((double)e->n_accepted / (double)e->n), "errors",
                     (json_int_t)e->n_accepted_errors, "bound", json_number(c->calibration->bound));
}

static json_t *json_calibration(const Calibrate *c, json_t *ood)
{
    const ScrawlCalibration *result = c->calibration;

    return json_pack("{s:o, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "data",
                     json_text(result->data), "split", result->split, "n",
                     (json_int_t)result->evaluation->n, "errors",
                     (json_int_t)result->evaluation->n_errors, "temperature",
                     json_change(result->temperature_before, result->temperature), "loss",
                     json_change(result->loss_before, result->loss), "calibration_error",
                     json_change(result->ece_before, result->ece), "error_bound",
                     json_error_bound(c), "ood", ood);
}

/* All is found, and the file written, before the first line is printed. */
static int report(Calibrate *c)
{
    Ood ood = {.globals = c->globals,
               .model = c->model,
               .known = c->calibration->evaluation,
               .bar = &c->bar};
    ScrawlError error = {0};
    int status = ood_evaluate(&ood, &c->given->ood);

    if (!status && c->given->output && scrawl_model_save(c->model, c->given->output, &error))
        status = cli_error(&error);
    if (!status && c->given->json) {
        status = json_print(json_calibration(c, ood_json(&ood)));
    } else if (!status) {
        print(c);
        ood_print(&ood);
    }
    ood_deinit(&ood);
    return status;
}

static int check(const CalibrateArguments *given, int n, char **arguments)
{
    const Command *command = &calibrate_command;

    if (!given->folds && n > 1)
        return cli_usage(command, "calibrate: unexpected argument '%s'", arguments[1]);
    if (!given->folds)
        return EXIT_SUCCESS;
    if (n < 3 || n > 1 + SCRAWL_MAX_MEMBERS)
        return cli_usage(command,
                         "calibrate: --folds: expected 2 to %d models after the first, "
                         "found %d",
                         SCRAWL_MAX_MEMBERS, n - 1);
    return EXIT_SUCCESS;
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    Calibrate c = {.globals = globals, .given = values, .n_folds = n - 1};
    int status = check(c.given, n, arguments);

    if (!status)
        status = calibrate(&c, arguments);
    if (!status)
        status = report(&c);
    scrawl_calibration_free(c.calibration);
    scrawl_model_free(c.model);
    for (int i = 0; i < SCRAWL_MAX_MEMBERS; i++)
        scrawl_model_free(c.folds[i]);
    return status;
}

const Command calibrate_command = {
    .name = "calibrate",
    .summary = "make a model's confidence true, and bound the error of what it accepts",
    .usage = "MODEL [options]\nMODEL --folds FOLD... [options]",
    .about = "Fits the temperature that makes the model's probabilities as sure as it is right.\n"
             "With --max-error it finds the confidence below which answers are rejected, so that\n"
             "of the others at most that part is wrong on new pictures of the same kind, and says\n"
             "how many go to a person; 'predict' then marks those. It needs 10 / X labelled\n"
             "images that the model has not learned from. Both are stored in the file of -o;\n"
             "without -o it prints what would be.",
    .examples = "# at most 1 error in 1,000 of the accepted; the rest is for a person\n"
                "scrawl calibrate runs/best-1 --data my-digits -e 0.001 -o sure.safetensors\n"
                "# by cross-fitting: every training image evaluated by a model that held it out\n"
                "scrawl train best --set data.validation=0.2 --sweep data.fold=0,1,2,3,4 -o folds\n"
                "scrawl calibrate runs/best-1 --folds folds/*fold=* -e 0.001 -o sure.safetensors\n"
                "# how sure it is of what is no digit\n"
                "scrawl calibrate digits --ood emnist-letters --ood doodles",
    .options = options,
    .rules = rules,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = -1,
    .run = run,
};
