/* scrawl bench: train, infer, kernels */
#include <stdio.h>

#include "bench/bench.h"
#include "cli/json.h"

typedef struct BenchArguments {
    const char *recipe, *only;
    TextList set;
    double seconds;
    bool json;
} BenchArguments;

#define AT(member) offsetof(BenchArguments, member)

#define SECONDS_OPTION                                                                        \
    {                                                                                         \
        OPTION_KIND_REAL, 0, "seconds", "S", AT(seconds), "how long to measure (default: 5)", \
            0.01, 3600                                                                        \
    }
#define RECIPE_OPTIONS                                                  \
    {                                                                   \
        OPTION_KIND_TEXT, 'r',                                          \
        "recipe",         "R",                                          \
        AT(recipe),       "whose network and batch (default: bn-cnn)"}, \
    {                                                                   \
        OPTION_KIND_LIST, 0, "set", "KEY=VALUE", AT(set),               \
            "another value for a key of the recipe; may be repeated"    \
    }

static const Option train_options[] = {
    RECIPE_OPTIONS,
    SECONDS_OPTION,
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "{recipe, threads, batch, images_per_second, gflops,\npeak_gflops, share_of_peak}"},
    {0},
};

static const Option infer_options[] = {
    RECIPE_OPTIONS,
    SECONDS_OPTION,
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "{recipe, threads, infer_single_us, batch, images_per_second,\n"
     "gflops, peak_gflops, share_of_peak, and these three for a\n"
     "single image: single_gflops, ...}"},
    {0},
};

static const Option kernels_options[] = {
    {OPTION_KIND_TEXT, 0, "only", "NAME", AT(only), "kernels whose names contain NAME"},
    SECONDS_OPTION,
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "a list of {kernel, algorithm, shape, nanoseconds, gflops,\n"
     "peak_gflops, share_of_peak, gbytes_per_second, speedup}, null\n"
     "for what a kernel does not have"},
    {0},
};

static const BenchArguments defaults = {.recipe = "bn-cnn", .seconds = 5};

static ScrawlStatus load_recipe(ScrawlRecipe **recipe, const BenchArguments *given,
                                ScrawlError *error)
{
    ScrawlStatus status = scrawl_recipe_load(recipe, given->recipe, error);

    for (int i = 0; !status && i < given->set.n; i++)
        status = scrawl_recipe_set(*recipe, given->set.items[i], error);
    return status;
}

#define PEAK_TEXT_SIZE 80

/* "632.1 GFLOP/s, 68 % of the peak of 926.4" */
static const char *peak_text(char text[PEAK_TEXT_SIZE], const BenchPeak *peak)
{
    snprintf(text, PEAK_TEXT_SIZE, "%.1f GFLOP/s, %.0f %% of the peak of %.1f", peak->gflops,
             100 * peak->gflops / peak->peak_gflops, peak->peak_gflops);
    return text;
}

static int print_train(const Globals *globals, const BenchArguments *given,
                       const BenchTrain *result)
{
    char rate[TEXT_SIZE], peak[PEAK_TEXT_SIZE];

    if (given->json)
        return json_print(json_pack(
            "{s:o, s:i, s:i, s:o, s:o, s:o, s:o}", "recipe", json_text(given->recipe), "threads",
            result->n_threads, "batch", result->batch, "images_per_second",
            json_number(result->images_per_second), "gflops", json_number(result->peak.gflops),
            "peak_gflops", json_number(result->peak.peak_gflops), "share_of_peak",
            json_number(result->peak.gflops / result->peak.peak_gflops)));
    printf("%s: trains %s images/s (batch %d, %d thread%s, kernels %s)\n", given->recipe,
           count_text(rate, result->images_per_second), result->batch, result->n_threads,
           PLURAL(result->n_threads), scrawl_system_kernels(globals->cpu));
    printf("%s\n", peak_text(peak, &result->peak));
    return EXIT_SUCCESS;
}

static int run_train(const Globals *globals, const void *values, int n, char **arguments)
{
    const BenchArguments *given = values;
    ScrawlRecipe *recipe = NULL;
    ScrawlError error = {0};
    BenchTrain result;
    int status;

    (void)n, (void)arguments;
    if (load_recipe(&recipe, given, &error) ||
        bench_train(recipe, globals->threads, globals->cpu, given->seconds, &result, &error))
        status = cli_error(&error);
    else
        status = print_train(globals, given, &result);
    scrawl_recipe_free(recipe);
    return status;
}

static int print_infer(const Globals *globals, const BenchArguments *given,
                       const BenchInfer *result)
{
    char rate[TEXT_SIZE], peak[PEAK_TEXT_SIZE];

    if (given->json)
        return json_print(json_pack(
            "{s:o, s:i, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "recipe",
            json_text(given->recipe), "threads", result->n_threads, "infer_single_us",
            json_number(result->single_us), "batch", result->batch, "images_per_second",
            json_number(result->images_per_second), "gflops", json_number(result->many.gflops),
            "peak_gflops", json_number(result->many.peak_gflops), "share_of_peak",
            json_number(result->many.gflops / result->many.peak_gflops), "single_gflops",
            json_number(result->single.gflops), "single_peak_gflops",
            json_number(result->single.peak_gflops), "single_share_of_peak",
            json_number(result->single.gflops / result->single.peak_gflops)));
    printf("%s: one image in %.1f us on one thread; %s images/s (batch %d, %d thread%s, "
           "kernels %s)\n",
           given->recipe, result->single_us, count_text(rate, result->images_per_second),
           result->batch, result->n_threads, PLURAL(result->n_threads),
           scrawl_system_kernels(globals->cpu));
    printf("one image %s; ", peak_text(peak, &result->single));
    printf("batches %s\n", peak_text(peak, &result->many));
    return EXIT_SUCCESS;
}

