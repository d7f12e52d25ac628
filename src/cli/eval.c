/* scrawl eval */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/eval.h"
#include "cli/ood.h"

#define MAX_MATRIX 20     /* classes: a wider confusion matrix is told by its largest entries */
#define MAX_CONFUSIONS 20 /* of those */
#define MAX_PATH 4096

#define AT(member) offsetof(EvalArguments, member)

static const Option options[] = {
    {OPTION_KIND_LIST, 'd', "data", "D", AT(data),
     "data set to evaluate on; may be repeated\n(default: the test set of what it was trained on)"},
    {OPTION_KIND_TEXT, 0, "save-logits", "FILE", AT(save_logits),
     "write the network's answers as NumPy: float32 [images, classes]"},
    {OPTION_KIND_CHOICE, 0, "tta", "none|cross|square", AT(tta),
     "average over copies shifted by a pixel: a cross (5 times the work)\nor a square (9 times) "
     "(default: what the model says)",
     .choices = tta_choices},
    {OPTION_KIND_FLAG, 0, "record", NULL, AT(record),
     "put the scores among those in the model's file"},
    {OPTION_KIND_LIST, 0, "ood", "D", AT(ood),
     "how sure it is of these pictures of none of its classes, may be\nrepeated: letters, and the "
     "sets noise, blank, dashes and doodles"},
    {OPTION_KIND_LIST, 0, "noise", "SPEC", AT(noise),
     "evaluate on corrupted images too: NAME[=VALUE][,NAME[=VALUE]]..., those of\n'scrawl data "
     "corruptions', all on the same image; may be repeated"},
    {OPTION_KIND_LIST, 0, "clean", "SPEC", AT(clean),
     "and on denoised ones: STEP[=NUMBER][,STEP[=NUMBER]]... of blur,\nthreshold, adaptive, "
     "despeckle; may be repeated"},
    {OPTION_KIND_FLAG, 0, "corruptions", NULL, AT(corruptions),
     "evaluate on fifteen kinds of corruption, at five strengths each"},
    {OPTION_KIND_TEXT, 0, "baseline", "MODEL", AT(baseline),
     "with --corruptions: errors relative to those of this model"},
    {OPTION_KIND_INT, 0, "seed", "N", AT(seed), "of the corruption (default: 1)", 0, 2147483647},
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "a list of {data, split, n, accuracy, interval, errors, loss, brier,\ncalibration_error, "
     "balanced_accuracy, top_k: [k=1, 2, ..],\nconfusion_matrix (rows: truth), classes: [{label, "
     "precision, recall,\nf1, support}], macro_avg, weighted_avg, reliability: [{n, confidence,\n"
     "accuracy}], merged: {groups, errors, accuracy}, accepted: {threshold, n,\nshare, errors}, "
     "model, sha256 (of the data), ood: [{data, split,\nleakage, n, auroc, accepted, "
     "accepted_share, without_confusable,\nclasses: [{label, n, accepted}]}]}. With --noise "
     "and --clean one for\neach row of the table, which has noise, clean, corruption, "
     "strength\nand seed too; null is none.\nWith --corruptions a list of {data, split, n, "
     "sha256, model, baseline, seed,\nerror (of the data as it is), corruptions: [{corruption, "
     "unit, strengths,\nerrors (fractions), mean_error, baseline_errors, corruption_error}],\n"
     "mean_error, mean_corruption_error, evaluations: as above}"},
    {0},
};

static const EvalArguments defaults = {.seed = 1};

static void print_class(const char *name, const ScrawlClassScore *score)
{
    printf("%12s %10.4f %9.4f %9.4f %9zu\n", name, score->precision, score->recall, score->f1,
           score->support);
}

