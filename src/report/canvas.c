#include "report/canvas.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/label.h"

ScrawlStatus canvas_init(Canvas *canvas, int width, int height, Colour paper, ScrawlError *error)
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

void canvas_deinit(Canvas *canvas)
{
    if (!canvas)
        return;
    mem_free(canvas->rgb);
    mem_free(canvas->mask);
    *canvas = (Canvas){0};
}

void canvas_dot(Canvas *canvas, int x, int y, Colour colour)
{
    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
        return;
    uint8_t *pixel = canvas->rgb + 3 * ((size_t)y * (size_t)canvas->width + (size_t)x);
    pixel[0] = colour.r;
    pixel[1] = colour.g;
    pixel[2] = colour.b;
}

void canvas_fill(Canvas *canvas, int x, int y, int width, int height, Colour colour)
{
    for (int row = y; row < y + height; row++)
        for (int column = x; column < x + width; column++)
            canvas_dot(canvas, column, row, colour);
}

void canvas_frame(Canvas *canvas, int x, int y, int width, int height, Colour colour)
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

void canvas_text(Canvas *canvas, const char *text, int size, int x, int y, int max_width,
                 Colour colour)
{
    ScrawlImage mask = {.pixels = canvas->mask, .width = canvas->width, .height = canvas->height};
    label_print(text, size, x, y, max_width, &mask);
    take_mask(canvas, colour);
}

void canvas_text_right(Canvas *canvas, const char *text, int size, int x, int y, Colour colour)
{
    int width = label_width(text, size, canvas->width);
    canvas_text(canvas, text, size, x - width, y, width, colour);
}
