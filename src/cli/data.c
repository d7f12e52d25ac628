/* scrawl data: list, fetch, info, sheet, draw; corruptions.c has the rest */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/bar.h"

#define MAX_PATH 4096

typedef struct SheetArguments {
    const char *output, *noise, *clean;
    int rows, columns, seed;
} SheetArguments;

typedef struct DrawArguments {
    const char *output;
    int size, seed;
} DrawArguments;

#define SHEET(member) offsetof(SheetArguments, member)
#define DRAW(member) offsetof(DrawArguments, member)

static const Option sheet_options[] = {
    {OPTION_KIND_TEXT, 'o', "output", "FILE.png", SHEET(output),
     "the picture to write (default: sheet.png)"},
    {OPTION_KIND_INT, 0, "rows", "N", SHEET(rows), "classes at most (default: 50)", 1,
     SCRAWL_DATASET_MAX_CLASSES},
    {OPTION_KIND_INT, 0, "columns", "N", SHEET(columns), "samples of a class (default: 16)", 1,
     100},
    {OPTION_KIND_INT, 0, "seed", "N", SHEET(seed),
     "of the choice of samples and of --noise (default: 1)", 0, 2147483647},
    {OPTION_KIND_TEXT, 0, "noise", "SPEC", SHEET(noise),
     "corrupt the pictures: NAME[=VALUE][,NAME[=VALUE]]... of 'scrawl data\ncorruptions'"},
    {OPTION_KIND_TEXT, 0, "clean", "SPEC", SHEET(clean),
     "clean them then: STEP[,STEP]... of those that 'scrawl data corruptions'\nnames last"},
    {0},
};
static const SheetArguments sheet_defaults = {
    .output = "sheet.png", .rows = 50, .columns = 16, .seed = 1};

static const Option draw_options[] = {
    {OPTION_KIND_TEXT, 'o', "output", "FOLDER", DRAW(output),
     "where the pictures go (default: drawn)"},
    {OPTION_KIND_INT, 0, "size", "PX", DRAW(size), "width and height in pixels (default: 112)", 8,
     1024},
    {OPTION_KIND_INT, 0, "seed", "N", DRAW(seed), "of the writer's hand (default: 1)", 0,
     2147483647},
    {0},
};
static const DrawArguments draw_defaults = {"drawn", 112, 1};

static const char *number_or_dash(char text[TEXT_SIZE], size_t number)
{
    if (number)
        return count_text(text, (double)number);
    return strcpy(text, "-");
}

static int run_list(const Globals *globals, const void *values, int n, char **arguments)
{
    char classes[TEXT_SIZE], train[TEXT_SIZE], test[TEXT_SIZE];
    ScrawlDatasetList *list;
    ScrawlError error = {0};

    (void)globals, (void)values, (void)n, (void)arguments;
    if (scrawl_dataset_list(&list, NULL, &error))
        return cli_error(&error);
    printf("%-18s %7s %9s %9s  %s\n", "name", "classes", "train", "test", "where");
    for (size_t i = 0; i < list->n; i++) {
        const ScrawlDatasetEntry *entry = &list->entries[i];

        printf("%-18s %7s %9s %9s  %s\n", entry->name,
               number_or_dash(classes, (size_t)entry->n_classes),
               number_or_dash(train, entry->n_train), number_or_dash(test, entry->n_test),
               entry->synthetic                  ? "drawn when asked for"
               : entry->present && entry->folder ? entry->folder
                                                 : "not here; downloaded when asked for");
    }
    scrawl_dataset_list_free(list);
    return EXIT_SUCCESS;
}

static int run_fetch(const Globals *globals, const void *values, int n, char **arguments)
{
    ScrawlDataOptions options = {0};
    Bar bar;

    (void)values;
    bar_init(&bar, globals);
    options.log = &bar.log;
    for (int i = 0; i < n; i++) {
        ScrawlError error = {0};
        ScrawlStatus status = scrawl_dataset_fetch(arguments[i], &options, &error);

        bar_clear(&bar);
        if (status)
            return cli_error(&error);
        if (!globals->quiet)
            printf("%s: complete and intact\n", arguments[i]);
    }
    return EXIT_SUCCESS;
}

static int print_counts(const ScrawlDataset *data)
{
    const ScrawlDatasetInfo *info = scrawl_dataset_info(data);
    size_t *counts = calloc((size_t)info->n_classes, sizeof *counts);
    char text[TEXT_SIZE];

    if (!counts)
        return cli_fail("no memory for %d classes", info->n_classes);
    for (size_t i = 0; i < info->n; i++)
        counts[scrawl_dataset_label(data, i)]++;
    printf("%s:%s  %s images, %d x %d pixels, %d classes\n", info->name, info->split,
           count_text(text, (double)info->n), info->width, info->height, info->n_classes);
    printf("sha256 %s\n", info->sha256);
    for (int c = 0; c < info->n_classes; c++)
        printf("%6s %8s%s", info->class_names[c], count_text(text, (double)counts[c]),
               c % 5 == 4 || c + 1 == info->n_classes ? "\n" : "   ");
    free(counts);
    return EXIT_SUCCESS;
}

