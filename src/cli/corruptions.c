/* scrawl data corruptions */
#include <stdio.h>

#include "cli/cli.h"

static void print_corruption(const ScrawlCorruption *corruption)
{
    printf("%-14s", corruption->name);
    for (int k = 0; k < SCRAWL_CORRUPTION_STRENGTHS; k++)
        printf(" %5g", corruption->strengths[k]);
    printf("  %s; %s\n", corruption->unit, corruption->what);
}

static void print_step(const ScrawlDenoiseStep *step)
{
    char usual[TEXT_SIZE] = "", range[TEXT_SIZE] = "";

    if (step->unit)
        snprintf(range, sizeof range, "%g to %g", step->min, step->max);
    if (step->unit && step->usual > 0)
        snprintf(usual, sizeof usual, "%g", step->usual);
    else if (step->unit)
        snprintf(usual, sizeof usual, "by size");
    printf("%-14s %11s %8s  %s%s%s\n", step->name, range, usual, step->unit ? step->unit : "",
           step->unit ? "; " : "", step->what);
}

static int run_corruptions(const Globals *globals, const void *values, int n, char **arguments)
{
    (void)globals, (void)values, (void)n, (void)arguments;
    printf("%-14s %-29s  %s\n", "--noise", "strengths 1 to 5", "unit of the number; what it does");
    for (size_t i = 0; scrawl_corruption(i); i++)
        print_corruption(scrawl_corruption(i));
    printf("\n%-14s %11s %8s  %s\n", "--clean", "number", "usual",
           "unit of the number; what it does");
    for (size_t i = 0; scrawl_denoise_step(i); i++)
        print_step(scrawl_denoise_step(i));
    return EXIT_SUCCESS;
}

const Command data_corruptions_command = {
    .name = "data corruptions",
    .summary = "what --noise and --clean know",
    .usage = "[options]",
    .about =
        "The corruptions of --noise NAME[=VALUE][,NAME[=VALUE]]..., all on the same picture in\n"
        "the order of the text, each with its five strengths; without a number the middle\n"
        "one is taken. The first fifteen are those of 'scrawl eval --corruptions', after\n"
        "MNIST-C. A \"28th\" is of the picture's smaller side: a pixel of MNIST's.\n"
        "Then the steps of --clean STEP[=NUMBER][,STEP[=NUMBER]]..., likewise in the order\n"
        "of the text.",
    .examples = "# what there is\n"
                "scrawl data corruptions\n"
                "# look at one of them, at its fifth strength\n"
                "scrawl data sheet mnist --noise fog=0.9 -o fog.png",
    .run = run_corruptions,
};
