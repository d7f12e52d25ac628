/* Convolutions of all shapes as products over offsets (contract.h): with x padded by a border of
 * zeros, y[k; n,p,q] = sum over c,r,s of w[k; c,r,s] * x[(c,r,s) + (n,p,q)]. The gradient of the
 * weights swaps the roles, the gradient of the data is one such product per phase of the stride.
 * Layers of one channel a group (depthwise, or a grey input) have loops of their own, below. */
#include "kernels/conv.h"

#include <string.h>

#include "kernels/c.h"

/* The padded images of as many at once as fit into about this many reals: more columns for one
 * packing of the weights, but still in cache. */
enum { PADDED_REALS = 48 * 1024 };

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

static ConvBorder border_of_input(const ConvShape *s)
{
    size_t pad = (size_t)s->padding;
    return (ConvBorder){pad, pad, (size_t)s->height + 2 * pad, (size_t)s->width + 2 * pad};
}

/* Round dy, so that each phase of the data gradient reads zeros beyond its edges: a tap r of phase
 * a is r = a + stride r', with r' from 0 to at most ceil(R / stride) - 1, and reads row i - r' of
 * dy for i up to (padding + H - 1) / stride. */
static size_t margin_before(int kernel, int stride)
{
    return (size_t)((kernel - 1) / stride);
}

static size_t margin_after(int length, int out_length, int padding, int stride)
{
    int last = (padding + length - 1) / stride;
    return last >= out_length ? (size_t)(last - out_length + 1) : 0;
}

ConvBorder conv_border_of_output(const ConvShape *s)
{
    size_t top = margin_before(s->kernel_height, s->stride);
    size_t left = margin_before(s->kernel_width, s->stride);
    size_t below = margin_after(s->height, s->out_height, s->padding, s->stride);
    size_t right = margin_after(s->width, s->out_width, s->padding, s->stride);
    return (ConvBorder){top, left, top + (size_t)s->out_height + below,
                        left + (size_t)s->out_width + right};
}

/* Images handled at once: n where there is no border to add and so nothing to copy. */
static size_t images_at_once(const ConvBorder *border, size_t channels, size_t height, size_t width,
                             size_t n)
{
    if (border->height == height && border->width == width)
        return n;
    size_t fit = PADDED_REALS / (channels * border->height * border->width);
    return fit > 0 ? fit : 1;
}

/* Reals for the padded images. */
static size_t padded_size(const ConvBorder *border, size_t channels, size_t height, size_t width)
{
    if (border->height == height && border->width == width)
        return 0;
    return images_at_once(border, channels, height, width, 1) * channels * border->height *
           border->width;
}

/* The planes with their border, in `padded`; or x itself where there is none. */
static const real *add_border(const ConvBorder *border, size_t planes, size_t height, size_t width,
                              const real *x, real *padded)
{
    if (border->height == height && border->width == width)
        return x;
    real *to = padded;
    memset(padded, 0, planes * border->height * border->width * sizeof *padded);
    for (size_t plane = 0; plane < planes; plane++, to += border->height * border->width)
        for (size_t row = 0; row < height; row++, x += width)
            memcpy(to + (border->top + row) * border->width + border->left, x, width * sizeof *x);
    return padded;
}

/* The index of the pixels of n outputs, and where their windows start in the padded input. */
static ContractIndex index_of_pixels(const ConvShape *s, size_t n, const ConvBorder *border)
{
    size_t height = (size_t)s->out_height, width = (size_t)s->out_width;
    ptrdiff_t plane = (ptrdiff_t)(border->height * border->width);
    return (ContractIndex){
        .extent = {n, height, width},
        .stride = {{s->channels * plane, s->stride * (ptrdiff_t)border->width, s->stride},
                   {s->filters * (ptrdiff_t)(height * width), (ptrdiff_t)width, 1}},
    };
}

/* The index of the taps of one filter: in the weights, and from the start of a window of the padded
 * input. */
static ContractIndex index_of_taps(const ConvShape *s, const ConvBorder *border)
{
    ptrdiff_t height = s->kernel_height, width = s->kernel_width;
    return (ContractIndex){
        .extent = {(size_t)(s->channels / s->groups), (size_t)height, (size_t)width},
        .stride = {{height * width, width, 1},
                   {(ptrdiff_t)(border->height * border->width), (ptrdiff_t)border->width, 1}},
    };
}