/* scikit-learn's classification_report, with four decimals. */
static void print_classes(const ScrawlEvaluation *e)
{
    printf("%12s %10s %9s %9s %9s\n\n", "", "precision", "recall", "f1-score", "support");
    for (int c = 0; c < e->n_classes; c++)
        print_class(e->class_names[c], &e->classes[c]);
    printf("\n%12s %30.4f %9zu\n", "accuracy", e->accuracy, e->n);
    print_class("macro avg", &e->macro);
    print_class("weighted avg", &e->weighted);
}

static void print_matrix(const ScrawlEvaluation *e)
{
    size_t k = (size_t)e->n_classes;

    printf("\nconfusion matrix (rows: truth, columns: answer)\n%7s", "");
    for (size_t c = 0; c < k; c++)
        printf(" %6s", e->class_names[c]);
    for (size_t row = 0; row < k; row++) {
        printf("\n%7s", e->class_names[row]);
        for (size_t c = 0; c < k; c++)
            if (e->confusion[row * k + c])
                printf(" %6zu", e->confusion[row * k + c]);
            else
                printf(" %6s", ".");
    }
    putchar('\n');
}

static void print_confusions(const ScrawlEvaluation *e)
{
    size_t k = (size_t)e->n_classes, count = SIZE_MAX, place = 0;

    printf("\nmost frequent confusions (--json has the whole matrix)\n");
    for (int i = 0; i < MAX_CONFUSIONS && scrawl_next_confusion(e, &count, &place); i++)
        printf("%7zu x  %s read as %s\n", count, e->class_names[place / k],
               e->class_names[place % k]);
}

static double merged_accuracy(const ScrawlEvaluation *e)
{
    return (double)(e->n - e->n_merged_errors) / (double)e->n;
}

/* "0O 1IL 2Z" */
static const char *confusable_text(char text[TEXT_SIZE])
{
    size_t used = 0;

    for (size_t i = 0; scrawl_confusable_classes(i) && used < TEXT_SIZE; i++)
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s%s", i ? " " : "",
                                 scrawl_confusable_classes(i));
    return text;
}

static void print_accepted(const ScrawlEvaluation *e)
{
    char share[TEXT_SIZE], errors[TEXT_SIZE], left[TEXT_SIZE];

    printf("accepted           %s, %s error%s among them; %s go to a person\n",
           percent_text(share, (double)e->n_accepted / (double)e->n),
           count_text(errors, (double)e->n_accepted_errors), PLURAL(e->n_accepted_errors),
           count_text(left, (double)(e->n - e->n_accepted)));
}

static void print_evaluation(const ScrawlEvaluation *e, const ScrawlDatasetInfo *data)
{
    char n[TEXT_SIZE], accuracy[TEXT_SIZE], errors[TEXT_SIZE], merged[TEXT_SIZE];

    printf("data               %s:%s, %s images\n", data->name, data->split,
           count_text(n, (double)data->n));
    printf("accuracy           %s, %s error%s (95 %% interval: %.2f to %.2f %%)\n",
           percent_text(accuracy, e->accuracy), count_text(errors, (double)e->n_errors),
           PLURAL(e->n_errors), 100 * e->interval.low, 100 * e->interval.high);
    if (e->n_merged_errors != e->n_errors)
        printf("confusable classes merged %s, %s error%s (%s)\n",
               percent_text(accuracy, merged_accuracy(e)),
               count_text(errors, (double)e->n_merged_errors), PLURAL(e->n_merged_errors),
               confusable_text(merged));
    printf("balanced accuracy  %s\n", percent_text(accuracy, e->balanced_accuracy));
    if (e->n_top > 2)
        printf("among the best     two %.2f %%, three %.2f %%\n", 100 * e->top[1], 100 * e->top[2]);
    printf("cross-entropy      %.4f\n", e->loss);
    printf("Brier score        %.4f\n", e->brier);
    printf("calibration error  %.2f %%\n", 100 * e->ece);
    if (e->threshold > 0)
        print_accepted(e);
    putchar('\n');
    print_classes(e);
    if (e->n_classes <= MAX_MATRIX)
        print_matrix(e);
    else if (e->n_errors)
        print_confusions(e);
    putchar('\n');
}

