/* scrawl ensemble */
#include <stdio.h>

#include "cli/bar.h"

typedef struct EnsembleArguments {
    const char *output, *tta, *data;
    int select; /* 0: all */
    bool vote, average;
} EnsembleArguments;

#define AT(member) offsetof(EnsembleArguments, member)

static const Option options[] = {
    {OPTION_KIND_TEXT, 'o', "output", "FILE", AT(output), "the file to write"},
    {OPTION_KIND_FLAG, 0, "average", NULL, AT(average),
     "the mean of the members' probabilities (default)"},
    {OPTION_KIND_FLAG, 0, "vote", NULL, AT(vote),
     "the class that most members think best; of equals the one with the\nlarger sum of "
     "probabilities"},
    {OPTION_KIND_CHOICE, 0, "tta", "none|cross|square", AT(tta),
     "average over copies shifted by a pixel: a cross (5 times the work)\nor a square (9 times) "
     "(default: what the models say)",
     .choices = tta_choices},
    {OPTION_KIND_INT, 0, "select", "K", AT(select),
     "take K of the models: again and again the one that lowers the loss\nmost on images that were "
     "held out from all of them",
     1, SCRAWL_MAX_MEMBERS},
    {OPTION_KIND_TEXT, 0, "data", "D", AT(data),
     "with --select: on these images instead, which none was trained on"},
    {0},
};

static const OptionRule rules[] = {
    {"vote", "average", NULL, NULL},
    {"data", NULL, "select", NULL},
    {0},
};

static const EnsembleArguments defaults = {0};

typedef struct Ensemble {
    const Globals *globals;
    const EnsembleArguments *arguments;
    ScrawlEnsembleOptions options;
    char **names;
    ScrawlModel *models[SCRAWL_MAX_MEMBERS];
    int n;
    Bar bar;
} Ensemble;

static int load(Ensemble *e, int n)
{
    ScrawlError error = {0};

    for (; e->n < n; e->n++)
        if (scrawl_model_load(&e->models[e->n], e->names[e->n], &error))
            return cli_error(&error);
    return EXIT_SUCCESS;
}

static void print_choice(const Ensemble *e, const ScrawlSelection *selection)
{
    char n[TEXT_SIZE];

    printf("chosen on %s:%s, %s images that none of the models has learned from\n\n",
           selection->data, selection->split, count_text(n, (double)selection->n));
    printf("%7s %10s %8s %10s   %s\n", "members", "loss", "errors", "alone", "model added");
    for (int i = 0; i < e->arguments->select; i++)
        printf("%7d %10.5f %8zu %10.5f   %s\n", i + 1, selection->steps[i].loss,
               selection->steps[i].n_errors, selection->steps[i].alone,
               e->names[selection->steps[i].model]);
}

static int select_members(Ensemble *e, ScrawlModel **ensemble)
{
    const ScrawlModel *const *models = (const ScrawlModel *const *)e->models;
    ScrawlSelectOptions select_options = {.n_selected = e->arguments->select,
                                          .data = e->arguments->data,
                                          .ensemble = e->options,
                                          .n_threads = e->globals->threads,
                                          .cpu = e->globals->cpu,
                                          .log = &e->bar.log};
    ScrawlError error = {0};
    ScrawlSelection selection;
    ScrawlStatus status;

    bar_init(&e->bar, e->globals);
    status = scrawl_ensemble_select(models, e->n, &select_options, &selection, &error);
    bar_clear(&e->bar);
    if (status)
        return cli_error(&error);
    print_choice(e, &selection);
    if (scrawl_ensemble_create_selected(ensemble, models, &selection, select_options.n_selected,
                                        &e->options, &error))
        return cli_error(&error);
    return EXIT_SUCCESS;
}

static int make(Ensemble *e, ScrawlModel **ensemble)
{
    ScrawlError error = {0};

    if (e->arguments->select)
        return select_members(e, ensemble);
    return scrawl_ensemble_create(ensemble, (const ScrawlModel *const *)e->models, e->n,
                                  &e->options, &error)
               ? cli_error(&error)
               : EXIT_SUCCESS;
}

static int check(const EnsembleArguments *given, int n)
{
    const Command *command = &ensemble_command;

    if (n > SCRAWL_MAX_MEMBERS)
        return cli_usage(command, "ensemble: expected at most %d models, found %d",
                         SCRAWL_MAX_MEMBERS, n);
    if (given->select > n)
        return cli_usage(command, "ensemble: --select %d of %d models", given->select, n);
    if (!given->output && !given->select)
        return cli_usage(command, "ensemble: expected -o FILE");
    return EXIT_SUCCESS;
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    Ensemble e = {.globals = globals, .arguments = values, .names = arguments};
    const EnsembleArguments *given = values;
    ScrawlModel *ensemble = NULL;
    ScrawlError error = {0};
    int status = check(given, n);

    if (status)
        return status;
    e.options.tta = given->tta;
    e.options.combine = given->vote ? "vote" : given->average ? "average" : NULL;
    status = load(&e, n);
    if (!status)
        status = make(&e, &ensemble);
    if (!status && given->output && scrawl_model_save(ensemble, given->output, &error))
        status = cli_error(&error);
    scrawl_model_free(ensemble);
    while (e.n)
        scrawl_model_free(e.models[--e.n]);
    return status;
}

const Command ensemble_command = {
    .name = "ensemble",
    .summary = "several models as one",
    .usage = "MODEL... -o FILE [options]\nMODEL... --select K [-o FILE] [options]",
    .about = "Writes one model's file with all models in it as members; every command takes it\n"
             "like any other. Their networks may differ, their classes and preprocessing may not.\n"
             "It takes the time of all members. With one MODEL, writes a copy with other shifts\n"
             "or another way to combine. The file has no scores: 'eval FILE --record' adds them.\n"
             "--select needs models that held out the same images (data.validation, data.seed);\n"
             "test sets are refused. Without -o it prints what would be chosen.",
    .examples = "# three runs of one recipe with different seeds\n"
                "scrawl ensemble runs/bn-cnn-1 runs/bn-cnn-2 runs/bn-cnn-3 -o three.safetensors\n"
                "# the best four of all runs, which look at five shifted copies each\n"
                "scrawl ensemble runs/* --select 4 --tta cross -o four.safetensors\n"
                "# one model that looks at nine\n"
                "scrawl ensemble digits --tta square -o careful.safetensors",
    .options = options,
    .rules = rules,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = -1,
    .run = run,
};
