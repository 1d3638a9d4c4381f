#include "CVectorMath.h"

#include "scalar.h"

#define MAP(expression)                                                                                                \
    PARE_EACH {                                                                                                        \
        float x = in[i];                                                                                               \
        out[i] = (expression);                                                                                         \
    }                                                                                                                  \
    break

PARE_CLONES
void pare_map(pare_function function, const float *in, float *out, size_t count, float a, float b) {
    switch (function) {
    case pare_exp_function: MAP(expOf(x));
    case pare_log_function: MAP(logOf(x));
    case pare_tanh_function: MAP(tanhOf(x));
    case pare_sigmoid_function: MAP(sigmoidOf(x));
    case pare_erf_function: MAP(erfOf(x));
    case pare_sqrt_function: MAP(__builtin_elementwise_sqrt(x));
    case pare_reciprocal_function: MAP(1.0f / x);
    case pare_abs_function: MAP(fabsf(x));
    case pare_neg_function: MAP(-x);
    case pare_sign_function: MAP(x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x);
    case pare_floor_function: MAP(floorf(x));
    case pare_ceil_function: MAP(ceilf(x));
    case pare_round_function: MAP(rintf(x));
    case pare_relu_function: MAP(x < 0.0f ? 0.0f : x);
    case pare_leaky_relu_function: MAP(x < 0.0f ? a * x : x);
    case pare_elu_function: MAP(x < 0.0f ? a * expMinusOneOf(x / b) : x);
    case pare_selu_function: MAP(x > 0.0f ? b * x : b * (a * expMinusOneOf(x > 0.0f ? 0.0f : x)));
    case pare_clip_function: MAP((x < a ? a : x) > b ? b : (x < a ? a : x));
    case pare_hard_sigmoid_function: MAP(fmaxf(0.0f, fminf(1.0f, a * x + b)));
    case pare_hard_swish_function: MAP(x * fmaxf(0.0f, fminf(1.0f, x * (1.0f / 6.0f) + 0.5f)));
    case pare_swish_function: MAP(x * sigmoidOf(a * x));
    case pare_softplus_function: MAP(softplusOf(x));
    case pare_softsign_function: MAP(x / (1.0f + fabsf(x)));
    case pare_mish_function: MAP(mishOf(x));
    case pare_gelu_function: MAP(0.5f * x * (1.0f + erfOf(x * 0.70710678118654752f)));
    case pare_gelu_tanh_function:
        MAP(0.5f * x * (1.0f + tanhOf(0.79788456080286536f * (x + 0.044715f * x * x * x))));
    case pare_thresholded_relu_function: MAP(x > a ? x : 0.0f);
    case pare_affine_function: MAP(a * x + b);
    case pare_scaled_tanh_function: MAP(a * tanhOf(b * x));
    case pare_square_function: MAP(x * x);
    }
}

#define ZIP(expression)                                                                                                \
    if (leftStep != 0 && rightStep != 0) {                                                                             \
        PARE_EACH {                                                                                                    \
            float x = left[i], y = right[i];                                                                           \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
    } else if (leftStep != 0) {                                                                                        \
        float y = right[0];                                                                                            \
        PARE_EACH {                                                                                                    \
            float x = left[i];                                                                                         \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
    } else if (rightStep != 0) {                                                                                       \
        float x = left[0];                                                                                             \
        PARE_EACH {                                                                                                    \
            float y = right[i];                                                                                        \
            out[i] = (expression);                                                                                     \
        }                                                                                                              \
    } else {                                                                                                           \
        float x = left[0], y = right[0];                                                                               \
        PARE_EACH out[i] = (expression);                                                                               \
    }                                                                                                                  \
    break

PARE_CLONES
void pare_zip(
    pare_pair_function function, const float *left, size_t leftStep, const float *right, size_t rightStep, float *out,
    size_t count) {
    if (count == 0) return;
    switch (function) {
    case pare_add_function: ZIP(x + y);
    case pare_subtract_function: ZIP(x - y);
    case pare_multiply_function: ZIP(x * y);
    case pare_divide_function: ZIP(x / y);
    case pare_maximum_function: ZIP(maximumOf(x, y));
    case pare_minimum_function: ZIP(minimumOf(x, y));
    case pare_prelu_function: ZIP(x < 0.0f ? x * y : x);
    }
}

PARE_CLONES
void pare_update_cell(
    const float *input, const float *forget, const float *candidate, float *cell, size_t count) {
    PARE_EACH cell[i] = forget[i] * cell[i] + input[i] * candidate[i];
}

PARE_CLONES
void pare_mix(
    const float *update, const float *previous, const float *candidate, float *out, size_t count) {
    PARE_EACH out[i] = update[i] * previous[i] + (1.0f - update[i]) * candidate[i];
}

#define COMPARE(operator)                                                                                              \
    if (leftStep == 1 && rightStep == 1) {                                                                             \
        for (size_t i = 0; i < count; i++) out[i] = left[i] operator right[i];                                         \
    } else if (leftStep == 1) {                                                                                        \
        float y = right[0];                                                                                            \
        for (size_t i = 0; i < count; i++) out[i] = left[i] operator y;                                                \
    } else {                                                                                                           \
        for (size_t i = 0; i < count; i++) out[i] = left[0] operator right[i * rightStep];                             \
    }                                                                                                                  \
    break

PARE_CLONES
void pare_compare(
    pare_comparison comparison, const float *left, size_t leftStep, const float *right, size_t rightStep,
    unsigned char *out, size_t count) {
    switch (comparison) {
    case pare_equal_comparison: COMPARE(==);
    case pare_greater_comparison: COMPARE(>);
    case pare_greater_or_equal_comparison: COMPARE(>=);
    case pare_less_comparison: COMPARE(<);
    case pare_less_or_equal_comparison: COMPARE(<=);
    }
}

PARE_CLONES
void pare_raise(const float *in, size_t step, float *out, size_t count) {
    if (step == 1) {
        PARE_EACH out[i] = maximumOf(in[i], out[i]);
    } else {
        PARE_EACH out[i] = maximumOf(in[i * step], out[i]);
    }
}
