/* A tiny run for the tests of scrawl_train: a few hundred pen digits and a network with everything
 * in it that could remember something: batch norm, dropout, augmentation, Adam, a plateau. */
#ifndef TESTS_TRAIN_RUN_H
#define TESTS_TRAIN_RUN_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/pen.h"
#include "folder.h"
#include "scrawl/train.h"

#define RUN_IMAGES 300 /* 240 to train and validate, 60 to test */
#define RUN_BATCHES 10 /* an epoch; the last one is smaller */
#define RUN_EPOCHS 3

static const char run_recipe[] = "name: tiny\n"
                                 "data: {train: pen.csv, validation: 0.2}\n"
                                 "preprocessing: {height: 14, width: 14, mean: 0.5, sd: 0.5}\n"
                                 "augmentation: {rotation: 5, shift: 0.05, noise: 0.05}\n"
                                 "network:\n"
                                 "  input: [1, 14, 14]\n"
                                 "  layers:\n"
                                 "    - conv2d: {channels: 6, kernel: 3, padding: 1}\n"
                                 "    - batchnorm\n"
                                 "    - relu\n"
                                 "    - maxpool: {size: 2}\n"
                                 "    - flatten\n"
                                 "    - dropout: {rate: 0.1}\n"
                                 "    - dense: {units: 10}\n"
                                 "train:\n"
                                 "  epochs: 3\n"
                                 "  batch: 20\n"
                                 "  learning_rate: 0.01\n"
                                 "  schedule: plateau\n"
                                 "  plateau_patience: 1\n"
                                 "  seed: 3\n";

/* The first n images of the pen as Kaggle's CSV. */
static inline void write_pen(const char *path, size_t n)
{
    ScrawlDataset *pen;
    assert_int_equal(pen_dataset(&pen, "pen", SCRAWL_SPLIT_TRAIN, n, 1, NULL), SCRAWL_STATUS_OK);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    size_t area = (size_t)pen->info.width * (size_t)pen->info.height;
    for (size_t i = 0; i < n; i++) {
        fprintf(file, "%d", pen->labels[i]);
        for (size_t k = 0; k < area; k++)
            fprintf(file, ",%d", pen->pixels[i * area + k]);
        fprintf(file, "\n");
    }
    assert_int_equal(fclose(file), 0);
    scrawl_dataset_free(pen);
}

static inline void run_enter(TestFolder *folder)
{
    folder_enter(folder);
    write_pen("pen.csv", RUN_IMAGES);
    write_text("tiny.yaml", run_recipe);
}

/* One call of scrawl_train. */
typedef struct Run {
    ScrawlTrainOptions options;
    const char *set[4];    /* for scrawl_recipe_set */
    int stop_at;           /* the call of progress, from 1, that says stop; 0: none */
    int n_calls, n_epochs; /* of the callbacks */
    ScrawlEpoch epochs[RUN_EPOCHS];
    double seconds;         /* of progress: the last */
    double most_accurate;   /* of progress: the highest accuracy */
    uint64_t n_allocations; /* between calls of progress in the midst of an epoch */
    uint64_t last_count;
    ScrawlLog log;
    ScrawlTrainResult result;
    ScrawlError error;
} Run;

static inline bool run_progress(void *context, const ScrawlProgress *progress)
{
    Run *run = context;
    bool training = strncmp(progress->what, "epoch", 5) == 0;
    if (training && run->last_count)
        run->n_allocations += mem_count() - run->last_count;
    run->last_count = training && progress->done < progress->total ? mem_count() : 0;
    run->seconds = progress->seconds;
    run->most_accurate = fmax(run->most_accurate, progress->accuracy);
    return ++run->n_calls != run->stop_at;
}

static inline void run_epoch(void *context, const ScrawlEpoch *epoch)
{
    Run *run = context;
    assert_in_range(epoch->epoch, 1, RUN_EPOCHS);
    run->epochs[epoch->epoch - 1] = *epoch;
    run->n_epochs++;
}

static inline ScrawlStatus run_train(Run *run)
{
    ScrawlRecipe *recipe = NULL;
    if (!run->options.resume) {
        assert_int_equal(scrawl_recipe_load(&recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
        for (int i = 0; i < 4 && run->set[i]; i++)
            assert_int_equal(scrawl_recipe_set(recipe, run->set[i], NULL), SCRAWL_STATUS_OK);
    }
    run->log = (ScrawlLog){.context = run, .progress = run_progress};
    run->options.log = &run->log;
    run->options.epoch = run_epoch;
    run->options.epoch_context = run;
    if (!run->options.n_threads)
        run->options.n_threads = 1;
    ScrawlStatus status = scrawl_train(recipe, &run->options, &run->result, &run->error);
    scrawl_recipe_free(recipe);
    return status;
}

static inline void assert_ok(const Run *run, ScrawlStatus status)
{
    if (status)
        fail_msg("%s: %s", scrawl_status_name(status), run->error.message);
}

/* The file's bytes as text may be compared: buffer_deinit afterwards. */
static inline Buffer read_bytes(const char *path)
{
    Buffer bytes;
    buffer_init(&bytes, 1 << 24);
    assert_int_equal(file_read(path, &bytes, NULL), SCRAWL_STATUS_OK);
    return bytes;
}

static inline void assert_same_file(const char *a, const char *b)
{
    Buffer first = read_bytes(a), second = read_bytes(b);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    buffer_deinit(&first);
    buffer_deinit(&second);
}

static inline size_t count_lines(const char *path)
{
    Buffer text = read_bytes(path);
    size_t n = 0;
    for (const char *at = buffer_text(&text); (at = strchr(at, '\n')); at++)
        n++;
    buffer_deinit(&text);
    return n;
}

#endif
