/* scrawl show */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

typedef struct ShowArguments {
    bool yaml, card;
    const char *hardware;
    double hours;
} ShowArguments;

#define AT(member) offsetof(ShowArguments, member)

static const Option options[] = {
    {OPTION_KIND_FLAG, 0, "yaml", NULL, AT(yaml), "the recipe as YAML and nothing else"},
    {OPTION_KIND_FLAG, 0, "card", NULL, AT(card),
     "a model card in Markdown: use, data, limits, scores, training"},
    {OPTION_KIND_TEXT, 0, "hardware", "TEXT", AT(hardware),
     "with --card: what the model was trained on, which its file does not say"},
    {OPTION_KIND_REAL, 0, "hours", "X", AT(hours),
     "with --card: hours of training (default: those of the run folder)", 0, 1e6},
    {0},
};

static const OptionRule rules[] = {
    {"card", "yaml", NULL, NULL},
    {"hardware", NULL, "card", NULL},
    {"hours", NULL, "card", NULL},
    {0},
};

static const ShowArguments defaults = {0};

#define MAX_NAMES 64

static bool is_among(const char *name, const char *(*names)(size_t i))
{
    for (size_t i = 0; names(i); i++)
        if (strcmp(names(i), name) == 0)
            return true;
    return false;
}

