/* Reliability diagram: A. Niculescu-Mizil & R. Caruana, "Predicting Good Probabilities With
 * Supervised Learning", ICML 2005; its bins as C. Guo et al., "On Calibration of Modern Neural
 * Networks", ICML 2017. With Wilson's interval of each bin, since most hold few images. */
#include "report/plot_reliability.h"

#include <math.h>

#include "eval/statistics.h"

#define WIDTH 420
#define HEIGHT 420
#define LEFT 0.185

/* Bin, its ends, images, mean confidence, accuracy and its interval. */
static void write_data(const void *context, bool file, Text *out)
{
    const ScrawlEvaluation *e = context;
    (void)file;
    text_put(out, "# bin\tfrom\tto\timages\tconfidence\taccuracy\tlow\thigh\n");
    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++) {
        const ScrawlReliability *bin = &e->reliability[i];
        double width = 1.0 / SCRAWL_RELIABILITY_BINS;
        text_put(out, "%d\t%.9g\t%.9g\t%zu", i, i * width, (i + 1) * width, bin->n);
        if (bin->n) {
            ScrawlInterval interval =
                wilson_interval((size_t)llround(bin->accuracy * (double)bin->n), bin->n);
            text_put(out, "\t%.9g\t%.9g\t%.9g\t%.9g\n", bin->confidence, bin->accuracy,
                     interval.low, interval.high);
        } else {
            text_put(out, "\tNaN\tNaN\tNaN\tNaN\n");
        }
    }
}

static void draw(const Plot *plot, const PlotTheme *theme, Text *out)
{
    plot_y_label(out, plot, theme, PLOT_AXIS_TAG, "right answers", (0.905 + 0.40) / 2);
    plot_y_label(out, plot, theme, PLOT_AXIS_TAG + 1, "pictures", (0.36 + 0.15) / 2);
    text_put(out,
             "set multiplot\nset lmargin at screen %.2f\nset rmargin at screen 0.93\n"
             "set tmargin at screen 0.905\nset bmargin at screen 0.40\n"
             "set xrange [0:100]\nset yrange [0:100]\n"
             "set xtics 0,20 format ''\nset ytics 0,20 format '%%g %%%%'\n",
             LEFT);
    text_put(out,
             "plot x with lines linetype 1 linewidth 1 dashtype 2 linecolor rgb '%s', \\\n"
             "  $data using (100*$5):(100*$6):(100*$7):(100*$8) with yerrorbars pointtype 7 "
             "pointsize 0.6 linewidth 1.5 linecolor rgb '%s'\n",
             theme->quiet, theme->series[0]);
    text_put(out,
             "unset label\nset tmargin at screen 0.36\nset bmargin at screen 0.15\n"
             "set yrange [0.5:*]\nset logscale y\nset ytics 1,10 format '%%g'\n"
             "unset mytics\nset xtics 0,20 format '%%g %%%%'\n"
             "set xlabel 'confidence of the answer'\n"
             "plot $data using (100*$2):4:(100*$2+0.4):(100*$3-0.4):(0.5):($4>0?$4:NaN) with "
             "boxxyerror linecolor rgb '%s'\nunset multiplot\n",
             theme->series[0]);
}

ScrawlStatus plot_reliability(Plotter *plotter, const ScrawlEvaluation *evaluation, Text *page,
                              ScrawlError *error)
{
    const Plot plot = {
        .name = "reliability",
        .title = "Reliability",
        .width = WIDTH,
        .height = HEIGHT,
        .context = evaluation,
        .note = "Above the dashed line it is right more often than it says, below it less often; "
                "bars are 95 % intervals. The lower part shows how many pictures each point is "
                "of.",
        .write_data = write_data,
        .write_commands = draw,
    };
    return plot_write(plotter, &plot, page, error);
}
