/* Losses that shrink a hundredfold, and accuracies that crawl from 99.5 to 99.7 %, are read best by
 * their ratios: such a loss stands on a logarithmic scale, and such an accuracy where the logarithm
 * of its error would, with ticks that still say the accuracy. What has no error at all, and so no
 * place on such a scale, stands on the axis' end, a tick beyond the others. */
#include "report/plot.h"

#include <math.h>
#include <stdio.h>

#include "eval/statistics.h"

#define LOG_LOSS 8.0     /* largest by smallest from which the scale is logarithmic */
#define LOG_ACCURACY 4.0 /* and for errors */
#define WIDTH 420        /* pixels */
#define HEIGHT 310
#define LOW 240 /* of what has no key */
#define MAX_TICKS 12
#define FEW_TICKS 5       /* of linear scales: at most, and one more */
#define EPOCHS_WIDTH 290  /* pixels of the axis */
#define EPOCH_CHARACTER 9 /* pixels */
#define EPOCH_GAP 14
#define LEAST_SPAN 1.0 /* percentage points of accuracy: less would look like more than it is */
#define FEW_POINTS 3   /* epochs: a line may be short, or none */
#define MAX_POINTS 60  /* epochs: the points of more would be a band */

typedef struct Range {
    double low, high; /* of what is above 0; low > high where there is nothing */
    bool has_zero;
} Range;

static void include(Range *range, double value)
{
    if (value > 0 && isfinite(value)) {
        range->low = fmin(range->low, value);
        range->high = fmax(range->high, value);
    }
    range->has_zero = range->has_zero || value <= 0;
}

static bool is_empty(const Range *range)
{
    return range->low > range->high && !range->has_zero;
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
    Range range = {INFINITY, 0, false};
    for (size_t i = 0; i < curves->n; i++) {
        include(&range, curves->epochs[i].train_loss);
        include(&range, curves->epochs[i].valid_loss);
    }
    include(&range, curves->test_loss);
    return range;
}

static Range error_range(const Curves *curves)
{
    Range range = {INFINITY, 0, false};
    for (size_t i = 0; i < curves->n; i++) {
        include(&range, 1 - curves->epochs[i].train_accuracy);
        include(&range, 1 - curves->epochs[i].valid_accuracy);
    }
    include(&range, 1 - curves->test_accuracy);
    return range;
}

static Range rate_range(const Curves *curves)
{
    Range range = {INFINITY, 0, false};
    for (size_t i = 0; i < curves->n; i++)
        include(&range, curves->epochs[i].learning_rate);
    return range;
}

static void put_row(int epoch, double train, double valid, double test, Buffer *out)
{
    text_printf(out, "%d\t%.9g\t%.9g\t%.9g\n", epoch, train, valid, test);
}

static double last(const Curves *curves, size_t i, double test)
{
    return i + 1 == curves->n ? test : NAN;
}

static void write_loss(const void *context, bool file, Buffer *out)
{
    const Curves *curves = context;
    (void)file;
    text_printf(out, "# epoch\ttraining loss\tvalidation loss\ttest loss\n");
    for (size_t i = 0; i < curves->n; i++) {
        const ScrawlEpoch *epoch = &curves->epochs[i];
        put_row(epoch->epoch, epoch->train_loss, epoch->valid_loss,
                last(curves, i, curves->test_loss), out);
    }
}

static void write_accuracy(const void *context, bool file, Buffer *out)
{
    const Curves *curves = context;
    (void)file;
    text_printf(out, "# epoch\ttraining accuracy\tvalidation accuracy\ttest accuracy\n");
    for (size_t i = 0; i < curves->n; i++) {
        const ScrawlEpoch *epoch = &curves->epochs[i];
        put_row(epoch->epoch, epoch->train_accuracy, epoch->valid_accuracy,
                last(curves, i, curves->test_accuracy), out);
    }
}

static void write_rate(const void *context, bool file, Buffer *out)
{
    const Curves *curves = context;
    (void)file;
    text_printf(out, "# epoch\tlearning rate\n");
    for (size_t i = 0; i < curves->n; i++)
        text_printf(out, "%d\t%.9g\n", curves->epochs[i].epoch, curves->epochs[i].learning_rate);
}

