/* Where data sets lie, and the table of those that are known by name. */
#include "data/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/pen.h"
#include "data/readers.h"

#define APPLICATION "scrawl"

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* XDG Base Directory Specification: a relative path in the variable is to be ignored. */
static bool cache_folder(char **folder)
{
    const char *cache = environment("XDG_CACHE_HOME"), *home = environment("HOME");

    *folder = NULL;
    if (cache && cache[0] == '/')
        *folder = path_join(cache, APPLICATION);
    else if (home)
        *folder = mem_format("%s/.cache/" APPLICATION, home);
    else
        return true;
    return *folder;
}

ScrawlStatus locate_folders(DataFolders *folders, const char *data_folder, ScrawlError *error)
{
    const char *first = data_folder ? data_folder : environment("SCRAWL_DATA");
    bool ok = true;

    memset(folders, 0, sizeof *folders);
    folders->no_variable = !first;
    if (first) {
        folders->paths[0] = mem_string(first);
        ok = folders->paths[0];
        folders->n = ok;
    }
    if (ok && !data_folder) {
        ok = cache_folder(&folders->paths[folders->n]);
        folders->n += folders->paths[folders->n] != NULL;
    }
    if (ok)
        return SCRAWL_STATUS_OK;
    locate_deinit(folders);
    return error_no_memory(error, "the paths of data folders");
}

void locate_deinit(DataFolders *folders)
{
    if (!folders)
        return;
    for (int i = 0; i < folders->n; i++)
        mem_free(folders->paths[i]);
    memset(folders, 0, sizeof *folders);
}

/* A folder without any write bit is meant to stay as it is; access() would let root write there. */
static bool may_write(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) &&
           (info.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) && access(path, W_OK | X_OK) == 0;
}

/* Whether the folder, or the nearest one above it that is there, may be written. */
static bool may_hold(const char *path)
{
    char folder[PATH_MAX];

    if (snprintf(folder, sizeof folder, "%s", path) >= PATH_MAX)
        return false;
    while (!file_exists(folder)) {
        char *slash = strrchr(folder, '/');

        if (!slash)
            return may_write(".");
        slash[slash == folder] = 0;
    }
    return may_write(folder);
}

const char *locate_writable(const DataFolders *folders)
{
    for (int i = 0; i < folders->n; i++)
        if (may_hold(folders->paths[i]))
            return folders->paths[i];
    return NULL;
}

const char *locate_text(const DataFolders *folders, char *out, size_t out_size)
{
    if (folders->n == 0)
        snprintf(out, out_size, "(no data folder: set SCRAWL_DATA)");
    else
        snprintf(out, out_size, "%s%s%s", folders->paths[0], folders->n > 1 ? " or " : "",
                 folders->n > 1 ? folders->paths[1] : "");
    return out;
}

bool locate_described(const DataFolders *folders, const char *name, char path[PATH_MAX])
{
    if (strchr(name, '/') || name[0] == '.')
        return false;
    for (int i = 0; i < folders->n; i++)
        if (snprintf(path, PATH_MAX, "%s/%s", folders->paths[i], name) < PATH_MAX &&
            described_known(path))
            return true;
    return false;
}

/* The registered data sets. Sizes and checksums are those of the files as first published:
 *   MNIST          Y. LeCun, C. Cortes, C. Burges; from its public copies
 *   EMNIST         G. Cohen, S. Afshar, J. Tapson, A. van Schaik, "EMNIST: an extension of MNIST to
 *                  handwritten letters", 2017; one archive by NIST
 *   Fashion-MNIST  H. Xiao, K. Rasul, R. Vollgraf, 2017
 *   KMNIST         T. Clanuwat et al., "Deep Learning for Classical Japanese Literature", 2018
 *   QMNIST         C. Yadav, L. Bottou, "Cold Case: The Lost MNIST Digits", 2019; for its images
 *                  only MD5 sums are published */
static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

static const char *const letters[] = {"A", "B", "C", "D", "E", "F", "G", "H", "I",
                                      "J", "K", "L", "M", "N", "O", "P", "Q", "R",
                                      "S", "T", "U", "V", "W", "X", "Y", "Z"};

/* ByMerge and Balanced: a lower-case letter that looks like its capital counts as it. */
static const char *const merged[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B",
                                     "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N",
                                     "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z",
                                     "a", "b", "d", "e", "f", "g", "h", "n", "q", "r", "t"};

static const char *const characters[] = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F",
    "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V",
    "W", "X", "Y", "Z", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l",
    "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z"};

