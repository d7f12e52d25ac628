/* Batches: the right images in the right order, for any number of threads, without allocation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "data/batch.h"
#include "data/pen.h"

enum { N = 100, SIDE = 28, AREA = SIDE * SIDE };

static ScrawlDataset *dataset;

static int open_dataset(void **state)
{
    (void)state;
    return pen_dataset(&dataset, "pen", SCRAWL_SPLIT_TRAIN, N, 1, NULL);
}

static int close_dataset(void **state)
{
    (void)state;
    scrawl_dataset_free(dataset);
    return 0;
}

static BatcherOptions plain(void)
{
    return (BatcherOptions){.view = {dataset, NULL, N},
                            .mean = 0.5,
                            .sd = 0.25,
                            .augment = AUGMENT_NONE,
                            .n_threads = 2,
                            .kernels = &kernels_c,
                            .seed = 3};
}

/* A whole epoch in batches of `batch`; the last one is what is left. */
static void epoch_of(const BatcherOptions *options, uint64_t epoch, size_t batch, real *x,
                     uint16_t *labels)
{
    Batcher *batcher;
    size_t n = options->view.n;
    assert_int_equal(batcher_create(&batcher, options, NULL), SCRAWL_STATUS_OK);
    batcher_start(batcher, epoch);
    for (size_t first = 0; first < n; first += batch) {
        size_t count = n - first < batch ? n - first : batch;
        batcher_get(batcher, first, count, x + first * AREA, labels + first);
    }
    batcher_free(batcher);
}

static real x[N * AREA], y[N * AREA];
static uint16_t x_labels[N], y_labels[N];

static void keeps_order_and_normalises(void **state)
{
    (void)state;
    BatcherOptions options = plain();
    epoch_of(&options, 0, 32, x, x_labels);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(x_labels[i], scrawl_dataset_label(dataset, i));
    for (size_t i = 0; i < N * AREA; i++) {
        double expected = (dataset->pixels[i] / 255.0 - 0.5) / 0.25;
        assert_true(fabs((double)x[i] - expected) < 1e-5);
    }
}

/* Which picture of the data set each of the epoch's is; none twice. */
static void find_order(const real *images, size_t order[N])
{
    bool taken[N] = {false};
    for (size_t i = 0; i < N; i++) {
        order[i] = N;
        for (size_t k = 0; k < N && order[i] == N; k++) {
            bool same = !taken[k];
            for (size_t p = 0; p < AREA && same; p++)
                same =
                    fabs((double)images[i * AREA + p] * 255 - dataset->pixels[k * AREA + p]) < 0.01;
            if (same)
                order[i] = k;
        }
        assert_in_range(order[i], 0, N - 1);
        taken[order[i]] = true;
    }
}

static void shuffles_each_epoch_anew(void **state)
{
    (void)state;
    BatcherOptions options = plain();
    size_t first[N], second[N];
    int stayed = 0, repeated = 0;
    options.shuffle = true;
    options.mean = 0;
    options.sd = 1;
    epoch_of(&options, 1, 32, x, x_labels);
    find_order(x, first);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(x_labels[i], scrawl_dataset_label(dataset, first[i]));
    epoch_of(&options, 2, 7, x, x_labels);
    find_order(x, second);
    for (size_t i = 0; i < N; i++) {
        stayed += first[i] == i;
        repeated += first[i] == second[i];
    }
    assert_true(stayed < 10 && repeated < 10);
}

static void threads_and_batch_size_do_not_matter(void **state)
{
    (void)state;
    BatcherOptions options = plain();
    options.shuffle = true;
    options.augment = *augment_find("distort");
    options.augment.elastic_alpha = 8;
    options.augment.elastic_sigma = 4;
    options.n_threads = 1;
    epoch_of(&options, 4, N, x, x_labels);
    for (int n_threads = 2; n_threads <= 5; n_threads++) {
        options.n_threads = n_threads;
        epoch_of(&options, 4, (size_t)(5 + 9 * n_threads), y, y_labels);
        assert_memory_equal(x, y, sizeof x);
        assert_memory_equal(x_labels, y_labels, sizeof x_labels);
    }
    epoch_of(&options, 5, N, y, y_labels);
    assert_memory_not_equal(x, y, sizeof x);
}

/* An image is augmented by its number in the data set: a view and its whole agree. */
static void views_choose_and_keep_augmentation(void **state)
{
    (void)state;
    static const uint32_t indices[] = {17, 3, 99, 42};
    BatcherOptions options = plain();
    options.augment = *augment_find("distort");
    epoch_of(&options, 1, N, x, x_labels);
    options.view = (DatasetView){dataset, indices, 4};
    epoch_of(&options, 1, 3, y, y_labels);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(y_labels[i], x_labels[indices[i]]);
        assert_memory_equal(y + i * AREA, x + indices[i] * AREA, AREA * sizeof *x);
    }
}

