/* Curves of a run, and the table of its epochs. */
#include <math.h>

#include "report/html.h"
#include "report/page.h"
#include "report/plot_curves.h"

static void put_epoch(Text *page, const ScrawlEpoch *epoch)
{
    const double figures[] = {epoch->train_loss, epoch->train_accuracy, epoch->valid_loss,
                              epoch->valid_accuracy};
    text_put(page, "<tr>");
    html_number(page, "%d", epoch->epoch);
    for (int i = 0; i < 4; i++) {
        if (isnan(figures[i]))
            html_number(page, "-");
        else
            html_number(page, i % 2 ? "%.2f %%" : "%.4f", (i % 2 ? 100 : 1) * figures[i]);
    }
    html_number(page, "%.5g", epoch->learning_rate);
    html_number(page, "%.1f s", epoch->seconds);
    text_put(page, "</tr>\n");
}

static void put_epochs(Text *page, const Run *run, bool open)
{
    page_details_begin(page, "Every epoch", open);
    html_table_begin(page, "#epoch|#training loss|#training accuracy|#validation loss|"
                           "#validation accuracy|#learning rate|#time");
    for (size_t i = 0; i < run->n_epochs; i++)
        put_epoch(page, &run->epochs[i]);
    html_table_end(page);
    page_details_end(page);
}

ScrawlStatus page_training(Text *page, const Run *run, Plotter *plotter, ScrawlError *error)
{
    if (run->n_epochs == 0)
        return SCRAWL_STATUS_OK;
    const Curves curves = {.epochs = run->epochs,
                           .n = run->n_epochs,
                           .test_loss = run->test.loss,
                           .test_accuracy = run->test.accuracy};
    page_section(page, "training", "Training");
    text_put(page, "<div class=\"plots\">\n");
    ScrawlStatus status = plot_curves(plotter, &curves, page, error);
    text_put(page, "</div>\n");
    put_epochs(page, run, plotter->missing);
    return status;
}