/* The same index seen from the other tensor. */
static ContractIndex swap_tensors(ContractIndex index)
{
    ContractIndex swapped = index;
    memcpy(swapped.stride[0], index.stride[1], sizeof index.stride[0]);
    memcpy(swapped.stride[1], index.stride[0], sizeof index.stride[0]);
    return swapped;
}

static size_t taps_per_filter(const ConvShape *s)
{
    return (size_t)(s->channels / s->groups * s->kernel_height * s->kernel_width);
}

size_t conv_work(const ContractEngine *engine, const ConvShape *s)
{
    size_t height = (size_t)s->height, width = (size_t)s->width;
    size_t out_height = (size_t)s->out_height, out_width = (size_t)s->out_width;
    size_t channels = (size_t)s->channels, filters = (size_t)s->filters;
    ConvBorder input = border_of_input(s), output = conv_border_of_output(s);
    size_t padded = kernels_max(padded_size(&input, channels, height, width),
                                padded_size(&output, filters, out_height, out_width));
    /* The largest that a product of any of the three can take. */
    return padded + contract_work(engine, kernels_max(filters, channels), SIZE_MAX);
}

static void fill_bias(size_t n, size_t filters, size_t area, const real *bias, real *y)
{
    for (size_t image = 0; image < n; image++)
        for (size_t k = 0; k < filters; k++, y += area)
            for (size_t i = 0; i < area; i++)
                y[i] = bias[k];
}

/* What forward and the gradient of the weights share: x is padded and multiplied some images at a
 * time, by group. */
typedef struct Layer {
    size_t channels, filters, groups, height, width;
    size_t out_area;
    ConvBorder border;
    size_t images;                    /* at a time */
    size_t x_group, y_group, w_group; /* from a group to the next: in padded, in y, in w */
    real *padded, *rest;              /* the work memory */
} Layer;

static Layer find_layer(const ConvShape *s, size_t n, real *work)
{
    Layer l = {.channels = (size_t)s->channels,
               .filters = (size_t)s->filters,
               .groups = (size_t)s->groups,
               .height = (size_t)s->height,
               .width = (size_t)s->width,
               .out_area = (size_t)s->out_height * (size_t)s->out_width,
               .border = border_of_input(s),
               .padded = work};
    size_t plane = l.border.height * l.border.width;
    l.images = images_at_once(&l.border, l.channels, l.height, l.width, n);
    l.x_group = l.channels / l.groups * plane;
    l.y_group = l.filters / l.groups * l.out_area;
    l.w_group = l.filters / l.groups * taps_per_filter(s);
    l.rest = work + padded_size(&l.border, l.channels, l.height, l.width);
    return l;
}

/* `images` images from image `first` on, with their border. */
static const real *pad_images(const Layer *l, size_t first, size_t images, const real *x)
{
    return add_border(&l->border, images * l->channels, l->height, l->width,
                      x + first * l->channels * l->height * l->width, l->padded);
}

void conv_forward(const ContractEngine *engine, const ConvShape *s, size_t n, const real *x,
                  const real *w, const real *bias, real *y, real *work)
{
    Layer l = find_layer(s, n, work);
    Contraction product = {
        .rows = {{1, 1, l.filters / l.groups},
                 {{0, 0, (ptrdiff_t)taps_per_filter(s)}, {0, 0, (ptrdiff_t)l.out_area}}},
        .depth = index_of_taps(s, &l.border),
    };
    for (size_t first = 0; first < n; first += l.images) {
        size_t images = minimum(l.images, n - first);
        const real *padded = pad_images(&l, first, images, x);
        real *out = y + first * l.filters * l.out_area;
        if (bias)
            fill_bias(images, l.filters, l.out_area, bias, out);
        product.columns = index_of_pixels(s, images, &l.border);
        for (size_t g = 0; g < l.groups; g++)
            contract(engine, &product, w + g * l.w_group, padded + g * l.x_group, bias != NULL,
                     out + g * l.y_group, l.rest);
    }
}

void conv_backward_bias(const ConvShape *s, size_t n, const real *dy, real *dbias)
{
    size_t filters = (size_t)s->filters, area = (size_t)s->out_height * (size_t)s->out_width;
    for (size_t image = 0; image < n; image++)
        for (size_t k = 0; k < filters; k++, dy += area)
            dbias[k] += sum_array(area, dy);
}

