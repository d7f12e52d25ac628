#include "cli/ood.h"

#include <stdio.h>

#define MAX_NAMED 6       /* classes that are named: those accepted most */
#define LEAST_NAMED 0.005 /* ... of whose pictures so many are accepted */
#define MAX_NAME 512

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static double accepted_share(const ScrawlOodClass *class)
{
    return share(class->n_accepted, class->n);
}

/* One line. `accepted` only where the model has a threshold. */
static void print_row(const char *name, size_t n, double auroc, size_t n_accepted, bool threshold)
{
    char images[TEXT_SIZE], part[TEXT_SIZE];

    printf("%-30s %9s %8.4f %10s\n", name, count_text(images, (double)n), auroc,
           threshold ? percent_text(part, share(n_accepted, n)) : "-");
}

/* The one after (share, class) in falling order; NULL past the last. */
static const ScrawlOodClass *next_class(const ScrawlOod *s, const ScrawlOodClass *last)
{
    const ScrawlOodClass *best = NULL;

    for (const ScrawlOodClass *c = s->classes; c < s->classes + s->n_classes; c++) {
        double mine = accepted_share(c), before = last ? accepted_share(last) : 2;
        bool later = mine < before || (mine == before && c > last);

        if (later && (!best || mine > accepted_share(best)))
            best = c;
    }
    return best;
}

static void print_classes(const ScrawlOod *s)
{
    const ScrawlOodClass *class = NULL;
    const char *lead = "  accepted most: ";

    for (int i = 0; i < MAX_NAMED && (class = next_class(s, class)); i++) {
        if (accepted_share(class) < LEAST_NAMED)
            break;
        printf("%s%s %.0f %%", lead, class->name, 100 * accepted_share(class));
        lead = ", ";
    }
    if (*lead == ',')
        putchar('\n');
}

static void print(const ScrawlOod *s, const ScrawlDatasetInfo *data, bool threshold)
{
    char name[MAX_NAME];

    snprintf(name, sizeof name, "%s:%s", data->name, data->split);
    print_row(name, s->n, s->auroc, s->n_accepted, threshold);
    if (s->n_unlike && s->n_unlike < s->n)
        print_row("  without confusable classes", s->n_unlike, s->auroc_unlike,
                  s->n_unlike_accepted, threshold);
    if (s->n_classes > 1 && threshold)
        print_classes(s);
}

static json_t *json_classes(const ScrawlOod *s, bool threshold)
{
    json_t *classes = json_array();

    for (int c = 0; c < s->n_classes; c++) {
        const ScrawlOodClass *class = &s->classes[c];

        json_array_append_new(
            classes,
            json_pack("{s:o, s:I, s:o}", "label", json_text(class->name), "n",
                      (json_int_t) class->n, "accepted",
                      threshold ? json_integer((json_int_t) class->n_accepted) : json_null()));
    }
    return classes;
}

static json_t *json_figures(size_t n, double auroc, size_t n_accepted, bool threshold)
{
    return json_pack("{s:I, s:o, s:o, s:o}", "n", (json_int_t)n, "auroc", json_number(auroc),
                     "accepted", threshold ? json_integer((json_int_t)n_accepted) : json_null(),
                     "accepted_share", threshold ? json_number(share(n_accepted, n)) : json_null());
}

static json_t *json_ood(const ScrawlOod *s, const ScrawlDatasetInfo *data, bool threshold)
{
    json_t *value = json_figures(s->n, s->auroc, s->n_accepted, threshold);

    if (!value)
        return NULL;
    json_object_set_new(value, "data", json_text(data->name));
    json_object_set_new(value, "split", json_string(data->split));
    json_object_set_new(value, "leakage", json_leakage(s->leakage));
    json_object_set_new(
        value, "without_confusable",
        json_figures(s->n_unlike, s->auroc_unlike, s->n_unlike_accepted, threshold));
    json_object_set_new(value, "classes", json_classes(s, threshold));
    return value;
}

static bool has_threshold(const Ood *asked)
{
    return scrawl_model_info(asked->model)->threshold > 0;
}

static int evaluate(Ood *asked, const char *text)
{
    ScrawlDataOptions data_options = {.split = SCRAWL_SPLIT_TEST, .log = &asked->bar->log};
    ScrawlEvaluateOptions evaluate_options = {.n_threads = asked->globals->threads,
                                              .cpu = asked->globals->cpu,
                                              .log = &asked->bar->log,
                                              .tta = asked->tta};
    ScrawlError error = {0};
    int at = asked->n++;
    bool failed;

    failed = scrawl_dataset_open(&asked->data[at], text, &data_options, &error) ||
             scrawl_evaluate_ood(&asked->found[at], asked->model, asked->data[at], asked->known,
                                 &evaluate_options, &error);
    bar_clear(asked->bar);
    if (!failed && asked->found[at]->leakage == SCRAWL_LEAKAGE_SAME && !asked->globals->quiet)
        cli_fail("warning: leakage: %s was trained on images of %s",
                 scrawl_model_info(asked->model)->name, text);
    return failed ? cli_error(&error) : EXIT_SUCCESS;
}

int ood_evaluate(Ood *ood, const TextList *data)
{
    int status = EXIT_SUCCESS;

    for (int i = 0; i < data->n && !status; i++)
        status = evaluate(ood, data->items[i]);
    return status;
}

void ood_print(const Ood *ood)
{
    if (ood->n == 0)
        return;
    printf("%-30s %9s %8s %10s\n", "pictures of no known class", "images", "AUROC", "accepted");
    for (int i = 0; i < ood->n; i++)
        print(ood->found[i], scrawl_dataset_info(ood->data[i]), has_threshold(ood));
    putchar('\n');
}

json_t *ood_json(const Ood *ood)
{
    json_t *list = json_array();

    for (int i = 0; i < ood->n; i++)
        json_array_append_new(
            list, json_ood(ood->found[i], scrawl_dataset_info(ood->data[i]), has_threshold(ood)));
    return list;
}

void ood_deinit(Ood *ood)
{
    while (ood->n > 0) {
        scrawl_ood_free(ood->found[--ood->n]);
        scrawl_dataset_free(ood->data[ood->n]);
    }
}
