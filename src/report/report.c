/* The page of one run: what it is, its main figures and the order of its sections; and the choice
 * between that and the page of a sweep. */
#include "scrawl/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "report/card.h"
#include "report/page.h"
#include "report/run.h"
#include "scrawl/card.h"

#define MAX_PAGE ((size_t)1 << 30) /* bytes */
#define MAX_NAMES 60               /* classes whose names are listed */

static const char *const optimizers[] = {
    [OPTIMIZER_SGD] = "SGD",
    [OPTIMIZER_ADAM] = "Adam",
    [OPTIMIZER_ADAMW] = "AdamW",
    [OPTIMIZER_MUON] = "Muon",
};

/* What was just measured, or else what the training said at its end. */
static RunScore main_score(const Run *run)
{
    const ScrawlEvaluation *e = run->evaluated.evaluation;
    if (!e)
        return run->test;
    return (RunScore){e->n, e->n_errors, e->accuracy, e->loss, e->interval};
}

static void put_accuracy(Buffer *page, const RunScore *score)
{
    char note[64];
    snprintf(note, sizeof note, "%.2f to %.2f\u00a0%% (95\u00a0%%\u00a0interval)",
             100 * score->interval.low, 100 * score->interval.high);
    page_tile_begin(page, "Accuracy");
    text_percent(page, score->accuracy);
    page_tile_end(page, note);
}

static void put_errors(Buffer *page, const RunScore *score)
{
    Buffer note;
    buffer_init(&note, 256);
    text_printf(&note, "of ");
    text_count(&note, (double)score->n);
    text_printf(&note, " pictures");
    page_tile_begin(page, "Errors");
    text_count(page, (double)score->n_errors);
    page_tile_end(page, buffer_text(&note));
    page->status = page->status ? page->status : note.status;
    buffer_deinit(&note);
}

static void put_probabilities(Buffer *page, const RunScore *score, const ScrawlEvaluation *e)
{
    page_tile_begin(page, "Cross-entropy");
    text_printf(page, "%.4f", score->loss);
    page_tile_end(page, "0 where it is sure and right");
    if (!e)
        return;
    page_tile_begin(page, "Calibration error");
    text_percent(page, e->ece);
    page_tile_end(page, "between confidence and truth");
}

static void put_tiles(Buffer *page, const Run *run)
{
    const ScrawlEvaluation *e = run->evaluated.evaluation;
    RunScore score = main_score(run);
    if (score.n == 0)
        return;
    text_printf(page, "<div class=\"tiles\">\n");
    put_accuracy(page, &score);
    put_errors(page, &score);
    put_probabilities(page, &score, e);
    text_printf(page, "</div>\n<p class=\"quiet\">");
    if (e) {
        const ScrawlDatasetInfo *info = scrawl_dataset_info(run->evaluated.dataset);
        text_printf(page, "On %s", run->evaluated.holdout ? "what was held out of " : "");
        html_text(page, info->name);
        text_printf(page, ":%s", info->split);
        if (e->n_merged_errors != e->n_errors) {
            text_printf(page, "; ");
            text_count(page, (double)e->n_merged_errors);
            text_printf(page, " errors where letters and digits that look alike count as one");
        }
        text_printf(page, ".</p>\n");
    } else {
        text_printf(page, "On the test set, as measured at the end of the training.</p>\n");
    }
}

static void put_note(Buffer *page, const char *note)
{
    if (!note[0])
        return;
    text_printf(page, "<p class=\"note\">");
    html_text(page, note);
    text_printf(page, "</p>\n");
}

static void put_term(Buffer *page, const char *term)
{
    text_printf(page, "<dt>%s</dt><dd>", term);
}

static void put_network(Buffer *page, const ScrawlModelInfo *info)
{
    put_term(page, "network");
    text_count(page, (double)info->n_parameters);
    text_printf(page, " parameters, ");
    text_count(page, (double)info->multiply_adds);
    text_printf(page, " multiply-adds a picture of %d x %d pixels</dd>\n", info->width,
                info->height);
    put_term(page, "classes");
    text_printf(page, "%d: ", info->n_classes);
    const char *between = plot_longest(info->class_names, info->n_classes, 2) > 1 ? ", " : " ";
    for (int i = 0; i < info->n_classes && i < MAX_NAMES; i++) {
        text_printf(page, "%s", i ? between : "");
        html_text(page, info->class_names[i]);
    }
    text_printf(page, "%s</dd>\n", info->n_classes > MAX_NAMES ? " ..." : "");
}