void conv_backward_weights(const ContractEngine *engine, const ConvShape *s, size_t n,
                           const real *x, const real *dy, real *dw, real *work)
{
    Layer l = find_layer(s, n, work);
    Contraction product = {
        .rows = {{1, 1, l.filters / l.groups},
                 {{0, 0, (ptrdiff_t)l.out_area}, {0, 0, (ptrdiff_t)taps_per_filter(s)}}},
        .columns = swap_tensors(index_of_taps(s, &l.border)),
    };
    for (size_t first = 0; first < n; first += l.images) {
        size_t images = minimum(l.images, n - first);
        const real *padded = pad_images(&l, first, images, x);
        const real *slopes = dy + first * l.filters * l.out_area;
        product.depth = swap_tensors(index_of_pixels(s, images, &l.border));
        for (size_t g = 0; g < l.groups; g++)
            contract(engine, &product, slopes + g * l.y_group, padded + g * l.x_group, 1,
                     dw + g * l.w_group, l.rest);
    }
}

ConvPhase conv_find_phase(int phase, int kernel, int stride, int padding, int length)
{
    int first_i = padding > phase ? (padding - phase + stride - 1) / stride : 0;
    int first_y = phase + stride * first_i - padding;
    return (ConvPhase){
        .taps = kernel > phase ? (size_t)((kernel - phase + stride - 1) / stride) : 0,
        .count = first_y < length ? (size_t)((length - first_y + stride - 1) / stride) : 0,
        .first_i = (size_t)first_i,
        .first_y = (size_t)first_y,
    };
}

/* Adds nothing outside its phase: all phases together write each value of dx once. */
static void backward_phase(const ContractEngine *engine, const ConvShape *s, size_t n,
                           int row_phase, int column_phase, const real *padded,
                           const ConvBorder *border, const real *w, real *dx, real *work)
{
    size_t filters = (size_t)(s->filters / s->groups), channels = (size_t)(s->channels / s->groups);
    ptrdiff_t stride = s->stride, taps = (ptrdiff_t)s->kernel_height * s->kernel_width;
    ptrdiff_t area = (ptrdiff_t)s->height * s->width;
    ptrdiff_t padded_width = (ptrdiff_t)border->width;
    ptrdiff_t plane = (ptrdiff_t)border->height * padded_width;
    ConvPhase v = conv_find_phase(row_phase, s->kernel_height, s->stride, s->padding, s->height);
    ConvPhase h = conv_find_phase(column_phase, s->kernel_width, s->stride, s->padding, s->width);
    Contraction product = {
        .rows = {{1, 1, channels}, {{0, 0, taps}, {0, 0, area}}},
        .columns = {{n, v.count, h.count},
                    {{s->filters * plane, padded_width, 1},
                     {s->channels * area, stride * s->width, stride}}},
        .depth = {{filters, v.taps, h.taps},
                  {{(ptrdiff_t)channels * taps, stride * s->kernel_width, stride},
                   {plane, -padded_width, -1}}},
    };
    const real *from =
        padded + (border->top + v.first_i) * border->width + border->left + h.first_i;
    const real *weights = w + row_phase * s->kernel_width + column_phase;
    real *to = dx + v.first_y * (size_t)s->width + h.first_y;
    for (size_t g = 0; g < (size_t)s->groups; g++)
        contract(engine, &product, weights + g * filters * channels * (size_t)taps,
                 from + g * filters * (size_t)plane, 0, to + g * channels * (size_t)area, work);
}

void conv_backward_data(const ContractEngine *engine, const ConvShape *s, size_t n, const real *dy,
                        const real *w, real *dx, real *work)
{
    size_t filters = (size_t)s->filters;
    size_t area = (size_t)s->channels * (size_t)s->height * (size_t)s->width;
    size_t out_height = (size_t)s->out_height, out_width = (size_t)s->out_width;
    ConvBorder border = conv_border_of_output(s);
    size_t at_once = images_at_once(&border, filters, out_height, out_width, n);
    real *rest = work + padded_size(&border, filters, out_height, out_width);
    for (size_t first = 0; first < n; first += at_once) {
        size_t images = minimum(at_once, n - first);
        const real *padded = add_border(&border, images * filters, out_height, out_width,
                                        dy + first * filters * out_height * out_width, work);
        for (int i = 0; i < s->stride; i++)
            for (int j = 0; j < s->stride; j++)
                backward_phase(engine, s, images, i, j, padded, &border, w, dx + first * area,
                               rest);
    }
}

