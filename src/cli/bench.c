/* scrawl bench: train, infer, kernels */
#include <stdio.h>

#include "bench/bench.h"
#include "cli/json.h"

typedef struct BenchArguments {
    const char *recipe;
    double seconds;
    bool json;
} BenchArguments;

#define AT(member) offsetof(BenchArguments, member)

#define SECONDS_OPTION                                                                            \
    {OPTION_KIND_REAL, 0, "seconds", "S", AT(seconds), "how long to measure (default: 5)", 0.01,  \
     3600}
#define RECIPE_OPTION                                                                             \
    {OPTION_KIND_TEXT, 'r', "recipe", "R", AT(recipe), "whose network and batch (default: bn-cnn)"}

static const Option train_options[] = {
    RECIPE_OPTION,
    SECONDS_OPTION,
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json), "{recipe, threads, batch, images_per_second}"},
    {0},
};

static const Option infer_options[] = {
    RECIPE_OPTION,
    SECONDS_OPTION,
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "{recipe, threads, infer_single_us, batch, images_per_second}"},
    {0},
};

static const Option kernels_options[] = {
    SECONDS_OPTION,
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "a list of {kernel, shape, nanoseconds, gflops}"},
    {0},
};

static const BenchArguments defaults = {.recipe = "bn-cnn", .seconds = 5};

static int run_train(const Globals *globals, const void *values, int n, char **arguments)
{
    const BenchArguments *given = values;
    ScrawlRecipe *recipe = NULL;
    ScrawlError error = {0};
    BenchTrain result;
    char rate[TEXT_SIZE];
    int status = EXIT_SUCCESS;

    (void)n, (void)arguments;
    if (scrawl_recipe_load(&recipe, given->recipe, &error) ||
        bench_train(recipe, globals->threads, globals->cpu, given->seconds, &result, &error))
        status = cli_error(&error);
    else if (given->json)
        status = json_print(json_pack("{s:o, s:i, s:i, s:o}", "recipe", json_text(given->recipe),
                                      "threads", result.n_threads, "batch", result.batch,
                                      "images_per_second",
                                      json_number(result.images_per_second)));
    else
        printf("%s: trains %s images/s (batch %d, %d thread%s, kernels %s)\n", given->recipe,
               count_text(rate, result.images_per_second), result.batch, result.n_threads,
               PLURAL(result.n_threads), scrawl_system_kernels(globals->cpu));
    scrawl_recipe_free(recipe);
    return status;
}

static int run_infer(const Globals *globals, const void *values, int n, char **arguments)
{
    const BenchArguments *given = values;
    ScrawlRecipe *recipe = NULL;
    ScrawlError error = {0};
    BenchInfer result;
    char rate[TEXT_SIZE];
    int status = EXIT_SUCCESS;

    (void)n, (void)arguments;
    if (scrawl_recipe_load(&recipe, given->recipe, &error) ||
        bench_infer(recipe, globals->threads, globals->cpu, given->seconds, &result, &error))
        status = cli_error(&error);
    else if (given->json)
        status = json_print(json_pack("{s:o, s:i, s:o, s:i, s:o}", "recipe",
                                      json_text(given->recipe), "threads", result.n_threads,
                                      "infer_single_us", json_number(result.single_us), "batch",
                                      result.batch, "images_per_second",
                                      json_number(result.images_per_second)));
    else
        printf("%s: one image in %.1f us on one thread; %s images/s (batch %d, %d thread%s, "
               "kernels %s)\n",
               given->recipe, result.single_us, count_text(rate, result.images_per_second),
               result.batch, result.n_threads, PLURAL(result.n_threads),
               scrawl_system_kernels(globals->cpu));
    scrawl_recipe_free(recipe);
    return status;
}

static void print_kernel(void *context, const BenchKernel *kernel)
{
    char gflops[TEXT_SIZE] = "-";

    (void)context;
    if (kernel->gflops > 0)
        snprintf(gflops, sizeof gflops, "%.2f", kernel->gflops);
    printf("%-24s %-30s %12.0f %9s\n", kernel->kernel, kernel->shape, kernel->nanoseconds,
           gflops);
    fflush(stdout);
}

static void add_kernel(void *context, const BenchKernel *kernel)
{
    json_list_add(context, json_pack("{s:s, s:s, s:o, s:o}", "kernel", kernel->kernel, "shape",
                                     kernel->shape, "nanoseconds",
                                     json_number(kernel->nanoseconds), "gflops",
                                     json_number(kernel->gflops)));
}

static int run_kernels(const Globals *globals, const void *values, int n, char **arguments)
{
    const BenchArguments *given = values;
    ScrawlError error = {0};
    ScrawlStatus failed;
    JsonList list;
    int status = EXIT_SUCCESS;

    (void)n, (void)arguments;
    if (given->json)
        json_list_start(&list);
    else
        printf("kernels %s, one thread\n%-24s %-30s %12s %9s\n",
               scrawl_system_kernels(globals->cpu), "kernel", "shape", "ns", "GFLOP/s");
    failed = bench_kernels(globals->cpu, given->seconds, given->json ? add_kernel : print_kernel,
                           &list, &error);
    if (given->json)
        status = json_list_end(&list);
    return failed ? cli_error(&error) : status;
}

const Command bench_command = {
    .name = "bench",
    .summary = "measure speed",
    .usage = "COMMAND [options]",
    .about = "Images are made in memory, nothing is read or augmented. Numbers are medians.",
    .examples = "# images per second in training, all cores\n"
                "scrawl bench train\n"
                "# microseconds for one image\n"
                "scrawl bench infer --recipe mlp",
};

const Command bench_train_command = {
    .name = "bench train",
    .summary = "images per second in training",
    .usage = "[options]",
    .about = "Whole training steps: images, forward, backward and optimiser, the recipe's batch.",
    .examples = "# the recipe bn-cnn on two threads\n"
                "scrawl bench train --threads 2\n"
                "# another network, for a program\n"
                "scrawl bench train --recipe l2-cnn --json",
    .options = train_options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .run = run_train,
};

const Command bench_infer_command = {
    .name = "bench infer",
    .summary = "microseconds an image, and images per second",
    .usage = "[options]",
    .about = "One image at a time on one thread, then batches of 256 on all threads. The weights\n"
             "are random, which does not change the speed.",
    .examples = "# the recipe bn-cnn\n"
                "scrawl bench infer\n"
                "# without vector instructions\n"
                "scrawl bench infer --recipe mlp --cpu none",
    .options = infer_options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .run = run_infer,
};

const Command bench_kernels_command = {
    .name = "bench kernels",
    .summary = "each kernel alone, at the shapes of our networks",
    .usage = "[options]",
    .about = "Nanoseconds of a call on one thread, and GFLOP/s where something is multiplied (a\n"
             "multiply-add counts as two).",
    .examples = "# all of them\n"
                "scrawl bench kernels\n"
                "# the plain C ones, as JSON\n"
                "scrawl bench kernels --cpu none --json",
    .options = kernels_options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .run = run_kernels,
};