static int show_nothing(const char *name)
{
    const char *names[MAX_NAMES + 1], *near;
    size_t n = 0;

    for (size_t i = 0; scrawl_model_builtin(i) && n < MAX_NAMES; i++)
        names[n++] = scrawl_model_builtin(i);
    for (size_t i = 0; scrawl_recipe_embedded(i) && n < MAX_NAMES; i++)
        names[n++] = scrawl_recipe_embedded(i);
    names[n] = NULL;
    near = scrawl_nearest(name, names);
    return cli_fail("%s: no file, built-in model or built-in recipe has this name%s%s%s", name,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* A model's file has zero bytes near its start (the length of its header), a recipe has none. */
static bool is_text(const char *path)
{
    unsigned char bytes[512];
    FILE *file = fopen(path, "rb");
    size_t n;

    if (!file)
        return false;
    n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return n && !memchr(bytes, 0, n);
}

static int show_recipe(const char *name, bool yaml)
{
    ScrawlRecipe *recipe = NULL;
    ScrawlError error = {0};
    char *text = NULL;
    int status = EXIT_SUCCESS;

    if (scrawl_recipe_load(&recipe, name, &error) ||
        (yaml ? scrawl_recipe_text(recipe, &text, &error)
              : scrawl_recipe_summary(recipe, &text, &error)))
        status = cli_error(&error);
    else if (yaml)
        fputs(text, stdout);
    else
        printf("recipe %s\n\n%s", scrawl_recipe_name(recipe), text);
    scrawl_free(text);
    scrawl_recipe_free(recipe);
    return status;
}

static void print_names(const ScrawlModelInfo *info)
{
    printf("classes        %d:", info->n_classes);
    for (int c = 0; c < info->n_classes; c++)
        printf(" %s", info->class_names[c]);
    putchar('\n');
}

/* Nothing of a plain model. */
static void print_passes(const ScrawlModelInfo *info)
{
    if (info->n_members > 1)
        printf("ensemble       of %d members, %s\n", info->n_members,
               strcmp(info->combine, "vote") == 0 ? "which vote" : "averaged");
    if (strcmp(info->tta, "none"))
        printf("shifts         averaged over a %s of 1 pixel\n", info->tta);
    if (info->half)
        printf("weights        16-bit floats\n");
}

/* ", calibration by 5 folds: at most 0.1 % ..., with 95 % confidence" of what calibrated it. */
static void print_use(const ScrawlDataRow *row)
{
    if (row->initial) {
        printf(", %s", row->use_name);
        return;
    }
    switch (row->use) {
    case SCRAWL_DATA_USE_VALIDATION:
        printf(", held out");
        break;
    case SCRAWL_DATA_USE_TEST:
        printf(", to test");
        break;
    case SCRAWL_DATA_USE_OUTLIERS:
        printf(", of no class");
        break;
    case SCRAWL_DATA_USE_CALIBRATION:
        printf(", calibration");
        if (row->n_folds > 0)
            printf(" by %d folds, of the recipe's models", row->n_folds);
        if (row->max_error > 0)
            printf(": at most %.4g %% of the accepted are wrong, with %.4g %% confidence",
                   100 * row->max_error, 100 * row->confidence);
        break;
    default:
        break;
    }
}

static void print_data(const ScrawlModelInfo *info)
{
    char n[TEXT_SIZE];

    for (int i = 0; i < info->n_data; i++) {
        const ScrawlDataRow *row = &info->data[i];
        const char *name = row->name[0] ? row->name : "?";

        if (row->use == SCRAWL_DATA_USE_WEIGHTS) {
            printf("%-14s started from the weights of %s\n", "", name);
            continue;
        }
        printf("%-14s %s:%s, %s images", i > 0 ? "" : "data", name,
               row->split[0] ? row->split : "?", count_text(n, (double)row->n));
        print_use(row);
        putchar('\n');
    }
}

static void print_scores(const ScrawlModelInfo *info)
{
    for (int i = 0; i < info->n_scores; i++) {
        const ScrawlScore *score = &info->scores[i];

        printf("%-14s %s:", i > 0 ? "" : "scores", score->key);
        if (score->n > 0)
            printf(" n %zu errors %zu", score->n, score->n_errors);
        if (!isnan(score->accuracy))
            printf(" accuracy %.6g", score->accuracy);
        if (!isnan(score->loss))
            printf(" loss %.6g", score->loss);
        putchar('\n');
    }
}

static int print_card(const ScrawlModel *model, const char *name, const ShowArguments *given)
{
    ScrawlCardOptions card = {.hardware = given->hardware, .hours = given->hours};
    ScrawlError error = {0};
    struct stat info;
    char *text = NULL;

    if (!is_builtin_model(name) && !stat(name, &info) && S_ISDIR(info.st_mode))
        card.run = name;
    if (scrawl_model_card(model, &card, &text, &error))
        return cli_error(&error);
    fputs(text, stdout);
    scrawl_free(text);
    return EXIT_SUCCESS;
}

static int show_model(const char *name, const ShowArguments *given)
{
    ScrawlModel *model = NULL;
    ScrawlError error = {0};
    const ScrawlModelInfo *info;
    char *text = NULL;
    int status = EXIT_SUCCESS;

    if (scrawl_model_load(&model, name, &error) || scrawl_model_summary(model, &text, &error)) {
        status = cli_error(&error);
        goto out;
    }
    info = scrawl_model_info(model);
    if (given->card) {
        status = print_card(model, name, given);
    } else if (given->yaml && !*info->recipe) {
        status = cli_fail("%s: the model has no recipe in it", name);
    } else if (given->yaml) {
        fputs(info->recipe, stdout);
    } else {
        printf("model          %s\n", *info->name ? info->name : "(no name)");
        print_names(info);
        printf("preprocessing  %s\n", info->preprocessing);
        print_passes(info);
        print_data(info);
        print_scores(info);
        if (info->temperature != 1)
            printf("temperature    %.6g\n", info->temperature);
        if (info->threshold > 0)
            printf("threshold      %.10g\n", info->threshold);
        printf("\n%s", text);
    }
out:
    scrawl_free(text);
    scrawl_model_free(model);
    return status;
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    const ShowArguments *given = values;
    const char *name = arguments[0];

    (void)globals;
    (void)n;
    /* A model first where a recipe has its name: the recipe is inside it. */
    if (is_builtin_model(name))
        return show_model(name, given);
    if (is_among(name, scrawl_recipe_embedded) || is_text(name))
        return given->card ? cli_fail("%s: a recipe; a card is of a model", name)
                           : show_recipe(name, given->yaml);
    if (strcmp(name, "-") && access(name, F_OK))
        return show_nothing(name);
    return show_model(name, given);
}

const Command show_command = {
    .name = "show",
    .summary = "what is inside a model or a recipe",
    .usage = "MODEL|RECIPE [options]",
    .about = "Prints the network's layers with their shapes, parameters and multiply-adds; of a\n"
             "model also its classes, its preprocessing, what it was trained on and how it scored.",
    .examples = "# the network of a recipe inside the program\n"
                "scrawl show bn-cnn\n"
                "# a recipe to start one's own from\n"
                "scrawl show bn-cnn --yaml > mine.yaml\n"
                "# what to publish beside a model\n"
                "scrawl show runs/bn-cnn-1 --card --hardware '2 cores' > card.md",
    .options = options,
    .rules = rules,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