static void put_data(Buffer *page, const ScrawlModelInfo *info)
{
    put_term(page, "data");
    for (int i = 0; i < info->n_data; i++) {
        const ScrawlDataRow *row = &info->data[i];
        text_printf(page, "%s", i > 0 ? "<br>\n" : "");
        html_text(page, row->name[0] ? row->name : "?");
        text_printf(page, "%s", row->split[0] ? ":" : "");
        html_text(page, row->split);
        text_printf(page, ", ");
        if (row->n > 0)
            text_count(page, (double)row->n);
        text_printf(page, "%sfor ", row->n > 0 ? " pictures " : "");
        html_text(page, row->use_name[0] ? row->use_name : "?");
    }
    text_printf(page, "</dd>\n");
}

static void put_training(Buffer *page, const Run *run)
{
    const TrainSection *train = &run->recipe->train;
    put_term(page, "training");
    text_printf(page, "%zu of %d epochs, batches of %d, %s, learning rate %g, seed %d",
                run->n_epochs, train->epochs, train->batch, optimizers[train->optimizer],
                train->learning_rate, train->seed);
    if (run->model && run->n_epochs < (size_t)train->epochs && run->n_epochs)
        text_printf(page, "; ended early");
    text_printf(page, "</dd>\n");
    if (run->n_epochs == 0)
        return;
    put_term(page, "time");
    text_time(page, run_seconds(run));
    text_printf(page, ", ");
    text_count(page, run->epochs[run->n_epochs - 1].images_per_second);
    text_printf(page, " pictures a second at the end</dd>\n");
}

static void put_facts(Buffer *page, const Run *run)
{
    const char *name = scrawl_recipe_name(run->recipe),
               *purpose = card_purpose(name, run->recipe_text);
    text_printf(page, "<dl>\n");
    put_term(page, "recipe");
    html_text(page, name);
    if (purpose) {
        text_printf(page, ": ");
        page_markdown(page, purpose, strlen(purpose));
    }
    text_printf(page, "</dd>\n");
    if (run->model) {
        put_network(page, scrawl_model_info(run->model));
        put_data(page, scrawl_model_info(run->model));
    }
    put_training(page, run);
    text_printf(page, "</dl>\n");
}

static void put_contents(Buffer *page, const Run *run)
{
    bool evaluated = run->evaluated.evaluation;
    text_printf(page, "<nav>%s%s<a href=\"#recipe\">Recipe</a>%s</nav>\n",
                run->n_epochs ? "<a href=\"#training\">Training</a> " : "",
                evaluated ? "<a href=\"#errors\">Errors</a> <a href=\"#confidence\">Confidence</a> "
                            "<a href=\"#pictures\">Pictures</a> "
                          : "",
                run->model ? " <a href=\"#card\">Use and limits</a>" : "");
}

static ScrawlStatus put_recipe(Buffer *page, const Run *run, ScrawlError *error)
{
    char *layers;
    ScrawlStatus status = scrawl_recipe_summary(run->recipe, &layers, error);
    if (status)
        return status;
    page_section(page, "recipe", "Network and recipe");
    page_verbatim(page, layers);
    page_details_begin(page, "The recipe as it was run", false);
    page_verbatim(page, run->recipe_text);
    page_details_end(page);
    scrawl_free(layers);
    return SCRAWL_STATUS_OK;
}

static void put_epoch(Buffer *page, const ScrawlEpoch *epoch)
{
    const double figures[] = {epoch->train_loss, epoch->train_accuracy, epoch->valid_loss,
                              epoch->valid_accuracy};
    text_printf(page, "<tr>");
    html_number(page, "%d", epoch->epoch);
    for (int i = 0; i < 4; i++) {
        if (isnan(figures[i]))
            html_number(page, "-");
        else
            html_number(page, i % 2 ? "%.2f %%" : "%.4f", (i % 2 ? 100 : 1) * figures[i]);
    }
    html_number(page, "%.5g", epoch->learning_rate);
    html_number(page, "%.1f s", epoch->seconds);
    text_printf(page, "</tr>\n");
}

static void put_epochs(Buffer *page, const Run *run, bool open)
{
    page_details_begin(page, "Every epoch", open);
    html_table_begin(page, "#epoch|#training loss|#training accuracy|#validation loss|"
                           "#validation accuracy|#learning rate|#time");
    for (size_t i = 0; i < run->n_epochs; i++)
        put_epoch(page, &run->epochs[i]);
    html_table_end(page);
    page_details_end(page);
}

