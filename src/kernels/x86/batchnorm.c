#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

/* Two sums over a plane, in four pairs of vectors: what is summed is of(x, y). */
typedef struct Sums {
    __m256 first[4], second[4];
} Sums;

static inline void clear_sums(Sums *s)
{
    for (int v = 0; v < 4; v++)
        s->first[v] = s->second[v] = _mm256_setzero_ps();
}

static inline float total(const __m256 sum[4])
{
    return sum_across(_mm256_add_ps(_mm256_add_ps(sum[0], sum[1]), _mm256_add_ps(sum[2], sum[3])));
}

static float sum_plane(size_t area, const float *x)
{
    Sums s;
    clear_sums(&s);
    size_t j = 0;
    for (; j + 4 * LANES <= area; j += 4 * LANES)
        for (size_t v = 0; v < 4; v++)
            s.first[v] = _mm256_add_ps(s.first[v], _mm256_loadu_ps(x + j + v * LANES));
    for (; j + LANES <= area; j += LANES)
        s.first[0] = _mm256_add_ps(s.first[0], _mm256_loadu_ps(x + j));
    s.first[1] = _mm256_add_ps(s.first[1], load_first(x + j, area - j));
    return total(s.first);
}

/* Adds the sums of x - mean and of its square over one plane. */
static void add_squares(size_t area, const float *x, float mean, float *sum, float *squares)
{
    const __m256 means = _mm256_set1_ps(mean);
    Sums s;
    clear_sums(&s);
    size_t j = 0;
    for (; j + 4 * LANES <= area; j += 4 * LANES)
        for (size_t v = 0; v < 4; v++) {
            __m256 d = _mm256_sub_ps(_mm256_loadu_ps(x + j + v * LANES), means);
            s.first[v] = _mm256_add_ps(s.first[v], d);
            s.second[v] = _mm256_fmadd_ps(d, d, s.second[v]);
        }
    for (; j < area; j += LANES) {
        __m256i mask = lane_mask(area - j < LANES ? area - j : LANES);
        __m256 d = _mm256_sub_ps(_mm256_maskload_ps(x + j, mask), means);
        d = _mm256_and_ps(d, _mm256_castsi256_ps(mask));
        s.first[0] = _mm256_add_ps(s.first[0], d);
        s.second[0] = _mm256_fmadd_ps(d, d, s.second[0]);
    }
    *sum += total(s.first);
    *squares += total(s.second);
}

/* Two passes, as in C; see there for why. */
void batchnorm_statistics_avx2(size_t n, size_t channels, size_t area, const float *x, float *mean,
                               float *m2)
{
    float count = (float)n * (float)area;
    for (size_t c = 0; c < channels; c++) {
        float sum = 0, rest = 0, squares = 0;
        for (size_t i = 0; i < n; i++)
            sum += sum_plane(area, x + (i * channels + c) * area);
        mean[c] = count > 0 ? sum / count : 0;
        for (size_t i = 0; i < n; i++)
            add_squares(area, x + (i * channels + c) * area, mean[c], &rest, &squares);
        float left = count > 0 ? rest / count : 0;
        mean[c] += left;
        m2[c] = squares - rest * left;
        m2[c] = m2[c] < 0 ? 0 : m2[c];
    }
}

void batchnorm_affine_avx2(size_t n, size_t channels, size_t area, const float *x,
                           const float *scale, const float *shift, float *y)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < channels; c++, x += area, y += area) {
            __m256 a = _mm256_set1_ps(scale[c]), b = _mm256_set1_ps(shift[c]);
            size_t j = 0;
            for (; j + LANES <= area; j += LANES)
                _mm256_storeu_ps(y + j, _mm256_fmadd_ps(_mm256_loadu_ps(x + j), a, b));
            if (j < area)
                store_first(y + j, area - j, _mm256_fmadd_ps(load_first(x + j, area - j), a, b));
        }
}

/* Adds the sums of dy and of dy * (x - mean) over one plane. */
static void add_products(size_t area, const float *x, const float *dy, float mean, float *sum,
                         float *products)
{
    const __m256 means = _mm256_set1_ps(mean);
    Sums s;
    clear_sums(&s);
    size_t j = 0;
    for (; j + 4 * LANES <= area; j += 4 * LANES)
        for (size_t v = 0; v < 4; v++) {
            __m256 g = _mm256_loadu_ps(dy + j + v * LANES);
            __m256 d = _mm256_sub_ps(_mm256_loadu_ps(x + j + v * LANES), means);
            s.first[v] = _mm256_add_ps(s.first[v], g);
            s.second[v] = _mm256_fmadd_ps(g, d, s.second[v]);
        }
    for (; j < area; j += LANES) {
        size_t width = area - j < LANES ? area - j : LANES;
        __m256 g = load_first(dy + j, width);
        __m256 d = _mm256_sub_ps(load_first(x + j, width), means);
        s.first[0] = _mm256_add_ps(s.first[0], g);
        s.second[0] = _mm256_fmadd_ps(g, d, s.second[0]);
    }
    *sum += total(s.first);
    *products += total(s.second);
}

void batchnorm_sums_avx2(size_t n, size_t channels, size_t area, const float *x, const float *dy,
                         const float *mean, const float *inv_std, float *sum_dy, float *sum_dy_xhat)
{
    for (size_t c = 0; c < channels; c++) {
        float sum = 0, products = 0;
        for (size_t i = 0; i < n; i++) {
            size_t plane = (i * channels + c) * area;
            add_products(area, x + plane, dy + plane, mean[c], &sum, &products);
        }
        sum_dy[c] = sum;
        sum_dy_xhat[c] = products * inv_std[c];
    }
}

void batchnorm_backward_avx2(size_t n, size_t channels, size_t area, const float *x,
                             const float *dy, const float *a, const float *b, const float *d,
                             float *dx)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < channels; c++, x += area, dy += area, dx += area) {
            __m256 of_dy = _mm256_set1_ps(a[c]), of_x = _mm256_set1_ps(b[c]);
            __m256 shift = _mm256_set1_ps(d[c]);
            size_t j = 0;
            for (; j + LANES <= area; j += LANES) {
                __m256 g = _mm256_fmadd_ps(of_x, _mm256_loadu_ps(x + j), shift);
                _mm256_storeu_ps(dx + j, _mm256_fmadd_ps(of_dy, _mm256_loadu_ps(dy + j), g));
            }
            if (j < area) {
                __m256 g = _mm256_fmadd_ps(of_x, load_first(x + j, area - j), shift);
                g = _mm256_fmadd_ps(of_dy, load_first(dy + j, area - j), g);
                store_first(dx + j, area - j, g);
            }
        }
}