static bool is_absent(ScrawlStatus status)
{
    return status == SCRAWL_STATUS_NOT_FOUND || status == SCRAWL_STATUS_NETWORK;
}

/* The split that the text names, or both. One of two that cannot be had is said, and no failure. */
static int run_info(const Globals *globals, const void *values, int n, char **arguments)
{
    static const ScrawlSplit splits[] = {SCRAWL_SPLIT_TRAIN, SCRAWL_SPLIT_TEST};
    bool named = strchr(arguments[0], ':') && access(arguments[0], F_OK);
    ScrawlError errors[2] = {0};
    int status = EXIT_SUCCESS;
    Bar bar;

    (void)values, (void)n;
    bar_init(&bar, globals);
    for (int i = 0; i < (named ? 1 : 2) && !status; i++) {
        ScrawlDataOptions options = {.split = splits[i], .log = &bar.log};
        ScrawlDataset *data = NULL;
        ScrawlStatus opened = scrawl_dataset_open(&data, arguments[0], &options, &errors[i]);

        bar_clear(&bar);
        if (opened && (named || !is_absent(opened)))
            return cli_error(&errors[i]);
        if (!opened)
            status = print_counts(data);
        scrawl_dataset_free(data);
    }
    if (errors[0].status)
        cli_fail("%s", errors[0].message);
    if (errors[1].status && strcmp(errors[0].message, errors[1].message) != 0)
        cli_fail("%s", errors[1].message);
    return errors[0].status && errors[1].status ? EXIT_FAILURE : status;
}

/* The split that the text names, else train, else test: of some sets there is only one. */
static ScrawlStatus open_any(ScrawlDataset **data, const char *text, const ScrawlLog *log,
                             ScrawlError *error)
{
    ScrawlDataOptions train = {.split = SCRAWL_SPLIT_TRAIN, .log = log};
    ScrawlDataOptions test = {.split = SCRAWL_SPLIT_TEST, .log = log};
    ScrawlStatus status = scrawl_dataset_open(data, text, &train, error);

    if (is_absent(status) && !scrawl_dataset_open(data, text, &test, NULL))
        return SCRAWL_STATUS_OK;
    return status;
}

/* Puts what a step made of the data in its place. */
static void replace(ScrawlDataset **data, ScrawlDataset *made)
{
    scrawl_dataset_free(*data);
    *data = made;
}

static ScrawlStatus corrupt_and_denoise(ScrawlDataset **data, const SheetArguments *given,
                                        int n_threads, ScrawlError *error)
{
    ScrawlCorruptionOptions options = {.seed = (uint64_t)given->seed, .n_threads = n_threads};
    ScrawlStatus status = SCRAWL_STATUS_OK;
    ScrawlDataset *made = NULL;

    if (given->noise)
        status = scrawl_dataset_corrupt(&made, *data, given->noise, &options, error);
    if (made)
        replace(data, made);
    made = NULL;
    if (!status && given->clean)
        status = scrawl_dataset_denoise(&made, *data, given->clean, n_threads, error);
    if (made)
        replace(data, made);
    return status;
}

static int run_sheet(const Globals *globals, const void *values, int n, char **arguments)
{
    const SheetArguments *given = values;
    ScrawlDataset *data = NULL;
    ScrawlImage sheet = {0};
    ScrawlError error = {0};
    int status = EXIT_SUCCESS;
    Bar bar;

    (void)n;
    bar_init(&bar, globals);
    if ((given->noise && scrawl_corruption_check(given->noise, &error)) ||
        (given->clean && scrawl_denoise_check(given->clean, &error)) ||
        open_any(&data, arguments[0], &bar.log, &error) ||
        corrupt_and_denoise(&data, given, globals->threads, &error) ||
        scrawl_dataset_sheet(data, given->rows, given->columns, (uint64_t)given->seed, &sheet,
                             &bar.log, &error) ||
        scrawl_image_save(&sheet, given->output, &error))
        status = cli_error(&error);
    bar_clear(&bar);
    if (!status && !globals->quiet && strcmp(given->output, "-"))
        printf("%s: %d x %d pixels\n", given->output, sheet.width, sheet.height);
    scrawl_image_deinit(&sheet);
    scrawl_dataset_free(data);
    return status;
}

/* The folder and its parents. */
static int make_folder(const char *folder)
{
    char path[MAX_PATH];

    if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path)
        return cli_fail("%.64s...: a path this long cannot be made", folder);
    for (char *c = path + 1; *c; c++)
        if (*c == '/') {
            *c = 0;
            if (mkdir(path, 0777) && errno != EEXIST)
                return cli_fail("%s: cannot make this folder: %s", path, strerror(errno));
            *c = '/';
        }
    if (mkdir(path, 0777) && errno != EEXIST)
        return cli_fail("%s: cannot make this folder: %s", path, strerror(errno));
    return EXIT_SUCCESS;
}

