/* See scrawl/report.h. */
#include "scrawl/report.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "report/page.h"

#define MAX_PAGE ((size_t)1 << 30) /* bytes */

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
        status = page_run(page, &run, plotter, error);
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
