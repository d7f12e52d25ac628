/* A bar chart as text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "scrawl/chart.h"

#define MAX_TEXT ((size_t)16 << 20)
#define MIN_COLUMNS 40
#define MAX_BAR 50 /* columns */
#define NUMBER_SIZE 80

typedef struct Layout {
    size_t label, bar; /* columns */
    double largest;    /* value */
    const char *block, *plus_minus;
} Layout;

/* Columns of a text: its characters, each taken for one column. */
static size_t text_columns(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* Bytes of the first n characters. */
static size_t prefix_size(const char *text, size_t n)
{
    size_t size = 0;
    while (text[size] && (n > 0 || ((unsigned char)text[size] & 0xC0) == 0x80)) {
        n -= ((unsigned char)text[size] & 0xC0) != 0x80;
        size++;
    }
    return size;
}

static void print_number(const ScrawlBarChart *chart, const ScrawlBar *bar, const char *plus_minus,
                         char out[NUMBER_SIZE])
{
    int n = snprintf(out, NUMBER_SIZE, "%.*f%.16s", chart->decimals, bar->value, chart->unit);
    if (isnan(bar->value))
        snprintf(out, NUMBER_SIZE, "-");
    else if (!isnan(bar->sd) && n > 0 && n < NUMBER_SIZE)
        snprintf(out + n, NUMBER_SIZE - (size_t)n, " %s %.*f", plus_minus, chart->decimals,
                 bar->sd);
}

static Layout lay_out(const ScrawlBarChart *chart, size_t columns, bool utf8)
{
    Layout layout = {.block = utf8 ? "━" : "=", .plus_minus = utf8 ? "±" : "+-"};
    size_t number = 0;
    char text[NUMBER_SIZE];
    columns = columns < MIN_COLUMNS ? MIN_COLUMNS : columns;
    for (size_t i = 0; i < chart->n_bars; i++) {
        const ScrawlBar *bar = &chart->bars[i];
        size_t label = text_columns(bar->label);
        print_number(chart, bar, layout.plus_minus, text);
        number = text_columns(text) > number ? text_columns(text) : number;
        layout.label = label > layout.label ? label : layout.label;
        layout.largest = bar->value > layout.largest ? bar->value : layout.largest;
    }
    if (layout.label > columns / 2)
        layout.label = columns / 2;
    size_t taken = layout.label + number + strlen("      ");
    layout.bar = columns > taken + 1 ? columns - taken : 1;
    if (layout.bar > MAX_BAR)
        layout.bar = MAX_BAR;
    return layout;
}

static ScrawlStatus write_bar(const ScrawlBarChart *chart, const ScrawlBar *bar,
                              const Layout *layout, Buffer *out)
{
    char number[NUMBER_SIZE];
    size_t shown = text_columns(bar->label), n = 0;
    shown = shown > layout->label ? layout->label : shown;
    if (bar->value > 0)
        n = (size_t)ceil(bar->value / layout->largest * (double)layout->bar - 1e-9);
    print_number(chart, bar, layout->plus_minus, number);
    ScrawlStatus status = buffer_print(out, "  %.*s%*s  ", (int)prefix_size(bar->label, shown),
                                       bar->label, (int)(layout->label - shown), "");
    for (size_t i = 0; !status && i < n; i++)
        status = buffer_print(out, "%s", layout->block);
    return status ? status : buffer_print(out, "%s%s\n", n ? "  " : "", number);
}

ScrawlStatus scrawl_bar_chart_text(const ScrawlBarChart *chart, size_t columns, bool utf8,
                                   char **text, ScrawlError *error)
{
    Layout layout = lay_out(chart, columns, utf8);
    Buffer out;
    *text = NULL;
    buffer_init(&out, MAX_TEXT);
    ScrawlStatus status = buffer_print(&out, "%s\n", chart->title);
    for (size_t i = 0; !status && i < chart->n_bars; i++)
        status = write_bar(chart, &chart->bars[i], &layout, &out);
    if (!status) {
        *text = (char *)out.data; /* the caller's from here on */
        return SCRAWL_STATUS_OK;
    }
    buffer_deinit(&out);
    return error_no_memory(error, "a chart");
}
