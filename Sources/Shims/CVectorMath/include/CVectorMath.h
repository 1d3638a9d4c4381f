#ifndef PARE_VECTOR_MATH_H
#define PARE_VECTOR_MATH_H

#include <stddef.h>

/// Comparisons of two numbers.
typedef enum {
    pare_equal_comparison,
    pare_greater_comparison,
    pare_greater_or_equal_comparison,
    pare_less_comparison,
    pare_less_or_equal_comparison,
} pare_comparison;

/// Functions of one number; a and b are the operator's parameters.
typedef enum {
    pare_exp_function,
    pare_log_function,
    pare_tanh_function,
    pare_sigmoid_function,
    pare_erf_function,
    pare_sqrt_function,
    pare_reciprocal_function,
    pare_abs_function,
    pare_neg_function,
    pare_sign_function,
    pare_floor_function,
    pare_ceil_function,
    pare_round_function,
    /// max(x, 0)
    pare_relu_function,
    /// x, or a · x where x is negative
    pare_leaky_relu_function,
    /// x, or a · (exp(x / b) − 1) where x is negative: Celu with a = b, Elu with b = 1
    pare_elu_function,
    /// b · x, or b · a · (exp(x) − 1) where x is not positive
    pare_selu_function,
    /// min(max(x, a), b)
    pare_clip_function,
    /// max(0, min(1, a · x + b))
    pare_hard_sigmoid_function,
    /// x · max(0, min(1, x / 6 + 1 / 2))
    pare_hard_swish_function,
    /// x · sigmoid(a · x)
    pare_swish_function,
    pare_softplus_function,
    pare_softsign_function,
    pare_mish_function,
    /// x · Φ(x)
    pare_gelu_function,
    /// Gelu by its approximation with tanh
    pare_gelu_tanh_function,
    /// x where x > a, else 0
    pare_thresholded_relu_function,
    /// a · x + b
    pare_affine_function,
    /// a · tanh(b · x)
    pare_scaled_tanh_function,
    pare_square_function,
} pare_function;

/// Functions of two numbers.
typedef enum {
    pare_add_function,
    pare_subtract_function,
    pare_multiply_function,
    pare_divide_function,
    pare_maximum_function,
    pare_minimum_function,
    /// a where a ≥ 0, else a · b
    pare_prelu_function,
} pare_pair_function;

/// out[i] = f(in[i]). exp, log, tanh and erf are within 1.4 units in the last place, sigmoid within 2.4.
/// in and out may be the same array.
void pare_map(pare_function function, const float *in, float *out, size_t count, float a, float b);

/// out[i] = f(left[i · leftStep], right[i · rightStep]), steps 0 or 1; out may be one of the operands of step 1.
void pare_zip(
    pare_pair_function function, const float *left, size_t leftStep, const float *right, size_t rightStep, float *out,
    size_t count);

/// out[i] = 1 where left[i · leftStep] compares so with right[i · rightStep], else 0; steps 0 or 1.
void pare_compare(
    pare_comparison comparison, const float *left, size_t leftStep, const float *right, size_t rightStep,
    unsigned char *out, size_t count);

/// out[i] = max(out[i], in[i · step])
void pare_raise(const float *in, size_t step, float *out, size_t count);

/// out[i] = exp(in[i] − shift); returns the sum of the results.
float pare_exp_sum(const float *in, float shift, float *out, size_t count);

/// The largest element, −infinity where there is none.
float pare_max(const float *in, size_t count);
float pare_min(const float *in, size_t count);

/// Sums are made of many partial ones, in an order that depends on the processor.
float pare_sum(const float *in, size_t count);
float pare_sum_of_magnitudes(const float *in, size_t count);
/// Σ (in[i] − mean)²
float pare_sum_of_squares(const float *in, float mean, size_t count);

/// sum[i] += in[i]²
void pare_add_squares(const float *in, float *sum, size_t count);
/// sum[i] += |in[i]|
void pare_add_magnitudes(const float *in, float *sum, size_t count);
/// sum[i] += weight · in[i · step]
void pare_add_scaled(const float *in, size_t step, float weight, float *sum, size_t count);
/// sum[i · step] += in[i]
void pare_add_spread(const float *in, float *sum, size_t step, size_t count);

/// cell[i] = forget[i] · cell[i] + input[i] · candidate[i]
void pare_update_cell(
    const float *input, const float *forget, const float *candidate, float *cell, size_t count);
/// out[i] = update[i] · previous[i] + (1 − update[i]) · candidate[i]; out may be previous.
void pare_mix(
    const float *update, const float *previous, const float *candidate, float *out, size_t count);

/// out[i] = in[i · step] of elements of 1, 2, 4 or 8 bytes; the step may be 0 or negative.
void pare_copy_strided(const void *in, ptrdiff_t step, void *out, size_t count, size_t elementBytes);

/// out[i] = first[i · firstStep] where condition[i · conditionStep] is not 0, else second[i · secondStep]; elements of 1,
/// 2, 4 or 8 bytes, steps 0 or 1.
void pare_select(
    const unsigned char *condition, size_t conditionStep, const void *first, size_t firstStep, const void *second,
    size_t secondStep, void *out, size_t count, size_t elementBytes);

/// out[c · outStride + r] = in[r · inStride + c] of elements of 1, 2, 4 or 8 bytes.
void pare_transpose(
    const void *in, size_t inStride, void *out, size_t outStride, size_t rows, size_t columns, size_t elementBytes);

/// A step of gradient descent.
typedef struct {
    float rate, momentum, decay;
    /// Whether the gradient is taken where momentum leads to.
    _Bool nesterov;
} pare_descent;

/// A step of Adam: weights become `kept` · w − `size` · m / (√v / `root` + `epsilon`), their decay `added` to the gradient.
typedef struct {
    float beta1, beta2, epsilon, added, kept, size, root;
} pare_adam_rule;

/// Moves weights by their gradients; `velocity` is not looked at without momentum. Subnormal numbers count as zero.
void pare_descend(float *weights, const float *gradients, float *velocity, size_t count, pare_descent rule);
void pare_adam(float *weights, const float *gradients, float *first, float *second, size_t count, pare_adam_rule rule);

/// Elements of a panel's line in a packed matrix.
#define PARE_PANEL_WIDTH 32

/// Packs the transpose of `rows` (count, depth) for `pare_packed_product`: panels of 32 columns, filled up with zeros.
/// `packed` holds depth times the count rounded up to 32.
void pare_pack_transposed(const float *rows, size_t count, size_t depth, float *packed);

/// c (m, n) += a (m, k) · the packed matrix (k, n), for few rows and a matrix that is used many times.
void pare_packed_product(
    size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *c, size_t ldc);

#endif