/* FOLDER/7-1.png for the first 7, FOLDER/7-2.png for the second. */
static int draw_one(const DrawArguments *given, const char *labels, size_t i, bool quiet)
{
    char label[] = {labels[i], 0}, path[MAX_PATH];
    uint64_t seed = ((uint64_t)given->seed << 20) + i; /* a hand of its own for each picture */
    ScrawlImage image = {0};
    ScrawlError error = {0};
    int number = 1, status = EXIT_SUCCESS;

    for (size_t before = 0; before < i; before++)
        number += labels[before] == labels[i];
    if (snprintf(path, sizeof path, "%s/%s-%d.png", given->output, label, number) >=
        (int)sizeof path)
        return cli_fail("%.64s...: a path this long cannot be written", given->output);
    if (scrawl_image_draw(&image, label, given->size, seed, &error) ||
        scrawl_image_save(&image, path, &error))
        status = cli_error(&error);
    else if (!quiet)
        printf("%s\n", path);
    scrawl_image_deinit(&image);
    return status;
}

static int run_draw(const Globals *globals, const void *values, int n, char **arguments)
{
    const DrawArguments *given = values;
    int status = EXIT_SUCCESS;

    (void)n;
    for (const char *c = arguments[0]; *c; c++)
        if (!strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", *c))
            return cli_usage(&data_draw_command,
                             "LABELS: the pen draws 0-9, A-Z and a-z; found '%s'", arguments[0]);
    status = make_folder(given->output);
    for (size_t i = 0; !status && arguments[0][i]; i++)
        status = draw_one(given, arguments[0], i, globals->quiet);
    return status;
}

const Command data_command = {
    .name = "data",
    .summary = "find, fetch and look at data sets",
    .usage = "COMMAND [arguments] [options]",
    .about =
        "A data set D is NAME[+NAME]...[:SPLIT][@AUGMENT], for instance mnist,\n"
        "mnist+emnist-digits:train or pen@distort. NAME is one of 'scrawl data list', a folder\n"
        "with a dataset.yaml, a folder with one folder of pictures a class, a .csv, a .npz.\n"
        "AUGMENT changes every picture once, at random: distort, or a recipe, whose\n"
        "augmentation is taken.\n"
        "Named data is looked for in the folder $SCRAWL_DATA, then in the user's cache\n"
        "folder, and then downloaded.",
    .examples = "# what there is\n"
                "scrawl data list\n"
                "# see sixteen of each digit\n"
                "scrawl data sheet mnist -o mnist.png",
};

const Command data_list_command = {
    .name = "data list",
    .summary = "the data sets that have a name, and where they are",
    .usage = "[options]",
    .about = "A dash stands for a number that is not known before the data set is opened.",
    .examples = "# which are here\n"
                "scrawl data list\n"
                "# those in another folder\n"
                "SCRAWL_DATA=/srv/digits scrawl data list",
    .run = run_list,
};

const Command data_fetch_command = {
    .name = "data fetch",
    .summary = "download data sets and check them",
    .usage = "NAME... [options]",
    .about = "Goes on with a broken download, tries every mirror, compares size and SHA-256, and\n"
             "never replaces a good file by a bad one. What is here and intact is left alone.",
    .examples = "# before the training, on a slow line\n"
                "scrawl data fetch mnist\n"
                "# two at once, without a bar\n"
                "scrawl data fetch fashion-mnist kmnist --quiet",
    .min_arguments = 1,
    .max_arguments = -1,
    .run = run_fetch,
};

const Command data_info_command = {
    .name = "data info",
    .summary = "images, classes and checksum of a data set",
    .usage = "D [options]",
    .about = "Opens the split that D names, or both, and counts the images of each class.",
    .examples = "# both splits\n"
                "scrawl data info mnist\n"
                "# pictures of one's own: a folder with one folder a class\n"
                "scrawl data info my-pictures:train",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_info,
};

const Command data_sheet_command = {
    .name = "data sheet",
    .summary = "a picture with samples of each class",
    .usage = "D [options]",
    .about = "Writes a PNG with a row of samples for each class, as the network will see them.\n"
             "Without a split the training set is taken.",
    .examples = "# sixteen samples of each digit\n"
                "scrawl data sheet mnist -o mnist.png\n"
                "# what a recipe's augmentation does to them\n"
                "scrawl data sheet mnist@gap-cnn --columns 30 -o distorted.png\n"
                "# in the rain, on ruled paper, and what a filter makes of it\n"
                "scrawl data sheet mnist --noise lines,spatter --clean despeckle=9",
    .options = sheet_options,
    .defaults = &sheet_defaults,
    .options_size = sizeof sheet_defaults,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_sheet,
};

const Command data_draw_command = {
    .name = "data draw",
    .summary = "pictures from the synthetic pen, to try things on",
    .usage = "LABELS [options]",
    .about = "Draws each character of LABELS (digits and letters) as a PNG, dark ink on white:\n"
             "FOLDER/7-1.png, FOLDER/7-2.png and so on. Every picture is in another hand; the\n"
             "same seed gives the same pictures.",
    .examples = "# ten digits to read back\n"
                "scrawl data draw 0123456789 -o digits\n"
                "# three large sevens\n"
                "scrawl data draw 777 -o sevens --size 400 --seed 5",
    .options = draw_options,
    .defaults = &draw_defaults,
    .options_size = sizeof draw_defaults,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_draw,
};
