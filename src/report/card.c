/* See scrawl/card.h. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/spec.h"
#include "eval/statistics.h"
#include "model/model.h"
#include "report/card.h"
#include "report/page.h"
#include "scrawl/card.h"
#include "train/metrics.h"

#define MAX_CARD ((size_t)16 << 20) /* bytes */

/* The words of a card: what is known of recipes and data sets beyond what a model's file says. */

typedef struct KnownData {
    const char *name; /* of a data set; or how its name begins, where `begins` */
    bool begins;
    const char *what;   /* where it comes from: a sentence */
    const char *limits; /* what a model that was trained on it does not know: a sentence or two */
} KnownData;

static const KnownData known_data[] = {
    {"mnist", false,
     "MNIST: single digits by employees of the US Census Bureau and by American high-school "
     "students, around 1990, scanned from forms, scaled to 20 of 28 pixels and centred by mass "
     "(LeCun, Cortes, Burges).",
     "Digits are written the American way: a 1 with a long upstroke, a crossed 7 or an open 4 of "
     "other countries is rare. All writers filled in forms, with care and with one kind of pen."},
    {"emnist-", true,
     "EMNIST: characters of NIST Special Database 19, by employees of the US Census Bureau and by "
     "American high-school students, scanned from forms (Cohen, Afshar, Tapson, van Schaik, "
     "2017).",
     "Letters are Latin without accents, printed and not joined. Where a set merges capital and "
     "small letters that look alike, an answer does not tell which of the two it is. O and 0, I, "
     "1 and L, S and 5, Z and 2 often cannot be told apart without their neighbours."},
    {"photos", false, "Digits on paper, photographed, by a few European writers.",
     "The writers are few: what is measured on them says little of anybody else."},
    {"pen", false, "Synthetic: characters drawn by a program. Nobody wrote them.",
     "A program's hand varies less than people's: expect it to do much worse on handwriting."},
    {"fashion-mnist", false, "Fashion-MNIST: pictures of clothes from a shop's catalogue.",
     "No handwriting."},
    {"kmnist", false, "Kuzushiji-MNIST: characters of cursive Japanese from classical books.",
     "Ten characters only, of old prints and manuscripts."},
    {"qmnist", false, "QMNIST: MNIST's digits, made again from NIST's originals.",
     "As MNIST: American writers around 1990, one kind of form."},
};

static const KnownData *find_data(const char *name)
{
    for (size_t i = 0; i < sizeof known_data / sizeof *known_data; i++)
        if (known_data[i].begins
                ? strncmp(name, known_data[i].name, strlen(known_data[i].name)) == 0
                : strcmp(name, known_data[i].name) == 0)
            return &known_data[i];
    return NULL;
}

static const struct {
    const char *recipe, *purpose;
} purposes[] = {
    {"digits", "The model that `scrawl predict` uses when it is told no other."},
    {"best", "The most accurate single network of Scrawl for digits."},
    {"digits-ood",
     "Reading digits where letters may stand among them: it is unsure of what is none."},
    {"tiny", "Reading digits where memory is scarce: at most 10,000 parameters."},
    {"chars", "Reading digits and letters one at a time."},
    {"speedrun", "Showing how fast a network can learn; `best` reads better."},
    {"resnet", "A residual network, for comparison with the others."},
    {"mbconv", "Inverted bottlenecks with squeeze and excitation, for comparison with the others."},
    {"gap-cnn", "A published system, reproduced: for comparison. `best` reads better."},
    {"keras-cnn", "A published system, reproduced: for comparison. `best` reads better."},
    {"mlp", "A published system, reproduced: for comparison. `best` reads better."},
    {"bn-cnn", "A published system, reproduced: for comparison. `best` reads better."},
    {"l2-cnn", "A published system, reproduced: for comparison. `best` reads better."},
    {"gap-cnn-plus", "A published network with Scrawl's own training."},
    {"keras-cnn-plus", "A published network with Scrawl's own training."},
    {"mlp-plus", "A published network with Scrawl's own training."},
    {"bn-cnn-plus", "A published network with Scrawl's own training."},
    {"l2-cnn-plus", "A published network with Scrawl's own training."},
};

