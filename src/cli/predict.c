/* scrawl predict */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/bar.h"
#include "cli/json.h"

typedef struct PredictArguments {
    const char *model, *tta, *clean, *explain;
    int top;
    bool json;
} PredictArguments;

#define MAX_REASON 128
#define MAX_DECIMALS 14 /* of a confidence in percent */

#define AT(member) offsetof(PredictArguments, member)

static const Option options[] = {
    {OPTION_KIND_TEXT, 'm', "model", "M", AT(model),
     "a model's file, its run folder, or a built-in one, which\n'scrawl doctor' lists (default: "
     "digits)"},
    {OPTION_KIND_INT, 'k', "top", "K", AT(top), "the K best classes of each picture (default: 1)",
     1, SCRAWL_MAX_TOP},
    {OPTION_KIND_CHOICE, 0, "tta", "none|cross|square", AT(tta),
     "average over copies shifted by a pixel: a cross (5 times the work)\nor a square (9 times) "
     "(default: what the model says)",
     .choices = tta_choices},
    {OPTION_KIND_TEXT, 0, "clean", "SPEC", AT(clean),
     "clean the pictures first: STEP[=NUMBER][,STEP[=NUMBER]]... of blur,\nthreshold, adaptive, "
     "despeckle (see 'scrawl data corruptions')"},
    {OPTION_KIND_TEXT, 0, "explain", "FILE.png", AT(explain),
     "write a picture of why: the image, what the network saw, on what\nof it the answer rests, "
     "and the probabilities; of one IMAGE"},
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "a list of {file, label, confidence, rejected, reason,\ntop: [{label, confidence}]} or "
     "{file, error}"},
    {0},
};

static const PredictArguments defaults = {.model = "digits", .top = 1};

typedef struct Predictor {
    const PredictArguments *arguments;
    const ScrawlLog *log;
    const ScrawlModelInfo *model;
    ScrawlSession *session;
    JsonList list;
    size_t n_failed;
} Predictor;

/* The picture's place in the results says why it could not be read; the others go on. */
static void print_failure(Predictor *p, const char *file, const char *sentence)
{
    p->n_failed++;
    cli_fail("%s", sentence);
    if (p->arguments->json)
        json_list_add(&p->list, json_pack("{s:o, s:o}", "file", json_text(file), "error",
                                          json_text(sentence)));
}

static void print_json(Predictor *p, const char *file, const ScrawlPrediction *answer,
                       const char *reason)
{
    json_t *top = json_array();

    for (int i = 0; i < answer->n_top; i++)
        json_array_append_new(top, json_pack("{s:o, s:o}", "label",
                                             json_text(p->model->class_names[answer->top[i].label]),
                                             "confidence", json_number(answer->top[i].confidence)));
    json_list_add(&p->list, json_pack("{s:o, s:o, s:o, s:b, s:o, s:o}", "file", json_text(file),
                                      "label", json_text(p->model->class_names[answer->label]),
                                      "confidence", json_number(answer->confidence), "rejected",
                                      answer->rejected, "reason", json_text(reason), "top", top));
}

static void print_line(Predictor *p, const char *file, const ScrawlPrediction *answer,
                       const char *reason)
{
    char confidence[TEXT_SIZE];

    printf("%s:", file);
    for (int i = 0; i < answer->n_top; i++)
        printf(" %s  (%s)%s", p->model->class_names[answer->top[i].label],
               confidence_text(confidence, answer->top[i].confidence),
               i + 1 < answer->n_top ? " " : "");
    printf("%s%s\n", reason ? "  rejected: " : "", reason ? reason : "");
}

/* Why the answer is what it is, as a picture. */
static ScrawlStatus explain(Predictor *p, const ScrawlImage *image, ScrawlError *error)
{
    ScrawlExplanation *explanation;
    ScrawlStatus status = scrawl_explain(&explanation, p->session, image, NULL, error);

    if (!status)
        status = scrawl_explanation_save(explanation, image, p->arguments->explain, p->log, error);
    scrawl_explanation_free(explanation);
    return status;
}

/* "98.2 % sure, below the 99.1 % that its calibration asks for": with as many decimals as tell the
 * two apart. */
static void write_reason(char reason[MAX_REASON], double confidence, double threshold)
{
    char sure[TEXT_SIZE], asked[TEXT_SIZE];
    int decimals = 1;

    do {
        snprintf(sure, sizeof sure, "%.*f", decimals, 100 * confidence);
        snprintf(asked, sizeof asked, "%.*f", decimals, 100 * threshold);
    } while (strcmp(sure, asked) == 0 && decimals++ < MAX_DECIMALS);
    snprintf(reason, MAX_REASON, "%s %% sure, below the %s %% that its calibration asks for", sure,
             asked);
}

