/* The strokes of every character that the pen can write, and the ways in which people write it.
 *
 * A skeleton is text: knots "x,y" that a stroke passes through smoothly, or turns at where the
 * knot ends in "!"; "/" lifts the pen. x grows to the right and y downwards: capitals and digits
 * stand between y = 0 and the baseline y = 100, small letters begin at y = 45 and descend to
 * 140. */
#ifndef DATA_SKELETON_H
#define DATA_SKELETON_H

#include <stdbool.h>

#define SKELETON_MAX_KNOTS 40
#define SKELETON_MAX_VARIANTS 5

typedef struct Knot {
    float x, y;
    bool corner; /* the direction before it says nothing of the one after */
    bool first;  /* the pen is set down here */
} Knot;

typedef struct Skeleton {
    int n;
    Knot knots[SKELETON_MAX_KNOTS];
} Skeleton;

/* How many ways there are to write a label: 0 for none. "-", ".", "/", "%", "<" and ">" are there
 * for print. */
int skeleton_variants(const char *label);

/* The way `variant` of them; the first is the plainest. */
void skeleton_get(const char *label, int variant, Skeleton *skeleton);

#endif