static const char *const clothes[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

static const char *const kana[] = {"o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"};

static const RegistryFile emnist_archive = {
    .name = "gzip.zip",
    .size = 561753746,
    .sha256 = "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"};

#define CLASSES(names) .class_names = names, .n_classes = sizeof names / sizeof names[0]
#define EMNIST(split)                                                                      \
    .transposed = true, .folder = "emnist", .archive = &emnist_archive, .members = "gzip", \
    .mirrors = {"https://biometrics.nist.gov/cs_links/EMNIST/",                            \
                "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"},                     \
    .parts = {{"emnist-" split "-train-images-idx3-ubyte.gz"},                             \
              {"emnist-" split "-train-labels-idx1-ubyte.gz"},                             \
              {"emnist-" split "-test-images-idx3-ubyte.gz"},                              \
              {"emnist-" split "-test-labels-idx1-ubyte.gz"}}

/* One class, of the set's own name. */
#define SCRIBBLES(title, text)                                                                  \
    {                                                                                           \
        .name = title, .summary = text, .n_train = 4000, .n_test = 4000, .draw = scribble_draw, \
        .class_names = (const char *const[]){title}, .n_classes = 1                             \
    }

static const RegistryRow rows[] = {
    {.name = "mnist",
     .summary = "handwritten digits",
     .n_train = 60000,
     .n_test = 10000,
     CLASSES(digits),
     .folder = "mnist",
     .mirrors = {"https://storage.googleapis.com/cvdf-datasets/mnist/",
                 "https://ossci-datasets.s3.amazonaws.com/mnist/"},
     .parts = {{"train-images-idx3-ubyte.gz", 9912422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", NULL},
               {"train-labels-idx1-ubyte.gz", 28881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", NULL},
               {"t10k-images-idx3-ubyte.gz", 1648877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", NULL},
               {"t10k-labels-idx1-ubyte.gz", 4542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", NULL}}},
    {.name = "emnist-balanced",
     .summary = "handwritten digits and letters, equally many of each",
     .n_train = 112800,
     .n_test = 18800,
     CLASSES(merged),
     EMNIST("balanced")},
    {.name = "emnist-byclass",
     .summary = "handwritten digits, capitals and small letters",
     .n_train = 697932,
     .n_test = 116323,
     CLASSES(characters),
     EMNIST("byclass")},
    {.name = "emnist-bymerge",
     .summary = "the same, capitals and small letters alike merged",
     .n_train = 697932,
     .n_test = 116323,
     CLASSES(merged),
     EMNIST("bymerge")},
    {.name = "emnist-letters",
     .summary = "handwritten letters, capital and small as one",
     .n_train = 124800,
     .n_test = 20800,
     CLASSES(letters),
     .label_offset = 1,
     EMNIST("letters")},
    {.name = "emnist-digits",
     .summary = "handwritten digits, equally many of each",
     .n_train = 240000,
     .n_test = 40000,
     CLASSES(digits),
     EMNIST("digits")},
    {.name = "emnist-mnist",
     .summary = "handwritten digits, a set of MNIST's size",
     .n_train = 60000,
     .n_test = 10000,
     CLASSES(digits),
     EMNIST("mnist")},
    {.name = "fashion-mnist",
     .summary = "pictures of clothes",
     .n_train = 60000,
     .n_test = 10000,
     CLASSES(clothes),
     .folder = "fashion-mnist",
     .mirrors = {"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/"
                 "fashion/",
                 "https://fashion-mnist.s3.eu-central-1.amazonaws.com/"},
     .parts = {{"train-images-idx3-ubyte.gz", 26421880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", NULL},
               {"train-labels-idx1-ubyte.gz", 29515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", NULL},
               {"t10k-images-idx3-ubyte.gz", 4422102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", NULL},
               {"t10k-labels-idx1-ubyte.gz", 5148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", NULL}}},
    {.name = "kmnist",
     .summary = "old Japanese cursive characters",
     .n_train = 60000,
     .n_test = 10000,
     CLASSES(kana),
     .folder = "kmnist",
     .mirrors = {"https://codh.rois.ac.jp/kmnist/dataset/kmnist/"},
     .parts = {{"train-images-idx3-ubyte.gz", 18165135,
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4", NULL},
               {"train-labels-idx1-ubyte.gz", 29497,
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17", NULL},
               {"t10k-images-idx3-ubyte.gz", 3041136,
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5", NULL},
               {"t10k-labels-idx1-ubyte.gz", 5120,
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c", NULL}}},
    {.name = "qmnist",
     .summary = "MNIST made anew from its source, with 60,000 test digits",
     .n_train = 60000,
     .n_test = 60000,
     CLASSES(digits),
     .folder = "qmnist",
     .mirrors = {"https://raw.githubusercontent.com/facebookresearch/qmnist/master/"},
     .parts = {{"qmnist-train-images-idx3-ubyte.gz", 0, NULL, "ed72d4157d28c017586c42bc6afe6370"},
               {"qmnist-train-labels-idx2-int.gz", 463024,
                "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f", NULL},
               {"qmnist-test-images-idx3-ubyte.gz", 0, NULL, "1394631089c404de565df7b7aeaf9412"},
               {"qmnist-test-labels-idx2-int.gz", 526800,
                "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06", NULL}}},
    {.name = "pen",
     .summary = "digits drawn by the synthetic pen",
     .n_train = 20000,
     .n_test = 4000,
     CLASSES(digits),
     .draw = pen_glyph},
    {.name = "pen-chars",
     .summary = "digits and letters drawn by the synthetic pen",
     .n_train = 47 * 600,
     .n_test = 47 * 100,
     CLASSES(merged),
     .draw = pen_glyph},
    SCRIBBLES("noise", "no character: spots of noise"),
    SCRIBBLES("blank", "no character: blank paper, faintly grey"),
    SCRIBBLES("dashes", "no character: one dash or two"),
    SCRIBBLES("doodles", "no character: a line or two, crossing anywhere"),
};

#define N_ROWS (sizeof rows / sizeof rows[0])

const RegistryRow *registry_row(size_t i)
{
    return i < N_ROWS ? &rows[i] : NULL;
}

const RegistryRow *registry_find(const char *name)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}
