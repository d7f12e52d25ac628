#include "data/label.h"

#include <dlfcn.h>
#include <limits.h>
#include <pango/pangocairo.h>
#include <threads.h>

#include "base/error.h"
#include "base/text.h"
#include "data/pen.h"
#include "data/stroke.h"

#define EM 1.37 /* of a font, to one of its capitals' height: 1.37 to 1.40 in most sans fonts */
#define ABOVE 2 /* capitals' heights above the baseline that accents may take, and tall scripts */
#define BELOW 1

/* What we use of Pango, cairo and GLib. About twenty libraries come with them: linking them would
 * double the time that the program takes to start. */
#define FUNCTIONS(X)                            \
    X(cairo_create)                             \
    X(cairo_destroy)                            \
    X(cairo_image_surface_create)               \
    X(cairo_image_surface_get_data)             \
    X(cairo_image_surface_get_stride)           \
    X(cairo_move_to)                            \
    X(cairo_status)                             \
    X(cairo_surface_destroy)                    \
    X(cairo_surface_flush)                      \
    X(g_object_unref)                           \
    X(pango_cairo_font_map_get_default)         \
    X(pango_cairo_show_layout)                  \
    X(pango_font_description_free)              \
    X(pango_font_description_from_string)       \
    X(pango_font_description_set_absolute_size) \
    X(pango_font_map_create_context)            \
    X(pango_layout_get_baseline)                \
    X(pango_layout_get_pixel_extents)           \
    X(pango_layout_get_unknown_glyphs_count)    \
    X(pango_layout_new)                         \
    X(pango_layout_set_auto_dir)                \
    X(pango_layout_set_ellipsize)               \
    X(pango_layout_set_font_description)        \
    X(pango_layout_set_single_paragraph_mode)   \
    X(pango_layout_set_text)                    \
    X(pango_layout_set_width)                   \
    X(pango_version_string)

static struct {
#define X(name) __typeof__(name) *name;
    FUNCTIONS(X)
#undef X
} lib;

static PangoLayout *lay_out(const char *text, int size, int max_width, int *width)
{
    PangoRectangle box;
    PangoContext *context =
        lib.pango_font_map_create_context(lib.pango_cairo_font_map_get_default());
    PangoLayout *layout = lib.pango_layout_new(context);
    PangoFontDescription *font = lib.pango_font_description_from_string("sans");
    lib.pango_font_description_set_absolute_size(font, EM * size * PANGO_SCALE);
    lib.pango_layout_set_font_description(layout, font);
    lib.pango_layout_set_single_paragraph_mode(layout, TRUE);
    lib.pango_layout_set_auto_dir(layout, FALSE); /* else Arabic would stand on the right */
    lib.pango_layout_set_text(layout, text, -1);
    lib.pango_font_description_free(font);
    lib.g_object_unref(context);
    lib.pango_layout_get_pixel_extents(layout, NULL, &box);
    *width = box.width;
    if (*width > max_width) {
        lib.pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        lib.pango_layout_set_width(layout, max_width * PANGO_SCALE);
        /* Its ink: Pango makes an ellipsis wider, so that the line is as wide as it may be. */
        lib.pango_layout_get_pixel_extents(layout, &box, NULL);
        *width = box.x + box.width < max_width ? box.x + box.width : max_width;
    }
    return layout;
}

/* Whether the fonts have a shape for every character. */
static bool covers(const char *text)
{
    int width;
    PangoLayout *layout = lay_out(text, 10, INT_MAX / PANGO_SCALE, &width);
    bool all = lib.pango_layout_get_unknown_glyphs_count(layout) == 0;
    lib.g_object_unref(layout);
    return all;
}

static bool loaded, has_fonts;
static once_flag once = ONCE_FLAG_INIT;

static void load(void)
{
    static const struct {
        const char *name;
        void *slot;
    } functions[] = {
#define X(name) {#name, &lib.name},
        FUNCTIONS(X)
#undef X
    };
    void *handle = dlopen("libpangocairo-1.0.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *symbol = dlsym(handle, functions[i].name);
        if (!symbol)
            return;
        *(void **)functions[i].slot = symbol; /* as POSIX has it for dlsym */
    }
    loaded = true;
    /* A list of fonts would not tell: Pango names "Sans" also where there is none. */
    has_fonts = covers("A");
}

static bool has_font(void)
{
    call_once(&once, load);
    return has_fonts;
}