/* Convolutions of one channel a group.
 *
 * Planes are copied into wide ones of one common row length, with zeros between, so that a whole
 * plane is one long row: a tap (r, c) is the offset r * width + c, whatever row it meets, and loops
 * run over thousands of values instead of seven. A stride is a matter of the copies only: outputs
 * left out on the way there are zeros on the way back. */

/* What all three directions need of a shape. */
typedef struct Planes {
    size_t height, width;        /* of a wide plane: the input with its padding */
    size_t size;                 /* height * width */
    size_t margin;               /* the offset of the last tap */
    size_t taps, area, out_area; /* of a kernel, an input plane, an output plane */
    size_t each;                 /* filters per channel */
} Planes;

static Planes find_planes(const ConvShape *s)
{
    size_t height = (size_t)(s->height + 2 * s->padding);
    size_t width = (size_t)(s->width + 2 * s->padding);
    return (Planes){
        .height = height,
        .width = width,
        .size = height * width,
        .margin = (size_t)(s->kernel_height - 1) * width + (size_t)(s->kernel_width - 1),
        .taps = (size_t)s->kernel_height * (size_t)s->kernel_width,
        .area = (size_t)s->height * (size_t)s->width,
        .out_area = (size_t)s->out_height * (size_t)s->out_width,
        .each = (size_t)(s->filters / s->channels),
    };
}

/* A plane, a plane with a margin before it (no larger than a plane), and a turned kernel. */
size_t depthwise_work(const ConvShape *s)
{
    Planes planes = find_planes(s);
    return 2 * planes.size + planes.margin + planes.taps;
}

/* wide[y * step * width + x * step] = plane[y][x], zeros between. */
static void spread_out(size_t height, size_t row, const real *plane, size_t step, real *wide,
                       size_t width)
{
    for (size_t y = 0; y < height; y++, plane += row, wide += step * width) {
        if (step == 1)
            memcpy(wide, plane, row * sizeof *wide);
        else
            for (size_t x = 0; x < row; x++)
                wide[x * step] = plane[x];
    }
}

/* The way back. */
static void pick_up(size_t height, size_t row, real *plane, size_t step, const real *wide,
                    size_t width)
{
    for (size_t y = 0; y < height; y++, plane += row, wide += step * width) {
        if (step == 1)
            memcpy(plane, wide, row * sizeof *wide);
        else
            for (size_t x = 0; x < row; x++)
                plane[x] = wide[x * step];
    }
}

static void copy_input(const ConvShape *s, const Planes *planes, const real *x, real *wide)
{
    size_t pad = (size_t)s->padding;
    memset(wide, 0, planes->size * sizeof *wide);
    spread_out((size_t)s->height, (size_t)s->width, x, 1, wide + pad * planes->width + pad,
               planes->width);
}

/* y[i] += sum over the taps of w[r][c] * x[i + r * width + c]. Expanded with constant sizes for the
 * common kernels, so that the sum stays in a register. */
static inline __attribute__((always_inline)) void
filter_taps(size_t kernel_height, size_t kernel_width, const real *restrict w, size_t width,
            size_t count, const real *restrict x, real *restrict y)
{
    for (size_t i = 0; i < count; i++) {
        real sum = 0;
        for (size_t r = 0; r < kernel_height; r++)
            for (size_t c = 0; c < kernel_width; c++)
                sum += w[r * kernel_width + c] * x[i + r * width + c];
        y[i] += sum;
    }
}

static void filter_plane(const ConvShape *s, const Planes *planes, const real *w, size_t count,
                         const real *x, real *y)
{
    size_t width = planes->width, columns = (size_t)s->kernel_width;
    if (s->kernel_height == 3 && columns == 3)
        filter_taps(3, 3, w, width, count, x, y);
    else if (s->kernel_height == 5 && columns == 5)
        filter_taps(5, 5, w, width, count, x, y);
    else
        for (size_t t = 0; t < planes->taps; t++)
            axpy_c(count, w[t], x + t / columns * width + t % columns, y);
}

