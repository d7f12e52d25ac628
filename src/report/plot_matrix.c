/* Right answers outnumber each kind of wrong ones by far: on one scale these would not be seen. The
 * diagonal has a pale colour of its own, and the rest a scale by ratios, from 1 to its largest. */
#include "report/plot.h"

#include <math.h>
#include <stdio.h>

#define MAX_NUMBERS 20 /* classes: more cells have no room for numbers */
#define WIDTH 420      /* pixels, of few classes */
#define CELL 15        /* pixels, of many */
#define MAX_LABEL 16   /* characters */
#define CHARACTER 7.6  /* pixels of one */
#define ABOVE 60       /* pixels above and below the cells */
#define ABOVE_NO_KEY 34
#define BELOW 42
#define RIGHT 12.0 /* pixels right of the cells */

typedef struct Matrix {
    const ScrawlEvaluation *e;
    size_t n;
    size_t first[PLOT_LEVELS + 1]; /* the smallest count of each level; the last: one too many */
    int n_levels;
    double left;                    /* pixels before the cells */
    int width, height, top, bottom; /* pixels; top and bottom: above and below the cells */
} Matrix;

static size_t largest_error(const ScrawlEvaluation *e)
{
    size_t n = (size_t)e->n_classes, most = 0;
    for (size_t i = 0; i < n * n; i++)
        if (i / n != i % n && e->confusion[i] > most)
            most = e->confusion[i];
    return most;
}

/* Each level begins at about the same multiple of the one before. */
static void find_levels(Matrix *matrix)
{
    size_t most = largest_error(matrix->e), count = 1;
    while (matrix->n_levels < PLOT_LEVELS && count <= most) {
        matrix->first[matrix->n_levels++] = count;
        double share = (double)matrix->n_levels / PLOT_LEVELS;
        size_t next = (size_t)llround(pow((double)most + 1, share));
        count = next > count ? next : count + 1;
    }
    matrix->first[matrix->n_levels] = most + 1;
}

static int level_of(const Matrix *matrix, size_t count)
{
    int level = 0;
    while (level + 1 < matrix->n_levels && count >= matrix->first[level + 1])
        level++;
    return level;
}

/* Row, column, truth, answer, count, level; -1: the diagonal. */
static void write_data(const void *context, bool file, Buffer *out)
{
    const Matrix *matrix = context;
    const ScrawlEvaluation *e = matrix->e;
    text_printf(out, "# row\tcolumn\ttruth\tanswer\tcount\tlevel\n");
    for (size_t i = 0; i < matrix->n * matrix->n; i++) {
        size_t row = i / matrix->n, column = i % matrix->n;
        if (!e->confusion[i])
            continue;
        text_printf(out, "%zu\t%zu\t", row, column);
        plot_cell(out, e->class_names[row], file);
        text_printf(out, "\t");
        plot_cell(out, e->class_names[column], file);
        text_printf(out, "\t%zu\t%d\n", e->confusion[i],
                    row == column ? -1 : level_of(matrix, e->confusion[i]));
    }
}

/* Few wrong answers of many kinds take the strong colours only where there are many levels. */
static int shade_of(const Matrix *matrix, int level)
{
    return level + (PLOT_LEVELS - matrix->n_levels) / 2;
}

static void put_cells(int level, const char *colour, Buffer *out)
{
    text_printf(out,
                "$data using ($6==%d?$2:NaN):1:($2-0.5):($2+0.5):($1-0.5):($1+0.5) "
                "with boxxyerror linecolor rgb '%s', \\\n  ",
                level, colour);
}

static void put_numbers(int level, const char *colour, Buffer *out)
{
    text_printf(out,
                "$data using ($6==%d?$2:NaN):1:5 with labels font ',11' textcolor rgb '%s', "
                "\\\n  ",
                level, colour);
}

static void put_key(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    const Matrix *matrix = plot->context;
    PlotKey keys[PLOT_LEVELS + 1];
    char texts[PLOT_LEVELS][48];
    for (int i = 0; i < matrix->n_levels; i++) {
        size_t from = matrix->first[i], to = matrix->first[i + 1] - 1;
        int n = snprintf(texts[i], sizeof texts[i], "%zu", from);
        if (to > from)
            snprintf(texts[i] + n, sizeof texts[i] - (size_t)n, "-%zu", to);
        keys[i] = (PlotKey){texts[i], 5, theme->levels[shade_of(matrix, i)]};
    }
    keys[matrix->n_levels] = (PlotKey){"right", 5, theme->right};
    plot_key(out, plot, theme, keys, matrix->n_levels + 1);
}