const char *label_library(void)
{
    call_once(&once, load);
    return loaded ? lib.pango_version_string() : NULL;
}

bool label_find_font(const ScrawlLog *log)
{
    if (has_font())
        return true;
    log_message(log, SCRAWL_LOG_LEVEL_WARNING,
                "names on the picture are drawn with built-in letters, which are ASCII only: %s",
                loaded ? "no font is installed (in Debian, fonts-dejavu-core has some)"
                       : "the library Pango is not installed (in Debian, libpangocairo-1.0-0)");
    return false;
}

/* The surface's top left corner comes to (x, y). */
static void add_ink(cairo_surface_t *surface, int x, int y, int width, int height,
                    const ScrawlImage *ink)
{
    const uint8_t *from = lib.cairo_image_surface_get_data(surface);
    int stride = lib.cairo_image_surface_get_stride(surface);
    for (int v = y < 0 ? -y : 0; v < height && y + v < ink->height; v++)
        for (int u = x < 0 ? -x : 0; u < width && x + u < ink->width; u++) {
            uint8_t *to = ink->pixels + (size_t)(y + v) * (size_t)ink->width + (size_t)(x + u);
            uint8_t added = from[v * stride + u];
            *to = added > *to ? added : *to;
        }
}

static void draw(PangoLayout *layout, int size, int x, int y, int width, const ScrawlImage *ink)
{
    int height = (ABOVE + BELOW) * size;
    cairo_surface_t *surface = lib.cairo_image_surface_create(CAIRO_FORMAT_A8, width, height);
    cairo_t *cairo = lib.cairo_create(surface);
    double top = ABOVE * size - (double)lib.pango_layout_get_baseline(layout) / PANGO_SCALE;
    lib.cairo_move_to(cairo, 0, top);
    lib.pango_cairo_show_layout(cairo, layout);
    lib.cairo_surface_flush(surface);
    if (lib.cairo_status(cairo) == CAIRO_STATUS_SUCCESS)
        add_ink(surface, x, y - (ABOVE - 1) * size, width, height, ink);
    lib.cairo_destroy(cairo);
    lib.cairo_surface_destroy(surface);
}

/* With the pen. */

static void draw_dot(int size, int x, int y, const ScrawlImage *ink)
{
    for (int v = y; v < y + size; v++)
        for (int u = x; u < x + size; u++)
            if (u >= 0 && v >= 0 && u < ink->width && v < ink->height)
                ink->pixels[(size_t)v * (size_t)ink->width + (size_t)u] = 255;
}

/* ink NULL: only measures. */
static int print_with_pen(const char *text, int size, int x, int y, int max_width,
                          const ScrawlImage *ink)
{
    int width = pen_print_width(text, size), at = 0, dot = size / 9 + 1, gap = 2 * dot + 1;
    if (width <= max_width) {
        if (ink)
            pen_print(text, size, x, y, ink->pixels, ink->width, ink->height);
        return width;
    }
    for (; *text; text++) {
        char one[] = {*text, '\0'};
        width = pen_print_width(one, size);
        if (at + width + 3 * gap > max_width)
            break;
        if (ink)
            pen_print(one, size, x + at, y, ink->pixels, ink->width, ink->height);
        at += width;
    }
    for (int i = 0; i < 3 && at + gap <= max_width; i++, at += gap)
        if (ink)
            draw_dot(dot, x + at + 1, y + size - dot, ink);
    return at;
}

/* Pango complains on stderr about what is not UTF-8. */
static bool suits_pango(const char *text)
{
    return has_font() && utf8_valid(text);
}

int label_print(const char *text, int size, int x, int y, int max_width, const ScrawlImage *ink)
{
    int width;
    if (!suits_pango(text))
        return print_with_pen(text, size, x, y, max_width, ink);
    PangoLayout *layout = lay_out(text, size, max_width, &width);
    if (ink && width > 0)
        draw(layout, size, x, y, width, ink);
    lib.g_object_unref(layout);
    return width;
}

int label_width(const char *text, int size, int max_width)
{
    return label_print(text, size, 0, 0, max_width, NULL);
}

bool label_can_show(const char *text)
{
    if (suits_pango(text))
        return covers(text);
    for (; *text; text++)
        if (skeleton_variants((char[]){*text, '\0'}) > 0)
            return true;
    return false;
}