static ScrawlStatus put_curves(Buffer *page, const Run *run, Plotter *plotter, ScrawlError *error)
{
    if (run->n_epochs == 0)
        return SCRAWL_STATUS_OK;
    const Curves curves = {.epochs = run->epochs,
                           .n = run->n_epochs,
                           .test_loss = run->test.loss,
                           .test_accuracy = run->test.accuracy};
    page_section(page, "training", "Training");
    text_printf(page, "<div class=\"plots\">\n");
    ScrawlStatus status = plot_curves(plotter, &curves, page, error);
    text_printf(page, "</div>\n");
    put_epochs(page, run, plotter->missing);
    return status;
}

/* What the page has not told yet of the model card. */
static ScrawlStatus put_card(Buffer *page, const Run *run, ScrawlError *error)
{
    static const char *const parts[] = {"## Intended use\n", "## Out of scope\n",
                                        "## Bias and limits\n"};
    char *card;
    ScrawlStatus status = scrawl_model_card(run->model, NULL, &card, error);
    if (status)
        return status;
    page_section(page, "card", "Use and limits");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        page_markdown_section(page, card, parts[i]);
    scrawl_free(card);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus put_run(Buffer *page, const Run *run, Plotter *plotter, ScrawlError *error)
{
    put_tiles(page, run);
    put_note(page, run->model ? run->evaluated.note
                              : "The run is not finished: it has no model yet, and nothing was "
                                "evaluated.");
    put_facts(page, run);
    put_contents(page, run);
    ScrawlStatus status = put_curves(page, run, plotter, error);
    if (!status && run->evaluated.evaluation)
        status = page_errors(page, run, plotter, error);
    if (!status && run->evaluated.evaluation)
        status = page_confidence(page, run, plotter, error);
    if (!status && run->evaluated.evaluation)
        status = page_pictures(page, run, plotter, error);
    if (!status)
        status = put_recipe(page, run, error);
    return status || !run->model ? status : put_card(page, run, error);
}

static ScrawlStatus make_page(Buffer *page, const char *folder, const ScrawlReportOptions *options,
                              Plotter *plotter, ScrawlReportResult *result, ScrawlError *error)
{
    Run run;
    ScrawlStatus status = run_open(&run, folder, options, error);
    if (status)
        return status;
    status = folder_create(plotter->folder, error);
    page_begin(page, scrawl_recipe_name(run.recipe), folder);
    if (!status)
        status = put_run(page, &run, plotter, error);
    page_end(page);
    result->evaluated = run.evaluated.evaluation;
    run_close(&run);
    return status;
}

static ScrawlStatus make_sweep_page(Buffer *page, const char *folder,
                                    const ScrawlReportOptions *options, Plotter *plotter,
                                    ScrawlReportResult *result, ScrawlError *error)
{
    ScrawlSweep *sweep;
    if (options->data)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "%s is the folder of a sweep: only a run's report takes a data set",
                         folder);
    ScrawlStatus status = scrawl_sweep_load(&sweep, folder, error);
    if (status)
        return status;
    result->is_sweep = true;
    status = folder_create(plotter->folder, error);
    page_begin(page, scrawl_sweep_info(sweep)->name, folder);
    if (!status)
        status = page_sweep(page, sweep, plotter, error);
    page_end(page);
    scrawl_sweep_free(sweep);
    return status;
}

/* `page` is the file's name; NULL: in the plots' folder. */
static ScrawlStatus save(const Buffer *text, const char *page, const char *folder,
                         ScrawlError *error)
{
    ScrawlStatus status = text_check(text, "the page of a report", error);
    if (status)
        return status;
    char *own = page ? NULL : path_join(folder, "index.html");
    if (!page && !own)
        return error_no_memory(error, "the name of a report");
    status = file_write(page ? page : own, buffer_text(text), text->size, error);
    mem_free(own);
    return status;
}

ScrawlStatus scrawl_report(const char *folder, const ScrawlReportOptions *options,
                           ScrawlReportResult *result, ScrawlError *error)
{
    static const ScrawlReportOptions defaults = {0};
    ScrawlReportResult made = {0};
    options = options ? options : &defaults;
    char *plots = path_join(folder, "report");
    if (!plots)
        return error_no_memory(error, "the name of a folder");
    Plotter plotter = {.folder = plots, .log = options->log};
    Buffer page;
    buffer_init(&page, MAX_PAGE);
    ScrawlStatus status = scrawl_sweep_exists(folder)
                              ? make_sweep_page(&page, folder, options, &plotter, &made, error)
                              : make_page(&page, folder, options, &plotter, &made, error);
    if (!status)
        status = save(&page, options->page, plots, error);
    made.n_plots = plotter.n_drawn;
    if (result)
        *result = made;
    buffer_deinit(&page);
    mem_free(plots);
    return status;
}