static void like_pictures_change_differently(void **state)
{
    (void)state;
    DatasetPlan plan = {.name = "twins",
                        .split = SCRAWL_SPLIT_TRAIN,
                        .n = 2,
                        .width = SIDE,
                        .height = SIDE,
                        .n_classes = 1};
    ScrawlDataset *twins;
    BatcherOptions options = plain();
    assert_int_equal(dataset_create(&twins, &plan, NULL, NULL), SCRAWL_STATUS_OK);
    for (size_t i = 0; i < 2; i++) {
        memcpy(twins->pixels + i * AREA, dataset->pixels, AREA);
        twins->labels[i] = 0;
    }
    options.view = (DatasetView){twins, NULL, 2};
    epoch_of(&options, 1, 2, x, x_labels);
    assert_memory_equal(x, x + AREA, AREA * sizeof *x);
    options.augment = *augment_find("distort");
    epoch_of(&options, 1, 2, x, x_labels);
    assert_memory_not_equal(x, x + AREA, AREA * sizeof *x);
    scrawl_dataset_free(twins);
}

static void allocates_only_at_creation(void **state)
{
    (void)state;
    BatcherOptions options = plain();
    Batcher *batcher;
    options.shuffle = true;
    options.augment = *augment_find("distort");
    assert_int_equal(batcher_create(&batcher, &options, NULL), SCRAWL_STATUS_OK);
    uint64_t before = mem_count();
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        batcher_start(batcher, epoch);
        batcher_get(batcher, 0, N, x, x_labels);
    }
    assert_int_equal(mem_count(), before);
    batcher_free(batcher);
    for (uint64_t n = 1; n <= 3; n++) {
        mem_fail_at(n);
        assert_int_equal(batcher_create(&batcher, &options, NULL), SCRAWL_STATUS_NO_MEMORY);
        mem_fail_at(0);
        assert_null(batcher);
    }
    batcher_free(NULL);
}

/* Pictures of no class come among the others, under the label that follows the last one, and each
 * once an epoch. */
static void outliers_come_among_the_others(void **state)
{
    (void)state;
    enum { N_KNOWN = 70, N_OUTLIERS = 20 };
    static uint32_t known[N_KNOWN], others[N_OUTLIERS];
    for (uint32_t i = 0; i < N_KNOWN; i++)
        known[i] = i;
    for (uint32_t i = 0; i < N_OUTLIERS; i++)
        others[i] = N_KNOWN + i;
    BatcherOptions options = plain();
    options.shuffle = true;
    options.view = (DatasetView){dataset, known, N_KNOWN};
    options.outliers = (DatasetView){dataset, others, N_OUTLIERS};
    Batcher *batcher;
    assert_int_equal(batcher_create(&batcher, &options, NULL), SCRAWL_STATUS_OK);
    batcher_get(batcher, 0, N_KNOWN + N_OUTLIERS, x, x_labels);
    batcher_free(batcher);

    options = plain();
    epoch_of(&options, 0, N, y, y_labels);
    int seen[N] = {0}, n_among = 0;
    for (int i = 0; i < N_KNOWN + N_OUTLIERS; i++) {
        int index = 0;
        while (index < N && memcmp(x + i * AREA, y + index * AREA, AREA * sizeof *x) != 0)
            index++;
        assert_in_range(index, 0, N_KNOWN + N_OUTLIERS - 1);
        seen[index]++;
        assert_int_equal(x_labels[i], index < N_KNOWN ? y_labels[index] : dataset->info.n_classes);
        n_among += index >= N_KNOWN && i < N_KNOWN;
    }
    for (int i = 0; i < N_KNOWN + N_OUTLIERS; i++)
        assert_int_equal(seen[i], 1);
    assert_in_range(n_among, 5, N_OUTLIERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_normalises),
        cmocka_unit_test(shuffles_each_epoch_anew),
        cmocka_unit_test(threads_and_batch_size_do_not_matter),
        cmocka_unit_test(views_choose_and_keep_augmentation),
        cmocka_unit_test(like_pictures_change_differently),
        cmocka_unit_test(outliers_come_among_the_others),
        cmocka_unit_test(allocates_only_at_creation),
    };
    return cmocka_run_group_tests_name("data batch", tests, open_dataset, close_dataset);
}
