/* The result of scrawl compare for people. */
#include <stdio.h>
#include <string.h>

#include "cli/compare.h"

#define MAX_NAME 36 /* columns of a model's name in the table; longer ones lose their middle */
#define CELL 6      /* columns of a number: "100.00"; a mark may follow */
#define GAP 2       /* columns between two */
#define WINNER "  winner"
#define LABEL_SIZE 512

static const char *short_name(const Compare *c, int i)
{
    return c->names[i] + c->folder;
}

typedef struct Layout {
    int name;   /* columns of the models' names */
    bool named; /* the columns have the data sets' names, else their numbers */
} Layout;

static int bounded(size_t length, int most)
{
    return length > (size_t)most ? most : (int)length;
}

/* Columns of a text, each of its characters taken for one. */
static size_t text_columns(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* Where the character of that number begins. */
static size_t byte_of(const char *text, size_t character)
{
    size_t at = 0;

    while (text[at] && (character > 0 || ((unsigned char)text[at] & 0xC0) == 0x80)) {
        character -= ((unsigned char)text[at] & 0xC0) != 0x80;
        at++;
    }
    return at;
}

/* Set to the left; "runs/one-very-lo...el.safetensors". */
static void print_name(const char *name, int width)
{
    size_t n = text_columns(name), head = ((size_t)width - 3) / 2;

    if (n > (size_t)width)
        printf("%.*s...%s", (int)byte_of(name, head), name,
               name + byte_of(name, n - ((size_t)width - 3 - head)));
    else
        printf("%s%*s", name, width - (int)n, "");
}

/* Up to the mark. */
static int cell_width(const char *title)
{
    size_t n = text_columns(title);

    return GAP + (n > CELL ? (int)n : CELL);
}

/* Names where a line has room for them all. */
static Layout lay_out(const Compare *c)
{
    Layout layout = {.name = (int)strlen("error, %")};
    size_t width;

    for (int i = 0; i < c->n; i++) {
        int length = bounded(text_columns(short_name(c, i)), MAX_NAME);

        layout.name = length > layout.name ? length : layout.name;
    }
    width = GAP + (size_t)layout.name + 2 * (GAP + CELL) + strlen(WINNER);
    for (int i = 0; i < c->data.n; i++)
        width += (size_t)cell_width(c->data.items[i]) + 1;
    layout.named = width <= bar_columns();
    return layout;
}

static const char *data_label(const Compare *c, const Layout *layout, int i, char label[LABEL_SIZE])
{
    if (layout->named)
        return c->data.items[i];
    snprintf(label, LABEL_SIZE, "[%d]", i + 1);
    return label;
}

static void print_right(const char *text, int width)
{
    printf("%*s%s", width - (int)text_columns(text), "", text);
}

static void print_subject(const Compare *c, const Layout *layout)
{
    char n[TEXT_SIZE];

    for (int i = 0; i < c->data.n; i++) {
        const ScrawlComparedData *data = &c->comparison->data[i];

        printf("%-10s ", i ? "" : "data");
        if (!layout->named)
            printf("[%d] ", i + 1);
        printf("%s, %s image%s, %s split\n", data->text, count_text(n, (double)data->n),
               PLURAL(data->n), data->split);
    }
    if (c->folder)
        printf("models     in %.*s\n", (int)c->folder, c->names[0]);
    putchar('\n');
}

static void print_header(const Compare *c, const Layout *layout)
{
    char label[LABEL_SIZE];

    printf("%*s%-*s", GAP, "", layout->name, "error, %");
    for (int i = 0; i < c->data.n; i++) {
        const char *text = data_label(c, layout, i, label);

        print_right(text, cell_width(text));
        putchar(' '); /* over the marks */
    }
    print_right("range", GAP + CELL);
    print_right("worst", GAP + CELL);
    putchar('\n');
}

static void print_row(const Compare *c, const Layout *layout, int i)
{
    const ScrawlComparedModel *model = &c->comparison->models[i];
    static const char marks[] = {
        [SCRAWL_LEAKAGE_NONE] = ' ', [SCRAWL_LEAKAGE_RELATED] = '~', [SCRAWL_LEAKAGE_SAME] = '*'};
    bool wins = c->n > 1 && i == c->comparison->winner;
    char label[LABEL_SIZE];

    printf("%*s", GAP, "");
    print_name(short_name(c, i), layout->name);
    for (int d = 0; d < c->data.n; d++)
        printf("%*.2f%c", cell_width(data_label(c, layout, d, label)), 100 * model->scores[d].error,
               marks[model->scores[d].leakage]);
    printf("%*.2f%*.2f%s\n", GAP + CELL, 100 * model->range, GAP + CELL, 100 * model->worst,
           wins ? WINNER : "");
}

static bool has_leakage(const Compare *c, ScrawlLeakage leakage)
{
    for (int i = 0; i < c->n; i++)
        for (int d = 0; d < c->data.n; d++)
            if (c->comparison->models[i].scores[d].leakage == leakage)
                return true;
    return false;
}

static void print_notes(const Compare *c)
{
    const ScrawlComparison *comparison = c->comparison;
    const ScrawlComparedModel *winner = &comparison->models[comparison->winner];
    bool same = has_leakage(c, SCRAWL_LEAKAGE_SAME),
         related = has_leakage(c, SCRAWL_LEAKAGE_RELATED);

    if (same)
        printf("  * leakage: the model was trained on these images\n");
    if (related)
        printf("  ~ leakage: it was trained on another set of MNIST's or EMNIST's, which has some "
               "of\n    these images, too\n");
    if (c->n > 1)
        printf("\nwinner     %s: the lowest worst error, %.2f %% on %s\n",
               c->names[comparison->winner], 100 * winner->worst,
               comparison->data[winner->worst_data].text);
}

/* "p = 0.0054", "p < 0.0001" */
static const char *p_text(char text[TEXT_SIZE], double p)
{
    if (p < 0.0001)
        snprintf(text, TEXT_SIZE, "< 0.0001");
    else
        snprintf(text, TEXT_SIZE, "= %.2g", p);
    return text;
}

static const char *verdict(const ScrawlPairedTest *test)
{
    if (scrawl_paired_test_proves(test, true))
        return "better";
    return scrawl_paired_test_proves(test, false) ? "worse" : "not proven";
}

static void print_test(const Compare *c, const ScrawlPairedTest *test, const char *label, int width)
{
    size_t n_errors = c->comparison->models[0].scores[test->data].n_errors;
    char errors[TEXT_SIZE], fixed[TEXT_SIZE], broken[TEXT_SIZE], p[TEXT_SIZE], holm[TEXT_SIZE];

    printf("  %s%*s  ", label, width - (int)text_columns(label), "");
    if (test->n_fixed + test->n_broken == 0) {
        printf("the same images are right\n");
        return;
    }
    printf("%s: fixes %s of %s error%s and breaks %s\n", verdict(test),
           count_text(fixed, (double)test->n_fixed), count_text(errors, (double)n_errors),
           PLURAL(n_errors), count_text(broken, (double)test->n_broken));
    printf("  %*s  difference %+.2f %% (95 %%: %+.2f to %+.2f); p %s, corrected %s\n", width, "",
           100 * test->difference, 100 * test->interval.low, 100 * test->interval.high,
           p_text(p, test->p), p_text(holm, test->p_holm));
}

static void print_tests(const Compare *c, const Layout *layout)
{
    char label[LABEL_SIZE];
    int width = 0;

    for (int i = 0; i < c->data.n; i++) {
        int length = (int)text_columns(data_label(c, layout, i, label));

        width = length > width ? length : width;
    }
    for (size_t i = 0; i < c->comparison->n_tests; i++) {
        const ScrawlPairedTest *test = &c->comparison->tests[i];

        if (test->data == 0)
            printf("\n%s against %s\n", short_name(c, test->model), short_name(c, 0));
        print_test(c, test, data_label(c, layout, test->data, label), width);
    }
    if (c->comparison->n_tests > 1)
        printf("\np is McNemar's, exact; corrected for %zu comparisons after Holm. Below 0.05 is "
               "proven.\n",
               c->comparison->n_tests);
}

void compare_print(const Compare *compare)
{
    Layout layout = lay_out(compare);

    print_subject(compare, &layout);
    print_header(compare, &layout);
    for (int i = 0; i < compare->n; i++)
        print_row(compare, &layout, i);
    print_notes(compare);
    print_tests(compare, &layout);
}
