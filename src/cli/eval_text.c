/* An evaluation for people. */
#include <stdio.h>

#include "cli/eval.h"

#define MAX_MATRIX 20     /* classes: a wider confusion matrix is told by its largest entries */
#define MAX_CONFUSIONS 20 /* of those */

static void print_class(const char *name, const ScrawlClassScore *score)
{
    printf("%12s %10.4f %9.4f %9.4f %9zu\n", name, score->precision, score->recall, score->f1,
           score->support);
}

/* scikit-learn's classification_report, with four decimals. */
static void print_classes(const ScrawlEvaluation *e)
{
    printf("%12s %10s %9s %9s %9s\n\n", "", "precision", "recall", "f1-score", "support");
    for (int c = 0; c < e->n_classes; c++)
        print_class(e->class_names[c], &e->classes[c]);
    printf("\n%12s %30.4f %9zu\n", "accuracy", e->accuracy, e->n);
    print_class("macro avg", &e->macro);
    print_class("weighted avg", &e->weighted);
}

static void print_matrix(const ScrawlEvaluation *e)
{
    size_t k = (size_t)e->n_classes;

    printf("\nconfusion matrix (rows: truth, columns: answer)\n%7s", "");
    for (size_t c = 0; c < k; c++)
        printf(" %6s", e->class_names[c]);
    for (size_t row = 0; row < k; row++) {
        printf("\n%7s", e->class_names[row]);
        for (size_t c = 0; c < k; c++)
            if (e->confusion[row * k + c])
                printf(" %6zu", e->confusion[row * k + c]);
            else
                printf(" %6s", ".");
    }
    putchar('\n');
}

static void print_confusions(const ScrawlEvaluation *e)
{
    size_t k = (size_t)e->n_classes, count = SIZE_MAX, place = 0;

    printf("\nmost frequent confusions (--json has the whole matrix)\n");
    for (int i = 0; i < MAX_CONFUSIONS && scrawl_next_confusion(e, &count, &place); i++)
        printf("%7zu x  %s read as %s\n", count, e->class_names[place / k],
               e->class_names[place % k]);
}

/* "0O 1IL 2Z" */
static const char *confusable_text(char text[TEXT_SIZE])
{
    size_t used = 0;

    for (size_t i = 0; scrawl_confusable_classes(i) && used < TEXT_SIZE; i++)
        used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s%s", i ? " " : "",
                                 scrawl_confusable_classes(i));
    return text;
}

static void print_accepted(const ScrawlEvaluation *e)
{
    char share[TEXT_SIZE], errors[TEXT_SIZE], left[TEXT_SIZE];

    printf("accepted           %s, %s error%s among them; %s go to a person\n",
           percent_text(share, (double)e->n_accepted / (double)e->n),
           count_text(errors, (double)e->n_accepted_errors), PLURAL(e->n_accepted_errors),
           count_text(left, (double)(e->n - e->n_accepted)));
}

void eval_print(const ScrawlEvaluation *e, const ScrawlDatasetInfo *data)
{
    char n[TEXT_SIZE], accuracy[TEXT_SIZE], errors[TEXT_SIZE], merged[TEXT_SIZE];

    printf("data               %s:%s, %s images\n", data->name, data->split,
           count_text(n, (double)data->n));
    printf("accuracy           %s, %s error%s (95 %% interval: %.2f to %.2f %%)\n",
           percent_text(accuracy, e->accuracy), count_text(errors, (double)e->n_errors),
           PLURAL(e->n_errors), 100 * e->interval.low, 100 * e->interval.high);
    if (e->n_merged_errors != e->n_errors)
        printf("confusable classes merged %s, %s error%s (%s)\n",
               percent_text(accuracy, eval_merged_accuracy(e)),
               count_text(errors, (double)e->n_merged_errors), PLURAL(e->n_merged_errors),
               confusable_text(merged));
    printf("balanced accuracy  %s\n", percent_text(accuracy, e->balanced_accuracy));
    if (e->n_top > 2)
        printf("among the best     two %.2f %%, three %.2f %%\n", 100 * e->top[1], 100 * e->top[2]);
    printf("cross-entropy      %.4f\n", e->loss);
    printf("Brier score        %.4f\n", e->brier);
    printf("calibration error  %.2f %%\n", 100 * e->ece);
    if (e->threshold > 0)
        print_accepted(e);
    putchar('\n');
    print_classes(e);
    if (e->n_classes <= MAX_MATRIX)
        print_matrix(e);
    else if (e->n_errors)
        print_confusions(e);
    putchar('\n');
}