static json_t *json_matrix(const ScrawlEvaluation *e)
{
    json_t *rows = json_array();
    size_t k = (size_t)e->n_classes;

    for (size_t row = 0; row < k; row++) {
        json_t *columns = json_array();

        for (size_t c = 0; c < k; c++)
            json_array_append_new(columns, json_integer((json_int_t)e->confusion[row * k + c]));
        json_array_append_new(rows, columns);
    }
    return rows;
}

static json_t *json_classes(const ScrawlEvaluation *e)
{
    json_t *classes = json_array();

    for (int c = 0; c < e->n_classes; c++) {
        const ScrawlClassScore *score = &e->classes[c];

        json_array_append_new(
            classes, json_pack("{s:o, s:o, s:o, s:o, s:I}", "label", json_text(e->class_names[c]),
                               "precision", json_number(score->precision), "recall",
                               json_number(score->recall), "f1", json_number(score->f1), "support",
                               (json_int_t)score->support));
    }
    return classes;
}

static json_t *json_average(const ScrawlClassScore *score)
{
    return json_pack("{s:o, s:o, s:o}", "precision", json_number(score->precision), "recall",
                     json_number(score->recall), "f1", json_number(score->f1));
}

static json_t *json_top(const ScrawlEvaluation *e)
{
    json_t *shares = json_array();

    for (int k = 0; k < e->n_top; k++)
        json_array_append_new(shares, json_number(e->top[k]));
    return shares;
}

static json_t *json_reliability(const ScrawlEvaluation *e)
{
    json_t *bins = json_array();

    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++) {
        const ScrawlReliability *bin = &e->reliability[i];

        json_array_append_new(bins, json_pack("{s:I, s:o, s:o}", "n", (json_int_t)bin->n,
                                              "confidence", json_number(bin->confidence),
                                              "accuracy", json_number(bin->accuracy)));
    }
    return bins;
}

static json_t *json_merged(const ScrawlEvaluation *e)
{
    json_t *groups = json_array();

    for (size_t i = 0; scrawl_confusable_classes(i); i++)
        json_array_append_new(groups, json_text(scrawl_confusable_classes(i)));
    return json_pack("{s:o, s:I, s:o}", "groups", groups, "errors", (json_int_t)e->n_merged_errors,
                     "accuracy", json_number(merged_accuracy(e)));
}

/* null where the model has no threshold. */
static json_t *json_accepted(const ScrawlEvaluation *e)
{
    if (e->threshold == 0)
        return json_null();
    return json_pack("{s:o, s:I, s:o, s:I}", "threshold", json_number(e->threshold), "n",
                     (json_int_t)e->n_accepted, "share",
                     json_number((double)e->n_accepted / (double)e->n), "errors",
                     (json_int_t)e->n_accepted_errors);
}

json_t *eval_json(const ScrawlEvaluation *e, const ScrawlDatasetInfo *data, const char *model)
{
    return json_pack(
        "{s:o, s:s, s:I, s:o, s:[o, o], s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:s}",
        "data", json_text(data->name), "split", data->split, "n", (json_int_t)e->n, "accuracy",
        json_number(e->accuracy), "interval", json_number(e->interval.low),
        json_number(e->interval.high), "errors", (json_int_t)e->n_errors, "loss",
        json_number(e->loss), "brier", json_number(e->brier), "calibration_error",
        json_number(e->ece), "balanced_accuracy", json_number(e->balanced_accuracy), "top_k",
        json_top(e), "confusion_matrix", json_matrix(e), "classes", json_classes(e), "macro_avg",
        json_average(&e->macro), "weighted_avg", json_average(&e->weighted), "reliability",
        json_reliability(e), "merged", json_merged(e), "accepted", json_accepted(e), "model",
        json_text(model), "sha256", data->sha256);
}