void depthwise_forward_c(const ConvShape *s, size_t n, const real *x, const real *w,
                         const real *bias, real *y, real *work)
{
    Planes planes = find_planes(s);
    size_t channels = (size_t)s->channels, count = planes.size - planes.margin;
    real *input = work, *output = input + planes.size;
    for (size_t i = 0; i < n * channels; i++, x += planes.area) {
        copy_input(s, &planes, x, input);
        size_t k = i % channels * planes.each;
        for (size_t end = k + planes.each; k < end; k++, y += planes.out_area) {
            for (size_t j = 0; j < count; j++)
                output[j] = bias ? bias[k] : 0;
            filter_plane(s, &planes, w + k * planes.taps, count, input, output);
            pick_up((size_t)s->out_height, (size_t)s->out_width, y, (size_t)s->stride, output,
                    planes.width);
        }
    }
}

/* The gradient at a place is the sum over the taps of what lies one tap's offset before it: the
 * kernel turned by half a circle, run over dy with a margin of zeros before it. */
void depthwise_backward_data_c(const ConvShape *s, size_t n, const real *dy, const real *w,
                               real *dx, real *work)
{
    Planes planes = find_planes(s);
    size_t channels = (size_t)s->channels, pad = (size_t)s->padding;
    size_t used = planes.size - pad * planes.width; /* no need to go on below the picture */
    real *output = work, *input = output + planes.size;
    real *turned = input + planes.size + planes.margin;
    memset(input, 0, (planes.size + planes.margin) * sizeof *input);
    for (size_t i = 0; i < n * channels; i++, dx += planes.area) {
        memset(output, 0, planes.size * sizeof *output);
        size_t k = i % channels * planes.each;
        for (size_t end = k + planes.each; k < end; k++, dy += planes.out_area) {
            for (size_t t = 0; t < planes.taps; t++)
                turned[t] = w[(k + 1) * planes.taps - 1 - t];
            spread_out((size_t)s->out_height, (size_t)s->out_width, dy, (size_t)s->stride,
                       input + planes.margin, planes.width);
            filter_plane(s, &planes, turned, used, input, output);
        }
        pick_up((size_t)s->height, (size_t)s->width, dx, 1, output + pad * planes.width + pad,
                planes.width);
    }
}

void depthwise_backward_weights_c(const ConvShape *s, size_t n, const real *x, const real *dy,
                                  real *dw, real *work)
{
    Planes planes = find_planes(s);
    size_t channels = (size_t)s->channels, columns = (size_t)s->kernel_width;
    size_t count = planes.size - planes.margin;
    real *input = work, *output = input + planes.size;
    memset(output, 0, count * sizeof *output);
    for (size_t i = 0; i < n * channels; i++, x += planes.area) {
        copy_input(s, &planes, x, input);
        size_t k = i % channels * planes.each;
        for (size_t end = k + planes.each; k < end; k++, dy += planes.out_area) {
            spread_out((size_t)s->out_height, (size_t)s->out_width, dy, (size_t)s->stride, output,
                       planes.width);
            for (size_t t = 0; t < planes.taps; t++)
                dw[k * planes.taps + t] +=
                    sum_products(count, output, input + t / columns * planes.width + t % columns);
        }
    }
}

/* Of the table. */

size_t conv_work_c(const ConvShape *s)
{
    return conv_is_depthwise(s) ? depthwise_work(s) : conv_work(&contract_engine_c, s);
}

void conv_forward_c(const ConvShape *s, size_t n, const real *x, const real *w, const real *bias,
                    real *y, real *work)
{
    if (conv_is_depthwise(s))
        depthwise_forward_c(s, n, x, w, bias, y, work);
    else
        conv_forward(&contract_engine_c, s, n, x, w, bias, y, work);
}

void conv_backward_data_c(const ConvShape *s, size_t n, const real *dy, const real *w, real *dx,
                          real *work)
{
    if (conv_is_depthwise(s))
        depthwise_backward_data_c(s, n, dy, w, dx, work);
    else
        conv_backward_data(&contract_engine_c, s, n, dy, w, dx, work);
}

void conv_backward_weights_c(const ConvShape *s, size_t n, const real *x, const real *dy, real *dw,
                             real *dbias, real *work)
{
    if (dbias)
        conv_backward_bias(s, n, dy, dbias);
    if (conv_is_depthwise(s))
        depthwise_backward_weights_c(s, n, x, dy, dw, work);
    else
        conv_backward_weights(&contract_engine_c, s, n, x, dy, dw, work);
}
