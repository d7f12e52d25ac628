/* scrawl eval */
#include <stdio.h>

#include "cli/eval.h"
#include "cli/ood.h"

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

static const OptionRule rules[] = {
    {"record", "tta", NULL, "scores in a file are of the model as it is"},
    {"record", "noise clean corruptions", NULL, "scores in a file are of the data as they are"},
    {"save-logits", "noise clean corruptions", NULL, "answers are written for one version of it"},
    {"ood", "noise clean corruptions", NULL, "it is measured beside the data as they are"},
    {"corruptions", "noise clean", NULL, "it has corruptions of its own"},
    {"baseline", NULL, "corruptions", NULL},
    {"seed", NULL, "noise corruptions", NULL},
    {0},
};

static const EvalArguments defaults = {.seed = 1};

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
        eval_print(e, data);
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

static int save_record(const Evaluate *evaluate)
{
    ScrawlError error = {0};
    char path[MODEL_FILE_SIZE];

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

/* What the table of rules cannot say. */
static int check_arguments(const EvalArguments *given, const char *model)
{
    char path[MODEL_FILE_SIZE];

    if (given->save_logits && given->data.n > 1)
        return cli_usage(&eval_command, "--save-logits writes one file: give --data once");
    if (given->record && !model_file(model, path))
        return cli_usage(&eval_command, "--record needs a model's file or run folder, not '%s'",
                         model);
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
    .rules = rules,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