static int tell(Evaluate *evaluate, const ScrawlEvaluation *e, const ScrawlDatasetInfo *data)
{
    Ood ood = {.globals = evaluate->globals,
               .model = evaluate->model,
               .known = e,
               .tta = evaluate->arguments->tta,
               .bar = &evaluate->bar};
    int status = ood_evaluate(&ood, &evaluate->arguments->ood);
    json_t *value;

    if (!status && evaluate->arguments->json) {
        value = eval_json(e, data, evaluate->name);
        if (json_object_set_new(value, "ood", ood_json(&ood)) ||
            json_array_append_new(evaluate->list, value))
            status = cli_fail("no memory for JSON");
    } else if (!status) {
        print_evaluation(e, data);
        ood_print(&ood);
    }
    ood_deinit(&ood);
    return status;
}

static int evaluate_on(Evaluate *evaluate, const char *text)
{
    ScrawlDataOptions data_options = {.split = SCRAWL_SPLIT_TEST, .log = &evaluate->bar.log};
    ScrawlEvaluateOptions evaluate_options = {.n_threads = evaluate->globals->threads,
                                              .cpu = evaluate->globals->cpu,
                                              .log = &evaluate->bar.log,
                                              .tta = evaluate->arguments->tta};
    ScrawlEvaluation *evaluation = NULL;
    ScrawlDataset *data = NULL;
    const char *logits = evaluate->arguments->save_logits;
    ScrawlError error = {0};
    bool failed;
    int status;

    failed = scrawl_dataset_open(&data, text, &data_options, &error) ||
             scrawl_evaluate(&evaluation, evaluate->model, data, &evaluate_options, &error) ||
             (logits && scrawl_evaluation_save_logits(evaluation, logits, &error)) ||
             (evaluate->arguments->record &&
              scrawl_model_record(evaluate->model, evaluation, data, &error));
    bar_clear(&evaluate->bar);
    status = failed ? cli_error(&error) : tell(evaluate, evaluation, scrawl_dataset_info(data));
    scrawl_evaluation_free(evaluation);
    scrawl_dataset_free(data);
    return status;
}

/* Of the three kinds of evaluation the one that the options ask for. */
static int evaluate_kind(Evaluate *evaluate, const char *text)
{
    if (evaluate->arguments->corruptions)
        return eval_corruptions(evaluate, text);
    if (evaluate->arguments->noise.n || evaluate->arguments->clean.n)
        return eval_noise(evaluate, text);
    return evaluate_on(evaluate, text);
}

static int evaluate_all(Evaluate *evaluate)
{
    const TextList *data = &evaluate->arguments->data;
    char own[TRAINED_ON_SIZE];
    int status = EXIT_SUCCESS;

    if (!data->n && !trained_on(evaluate->model, own))
        return cli_usage(&eval_command, "%s does not say what it was trained on; --data D expected",
                         evaluate->name);
    if (!data->n)
        return evaluate_kind(evaluate, own);
    for (int i = 0; i < data->n && !status; i++)
        status = evaluate_kind(evaluate, data->items[i]);
    return status;
}

/* Only when all is evaluated: stdout gets one whole document or nothing. */
static int print_list(const json_t *evaluations)
{
    JsonList list;
    json_t *value;
    size_t i;

    json_list_start(&list);
    json_array_foreach(evaluations, i, value) json_list_add(&list, json_incref(value));
    return json_list_end(&list);
}

/* Where the model's file is; false for what is no file. */
static bool model_file(const char *name, char path[MAX_PATH])
{
    struct stat info;
    bool folder;

    for (size_t i = 0; scrawl_model_builtin(i); i++)
        if (strcmp(scrawl_model_builtin(i), name) == 0)
            return false;
    folder = !stat(name, &info) && S_ISDIR(info.st_mode);
    return strcmp(name, "-") &&
           snprintf(path, MAX_PATH, "%s%s", name, folder ? "/model.safetensors" : "") < MAX_PATH;
}

static int save_record(const Evaluate *evaluate)
{
    ScrawlError error = {0};
    char path[MAX_PATH];

    if (model_file(evaluate->name, path) && scrawl_model_save(evaluate->model, path, &error))
        return cli_error(&error);
    return EXIT_SUCCESS;
}

