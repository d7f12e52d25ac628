/* scrawl export */
#include <stdio.h>

#include "cli/cli.h"

typedef struct ExportArguments {
    const char *to, *output;
} ExportArguments;

#define AT(member) offsetof(ExportArguments, member)

static const Option options[] = {
    {OPTION_KIND_TEXT, 0, "to", "FORMAT", AT(to), "onnx or safetensors"},
    {OPTION_KIND_TEXT, 'o', "output", "FILE", AT(output),
     "the file to write; '-' is standard output"},
    {0},
};

static const ExportArguments defaults = {0};

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    const ExportArguments *given = values;
    ScrawlModel *model = NULL;
    ScrawlError error = {0};
    int status = EXIT_SUCCESS;

    (void)globals;
    (void)n;
    if (!given->to)
        return cli_usage(&export_command, "export: expected --to FORMAT");
    if (!given->output)
        return cli_usage(&export_command, "export: expected -o FILE");
    if (scrawl_model_load(&model, arguments[0], &error) ||
        scrawl_model_export(model, given->to, given->output, &error))
        status = cli_error(&error);
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
             "its metadata the classes, the preprocessing and the temperature.",
    .examples = "# the built-in model\n"
                "scrawl export digits --to onnx -o digits.onnx\n"
                "# one's own\n"
                "scrawl export runs/bn-cnn-1 --to onnx -o bn-cnn.onnx",
    .options = options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
