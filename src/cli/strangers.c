#include "cli/strangers.h"

#include <stdio.h>

#define MAX_NAMED 6       /* classes that are named: those accepted most */
#define LEAST_NAMED 0.005 /* ... of whose pictures so many are accepted */
#define MAX_NAME 512

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static double accepted_share(const ScrawlStrangerClass *class)
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
static const ScrawlStrangerClass *next_class(const ScrawlStrangers *s,
                                             const ScrawlStrangerClass *last)
{
    const ScrawlStrangerClass *best = NULL;

    for (const ScrawlStrangerClass *c = s->classes; c < s->classes + s->n_classes; c++) {
        double mine = accepted_share(c), before = last ? accepted_share(last) : 2;
        bool later = mine < before || (mine == before && c > last);

        if (later && (!best || mine > accepted_share(best)))
            best = c;
    }
    return best;
}

static void print_classes(const ScrawlStrangers *s)
{
    const ScrawlStrangerClass *class = NULL;
    const char *lead = "  accepted most: ";

    for (int i = 0; i < MAX_NAMED && (class = next_class(s, class)) != NULL; i++) {
        if (accepted_share(class) < LEAST_NAMED)
            break;
        printf("%s%s %.0f %%", lead, class->name, 100 * accepted_share(class));
        lead = ", ";
    }
    if (*lead == ',')
        putchar('\n');
}

static void print(const ScrawlStrangers *s, const ScrawlDatasetInfo *data, bool threshold)
{
    char name[MAX_NAME];

    snprintf(name, sizeof name, "%s:%s", data->name, data->split);
    print_row(name, s->n, s->auroc, s->n_accepted, threshold);
    if (s->n_unlike && s->n_unlike < s->n)
        print_row("  without look-alikes", s->n_unlike, s->auroc_unlike, s->n_unlike_accepted,
                  threshold);
    if (s->n_classes > 1 && threshold)
        print_classes(s);
}

static json_t *json_classes(const ScrawlStrangers *s, bool threshold)
{
    json_t *classes = json_array();

    for (int c = 0; c < s->n_classes; c++) {
        const ScrawlStrangerClass *class = &s->classes[c];

        json_array_append_new(classes, json_pack("{s:o, s:I, s:o}", "label",
                                                 json_text(class->name), "n",
                                                 (json_int_t)class->n, "accepted",
                                                 threshold
                                                     ? json_integer((json_int_t)class->n_accepted)
                                                     : json_null()));
    }
    return classes;
}

static json_t *json_figures(size_t n, double auroc, size_t n_accepted, bool threshold)
{
    return json_pack("{s:I, s:o, s:o, s:o}", "n", (json_int_t)n, "auroc", json_number(auroc),
                     "accepted", threshold ? json_integer((json_int_t)n_accepted) : json_null(),
                     "accepted_share", threshold ? json_number(share(n_accepted, n))
                                                 : json_null());
}

static json_t *json_strangers(const ScrawlStrangers *s, const ScrawlDatasetInfo *data,
                              bool threshold)
{
    json_t *value = json_figures(s->n, s->auroc, s->n_accepted, threshold);

    if (!value)
        return NULL;
    json_object_set_new(value, "data", json_text(data->name));
    json_object_set_new(value, "split", json_string(data->split));
    json_object_set_new(value, "overlap", json_overlap(s->overlap));
    json_object_set_new(value, "without_look_alikes",
                        json_figures(s->n_unlike, s->auroc_unlike, s->n_unlike_accepted,
                                     threshold));
    json_object_set_new(value, "classes", json_classes(s, threshold));
    return value;
}

static bool has_threshold(const Strangers *asked)
{
    return scrawl_model_info(asked->model)->threshold > 0;
}

static int judge(Strangers *asked, const char *text)
{
    ScrawlDataOptions data_options = {.split = SCRAWL_SPLIT_TEST, .log = &asked->bar->log};
    ScrawlJudgeOptions judge_options = {.n_threads = asked->globals->threads,
                                        .cpu = asked->globals->cpu, .log = &asked->bar->log,
                                        .tta = asked->tta};
    ScrawlError error = {0};
    int at = asked->n++;
    bool failed;

    failed = scrawl_dataset_open(&asked->data[at], text, &data_options, &error) ||
             scrawl_judge_strangers(&asked->found[at], asked->model, asked->data[at],
                                    asked->known, &judge_options, &error);
    bar_clear(asked->bar);
    if (!failed && asked->found[at]->overlap == SCRAWL_OVERLAP_SAME && !asked->globals->quiet)
        cli_fail("warning: overlap: %s was trained on images of %s",
                 scrawl_model_info(asked->model)->name, text);
    return failed ? cli_error(&error) : EXIT_SUCCESS;
}

int strangers_judge(Strangers *strangers, const TextList *data)
{
    int status = EXIT_SUCCESS;

    for (int i = 0; i < data->n && !status; i++)
        status = judge(strangers, data->items[i]);
    return status;
}

void strangers_print(const Strangers *strangers)
{
    if (strangers->n == 0)
        return;
    printf("%-30s %9s %8s %10s\n", "pictures of no known class", "images", "AUROC", "accepted");
    for (int i = 0; i < strangers->n; i++)
        print(strangers->found[i], scrawl_dataset_info(strangers->data[i]),
              has_threshold(strangers));
    putchar('\n');
}

json_t *strangers_json(const Strangers *strangers)
{
    json_t *list = json_array();

    for (int i = 0; i < strangers->n; i++)
        json_array_append_new(list, json_strangers(strangers->found[i],
                                                   scrawl_dataset_info(strangers->data[i]),
                                                   has_threshold(strangers)));
    return list;
}

void strangers_deinit(Strangers *strangers)
{
    while (strangers->n > 0) {
        scrawl_strangers_free(strangers->found[--strangers->n]);
        scrawl_dataset_free(strangers->data[strangers->n]);
    }
}