/* Appends what the recipe trains and on what data: its network and data.train. */
static ScrawlStatus write_identity(const char *name, const char *recipe, size_t size, Buffer *out)
{
    static const char *const paths[] = {"network", "data.train"};
    Tree tree;
    ScrawlStatus status = yaml_parse(&tree, name, recipe, size, NULL);
    if (status)
        return status;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const TreeNode *node = tree_find(&tree, paths[i]);
        if (node)
            tree_write_json(node, out);
        else
            text_put(out, "none");
    }
    tree_deinit(&tree);
    return text_status(out);
}

/* Anybody may call a recipe "mlp": it is ours only if it trains our network on our data. */
static bool is_embedded_recipe(const char *name, const char *recipe)
{
    char path[64];
    Buffer given, ours;
    bool same = false;
    snprintf(path, sizeof path, "recipes/%s.yaml", name);
    const EmbeddedFile *file = embedded_find(path);
    if (!file)
        return false;
    buffer_init(&given, TREE_MAX_TEXT);
    buffer_init(&ours, TREE_MAX_TEXT);
    if (!write_identity(name, recipe, strlen(recipe), &given) &&
        !write_identity(name, (const char *)file->data, file->size, &ours))
        same = strcmp(buffer_text(&given), buffer_text(&ours)) == 0;
    buffer_deinit(&given);
    buffer_deinit(&ours);
    return same;
}

const char *card_purpose(const char *name, const char *recipe)
{
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        if (strcmp(purposes[i].recipe, name) == 0)
            return is_embedded_recipe(name, recipe) ? purposes[i].purpose : NULL;
    return NULL;
}

static const char leakage[] =
    "**Leakage.** EMNIST's digits contain re-processed test digits of MNIST, about a fifth of "
    "them, and MNIST's training set contains re-processed test digits of EMNIST. This model has "
    "met both sets, so its scores on them are not of unseen digits only; `photos` overlaps with "
    "neither.";

static const char digits_scope[] =
    "- Letters, punctuation, several digits in one picture, print, blank paper: it answers with a "
    "digit whatever it is shown.\n";

static const char characters_scope[] =
    "- Several characters in one picture, accents, other scripts, print, blank paper: it answers "
    "with one of its classes whatever it is shown.\n";

static const char ood_scope[] =
    "- Whatever is none of its classes: of pictures like the outliers below it is unsure, of "
    "others less so, and always answers with one of its classes.\n";

static const char any_scope[] =
    "- Whatever is none of its classes: it answers with one of them whatever it is shown.\n";

/* The card. */

typedef struct Card {
    const ScrawlModel *model;
    const ScrawlModelInfo *info;
    const ScrawlCardOptions *options;
    double hours; /* 0: not known */
    Buffer text;
} Card;

static bool has_digits_only(const ScrawlModelInfo *info)
{
    bool digits = info->n_classes == 10;
    for (int i = 0; i < info->n_classes && digits; i++)
        digits = info->class_names[i][0] == '0' + i && !info->class_names[i][1];
    return digits;
}

/* All classes are single letters or digits. */
static bool has_characters_only(const ScrawlModelInfo *info)
{
    for (int i = 0; i < info->n_classes; i++)
        if (strlen(info->class_names[i]) != 1)
            return false;
    return true;
}

/* A row of the model's own with this use. */
static const ScrawlDataRow *find_use(const Card *card, ScrawlDataUse use)
{
    return provenance_find(&card->model->description->provenance, use);
}

static const char *scope(const Card *card, bool digits, bool characters)
{
    if (find_use(card, SCRAWL_DATA_USE_OUTLIERS))
        return ood_scope;
    return digits ? digits_scope : characters ? characters_scope : any_scope;
}

static void put_use(Card *card)
{
    const ScrawlModelInfo *info = card->info;
    bool digits = has_digits_only(info), characters = has_characters_only(info);
    const char *purpose = card_purpose(info->name, info->recipe);
    text_printf(&card->text, "## Intended use\n\n%s%s", purpose ? purpose : "", purpose ? " " : "");
    text_printf(
        &card->text,
        "It reads one %s at a time, on paper or on a screen, from a picture that holds "
        "nothing else, and gives a probability with each answer. Let a person see what it is "
        "unsure of%s.\n\n",
        digits       ? "handwritten digit"
        : characters ? "handwritten character"
                     : "object",
        info->threshold > 0 ? ": below its threshold it says so itself"
                            : "; it has no threshold of its own");
    text_printf(&card->text, "## Out of scope\n\n%s", scope(card, digits, characters));
    text_printf(&card->text, "- Decisions about people, payments or health on its answer alone.\n"
                             "- Telling who wrote something, how old or how well they are.\n\n");
}

