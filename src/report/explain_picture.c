/* An explanation as one picture of four parts:
 *
 *     the picture as it is   what the network saw
 *     the occlusion map      the probabilities */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/label.h"
#include "image/decode.h"
#include "image/glyph.h"
#include "scrawl/explain.h"

#define BOX 252 /* pixels of a part's side: nine for each of 28 */
#define MARGIN 24
#define TITLE 13      /* height of a title's capitals */
#define TITLE_ROOM 26 /* from a title's top to its part */
#define LEGEND_ROOM 46
#define SMALL 11 /* height of other capitals */
#define SMALLEST 8
#define ROW 24
#define LEAST_NAMES 56 /* pixels of the column of class names */
#define MOST_NAMES 104
#define KIND 15           /* pixels before the word for its kind */
#define LEAST_SCALE 0.001 /* a drop that no reader need see */
#define MAX_FILE ((size_t)1 << 26)

#define LEFT MARGIN
#define RIGHT (2 * MARGIN + BOX)
#define UPPER (MARGIN + TITLE_ROOM)
#define LOWER (UPPER + BOX + MARGIN + TITLE_ROOM)
#define WIDTH (RIGHT + BOX + MARGIN)
#define HEIGHT (LOWER + BOX + LEGEND_ROOM)

/* A colour picture to draw on. What is outside of it is left out. */
typedef struct Colour {
    uint8_t r, g, b;
} Colour;

typedef struct Canvas {
    int width, height;
    uint8_t *rgb;  /* [height][width][3] */
    uint8_t *mask; /* [height][width]: text before it has its colour; 0 between calls */
} Canvas;

static void canvas_deinit(Canvas *canvas)
{
    if (!canvas)
        return;
    mem_free(canvas->rgb);
    mem_free(canvas->mask);
    *canvas = (Canvas){0};
}

static void canvas_dot(Canvas *canvas, int x, int y, Colour colour)
{
    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
        return;
    uint8_t *pixel = canvas->rgb + 3 * ((size_t)y * (size_t)canvas->width + (size_t)x);
    pixel[0] = colour.r;
    pixel[1] = colour.g;
    pixel[2] = colour.b;
}

static void canvas_fill(Canvas *canvas, int x, int y, int width, int height, Colour colour)
{
    for (int row = y; row < y + height; row++)
        for (int column = x; column < x + width; column++)
            canvas_dot(canvas, column, row, colour);
}

static ScrawlStatus canvas_init(Canvas *canvas, int width, int height, Colour paper,
                                ScrawlError *error)
{
    size_t area = (size_t)width * (size_t)height;
    *canvas = (Canvas){.width = width, .height = height};
    canvas->rgb = mem_alloc(area, 3);
    canvas->mask = mem_alloc_zero(area, 1);
    if (!canvas->rgb || !canvas->mask) {
        canvas_deinit(canvas);
        return error_no_memory(error, "a picture");
    }
    canvas_fill(canvas, 0, 0, width, height, paper);
    return SCRAWL_STATUS_OK;
}

/* One pixel wide, just outside of the box. */
static void canvas_frame(Canvas *canvas, int x, int y, int width, int height, Colour colour)
{
    canvas_fill(canvas, x - 1, y - 1, width + 2, 1, colour);
    canvas_fill(canvas, x - 1, y + height, width + 2, 1, colour);
    canvas_fill(canvas, x - 1, y, 1, height, colour);
    canvas_fill(canvas, x + width, y, 1, height, colour);
}

static uint8_t blend(uint8_t paper, uint8_t ink, unsigned strength)
{
    return (uint8_t)((paper * (255 - strength) + ink * strength + 127) / 255);
}

/* Gives the text in the mask its colour and clears the mask. */
static void take_mask(Canvas *canvas, Colour colour)
{
    size_t n = (size_t)canvas->width * (size_t)canvas->height;
    for (size_t i = 0; i < n; i++) {
        if (!canvas->mask[i])
            continue;
        uint8_t *pixel = canvas->rgb + 3 * i;
        pixel[0] = blend(pixel[0], colour.r, canvas->mask[i]);
        pixel[1] = blend(pixel[1], colour.g, canvas->mask[i]);
        pixel[2] = blend(pixel[2], colour.b, canvas->mask[i]);
    }
    memset(canvas->mask, 0, n);
}

/* See label_print: capitals `size` pixels high; text wider than max_width ends in an ellipsis. */
static void canvas_text(Canvas *canvas, const char *text, int size, int x, int y, int max_width,
                        Colour colour)
{
    ScrawlImage mask = {.pixels = canvas->mask, .width = canvas->width, .height = canvas->height};
    label_print(text, size, x, y, max_width, &mask);
    take_mask(canvas, colour);
}

