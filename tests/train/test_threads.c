/* The error bound that the number of threads changes no bit: thirty steps of each reference
 * network, with every kind of augmentation, on 1, 2, 3, 4 and 7 threads, end in the same model. */
#include "run.h"

#include "base/checksum.h"

/* Batches of 97 images, one more than six chunks of the runner, so that seven threads have work;
 * the third and last of an epoch has 26. */
enum { IMAGES = 220, EPOCHS = 10 };

static const char *const settings[] = {
    "data={train: 'pen.csv:all', validation: 0, test: none}",
    "augmentation={rotation: 10, shift: 0.1, scale: [0.9, 1.1], shear: 5, noise: 0.1}",
    "augmentation.elastic={alpha: 8, sigma: 4}",
    "train.batch=97",
    "train.epochs=10",
};

typedef struct Hash {
    char text[CHECKSUM_TEXT_SIZE];
} Hash;

/* Trains a reference network from a seed. */
static Hash train_network(const char *name, int n_threads, const char *seed)
{
    ScrawlTrainOptions options = {.folder = "run", .force = true, .n_threads = n_threads};
    ScrawlTrainResult result;
    ScrawlError error = {0};
    ScrawlRecipe *recipe;
    Hash hash;
    assert_int_equal(scrawl_recipe_load(&recipe, name, NULL), SCRAWL_STATUS_OK);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        assert_int_equal(scrawl_recipe_set(recipe, settings[i], NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, seed, NULL), SCRAWL_STATUS_OK);
    if (scrawl_train(recipe, &options, &result, &error))
        fail_msg("%s: %s", name, error.message);
    assert_int_equal(result.n_train, IMAGES);
    assert_int_equal(result.n_epochs, EPOCHS);
    scrawl_recipe_free(recipe);
    Buffer model = read_bytes("run/model.safetensors");
    checksum_sha256(model.data, model.size, hash.text);
    buffer_deinit(&model);
    return hash;
}

static void check_network(const char *name)
{
    TestFolder folder;
    folder_enter(&folder);
    write_pen("pen.csv", IMAGES);
    static const int more[] = {2, 3, 4, 7};
    Hash alone = train_network(name, 1, "train.seed=1");
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        Hash together = train_network(name, more[i], "train.seed=1");
        if (strcmp(together.text, alone.text) != 0)
            fail_msg("%s: another model on %d threads", name, more[i]);
    }
    folder_leave(&folder);
}

static void test_bn_cnn(void **state)
{
    (void)state;
    check_network("bn-cnn");
}

static void test_gap_cnn(void **state)
{
    (void)state;
    check_network("gap-cnn");
}

static void test_keras_cnn(void **state)
{
    (void)state;
    check_network("keras-cnn");
}

static void test_l2_cnn(void **state)
{
    (void)state;
    check_network("l2-cnn");
}

static void test_mlp(void **state)
{
    (void)state;
    check_network("mlp");
}

/* The hash can tell two models apart. */
static void test_seeds(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    write_pen("pen.csv", IMAGES);
    Hash first = train_network("mlp", 1, "train.seed=1");
    Hash second = train_network("mlp", 1, "train.seed=2");
    assert_string_not_equal(first.text, second.text);
    folder_leave(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bn_cnn),    cmocka_unit_test(test_gap_cnn),
        cmocka_unit_test(test_keras_cnn), cmocka_unit_test(test_l2_cnn),
        cmocka_unit_test(test_mlp),       cmocka_unit_test(test_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