/* What the threshold was chosen for. */
static void put_error_bound(Card *card)
{
    const ScrawlDataRow *row = find_use(card, SCRAWL_DATA_USE_CALIBRATION);
    if (row && row->max_error > 0)
        text_printf(&card->text,
                    "| error bound | of the accepted at most %.4g %% are wrong, with %.4g %% "
                    "confidence%s |\n",
                    100 * row->max_error, 100 * row->confidence,
                    row->n_folds > 0 ? ", by cross-fitting: of models of this recipe" : "");
}

static void put_network(Card *card)
{
    const ScrawlModelInfo *info = card->info;
    double bytes = (double)info->n_parameters * (info->half ? 2 : 4) + 4.0 * (double)info->n_state;
    text_printf(&card->text, "## Model\n\n| | |\n|---|---|\n| classes | %d:", info->n_classes);
    for (int i = 0; i < info->n_classes; i++)
        text_printf(&card->text, " %s",
                    strcmp(info->class_names[i], "|") ? info->class_names[i] : "\\|");
    text_printf(&card->text, " |\n| parameters | ");
    text_count(&card->text, (double)info->n_parameters);
    text_printf(&card->text, " |\n| multiply-adds a picture | ");
    text_count(&card->text, (double)info->multiply_adds);
    text_printf(&card->text, " |\n| weights | %.1f KB of %d-bit floats |\n", bytes / 1024,
                info->half ? 16 : 32);
    text_printf(&card->text, "| input | %d x %d pixels, ink 255 on 0 |\n| preprocessing | `%s` |\n",
                info->width, info->height, info->preprocessing);
    if (info->n_members > 1)
        text_printf(&card->text, "| ensemble | %d members, %s |\n", info->n_members,
                    strcmp(info->combine, "vote") == 0 ? "which vote"
                                                       : "whose probabilities are averaged");
    if (strcmp(info->tta, "none") != 0)
        text_printf(&card->text, "| shifts | averaged over a %s of one pixel: %d passes |\n",
                    info->tta, model_passes(card->model->tta));
    if (card->model->temperature != 1)
        text_printf(&card->text, "| temperature | %.6g |\n", card->model->temperature);
    if (info->threshold > 0)
        text_printf(&card->text, "| threshold | %.10g |\n", info->threshold);
    put_error_bound(card);
    text_printf(&card->text, "\n");
}

/* Calls `visit` for every data set that a text of names holds: "mnist+photos@distort". */
static void each_name(Card *card, const char *text,
                      void (*visit)(Card *card, const char *name, void *context), void *context)
{
    DataSpec spec;
    ScrawlStatus status = spec_parse(&spec, text, SCRAWL_SPLIT_TRAIN, NULL);
    if (status == SCRAWL_STATUS_NO_MEMORY)
        card->text.status = status;
    if (status) /* else no text of ours: nothing is known of it */
        return;
    for (int i = 0; i < spec.n_names; i++)
        visit(card, spec.names[i], context);
    spec_deinit(&spec);
}

#define MAX_KNOWN 16

/* The known data sets of a model, each once, and whether there are others. */
typedef struct Sources {
    const KnownData *known[MAX_KNOWN];
    int n;
    bool others;
    bool mnist, emnist; /* of either family */
} Sources;

static void add_source(Card *card, const char *name, void *context)
{
    Sources *sources = context;
    const KnownData *found = find_data(name);
    (void)card;
    sources->others = sources->others || !found;
    sources->mnist = sources->mnist || strcmp(name, "mnist") == 0 || strcmp(name, "qmnist") == 0;
    sources->emnist = sources->emnist || strncmp(name, "emnist-", 7) == 0;
    for (int i = 0; i < sources->n; i++)
        if (sources->known[i] == found)
            return;
    if (found && sources->n < MAX_KNOWN)
        sources->known[sources->n++] = found;
}

/* Of the rows that trained the model, or of those that evaluate it; none taught it what calibrated
 * it. */
static void find_sources(Card *card, bool trained, Sources *sources)
{
    for (int i = 0; i < card->info->n_data; i++) {
        const ScrawlDataRow *row = &card->info->data[i];
        bool tested = row->use == SCRAWL_DATA_USE_TEST && !row->initial;
        bool calibrated = row->use == SCRAWL_DATA_USE_CALIBRATION && !row->initial;
        if (row->use != SCRAWL_DATA_USE_WEIGHTS && !calibrated && tested != trained)
            each_name(card, row->name, add_source, sources);
    }
    for (int i = 0; i < card->info->n_scores && !trained; i++)
        each_name(card, card->info->scores[i].data, add_source, sources);
}

