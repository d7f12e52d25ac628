/* Losses that shrink a hundredfold, and accuracies that crawl from 99.5 to 99.7 %, are read best by
 * their ratios: such a loss stands on a logarithmic scale, and such an accuracy where the logarithm
 * of its error would, with ticks that still say the accuracy. */
#include "report/plot_curves.h"

#include <math.h>

#define LOG_LOSS 8.0     /* largest by smallest from which the scale is logarithmic */
#define LOG_ACCURACY 4.0 /* and for errors */
#define WIDTH 420 /* pixels */
#define HEIGHT 310
#define LOW 240   /* of what has no key */
#define MAX_TICKS 12
#define FEW_POINTS 3  /* epochs: a line may be short, or none */
#define MAX_POINTS 60 /* epochs: the points of more would be a band */

typedef struct Range {
    double low, high; /* of what is above 0; low > high where there is nothing */
} Range;

static void include(Range *range, double value)
{
    if (value > 0 && isfinite(value)) {
        range->low = fmin(range->low, value);
        range->high = fmax(range->high, value);
    }
}

static bool is_wide(const Range *range, double factor)
{
    return range->high > factor * range->low;
}

/* The tick 1, 2 or 5 times a power of ten at or below (above) a value, and its neighbours. */
static double tick(int i)
{
    static const double steps[] = {1, 2, 5};
    int place = ((i % 3) + 3) % 3;
    return steps[place] * pow(10, (i - place) / 3);
}

static int tick_at_most(double value)
{
    int i = 3 * (int)floor(log10(value));
    while (tick(i + 1) <= value * 1.000001)
        i++;
    return i;
}

static Range loss_range(const Curves *curves)
{
    Range range = {INFINITY, 0};
    for (size_t i = 0; i < curves->n; i++) {
        include(&range, curves->epochs[i].train_loss);
        include(&range, curves->epochs[i].valid_loss);
    }
    include(&range, curves->test_loss);
    return range;
}

static Range error_range(const Curves *curves)
{
    Range range = {INFINITY, 0};
    for (size_t i = 0; i < curves->n; i++) {
        include(&range, 1 - curves->epochs[i].train_accuracy);
        include(&range, 1 - curves->epochs[i].valid_accuracy);
    }
    include(&range, 1 - curves->test_accuracy);
    return range;
}

static void put_row(int epoch, double train, double valid, double test, Text *out)
{
    text_put(out, "%d\t%.9g\t%.9g\t%.9g\n", epoch, train, valid, test);
}

static double last(const Curves *curves, size_t i, double test)
{
    return i + 1 == curves->n ? test : NAN;
}

static void write_loss(const void *context, bool file, Text *out)
{
    const Curves *curves = context;
    (void)file;
    text_put(out, "# epoch\ttraining loss\tvalidation loss\ttest loss\n");
    for (size_t i = 0; i < curves->n; i++) {
        const ScrawlEpoch *epoch = &curves->epochs[i];
        put_row(epoch->epoch, epoch->train_loss, epoch->valid_loss,
                last(curves, i, curves->test_loss), out);
    }
}

static void write_accuracy(const void *context, bool file, Text *out)
{
    const Curves *curves = context;
    (void)file;
    text_put(out, "# epoch\ttraining accuracy\tvalidation accuracy\ttest accuracy\n");
    for (size_t i = 0; i < curves->n; i++) {
        const ScrawlEpoch *epoch = &curves->epochs[i];
        put_row(epoch->epoch, epoch->train_accuracy, epoch->valid_accuracy,
                last(curves, i, curves->test_accuracy), out);
    }
}

static void write_rate(const void *context, bool file, Text *out)
{
    const Curves *curves = context;
    (void)file;
    text_put(out, "# epoch\tlearning rate\n");
    for (size_t i = 0; i < curves->n; i++)
        text_put(out, "%d\t%.9g\n", curves->epochs[i].epoch, curves->epochs[i].learning_rate);
}

static void put_epochs(const Curves *curves, Text *out)
{
    int first = curves->epochs[0].epoch, end = curves->epochs[curves->n - 1].epoch;
    double pad = fmax(0.4, 0.02 * (end - first));
    double step = plot_step(fmax(1, (end - first) / 6.0));
    text_put(out, "set xrange [%.9g:%.9g]\nset xtics %.9g,%.9g\nset xlabel 'epoch'\n", first - pad,
             end + pad, step > 1 ? 0 : (double)first, step);
}

/* A logarithmic axis from `low` to `high`, which is wide; with `errors` upside down, and its ticks
 * say 100 % minus the error. */
static void put_log_axis(const Range *range, bool errors, Text *out)
{
    int low = tick_at_most(range->low), high = tick_at_most(range->high);
    high += tick(high) < range->high;
    int step = high - low < MAX_TICKS ? 1 : 3;
    double bottom = tick(low) / 1.01, top = tick(high) * 1.01; /* else gnuplot loses a tick */
    text_put(out, "set logscale y\nset yrange [%.9g:%.9g]\nset ytics (", errors ? top : bottom,
             errors ? bottom : top);
    const char *lead = "";
    for (int i = low; i <= high; i++) {
        if (step == 3 && i % 3 != 0)
            continue;
        if (errors)
            text_put(out, "%s'%.9g %%%%' %.9g", lead, 100 * (1 - tick(i)), tick(i));
        else
            text_put(out, "%s'%.9g' %.9g", lead, tick(i), tick(i));
        lead = ", ";
    }
    text_put(out, ")\n");
}