/* The lines between cells: every one of few, every fifth of many. */
static void put_lattice(const Matrix *matrix, const PlotTheme *theme, Buffer *out)
{
    double n = (double)matrix->n;
    text_printf(out, "unset grid\n");
    for (size_t i = 1; i < matrix->n; i++) {
        double at = (double)i - 0.5;
        text_printf(out, "set arrow from %.1f,-0.5 to %.1f,%.1f nohead back linecolor rgb '%s'\n",
                    at, at, n - 0.5, theme->grid);
        text_printf(out, "set arrow from -0.5,%.1f to %.1f,%.1f nohead back linecolor rgb '%s'\n",
                    at, n - 0.5, at, theme->grid);
    }
}

static void put_all(const Matrix *matrix, const PlotTheme *theme, bool numbers, Buffer *out)
{
    text_printf(out, "plot ");
    put_cells(-1, theme->right, out);
    for (int i = 0; i < matrix->n_levels; i++)
        put_cells(i, theme->levels[shade_of(matrix, i)], out);
    if (numbers)
        put_numbers(-1, theme->right_ink, out);
    for (int i = 0; i < matrix->n_levels && numbers; i++)
        put_numbers(i, theme->level_ink[shade_of(matrix, i)], out);
    text_printf(out, "NaN\n");
}

static void draw(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    const Matrix *matrix = plot->context;
    const ScrawlEvaluation *e = matrix->e;
    int n = e->n_classes, longest = plot_longest(e->class_names, n, MAX_LABEL);
    text_printf(out,
                "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                matrix->left / matrix->width, 1 - RIGHT / matrix->width,
                1 - (double)matrix->top / matrix->height, (double)matrix->bottom / matrix->height);
    text_printf(out,
                "set xrange [-0.5:%d-0.5]\nset yrange [%d-0.5:-0.5]\nset border 15\n"
                "set tics scale 0\n",
                n, n);
    plot_y_label(out, plot, theme, PLOT_AXIS_TAG, "truth",
                 (1 + (double)(matrix->bottom - matrix->top) / matrix->height) / 2);
    plot_x_label(out, plot, theme, PLOT_AXIS_TAG + 1, "answer",
                 (1 + (matrix->left - RIGHT) / matrix->width) / 2);
    plot_ticks(out, longest > 2 ? "xtics rotate by 90 right" : "xtics", e->class_names, n,
               MAX_LABEL);
    plot_ticks(out, "ytics", e->class_names, n, MAX_LABEL);
    put_lattice(matrix, theme, out);
    if (n > MAX_NUMBERS)
        put_key(plot, theme, out);
    put_all(matrix, theme, n <= MAX_NUMBERS, out);
}

static void lay_out(Matrix *matrix)
{
    int n = matrix->e->n_classes, longest = plot_longest(matrix->e->class_names, n, MAX_LABEL);
    double label = CHARACTER * longest;
    matrix->left = 44 + label;
    matrix->bottom = BELOW + (longest > 2 ? (int)label : 16);
    double cells = WIDTH - matrix->left - RIGHT;
    cells = cells < CELL * n ? CELL * n : cells;
    matrix->width = (int)(matrix->left + cells + RIGHT);
    matrix->top = n <= MAX_NUMBERS ? ABOVE_NO_KEY : ABOVE;
    matrix->height = matrix->top + (int)cells + matrix->bottom;
}

bool plot_matrix_is_wide(const ScrawlEvaluation *evaluation)
{
    Matrix matrix = {.e = evaluation};
    lay_out(&matrix);
    return matrix.width > WIDTH;
}

ScrawlStatus plot_matrix(Plotter *plotter, const ScrawlEvaluation *evaluation, Buffer *page,
                         ScrawlError *error)
{
    Matrix matrix = {.e = evaluation, .n = (size_t)evaluation->n_classes};
    find_levels(&matrix);
    lay_out(&matrix);
    const Plot plot = {
        .name = "confusion",
        .title = "Confusions",
        .width = matrix.width,
        .height = matrix.height,
        .wide = matrix.width > WIDTH,
        .context = &matrix,
        .note = "A row for each true class, a column for each answer; right answers on the "
                "diagonal. The stronger a cell, the more often the one was read as the other.",
        .write_data = write_data,
        .write_commands = draw,
    };
    return plot_write(plotter, &plot, page, error);
}
