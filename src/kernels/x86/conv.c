#include "kernels/conv.h"

#include "kernels/x86/avx2.h"

size_t conv_work_avx2(const ConvShape *s)
{
    return conv_is_depthwise(s) ? depthwise_work_avx2(s) : conv_work(&contract_engine_avx2, s);
}

void conv_forward_avx2(const ConvShape *s, size_t n, const float *x, const float *w,
                       const float *bias, float *y, float *work)
{
    if (conv_is_depthwise(s))
        depthwise_forward_avx2(s, n, x, w, bias, y, work);
    else
        conv_forward(&contract_engine_avx2, s, n, x, w, bias, y, work);
}

void conv_backward_data_avx2(const ConvShape *s, size_t n, const float *dy, const float *w,
                             float *dx, float *work)
{
    if (conv_is_depthwise(s))
        depthwise_backward_data_avx2(s, n, dy, w, dx, work);
    else
        conv_backward_data(&contract_engine_avx2, s, n, dy, w, dx, work);
}

void conv_backward_weights_avx2(const ConvShape *s, size_t n, const float *x, const float *dy,
                                float *dw, float *dbias, float *work)
{
    if (dbias)
        conv_backward_bias(s, n, dy, dbias);
    if (conv_is_depthwise(s))
        depthwise_backward_weights_avx2(s, n, x, dy, dw, work);
    else
        conv_backward_weights(&contract_engine_avx2, s, n, x, dy, dw, work);
}