static void put_style(const Curves *curves, int shape, const char *colour, Text *out)
{
    text_put(out, " with %s linetype 1 linewidth 2 pointtype %d pointsize %g linecolor rgb '%s'",
             curves->n > MAX_POINTS ? "lines" : "linespoints", shape,
             curves->n > FEW_POINTS ? 0.45 : 0.8, colour);
}

static bool has_validation(const Curves *curves)
{
    for (size_t i = 0; i < curves->n; i++)
        if (!isnan(curves->epochs[i].valid_loss) || !isnan(curves->epochs[i].valid_accuracy))
            return true;
    return false;
}

/* What is drawn of the table's column. */
typedef enum Scale { SCALE_VALUE, SCALE_ERROR, SCALE_PERCENT } Scale;

static void put_column(Scale scale, int column, Text *out)
{
    static const char *const before[] = {"$", "1-$", "100*$"};
    text_put(out, "$data using 1:(%s%d)", before[scale], column);
}

static const int shapes[] = {7, 5, 12}; /* training, validation, test */

static void put_key(const Plot *plot, const PlotTheme *theme, double test, Text *out)
{
    const PlotKey all[] = {{"training", shapes[0], theme->series[0]},
                           {"validation", shapes[1], theme->series[1]},
                           {"test, once", shapes[2], theme->ink}};
    PlotKey keys[3];
    int n = 0;
    keys[n++] = all[0];
    if (has_validation(plot->context))
        keys[n++] = all[1];
    if (!isnan(test))
        keys[n++] = all[2];
    plot_key(out, plot, theme, keys, n);
}

static void put_curves(const Plot *plot, const PlotTheme *theme, Scale scale, double test,
                       Text *out)
{
    const Curves *curves = plot->context;
    int n = has_validation(curves) ? 2 : 1;
    put_key(plot, theme, test, out);
    text_put(out, "plot ");
    for (int i = 0; i < n; i++) {
        text_put(out, "%s", i ? ", " : "");
        put_column(scale, i + 2, out);
        put_style(curves, shapes[i], theme->series[i], out);
    }
    if (!isnan(test)) {
        text_put(out, ", ");
        put_column(scale, 4, out);
        text_put(out, " with points pointtype %d pointsize 1.3 linewidth 2 linecolor rgb '%s'",
                 shapes[2], theme->ink);
    }
    text_put(out, "\n");
}

static void draw_loss(const Plot *plot, const PlotTheme *theme, Text *out)
{
    const Curves *curves = plot->context;
    Range range = loss_range(curves);
    put_epochs(curves, out);
    if (is_wide(&range, LOG_LOSS))
        put_log_axis(&range, false, out);
    else
        text_put(out, "set yrange [0:*]\nset ytics 0,%.9g\n",
                 range.high > 0 ? plot_step(range.high / 4) : 1);
    put_curves(plot, theme, SCALE_VALUE, curves->test_loss, out);
}

static void draw_accuracy(const Plot *plot, const PlotTheme *theme, Text *out)
{
    const Curves *curves = plot->context;
    Range range = error_range(curves);
    bool wide = is_wide(&range, LOG_ACCURACY);
    put_epochs(curves, out);
    if (wide)
        put_log_axis(&range, true, out);
    else
        text_put(out, "set format y '%%g %%%%'\n");
    put_curves(plot, theme, wide ? SCALE_ERROR : SCALE_PERCENT, curves->test_accuracy, out);
}

static void draw_rate(const Plot *plot, const PlotTheme *theme, Text *out)
{
    const Curves *curves = plot->context;
    put_epochs(curves, out);
    text_put(out, "set yrange [0:*]\nset tmargin at screen %.4f\n"
                  "plot $data using 1:2", 1 - 42.0 / LOW);
    put_style(curves, 7, theme->series[2], out);
    text_put(out, "\n");
}

ScrawlStatus plot_curves(Plotter *plotter, const Curves *curves, Text *page, ScrawlError *error)
{
    const Plot plots[] = {
        {.name = "loss", .title = "Loss", .width = WIDTH, .height = HEIGHT,
         .context = curves,
         .note = "Mean cross-entropy. The training's is taken while the weights still move, and "
                 "with augmentation and dropout, so it may lie above the others.",
         .write_data = write_loss, .write_commands = draw_loss},
        {.name = "accuracy", .title = "Accuracy", .width = WIDTH, .height = HEIGHT,
         .context = curves,
         .note = "Share of pictures that were read rightly. The test pictures were read once, "
                 "after the last epoch.",
         .write_data = write_accuracy, .write_commands = draw_accuracy},
        {.name = "learning-rate", .title = "Learning rate", .width = WIDTH, .height = LOW,
         .context = curves, .note = "At the end of each epoch.",
         .write_data = write_rate, .write_commands = draw_rate},
    };
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (size_t i = 0; i < sizeof plots / sizeof *plots && !status; i++)
        status = plot_write(plotter, &plots[i], page, error);
    return status;
}
