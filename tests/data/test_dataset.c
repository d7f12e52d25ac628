#include "data/dataset.h"

#include "base/checksum.h"
#include "data/registry.h"
#include "files.h"

static ScrawlDataset *make(const char *name, size_t n, int side, const char *const *classes,
                           int n_classes)
{
    ScrawlDataset *dataset;
    DatasetPlan plan = {.name = name,
                        .n = n,
                        .width = side,
                        .height = side,
                        .class_names = classes,
                        .n_classes = n_classes};
    size_t size = (size_t)(side * side);

    assert_int_equal(dataset_create(&dataset, &plan, NULL, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        dataset->labels[i] = (uint16_t)(i % (size_t)n_classes);
        for (size_t p = 0; p < size; p++)
            dataset->pixels[i * size + p] = sample_pixel(i, p);
    }
    dataset_seal(dataset);
    return dataset;
}

/* SHA-256 of pixels and little-endian labels, computed another way. */
static void checksum_is_of_pixels_then_labels(void **state)
{
    ScrawlDataset *dataset = make("x", 700, 2, NULL, 600);
    uint8_t bytes[700 * 4 + 700 * 2];
    char expected[CHECKSUM_TEXT_SIZE];

    (void)state;
    memcpy(bytes, dataset->pixels, 2800);
    for (size_t i = 0; i < 700; i++) {
        bytes[2800 + 2 * i] = (uint8_t)(i % 600);
        bytes[2801 + 2 * i] = (uint8_t)(i % 600 >> 8);
    }
    checksum_sha256(bytes, sizeof bytes, expected);
    assert_string_equal(scrawl_dataset_info(dataset)->sha256, expected);
    scrawl_dataset_free(dataset);
}

static void copies_names(void **state)
{
    char name[] = "before", class[] = "first";
    const char *classes[] = {class, "second"};
    ScrawlDataset *dataset = make(name, 2, 2, classes, 2);

    (void)state;
    memset(name, 'x', 6);
    memset(class, 'x', 5);
    assert_string_equal(scrawl_dataset_info(dataset)->name, "before");
    assert_string_equal(scrawl_dataset_info(dataset)->class_names[0], "first");
    assert_string_equal(scrawl_dataset_info(dataset)->class_names[1], "second");
    scrawl_dataset_free(dataset);
    dataset = make("numbers", 1, 2, NULL, 12);
    assert_string_equal(scrawl_dataset_info(dataset)->class_names[11], "11");
    scrawl_dataset_free(dataset);
    scrawl_dataset_free(NULL);
}

static void refuses_impossible_plans(void **state)
{
    const DatasetPlan good = {.name = "x", .n = 1, .width = 1, .height = 1, .n_classes = 1};
    DatasetPlan plans[8];
    const ScrawlStatus expected[8] = {
        SCRAWL_STATUS_FORMAT, SCRAWL_STATUS_LIMIT, SCRAWL_STATUS_FORMAT, SCRAWL_STATUS_LIMIT,
        SCRAWL_STATUS_FORMAT, SCRAWL_STATUS_LIMIT, SCRAWL_STATUS_FORMAT, SCRAWL_STATUS_LIMIT};

    (void)state;
    for (int i = 0; i < 8; i++)
        plans[i] = good;
    plans[0].n = 0;
    plans[1].n = DATASET_MAX_IMAGES + 1;
    plans[2].width = 0;
    plans[3].width = DATASET_MAX_SIDE + 1;
    plans[4].height = 0;
    plans[5].height = DATASET_MAX_SIDE + 1;
    plans[6].n_classes = 0;
    plans[7].n_classes = SCRAWL_DATASET_MAX_CLASSES + 1;
    for (int i = 0; i < 8; i++) {
        ScrawlDataset *dataset;

        assert_int_equal(dataset_create(&dataset, &plans[i], NULL, NULL), expected[i]);
        assert_null(dataset);
    }
}

static void resizes_and_keeps_the_checksum(void **state)
{
    ScrawlDataset *dataset = make("x", 3, 4, NULL, 2);
    char before[CHECKSUM_TEXT_SIZE];
    int mean = 0;

    (void)state;
    strcpy(before, scrawl_dataset_info(dataset)->sha256);
    assert_int_equal(dataset_resize(dataset, 2, 2, NULL), 0);
    assert_int_equal(scrawl_dataset_info(dataset)->width, 2);
    assert_int_equal(scrawl_dataset_info(dataset)->height, 2);
    assert_string_equal(scrawl_dataset_info(dataset)->sha256, before);
    mean = (sample_pixel(1, 0) + sample_pixel(1, 1) + sample_pixel(1, 4) + sample_pixel(1, 5)) / 4;
    assert_in_range(scrawl_dataset_pixels(dataset, 1)[0], mean - 1, mean + 1);
    assert_int_equal(dataset_resize(dataset, 0, 2, NULL), SCRAWL_STATUS_LIMIT);
    scrawl_dataset_free(dataset);
}

static void joins_by_the_names_of_classes(void **state)
{
    const char *a_classes[] = {"0", "1", "2"}, *b_classes[] = {"2", "x", "0"};
    ScrawlDataset *a = make("a", 4, 2, a_classes, 3), *b = make("b", 5, 2, b_classes, 3), *sum;
    const int expected[] = {0, 1, 2, 0, /* b: */ 2, 3, 0, 2, 3};
    char first[CHECKSUM_TEXT_SIZE];

    (void)state;
    strcpy(first, a->info.sha256);
    assert_int_equal(dataset_join(&sum, a, b, NULL), 0);
    assert_string_equal(sum->info.name, "a+b");
    assert_int_equal(sum->info.n, 9);
    assert_int_equal(sum->info.n_classes, 4);
    assert_string_equal(sum->info.class_names[2], "2");
    assert_string_equal(sum->info.class_names[3], "x");
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(scrawl_dataset_label(sum, i), expected[i]);
        assert_int_equal(scrawl_dataset_pixels(sum, i)[3], sample_pixel(i < 4 ? i : i - 4, 3));
    }
    assert_string_not_equal(sum->info.sha256, first);
    scrawl_dataset_free(sum);
}