static void predict_file(Predictor *p, const char *file)
{
    ScrawlPrediction answer;
    ScrawlImage image = {0};
    ScrawlError error = {0};
    char sentence[sizeof error.message + 128], reason[MAX_REASON];
    const char *clean = p->arguments->clean;

    if (scrawl_image_load(&image, file, &error)) {
        print_failure(p, file, error.message);
        return;
    }
    if ((clean && scrawl_image_denoise(&image, clean, &error)) ||
        scrawl_session_classify(p->session, &image, p->arguments->top, &answer, &error)) {
        snprintf(sentence, sizeof sentence, "%.120s: %s", file, error.message);
        print_failure(p, file, sentence);
    } else {
        write_reason(reason, answer.confidence, p->model->threshold);
        (p->arguments->json ? print_json : print_line)(p, file, &answer,
                                                       answer.rejected ? reason : NULL);
        if (p->arguments->explain && explain(p, &image, &error)) {
            p->n_failed++;
            cli_fail("%s", error.message);
        }
    }
    scrawl_image_deinit(&image);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void fail_with_errno(Predictor *p, const char *file, int number)
{
    char sentence[512];

    snprintf(sentence, sizeof sentence, "%.300s: %s", file, strerror(number));
    print_failure(p, file, sentence);
}

/* Folders in folders too, in the order of names; what begins with '.' is left out. */
static void predict_folder(Predictor *p, char *folder)
{
    char *roots[] = {folder, NULL};
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    size_t n_pictures = 0;
    FTSENT *entry;

    if (!walk) {
        fail_with_errno(p, folder, errno);
        return;
    }
    while ((entry = fts_read(walk))) {
        bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';

        if (entry->fts_info == FTS_D && hidden) {
            fts_set(walk, entry, FTS_SKIP);
        } else if (entry->fts_info == FTS_DNR) {
            fail_with_errno(p, entry->fts_path, entry->fts_errno);
            n_pictures++;
        } else if (entry->fts_info == FTS_F && !hidden &&
                   scrawl_image_has_ending(entry->fts_name)) {
            predict_file(p, entry->fts_path);
            n_pictures++;
        }
    }
    fts_close(walk);
    if (!n_pictures) {
        char sentence[512];

        snprintf(sentence, sizeof sentence, "%.300s: no pictures in this folder", folder);
        print_failure(p, folder, sentence);
    }
}

static bool is_folder(const char *name)
{
    struct stat info;

    return strcmp(name, "-") && !stat(name, &info) && S_ISDIR(info.st_mode);
}

static int predict_all(Predictor *p, int n, char **files)
{
    int status = EXIT_SUCCESS;

    if (p->arguments->json)
        json_list_start(&p->list);
    for (int i = 0; i < n; i++) {
        if (is_folder(files[i]))
            predict_folder(p, files[i]);
        else
            predict_file(p, files[i]);
    }
    if (p->arguments->json)
        status = json_list_end(&p->list);
    return p->n_failed ? EXIT_FAILURE : status;
}

/* By whatever names and links. */
static bool is_same_file(const char *image, const char *output)
{
    struct stat in, out;

    return !stat(strcmp(image, "-") ? image : "/dev/stdin", &in) && !stat(output, &out) &&
           in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* EXIT_SUCCESS, or what is wrong with them. */
static int check_explain(const PredictArguments *given, int n, char **files)
{
    if (!given->explain)
        return EXIT_SUCCESS;
    if (n != 1 || is_folder(files[0]))
        return cli_usage(&predict_command, "--explain is of one IMAGE, not of %s",
                         n != 1 ? "several" : "a folder");
    if (!text_ends_with(given->explain, ".png"))
        return cli_usage(&predict_command, "--explain %s: expected a name that ends in .png",
                         given->explain);
    if (is_same_file(files[0], given->explain))
        return cli_usage(&predict_command, "--explain %s: this is the picture that is read",
                         given->explain);
    return EXIT_SUCCESS;
}

static int run(const Globals *globals, const void *values, int n, char **files)
{
    Bar bar;
    Predictor predictor = {.arguments = values, .log = &bar.log};
    ScrawlSessionOptions session_options = {
        .n_threads = 1, .cpu = globals->cpu, .tta = predictor.arguments->tta};
    ScrawlModel *model = NULL;
    const char *clean = predictor.arguments->clean;
    ScrawlError error = {0};
    int status = check_explain(predictor.arguments, n, files);

    if (status)
        return status;
    bar_init(&bar, globals);
    if ((clean && scrawl_denoise_check(clean, &error)) ||
        scrawl_model_load(&model, predictor.arguments->model, &error) ||
        scrawl_session_create(&predictor.session, model, &session_options, &error)) {
        status = cli_error(&error);
    } else {
        predictor.model = scrawl_model_info(model);
        status = predict_all(&predictor, n, files);
    }
    scrawl_session_free(predictor.session);
    scrawl_model_free(model);
    return status;
}

const Command predict_command = {
    .name = "predict",
    .summary = "read one character from each picture",
    .usage = "IMAGE|FOLDER|-... [options]",
    .about = "Reads PNG, JPEG, TIFF, PNM, WebP, BMP and GIF files of any size, dark ink on light\n"
             "paper or light on dark. A folder stands for all pictures in and below it, in the\n"
             "order of their names; '-' is a picture on standard input. A file that cannot be\n"
             "read is named on stderr, the others are still done, and the exit status is 1.",
    .examples = "# one picture with the built-in model\n"
                "scrawl predict seven.png\n"
                "# a whole folder with a model of one's own, the three best answers, as JSON\n"
                "scrawl predict scans --model runs/mlp-1 --top 3 --json\n"
                "# why it is taken for what it is\n"
                "scrawl predict seven.png --explain why.png",
    .options = options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = -1,
    .run = run,
};
