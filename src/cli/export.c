/* scrawl export */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

typedef struct ExportArguments {
    const char *to, *output;
    bool half;
} ExportArguments;

#define AT(member) offsetof(ExportArguments, member)

static const Option options[] = {
    {OPTION_KIND_TEXT, 0, "to", "FORMAT", AT(to), "onnx or safetensors"},
    {OPTION_KIND_TEXT, 'o', "output", "FILE", AT(output),
     "the file to write; '-' is standard output"},
    {OPTION_KIND_FLAG, 0, "half", NULL, AT(half),
     "safetensors: weights as 16-bit floats, half the size; the file has no\nscores until 'eval "
     "FILE --record' evaluates it, and no threshold until\n'calibrate'"},
    {0},
};

static const ExportArguments defaults = {0};

static bool loses_threshold(const ScrawlModel *model)
{
    const ScrawlModelInfo *info = scrawl_model_info(model);

    return info->threshold > 0 && !info->half;
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    const ExportArguments *given = values;
    ScrawlModel *model = NULL;
    ScrawlError error = {0};
    int status = EXIT_SUCCESS;

    (void)n;
    if (!given->to)
        return cli_usage(&export_command, "export: expected --to FORMAT");
    if (!given->output)
        return cli_usage(&export_command, "export: expected -o FILE");
    if (given->half && strcmp(given->to, "safetensors"))
        return cli_usage(&export_command, "export: --half goes with --to safetensors");
    if (scrawl_model_load(&model, arguments[0], &error) ||
        (given->half ? scrawl_model_save_half(model, given->output, &error)
                     : scrawl_model_export(model, given->to, given->output, &error)))
        status = cli_error(&error);
    if (!status && given->half && !globals->quiet && loses_threshold(model))
        cli_fail(
            "warning: the threshold of %s is left out: its error bound is of the weights as they "
            "were; 'scrawl calibrate' finds another",
            arguments[0]);
    scrawl_model_free(model);
    return status;
}

const Command export_command = {
    .name = "export",
    .summary = "write a model for other programs",
    .usage = "MODEL --to FORMAT -o FILE",
    .about = "MODEL is a model's file, a run folder or a built-in model. onnx is for ONNX Runtime\n"
             "and whatever else reads operator set 17. Its input is float32 [N,1,H,W]: pixels as\n"
             "the model's preprocessing makes them, ink 255 on 0, each as (pixel / 255 - mean) /\n"
             "sd; its output is the logits [N,classes]. The file's doc_string has the numbers,\n"
             "its metadata the classes, the preprocessing and the temperature. An ensemble, and\n"
             "a model that averages over shifts, cannot be written so.",
    .examples = "# the built-in model\n"
                "scrawl export digits --to onnx -o digits.onnx\n"
                "# one's own\n"
                "scrawl export runs/bn-cnn-1 --to onnx -o bn-cnn.onnx\n"
                "# half the size, and the scores of what is in the file\n"
                "scrawl export runs/bn-cnn-1 --to safetensors --half -o small.safetensors\n"
                "scrawl eval small.safetensors --record",
    .options = options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