static void put_epochs(const Curves *curves, Buffer *out)
{
    int first = curves->epochs[0].epoch, end = curves->epochs[curves->n - 1].epoch;
    double pad = fmax(0.4, 0.02 * (end - first));
    double label = EPOCH_GAP + EPOCH_CHARACTER * ceil(log10(end + 1.0));
    double step = plot_step(fmax(1, (end - first) * label / EPOCHS_WIDTH));
    text_printf(out, "set xrange [%.9g:%.9g]\nset xtics %.9g,%.9g\nset xlabel 'epoch'\n",
                first - pad, end + pad, step > 1 ? 0 : (double)first, step);
}

/* Ticks, of which every `step`th has a label: from the first of these on, as far as `high`. */
typedef struct LogAxis {
    int low, first, high, step;
    bool has_zero;
} LogAxis;

static LogAxis log_axis(const Range *range)
{
    LogAxis axis = {.low = tick_at_most(range->low),
                    .high = tick_at_most(range->high),
                    .step = 1,
                    .has_zero = range->has_zero};
    axis.high += tick(axis.high) < range->high;
    while ((axis.high - axis.low) / axis.step >= MAX_TICKS)
        axis.step += axis.step == 1 ? 2 : 3; /* three ticks to a power of ten */
    axis.first = axis.low + (axis.step - axis.low % axis.step) % axis.step;
    if (axis.has_zero)
        axis.low = axis.first - axis.step;
    return axis;
}

/* With `errors` upside down, and its ticks say 100 % minus the error. */
static void put_log_axis(const LogAxis *axis, bool errors, Buffer *out)
{
    double bottom = tick(axis->low) / 1.01, top = tick(axis->high) * 1.01; /* or it loses a tick */
    text_printf(out, "set logscale y\nset yrange [%.9g:%.9g]\nset ytics (", errors ? top : bottom,
                errors ? bottom : top);
    const char *lead = "";
    for (int i = axis->has_zero ? axis->low : axis->first; i <= axis->high; i += axis->step) {
        double value = axis->has_zero && i == axis->low ? 0 : tick(i);
        if (errors)
            text_printf(out, "%s'%.9g %%%%' %.9g", lead, 100 * (1 - value), tick(i));
        else
            text_printf(out, "%s'%g' %.9g", lead, value, tick(i));
        lead = ", ";
    }
    text_printf(out, ")\n");
}

/* In percent. */
static void put_accuracy_axis(const Range *range, Buffer *out)
{
    double low = 100 * (1 - range->high);
    double high = 100 * (1 - (range->has_zero ? 0 : range->low));
    double pad = fmax(0, (LEAST_SPAN - (high - low)) / 2);
    low = fmax(0, low - pad);
    high = fmin(100, high + pad);
    double step = plot_step((high - low) / FEW_TICKS), bottom = step * floor(low / step + 1e-6);
    text_printf(out, "set yrange [%.9g:%.9g]\nset ytics %.9g,%.9g\nset format y '%%g %%%%'\n",
                bottom, step * ceil(high / step - 1e-6), bottom, step);
}

/* From 0. */
static void put_linear_axis(const Range *range, Buffer *out)
{
    text_printf(out, "set yrange [0:*]\nset ytics 0,%.9g\n",
                range->high > 0 ? plot_step(range->high / FEW_TICKS) : 1);
}