static void put_data(Card *card, const Sources *trained)
{
    text_printf(&card->text, "## Data\n\n");
    for (int i = 0; i < trained->n; i++)
        text_printf(&card->text, "- %s\n", trained->known[i]->what);
    if (trained->others)
        text_printf(&card->text,
                    "- Data of the trainer's own, of which the file tells no more than below.\n");
    if (card->info->n_data == 0) {
        text_printf(&card->text, "The file does not say what it was trained on.\n\n");
        return;
    }
    text_printf(&card->text,
                "\n| data | split | use | images | SHA-256 |\n|---|---|---|---|---|\n");
    for (int i = 0; i < card->info->n_data; i++) {
        const ScrawlDataRow *row = &card->info->data[i];
        text_printf(&card->text, "| %s | %s | %s", row->name[0] ? row->name : "?", row->split,
                    row->use_name);
        if (row->n_folds > 0)
            text_printf(&card->text, ", each evaluated by the one of %d models that held it out",
                        row->n_folds);
        text_printf(&card->text, " | ");
        if (row->n > 0)
            text_count(&card->text, (double)row->n);
        text_printf(&card->text, " | `%.16s` |\n", row->sha256);
    }
    text_printf(&card->text, "\n");
}

static void put_limits(Card *card, const Sources *trained, const Sources *tested)
{
    text_printf(&card->text, "## Bias and limits\n\n");
    for (int i = 0; i < trained->n; i++)
        text_printf(&card->text, "- %s\n", trained->known[i]->limits);
    text_printf(
        &card->text,
        "- Who wrote is not known by person: how well it reads different groups of writers "
        "has not been measured.\n"
        "- Its pictures are %d x %d pixels: thin strokes, dirt and lines of a form get lost "
        "or read as ink.\n",
        card->info->width, card->info->height);
    if (card->model->temperature == 1)
        text_printf(&card->text, "- Its probabilities have not been calibrated.\n");
    if ((trained->mnist && trained->emnist) || (trained->mnist && tested->emnist) ||
        (trained->emnist && tested->mnist))
        text_printf(&card->text, "\n%s\n", leakage);
    text_printf(&card->text, "\n");
}

static void put_interval(Card *card, double accuracy, double n)
{
    ScrawlInterval interval = wilson_interval((size_t)llround(accuracy * n), (size_t)n);
    text_printf(&card->text, "%.2f %% (%.2f to %.2f)", 100 * accuracy, 100 * interval.low,
                100 * interval.high);
}

static void put_score(Card *card, const ScrawlScore *score)
{
    text_printf(&card->text, "| %s | %s:%s | ", score->key, score->data[0] ? score->data : "?",
                score->split[0] ? score->split : "?");
    text_count(&card->text, (double)score->n);
    text_printf(&card->text, " | ");
    text_count(&card->text, (double)score->n_errors);
    text_printf(&card->text, " | ");
    if (score->n > 0 && score->accuracy >= 0)
        put_interval(card, score->accuracy, (double)score->n);
    text_printf(&card->text, " | ");
    if (!isnan(score->loss))
        text_printf(&card->text, "%.4f", score->loss);
    text_printf(&card->text, " |\n");
}

static void put_member(Card *card, int i)
{
    ScrawlMemberInfo member = scrawl_model_member(card->model, i);
    text_printf(&card->text, "| %d | %s | ", i, member.name);
    text_count(&card->text, (double)member.n_parameters);
    text_printf(&card->text, " | ");
    for (int s = 0; s < member.n_scores; s++)
        if (strcmp(member.scores[s].key, "test") == 0 && !isnan(member.scores[s].accuracy))
            text_printf(&card->text, "%.2f %%", 100 * member.scores[s].accuracy);
    text_printf(&card->text, " |\n");
}

