/* scrawl doctor */
#include <stdio.h>

#include "cli/cli.h"

static void print_kernels(const Globals *globals)
{
    static const char *const cpus[] = {"none", "avx2", "avx512"};

    printf("kernels      %s (here:", scrawl_system_kernels(globals->cpu));
    for (size_t i = 0; i < sizeof cpus / sizeof *cpus; i++)
        if (scrawl_system_kernels(cpus[i]))
            printf(" %s", scrawl_system_kernels(cpus[i]));
    printf(")\n");
}

static void print_libraries(void)
{
    ScrawlLibrary library;

    for (size_t i = 0; scrawl_system_library(i, &library); i++)
        printf("%-12s %-10s %-18s %s\n", i ? "" : "libraries", library.name,
               library.found ? library.version : "not found", library.purpose);
}

static void print_data(void)
{
    const char *folder = getenv("SCRAWL_DATA"), *lead = "";
    ScrawlDatasetList *list;

    printf("%-12s SCRAWL_DATA is %s\n", "data", folder && *folder ? folder : "not set");
    if (scrawl_dataset_list(&list, NULL, NULL))
        return;
    for (size_t i = 0; i < list->n; i++)
        if (list->entries[i].present && list->entries[i].folder)
            printf("%-12s %-18s %s\n", lead, list->entries[i].name, list->entries[i].folder);
    scrawl_dataset_list_free(list);
}

static void print_names(const char *lead, const char *(*name)(size_t i))
{
    printf("%-12s", lead);
    for (size_t i = 0; name(i); i++)
        printf(" %s", name(i));
    puts(name(0) ? "" : " none");
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    (void)values, (void)n, (void)arguments;
    printf("scrawl       %s\n", scrawl_version());
    print_kernels(globals);
    printf("threads      %d\n", globals->threads ? globals->threads : scrawl_system_threads());
    print_libraries();
    print_data();
    print_names("models", scrawl_model_builtin);
    print_names("recipes", scrawl_recipe_embedded);
    return EXIT_SUCCESS;
}

const Command doctor_command = {
    .name = "doctor",
    .summary = "what this program finds on this machine",
    .usage = "[options]",
    .about = "Version, kernels, threads, libraries, data sets that are here, built-in models and\n"
             "recipes. Good to have in a report of an error.",
    .examples = "# is everything there?\n"
                "scrawl doctor\n"
                "# with a folder of data\n"
                "SCRAWL_DATA=/srv/digits scrawl doctor",
    .run = run,
};