static void put_style(const Curves *curves, int shape, const char *colour, Buffer *out)
{
    text_printf(out, " with %s linetype 1 linewidth 2 pointtype %d pointsize %g linecolor rgb '%s'",
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

/* What is drawn of the table's column; nothing is drawn below `least`. */
typedef enum Scale { SCALE_VALUE, SCALE_ERROR, SCALE_PERCENT } Scale;

static void put_column(Scale scale, double least, int column, Buffer *out)
{
    static const char *const before[] = {"$", "1-$", "100*$"};
    const char *value = before[scale];
    if (least > 0)
        text_printf(out, "$data using 1:(%s%d<%.9g?%.9g:%s%d)", value, column, least, least, value,
                    column);
    else
        text_printf(out, "$data using 1:(%s%d)", value, column);
}

static const int shapes[] = {7, 5, 12}; /* training, validation, test */

static void put_key(const Plot *plot, const PlotTheme *theme, double test, Buffer *out)
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

static void put_curves(const Plot *plot, const PlotTheme *theme, Scale scale, double least,
                       double test, Buffer *out)
{
    const Curves *curves = plot->context;
    int n = has_validation(curves) ? 2 : 1;
    put_key(plot, theme, test, out);
    text_printf(out, "plot ");
    for (int i = 0; i < n; i++) {
        text_printf(out, "%s", i ? ", " : "");
        put_column(scale, least, i + 2, out);
        put_style(curves, shapes[i], theme->series[i], out);
    }
    if (!isnan(test)) {
        text_printf(out, ", ");
        put_column(scale, least, 4, out);
        text_printf(out, " with points pointtype %d pointsize 1.3 linewidth 2 linecolor rgb '%s'",
                    shapes[2], theme->ink);
    }
    text_printf(out, "\n");
}

static void draw_loss(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    const Curves *curves = plot->context;
    Range range = loss_range(curves);
    double least = 0;
    put_epochs(curves, out);
    if (is_wide(&range, LOG_LOSS)) {
        LogAxis axis = log_axis(&range);
        put_log_axis(&axis, false, out);
        least = tick(axis.low);
    } else {
        put_linear_axis(&range, out);
    }
    put_curves(plot, theme, SCALE_VALUE, least, curves->test_loss, out);
}

static void draw_accuracy(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    const Curves *curves = plot->context;
    Range range = error_range(curves);
    double least = 0;
    bool wide = is_wide(&range, LOG_ACCURACY);
    put_epochs(curves, out);
    if (wide) {
        LogAxis axis = log_axis(&range);
        put_log_axis(&axis, true, out);
        least = tick(axis.low);
    } else {
        put_accuracy_axis(&range, out);
    }
    put_curves(plot, theme, wide ? SCALE_ERROR : SCALE_PERCENT, least, curves->test_accuracy, out);
}

static void draw_rate(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    const Curves *curves = plot->context;
    Range range = rate_range(curves);
    put_epochs(curves, out);
    put_linear_axis(&range, out);
    text_printf(out, "set tmargin at screen %.4f\nplot $data using 1:2", 1 - 42.0 / LOW);
    put_style(curves, 7, theme->series[2], out);
    text_printf(out, "\n");
}

#define NOTE_SIZE 320

static void note_loss(const Curves *curves, const Range *range, char note[NOTE_SIZE])
{
    bool others = has_validation(curves) || !isnan(curves->test_loss);
    snprintf(note, NOTE_SIZE, "Mean cross-entropy%s.%s",
             is_wide(range, LOG_LOSS) ? ", on a logarithmic scale" : "",
             others ? " The training's is taken while the weights still move, and with "
                      "augmentation and dropout, so it may lie above the others."
                    : "");
}

static void note_accuracy(const Curves *curves, const Range *range, char note[NOTE_SIZE])
{
    snprintf(note, NOTE_SIZE, "Share of pictures that were read rightly%s.%s",
             is_wide(range, LOG_ACCURACY) ? ", on a scale that widens towards 100 %" : "",
             isnan(curves->test_accuracy)
                 ? ""
                 : " The test pictures were read once, after the last epoch.");
}

ScrawlStatus plot_curves(Plotter *plotter, const Curves *curves, Buffer *page, ScrawlError *error)
{
    const Range ranges[] = {loss_range(curves), error_range(curves), rate_range(curves)};
    char notes[2][NOTE_SIZE];
    note_loss(curves, &ranges[0], notes[0]);
    note_accuracy(curves, &ranges[1], notes[1]);
    const Plot plots[] = {
        {.name = "loss",
         .title = "Loss",
         .width = WIDTH,
         .height = HEIGHT,
         .context = curves,
         .note = notes[0],
         .write_data = write_loss,
         .write_commands = draw_loss},
        {.name = "accuracy",
         .title = "Accuracy",
         .width = WIDTH,
         .height = HEIGHT,
         .context = curves,
         .note = notes[1],
         .write_data = write_accuracy,
         .write_commands = draw_accuracy},
        {.name = "learning-rate",
         .title = "Learning rate",
         .width = WIDTH,
         .height = LOW,
         .context = curves,
         .note = "At the end of each epoch.",
         .write_data = write_rate,
         .write_commands = draw_rate},
    };
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (size_t i = 0; i < sizeof plots / sizeof *plots && !status; i++)
        if (!is_empty(&ranges[i]))
            status = plot_write(plotter, &plots[i], page, error);
    return status;
}

/* Reliability diagram: A. Niculescu-Mizil & R. Caruana, "Predicting Good Probabilities With
 * Supervised Learning", ICML 2005; its bins as C. Guo et al., "On Calibration of Modern Neural
 * Networks", ICML 2017. With Wilson's interval of each bin, since most hold few images. */

#define RELIABILITY_WIDTH 420
#define RELIABILITY_HEIGHT 420
#define LEFT 0.185

/* Bin, its ends, images, mean confidence, accuracy and its interval. */
static void write_data(const void *context, bool file, Buffer *out)
{
    const ScrawlEvaluation *e = context;
    (void)file;
    text_printf(out, "# bin\tfrom\tto\timages\tconfidence\taccuracy\tlow\thigh\n");
    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++) {
        const ScrawlReliability *bin = &e->reliability[i];
        double width = 1.0 / SCRAWL_RELIABILITY_BINS;
        text_printf(out, "%d\t%.9g\t%.9g\t%zu", i, i * width, (i + 1) * width, bin->n);
        if (bin->n) {
            ScrawlInterval interval =
                wilson_interval((size_t)llround(bin->accuracy * (double)bin->n), bin->n);
            text_printf(out, "\t%.9g\t%.9g\t%.9g\t%.9g\n", bin->confidence, bin->accuracy,
                        interval.low, interval.high);
        } else {
            text_printf(out, "\tNaN\tNaN\tNaN\tNaN\n");
        }
    }
}

static void draw(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    plot_y_label(out, plot, theme, PLOT_AXIS_TAG, "right answers", (0.905 + 0.40) / 2);
    plot_y_label(out, plot, theme, PLOT_AXIS_TAG + 1, "pictures", (0.36 + 0.15) / 2);
    text_printf(out,
                "set multiplot\nset lmargin at screen %.2f\nset rmargin at screen 0.93\n"
                "set tmargin at screen 0.905\nset bmargin at screen 0.40\n"
                "set xrange [0:100]\nset yrange [0:100]\n"
                "set xtics 0,20 format ''\nset ytics 0,20 format '%%g %%%%'\n",
                LEFT);
    text_printf(out,
                "plot x with lines linetype 1 linewidth 1 dashtype 2 linecolor rgb '%s', \\\n"
                "  $data using (100*$5):(100*$6):(100*$7):(100*$8) with yerrorbars pointtype 7 "
                "pointsize 0.6 linewidth 1.5 linecolor rgb '%s'\n",
                theme->quiet, theme->series[0]);
    text_printf(out,
                "unset label\nset tmargin at screen 0.36\nset bmargin at screen 0.15\n"
                "set yrange [0.5:*]\nset logscale y\nset ytics 1,10 format '%%g'\n"
                "unset mytics\nset xtics 0,20 format '%%g %%%%'\n"
                "set xlabel 'confidence of the answer'\n"
                "plot $data using (100*$2):4:(100*$2+0.4):(100*$3-0.4):(0.5):($4>0?$4:NaN) with "
                "boxxyerror linecolor rgb '%s'\nunset multiplot\n",
                theme->series[0]);
}

ScrawlStatus plot_reliability(Plotter *plotter, const ScrawlEvaluation *evaluation, Buffer *page,
                              ScrawlError *error)
{
    const Plot plot = {
        .name = "reliability",
        .title = "Reliability",
        .width = RELIABILITY_WIDTH,
        .height = RELIABILITY_HEIGHT,
        .context = evaluation,
        .note = "Above the dashed line it is right more often than it says, below it less often; "
                "bars are 95 % intervals. The lower part shows how many pictures each point is "
                "of.",
        .write_data = write_data,
        .write_commands = draw,
    };
    return plot_write(plotter, &plot, page, error);
}