/* The same, ending at x. */
static void canvas_text_right(Canvas *canvas, const char *text, int size, int x, int y,
                              Colour colour)
{
    int width = label_width(text, size, canvas->width);
    canvas_text(canvas, text, size, x - width, y, width, colour);
}

/* The four parts. */

/* M. Okabe & K. Ito's blue and sky blue; their vermillion between white and brown. */
static const Colour white = {255, 255, 255}, ink = {27, 31, 35}, quiet = {87, 96, 106},
                    line = {205, 210, 216}, blue = {0, 114, 178}, pale = {157, 205, 232};

static Colour heat(double part)
{
    static const Colour stops[] = {
        {255, 255, 255}, {253, 208, 162}, {240, 140, 60}, {213, 94, 0}, {150, 55, 0}};
    double at = 4 * fmin(fmax(part, 0), 1);
    int i = at < 3 ? (int)at : 3;
    double f = at - i;
    return (Colour){(uint8_t)lround(stops[i].r + f * (stops[i + 1].r - stops[i].r)),
                    (uint8_t)lround(stops[i].g + f * (stops[i + 1].g - stops[i].g)),
                    (uint8_t)lround(stops[i].b + f * (stops[i + 1].b - stops[i].b))};
}

/* The largest size of this shape that fits the box, and where it then lies. */
typedef struct Place {
    int x, y, width, height;
} Place;

static Place fit(int width, int height, int left, int top)
{
    double scale = (double)BOX / (width > height ? width : height);
    Place place = {.width = (int)lround(width * scale), .height = (int)lround(height * scale)};
    place.width = place.width > 0 ? place.width : 1;
    place.height = place.height > 0 ? place.height : 1;
    place.x = left + (BOX - place.width) / 2;
    place.y = top + (BOX - place.height) / 2;
    return place;
}

static ScrawlStatus draw_given(Canvas *canvas, const ScrawlImage *image, ScrawlError *error)
{
    Place place = fit(image->width, image->height, LEFT, UPPER);
    uint8_t *scaled = mem_alloc((size_t)place.width, (size_t)place.height);
    if (!scaled)
        return error_no_memory(error, "a scaled picture");
    ScrawlStatus status = image_resize(image->pixels, image->width, image->height, scaled,
                                       place.width, place.height, error);
    for (int y = 0; y < place.height && !status; y++)
        for (int x = 0; x < place.width; x++) {
            uint8_t grey = scaled[y * place.width + x];
            canvas_dot(canvas, place.x + x, place.y + y, (Colour){grey, grey, grey});
        }
    canvas_text(canvas, "the picture", TITLE, LEFT, UPPER - TITLE_ROOM, BOX, ink);
    canvas_frame(canvas, place.x, place.y, place.width, place.height, line);
    mem_free(scaled);
    return status;
}

/* Ink of `weight` over a colour. */
static Colour print_on(Colour paper, uint8_t amount, double weight)
{
    double left = 1 - weight * amount / 255;
    return (Colour){(uint8_t)lround(paper.r * left), (uint8_t)lround(paper.g * left),
                    (uint8_t)lround(paper.b * left)};
}

/* The glyph, pixel by pixel; with the drops, paler and on their colours. */
static void draw_glyph(Canvas *canvas, const ScrawlExplanation *e, double scale, Place place)
{
    for (int y = 0; y < place.height; y++)
        for (int x = 0; x < place.width; x++) {
            int from = y * e->height / place.height * e->width + x * e->width / place.width;
            Colour paper = scale > 0 ? heat(e->drop[from] / scale) : white;
            canvas_dot(canvas, place.x + x, place.y + y,
                       print_on(paper, e->glyph[from], scale > 0 ? 0.5 : 1));
        }
    canvas_frame(canvas, place.x, place.y, place.width, place.height, line);
}

static void draw_seen(Canvas *canvas, const ScrawlExplanation *e)
{
    canvas_text(canvas, "what the network saw", TITLE, RIGHT, UPPER - TITLE_ROOM, BOX, ink);
    draw_glyph(canvas, e, 0, fit(e->width, e->height, RIGHT, UPPER));
}

