/* A piece is walked through no further than `least` pixels: what is larger stays, however large it
 * is, and what is left of it is known by its neighbours. So every pixel is looked at once. */
#include "image/specks.h"

enum { MARK_PAPER, MARK_INK, MARK_PIECE, MARK_KEPT };

typedef struct Walk {
    int width, height;
    size_t least;
    const uint8_t *grey;
    uint8_t *marks;
    uint32_t *queue;
    size_t n;                /* pixels of the piece so far */
    bool large;              /* it has `least` of them, or touches a piece that has */
    uint64_t paper, n_paper; /* sum of the greys next to it, and how many they are */
} Walk;

static void look_at(Walk *walk, size_t at)
{
    if (walk->marks[at] == MARK_PAPER) {
        walk->paper += walk->grey[at];
        walk->n_paper++;
    } else if (walk->marks[at] == MARK_KEPT) {
        walk->large = true;
    } else if (walk->marks[at] == MARK_INK) {
        if (walk->n == walk->least) {
            walk->large = true;
            return;
        }
        walk->marks[at] = MARK_PIECE;
        walk->queue[walk->n++] = (uint32_t)at;
    }
}

static void look_round(Walk *walk, size_t at)
{
    int x = (int)(at % (size_t)walk->width), y = (int)(at / (size_t)walk->width);
    for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < walk->height; v++)
        for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < walk->width; u++)
            look_at(walk, (size_t)v * (size_t)walk->width + (size_t)u);
}

static void walk_piece(Walk *walk, size_t start)
{
    walk->n = 0;
    walk->large = false;
    walk->paper = walk->n_paper = 0;
    look_at(walk, start);
    for (size_t i = 0; i < walk->n && !walk->large; i++)
        look_round(walk, walk->queue[i]);
    walk->large = walk->large || walk->n >= walk->least;
}

void specks_remove(uint8_t *grey, int width, int height, uint8_t level, bool light, size_t least,
                   uint8_t *marks, uint32_t *queue)
{
    size_t count = (size_t)width * (size_t)height;
    Walk walk = {.width = width,
                 .height = height,
                 .least = least,
                 .grey = grey,
                 .marks = marks,
                 .queue = queue};
    for (size_t i = 0; i < count; i++)
        marks[i] = (grey[i] > level) == light ? MARK_INK : MARK_PAPER;
    for (size_t i = 0; i < count; i++) {
        if (marks[i] != MARK_INK)
            continue;
        walk_piece(&walk, i);
        bool stays = walk.large || walk.n_paper == 0;
        for (size_t k = 0; k < walk.n; k++) {
            marks[queue[k]] = stays ? MARK_KEPT : MARK_PAPER;
            if (!stays)
                grey[queue[k]] = (uint8_t)((walk.paper + walk.n_paper / 2) / walk.n_paper);
        }
    }
}