static void finds_classes(void **state)
{
    static const char *const names[] = {"a", "b", "bb", "b"};

    (void)state;
    assert_int_equal(dataset_find_class(names, 4, "a"), 0);
    assert_int_equal(dataset_find_class(names, 4, "b"), 1);
    assert_int_equal(dataset_find_class(names, 4, "bb"), 2);
    assert_int_equal(dataset_find_class(names, 2, "bb"), -1);
    assert_int_equal(dataset_find_class(names, 4, ""), -1);
}

static void refuses_to_join_two_sizes(void **state)
{
    ScrawlDataset *sum;
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(dataset_join(&sum, make("a", 1, 2, NULL, 1), make("b", 1, 3, NULL, 1), &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_says(&error, "a has images of 2x2 pixels and b of 3x3");
    assert_null(sum);
}

static void refuses_to_join_too_many_classes(void **state)
{
    char texts[600][16];
    const char *classes[600];
    ScrawlDataset *sum;

    (void)state;
    for (int i = 0; i < 600; i++) {
        snprintf(texts[i], sizeof texts[i], "c%d", i);
        classes[i] = texts[i];
    }
    assert_int_equal(
        dataset_join(&sum, make("a", 600, 1, NULL, 600), make("b", 600, 1, classes, 600), NULL),
        SCRAWL_STATUS_LIMIT);
    assert_null(sum);
}

static ScrawlStatus join_once(void *context, ScrawlError *error)
{
    ScrawlDataset *a, *b = NULL, *sum;
    DatasetPlan plan = {.name = "x", .n = 3, .width = 2, .height = 2, .n_classes = 2};
    ScrawlStatus status = dataset_create(&a, &plan, NULL, error);

    (void)context;
    if (!status)
        status = dataset_create(&b, &plan, NULL, error);
    if (status) {
        scrawl_dataset_free(a);
        return status;
    }
    memset(a->pixels, 1, 12);
    memset(b->pixels, 2, 12);
    status = dataset_join(&sum, a, b, error);
    if (!status)
        status = dataset_resize(sum, 3, 3, error);
    scrawl_dataset_free(sum);
    return status;
}

static void survives_failing_allocations(void **state)
{
    (void)state;
    fail_every_allocation(join_once, NULL);
}

/* Every row can be downloaded and verified, or needs no files. */
static void the_registry_is_complete(void **state)
{
    size_t n = 0;

    (void)state;
    for (const RegistryRow *row; (row = registry_row(n)); n++) {
        assert_ptr_equal(registry_find(row->name), row);
        assert_true(row->n_train > 0 && row->n_test > 0 && row->n_classes >= (row->draw ? 1 : 10));
        if (row->draw)
            continue;
        assert_int_equal(strncmp(row->mirrors[0], "https://", 8), 0);
        for (int i = 0; i < REGISTRY_N_PARTS; i++) {
            const RegistryFile *file = row->archive ? row->archive : &row->parts[i];

            assert_non_null(row->parts[i].name);
            assert_true(!file->sha256 != !file->md5);
            assert_int_equal(strlen(file->sha256 ? file->sha256 : file->md5),
                             file->sha256 ? 64 : 32);
        }
        for (int i = 0; i < REGISTRY_MAX_MIRRORS && row->mirrors[i]; i++)
            assert_int_equal(row->mirrors[i][strlen(row->mirrors[i]) - 1], '/');
    }
    assert_int_equal(n, 16);
    assert_null(registry_row(n));
    assert_null(registry_find("mnis"));
    assert_int_equal(registry_find("emnist-byclass")->n_classes, 62);
    assert_int_equal(registry_find("emnist-bymerge")->n_classes, 47);
    assert_int_equal(registry_find("emnist-letters")->label_offset, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksum_is_of_pixels_then_labels),
        cmocka_unit_test(copies_names),
        cmocka_unit_test(refuses_impossible_plans),
        cmocka_unit_test(resizes_and_keeps_the_checksum),
        cmocka_unit_test(joins_by_the_names_of_classes),
        cmocka_unit_test(finds_classes),
        cmocka_unit_test(refuses_to_join_two_sizes),
        cmocka_unit_test(refuses_to_join_too_many_classes),
        cmocka_unit_test(survives_failing_allocations),
        cmocka_unit_test(the_registry_is_complete),
    };
    return cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
}