static void put_scores(Card *card)
{
    text_printf(&card->text, "## Scores\n\n");
    if (card->info->n_scores > 0)
        text_printf(&card->text,
                    "| | data | images | errors | accuracy (95 %% interval) | cross-entropy |\n"
                    "|---|---|---|---|---|---|\n");
    else
        text_printf(&card->text,
                    "The file has none: `scrawl eval FILE --record` measures and adds them.\n");
    for (int i = 0; i < card->info->n_scores; i++)
        put_score(card, &card->info->scores[i]);
    text_printf(&card->text, "\n");
    if (card->info->n_members > 1) {
        text_printf(
            &card->text,
            "| member | recipe | parameters | its own test accuracy |\n|---|---|---|---|\n");
        for (int i = 0; i < card->info->n_members; i++)
            put_member(card, i);
        text_printf(&card->text, "\n");
    }
    text_printf(&card->text,
                "Scores are of this file as it is stored. Test images had no part in training, and "
                "nothing was chosen by them.\n\n");
}

static bool has_initial_weights(const ScrawlModelInfo *info)
{
    for (int i = 0; i < info->n_data; i++)
        if (info->data[i].use == SCRAWL_DATA_USE_WEIGHTS)
            return true;
    return false;
}

static void put_training(Card *card)
{
    const ScrawlModelInfo *info = card->info;
    const ScrawlCardOptions *options = card->options;
    text_printf(&card->text, "## Training\n\n");
    bool calibrated = find_use(card, SCRAWL_DATA_USE_CALIBRATION);
    if (info->recipe[0])
        text_printf(&card->text,
                    "`scrawl train` with this recipe%s gives the file's %s again%s, where the "
                    "version and the kernels (`--cpu`) are those that made it:\n\n"
                    "```yaml\n%s```\n\n",
                    has_initial_weights(card->info) ? " and `--init`" : "",
                    calibrated ? "weights" : "bytes",
                    info->half ? ", before they were rounded to 16 bits" : "", info->recipe);
    else if (info->n_members > 1)
        text_printf(&card->text,
                    "Each member was trained by itself; the file holds their recipes.\n\n");
    else
        text_printf(&card->text, "The file has no recipe in it.\n\n");
    if (calibrated)
        text_printf(&card->text, "- temperature%s: by `scrawl calibrate`, afterwards\n",
                    info->threshold > 0 ? " and threshold" : "");
    text_printf(&card->text, "- hardware: %s\n",
                options->hardware ? options->hardware : "not told");
    if (card->hours >= 1)
        text_printf(&card->text, "- time: %.1f hours\n", card->hours);
    else if (card->hours > 0)
        text_printf(&card->text, "- time: %.1f minutes\n", 60 * card->hours);
    else
        text_printf(&card->text, "- time: not told\n");
}

/* The sum of `seconds` in metrics.jsonl, in hours. */
static ScrawlStatus find_hours(Card *card, ScrawlError *error)
{
    const ScrawlCardOptions *options = card->options;
    ScrawlEpoch *epochs = NULL;
    size_t n = 0;
    card->hours = options->hours;
    if (options->hours > 0 || !options->run)
        return SCRAWL_STATUS_OK;
    char *path = path_join(options->run, "metrics.jsonl");
    ScrawlStatus status =
        path ? metrics_read(path, &epochs, &n, error) : error_no_memory(error, "a file's name");
    for (size_t i = 0; i < n; i++)
        card->hours += epochs[i].seconds > 0 ? epochs[i].seconds / 3600 : 0;
    mem_free(epochs);
    mem_free(path);
    return status;
}

static void write_card(Card *card)
{
    Sources trained = {0}, tested = {0};
    find_sources(card, true, &trained);
    find_sources(card, false, &tested);
    text_printf(&card->text, "# Model card: %s\n\n",
                card->info->name[0] ? card->info->name : "a model");
    put_use(card);
    put_network(card);
    put_data(card, &trained);
    put_limits(card, &trained, &tested);
    put_scores(card);
    put_training(card);
}

ScrawlStatus scrawl_model_card(const ScrawlModel *model, const ScrawlCardOptions *options,
                               char **markdown, ScrawlError *error)
{
    static const ScrawlCardOptions defaults = {0};
    Card card = {.model = model, .info = scrawl_model_info(model)};
    card.options = options ? options : &defaults;
    *markdown = NULL;
    buffer_init(&card.text, MAX_CARD);
    ScrawlStatus status = find_hours(&card, error);
    if (status)
        goto out;
    write_card(&card);
    status = text_check(&card.text, "the model card", error);
    if (!status && !(*markdown = mem_string(buffer_text(&card.text))))
        status = error_no_memory(error, "the model card");
out:
    buffer_deinit(&card.text);
    return status;
}
