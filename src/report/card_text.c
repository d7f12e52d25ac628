#include "report/card_text.h"

#include <stddef.h>
#include <string.h>

static const CardData data[] = {
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

const CardData *card_data(const char *name)
{
    for (size_t i = 0; i < sizeof data / sizeof *data; i++)
        if (data[i].begins ? strncmp(name, data[i].name, strlen(data[i].name)) == 0
                           : strcmp(name, data[i].name) == 0)
            return &data[i];
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

const char *card_purpose(const char *recipe)
{
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        if (strcmp(purposes[i].recipe, recipe) == 0)
            return purposes[i].purpose;
    return NULL;
}

const char card_leakage[] =
    "**Leakage.** EMNIST's digits contain re-processed test digits of MNIST, about a fifth of "
    "them, and MNIST's training set contains re-processed test digits of EMNIST. This model has "
    "met both sets, so its scores on them are not of unseen digits only; `photos` overlaps with "
    "neither.";

const char card_digits_scope[] =
    "- Letters, punctuation, several digits in one picture, print, blank paper: it answers with a "
    "digit whatever it is shown.\n";

const char card_characters_scope[] =
    "- Several characters in one picture, accents, other scripts, print, blank paper: it answers "
    "with one of its classes whatever it is shown.\n";

const char card_ood_scope[] =
    "- Whatever is none of its classes: of pictures like the outliers below it is unsure, of "
    "others less so, and always answers with one of its classes.\n";

const char card_any_scope[] =
    "- Whatever is none of its classes: it answers with one of them whatever it is shown.\n";