static void draw_map(Canvas *canvas, const ScrawlExplanation *e)
{
    double scale = fmax(e->max_drop, LEAST_SCALE);
    char text[32];
    int y = LOWER + BOX + 10;
    canvas_text(canvas, "occlusion map", TITLE, LEFT, LOWER - TITLE_ROOM, BOX, ink);
    draw_glyph(canvas, e, scale, fit(e->width, e->height, LEFT, LOWER));
    snprintf(text, sizeof text, "loses %.*f %%", scale < 0.1 ? 1 : 0, 100 * scale);
    int zero = label_width("0", SMALL, BOX);
    int width = BOX - zero - label_width(text, SMALL, BOX) - 12;
    canvas_text(canvas, "0", SMALL, LEFT, y, BOX, quiet);
    for (int x = 0; x < width; x++)
        canvas_fill(canvas, LEFT + zero + 6 + x, y, 1, SMALL, heat((double)x / (width - 1)));
    canvas_text_right(canvas, text, SMALL, LEFT + BOX, y, quiet);
}

/* What a single character is, since 0 and O, or 1, I and l, look alike in many fonts. NULL for any
 * other name. */
static const char *kind_of(const char *name)
{
    if (!name[0] || name[1])
        return NULL;
    return name[0] >= '0' && name[0] <= '9'   ? "digit"
           : name[0] >= 'A' && name[0] <= 'Z' ? "capital"
           : name[0] >= 'a' && name[0] <= 'z' ? "small"
                                              : NULL;
}

static bool has_kinds(const ScrawlExplanation *e)
{
    for (int i = 1; i < e->n_classes; i++)
        if (kind_of(e->class_names[i]) != kind_of(e->class_names[0]))
            return true;
    return false;
}

/* The name, or the number of a class whose name no font here can show. */
static const char *name_of(const ScrawlExplanation *e, int i, char number[16])
{
    int label = e->prediction.top[i].label;
    if (label_can_show(e->class_names[label]))
        return e->class_names[label];
    snprintf(number, 16, "no. %d", label);
    return number;
}

/* Pixels of the column of names: the longest name, up to two fifths of the box. */
static int find_names_width(const ScrawlExplanation *e)
{
    char number[16];
    int widest = LEAST_NAMES;
    for (int i = 0; i < e->prediction.n_top; i++) {
        int width = label_width(name_of(e, i, number), SMALL, MOST_NAMES);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void draw_name(Canvas *canvas, const ScrawlExplanation *e, int i, int y, int names)
{
    const char *name = e->class_names[e->prediction.top[i].label];
    const char *kind = has_kinds(e) ? kind_of(name) : NULL;
    char number[16];
    canvas_text(canvas, name_of(e, i, number), SMALL, RIGHT, y, kind ? KIND : names, ink);
    if (kind)
        canvas_text(canvas, kind, SMALLEST, RIGHT + KIND, y + SMALL - SMALLEST, names - KIND,
                    quiet);
}

static void draw_bar(Canvas *canvas, const ScrawlExplanation *e, int i, int names)
{
    int y = LOWER + 4 + i * ROW, left = RIGHT + names + 6, numbers = 66;
    double part = e->prediction.top[i].confidence;
    char text[32];
    draw_name(canvas, e, i, y, names);
    canvas_fill(canvas, left, y - 3, (int)lround(part * (RIGHT + BOX - left - numbers)), SMALL + 6,
                i ? pale : blue);
    canvas_fill(canvas, left - 1, y - 3, 1, SMALL + 6, line);
    if (part < 0.9995)
        snprintf(text, sizeof text, part < 0.0005 ? "<0.1 %%" : "%.1f %%", 100 * part);
    else
        snprintf(text, sizeof text, ">99.9 %%");
    canvas_text_right(canvas, text, SMALL, RIGHT + BOX, y, quiet);
}

static void draw_probabilities(Canvas *canvas, const ScrawlExplanation *e)
{
    canvas_text(canvas, e->prediction.rejected ? "probability - rejected" : "probability", TITLE,
                RIGHT, LOWER - TITLE_ROOM, BOX, ink);
    int names = find_names_width(e);
    for (int i = 0; i < e->prediction.n_top; i++)
        draw_bar(canvas, e, i, names);
}

ScrawlStatus scrawl_explanation_save(const ScrawlExplanation *explanation, const ScrawlImage *image,
                                     const char *path, const ScrawlLog *log, ScrawlError *error)
{
    Canvas canvas;
    Buffer png;
    label_find_font(log);
    buffer_init(&png, MAX_FILE);
    ScrawlStatus status = canvas_init(&canvas, WIDTH, HEIGHT, white, error);
    if (!status)
        status = draw_given(&canvas, image, error);
    if (!status) {
        draw_seen(&canvas, explanation);
        draw_map(&canvas, explanation);
        draw_probabilities(&canvas, explanation);
        status = image_encode_png_rgb(canvas.rgb, WIDTH, HEIGHT, &png, error);
    }
    if (!status)
        status = file_write(path, png.data, png.size, error);
    buffer_deinit(&png);
    canvas_deinit(&canvas);
    return status;
}