static int run_infer(const Globals *globals, const void *values, int n, char **arguments)
{
    const BenchArguments *given = values;
    ScrawlRecipe *recipe = NULL;
    ScrawlError error = {0};
    BenchInfer result;
    int status;

    (void)n, (void)arguments;
    if (load_recipe(&recipe, given, &error) ||
        bench_infer(recipe, globals->threads, globals->cpu, given->seconds, &result, &error))
        status = cli_error(&error);
    else
        status = print_infer(globals, given, &result);
    scrawl_recipe_free(recipe);
    return status;
}

/* What the rows are printed with. */
typedef struct KernelPrinter {
    bool json;
    double peak_gflops;
    JsonList list;
} KernelPrinter;

static void start_kernels(void *context, const char *kernels, double peak_gflops)
{
    KernelPrinter *printer = context;

    printer->peak_gflops = peak_gflops;
    if (printer->json) {
        json_list_start(&printer->list);
        return;
    }
    printf("peak %.1f GFLOP/s (%s, one thread)\n\n", peak_gflops, kernels);
    printf("GFLOP/s as of a direct convolution, a multiply-add being two: Winograd's algorithm\n"
           "does fewer, and its share of the peak may pass 100 %%. What multiplies nothing has\n"
           "GB/s, read and written, be it from memory or from a cache.\n\n");
    printf("%-29s %-44s %8s %7s %5s %6s %7s\n", "kernel", "shape", "ns", "GFLOP/s", "peak", "GB/s",
           "over C");
}

/* "12.3", with a unit or without; "-" for 0. */
static const char *value_text(char text[TEXT_SIZE], const char *format, double value)
{
    snprintf(text, TEXT_SIZE, value > 0 ? format : "-", value);
    return text;
}

static void print_kernel(const BenchKernel *row)
{
    char name[2 * TEXT_SIZE];
    char gflops[TEXT_SIZE], share[TEXT_SIZE], gbytes[TEXT_SIZE], speedup[TEXT_SIZE];

    snprintf(name, sizeof name, "%s %s", row->kernel, row->algorithm ? row->algorithm : "");
    printf("%-29s %-44s %8.0f %7s %5s %6s %7s\n", name, row->shape, row->nanoseconds,
           value_text(gflops, "%.1f", row->gflops),
           value_text(share, "%.0f%%", 100 * row->share_of_peak),
           value_text(gbytes, "%.1f", row->gbytes_per_second),
           value_text(speedup, "%.2fx", row->speedup));
    fflush(stdout);
}

static json_t *positive(double value)
{
    return value > 0 ? json_number(value) : json_null();
}

static void add_kernel(void *context, const BenchKernel *row)
{
    KernelPrinter *printer = context;

    if (!printer->json) {
        print_kernel(row);
        return;
    }
    json_list_add(&printer->list,
                  json_pack("{s:s, s:s?, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "kernel", row->kernel,
                            "algorithm", row->algorithm, "shape", row->shape, "nanoseconds",
                            json_number(row->nanoseconds), "gflops", positive(row->gflops),
                            "peak_gflops", json_number(printer->peak_gflops), "share_of_peak",
                            positive(row->share_of_peak), "gbytes_per_second",
                            positive(row->gbytes_per_second), "speedup", positive(row->speedup)));
}

static int run_kernels(const Globals *globals, const void *values, int n, char **arguments)
{
    const BenchArguments *given = values;
    KernelPrinter printer = {.json = given->json};
    BenchKernelsOptions options = {.cpu = globals->cpu,
                                   .only = given->only,
                                   .seconds = given->seconds,
                                   .start = start_kernels,
                                   .row = add_kernel};
    ScrawlError error = {0};

    (void)n, (void)arguments;
    if (bench_kernels(&options, &printer, &error))
        return cli_error(&error);
    return given->json ? json_list_end(&printer.list) : EXIT_SUCCESS;
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
    .about = "Whole training steps: images, forward, backward and optimiser, the recipe's batch.\n"
             "GFLOP/s count each multiply-add of direct convolutions and dense layers as two,\n"
             "forward and backward; Winograd's algorithm does fewer. The peak is what as many\n"
             "threads reach, in the same run, with multiplications and additions alone.",
    .examples = "# the recipe bn-cnn on two threads\n"
                "scrawl bench train --threads 2\n"
                "# another network and batch, for a program\n"
                "scrawl bench train --recipe l2-cnn --set train.batch=128 --json",
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
             "are random, which does not change the speed. GFLOP/s and the peak are given for\n"
             "both, and counted as in 'scrawl bench train'.",
    .examples = "# the recipe bn-cnn\n"
                "scrawl bench infer\n"
                "# larger pictures\n"
                "scrawl bench infer --recipe gap-cnn --set network.input=[1,41,57] \\\n"
                "    --set preprocessing.height=41 --set preprocessing.width=57\n"
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
    .about = "Each kernel at each shape at which the built-in recipes call it, for 16 images as\n"
             "in training or for one: the time of a call on one thread, GFLOP/s and their share\n"
             "of the peak where something is multiplied, else GB/s, and how many times as fast\n"
             "as plain C it is. A block_ kernel is a convolution with all that follows it; plain\n"
             "C takes its layers one by one.",
    .examples = "# all of them\n"
                "scrawl bench kernels\n"
                "# the convolution blocks, with AVX2, for longer\n"
                "scrawl bench kernels --only block --cpu avx2 --seconds 20\n"
                "# the plain C ones, as JSON\n"
                "scrawl bench kernels --cpu none --json",
    .options = kernels_options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .run = run_kernels,
};