static int check_specs(const EvalArguments *given)
{
    ScrawlError error = {0};

    for (int i = 0; i < given->noise.n; i++)
        if (scrawl_corruption_check(given->noise.items[i], &error))
            return cli_error(&error);
    for (int i = 0; i < given->clean.n; i++)
        if (scrawl_denoise_check(given->clean.items[i], &error))
            return cli_error(&error);
    return EXIT_SUCCESS;
}

/* What cannot be asked for together. */
static int check_arguments(const EvalArguments *given, const char *model)
{
    bool changed = given->noise.n || given->clean.n;
    char path[MAX_PATH];

    if (given->save_logits && given->data.n > 1)
        return cli_usage(&eval_command, "--save-logits writes one file: give --data once");
    if (given->record && given->tta)
        return cli_usage(&eval_command, "--record is of the model as it is, without --tta");
    if (given->record && !model_file(model, path))
        return cli_usage(&eval_command, "--record needs a model's file or run folder, not '%s'",
                         model);
    if ((given->record || given->save_logits) && (changed || given->corruptions))
        return cli_usage(&eval_command, "%s is of the data as it is, without %s",
                         given->record ? "--record" : "--save-logits",
                         given->corruptions ? "--corruptions" : "--noise and --clean");
    if (given->corruptions && changed)
        return cli_usage(&eval_command, "leave out --noise and --clean: --corruptions has its own");
    if (given->baseline && !given->corruptions)
        return cli_usage(&eval_command, "--baseline is for --corruptions");
    return check_specs(given);
}

static int load_models(Evaluate *evaluate)
{
    ScrawlError error = {0};

    if (scrawl_model_load(&evaluate->model, evaluate->name, &error))
        return cli_error(&error);
    if (evaluate->arguments->baseline &&
        scrawl_model_load(&evaluate->baseline, evaluate->arguments->baseline, &error))
        return cli_error(&error);
    return EXIT_SUCCESS;
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    Evaluate evaluate = {.globals = globals, .arguments = values, .name = arguments[0]};
    int status = check_arguments(evaluate.arguments, evaluate.name);

    (void)n;
    if (status)
        return status;
    bar_init(&evaluate.bar, globals);
    evaluate.list = json_array();
    status = load_models(&evaluate);
    if (!status)
        status = evaluate_all(&evaluate);
    if (!status && evaluate.arguments->record)
        status = save_record(&evaluate);
    if (!status && evaluate.arguments->json)
        status = print_list(evaluate.list);
    scrawl_model_free(evaluate.baseline);
    scrawl_model_free(evaluate.model);
    json_decref(evaluate.list);
    return status;
}

const Command eval_command = {
    .name = "eval",
    .summary = "evaluate a model on a test set",
    .usage = "MODEL [options]",
    .about =
        "MODEL is a model's file, a run folder or a built-in model. Prints accuracy, errors,\n"
        "loss, a line for each class and the confusion matrix. A data set D is\n"
        "NAME[+NAME]...[:SPLIT][@AUGMENT]; without a split its test set is taken. Classes\n"
        "are matched by name.\n"
        "With --noise or --clean it prints a table instead: the data as it is, each corruption,\n"
        "and each of them with each denoising. With --corruptions, the error of each kind of\n"
        "corruption at each strength.",
    .examples = "# the run of yesterday on its own test set\n"
                "scrawl eval runs/mlp-1\n"
                "# the same model on photographed digits, and on distorted MNIST, for a program\n"
                "scrawl eval runs/mlp-1 --data photos --data mnist@distort --json\n"
                "# corrupted images, with and without denoising\n"
                "scrawl eval digits --noise gaussian=0.3 --noise salt,lines --clean threshold\n"
                "# robustness, relative to another model\n"
                "scrawl eval digits --corruptions --baseline runs/mlp-1",
    .options = options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
