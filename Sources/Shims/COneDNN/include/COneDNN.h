/// A thin layer over oneDNN's C interface that compiles against versions 2.x and 3.x, which differ in how operations are
/// described. All arrays are float32 on the CPU. Functions that create something return NULL where oneDNN has no
/// implementation for what is asked.
#ifndef PARE_ONEDNN_H
#define PARE_ONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "COneDNNGemm.h"

/// How the elements of an array lie in memory: dimensions and strides, perhaps blocked.
typedef struct pare_layout pare_layout;

/// Row-major without strides; otherwise as the strides (in elements) say.
pare_layout *pare_layout_strided(int rank, const int64_t *dims, const int64_t *strides);
/// Left to an operation to choose.
pare_layout *pare_layout_any(int rank, const int64_t *dims);
pare_layout *pare_layout_copy(const pare_layout *layout);
bool pare_layout_equal(const pare_layout *left, const pare_layout *right);
size_t pare_layout_bytes(const pare_layout *layout);
void pare_layout_free(pare_layout *layout);

/// Functions of one number, and of two.
typedef enum {
    pare_relu, pare_elu, pare_logistic, pare_tanh, pare_clip, pare_gelu_erf, pare_gelu_tanh, pare_exp, pare_abs,
    pare_sqrt, pare_linear, pare_hardswish
} pare_pointwise;
typedef enum { pare_add, pare_subtract, pare_multiply, pare_divide } pare_binary_function;

/// What an operation does to each result before it is written.
typedef struct {
    enum { pare_post_function, pare_post_sum } kind;
    pare_pointwise function;
    float alpha, beta;
} pare_post;

/// An operation made ready to run, with the layouts it settled on. Immutable; any number of threads may run it at once.
typedef struct pare_operation pare_operation;

typedef struct {
    int spatial;
    int64_t strides[3], dilations[3], padding_begin[3], padding_end[3];
} pare_window;

/// `weights` and `bias` (NULL for none) may be `any`, as may `source` and `destination`. Grouped weights have the groups as
/// their first dimension. Dilations count from 1.
pare_operation *pare_convolution(const pare_layout *source, const pare_layout *weights, const pare_layout *bias,
    const pare_layout *destination, const pare_window *window, bool transposed, const pare_post *posts, int count);
pare_operation *pare_inner_product(const pare_layout *source, const pare_layout *weights, const pare_layout *bias,
    const pare_layout *destination, const pare_post *posts, int count);
pare_operation *pare_matrix_product(const pare_layout *source, const pare_layout *weights, const pare_layout *bias,
    const pare_layout *destination, const pare_post *posts, int count);

typedef enum { pare_pool_max, pare_pool_average, pare_pool_average_padded } pare_pool_kind;
pare_operation *pare_pooling(pare_pool_kind kind, const pare_layout *source, const pare_layout *destination,
    const int64_t *kernel, const pare_window *window);

/// (k + alpha / size · Σ x²)^−beta · x over `size` neighbouring channels.
pare_operation *pare_lrn(const pare_layout *data, int64_t size, float alpha, float beta, float k);
pare_operation *pare_softmax(const pare_layout *data, int axis, bool logarithm);
pare_operation *pare_eltwise(const pare_layout *data, pare_pointwise function, float alpha, float beta);
/// `right` broadcasts to `left` along dimensions of 1.
pare_operation *pare_binary(pare_binary_function function, const pare_layout *left, const pare_layout *right,
    const pare_post *posts, int count);
pare_operation *pare_concatenation(const pare_layout *const *sources, int count, int axis, const pare_layout *destination);
pare_operation *pare_reorder(const pare_layout *source, const pare_layout *destination);
void pare_operation_free(pare_operation *operation);

/// Operations of training. Forward ones keep what their backward ones need: a workspace, where they have one. Backward ones take the
/// layouts of values and of their gradients alike.
typedef enum {
    pare_convolution_forward, pare_convolution_backward_source, pare_convolution_backward_weights
} pare_convolution_pass;
pare_operation *pare_convolution_training(pare_convolution_pass pass, const pare_layout *source, const pare_layout *weights,
    const pare_layout *bias, const pare_layout *destination, const pare_window *window, bool transposed);
pare_operation *pare_pooling_training(bool backward, pare_pool_kind kind, const pare_layout *source,
    const pare_layout *destination, const int64_t *kernel, const pare_window *window);
pare_operation *pare_lrn_training(
    bool backward, const pare_layout *data, int64_t size, float alpha, float beta, float k);

/// Functions whose backward operation reads their result as `destination`; the last reads its argument as `source`.
typedef enum {
    pare_slope_relu, pare_slope_elu, pare_slope_logistic, pare_slope_tanh, pare_slope_exp, pare_slope_gelu_erf
} pare_slope;
pare_operation *pare_eltwise_training(bool backward, const pare_layout *data, pare_slope function, float alpha);

/// By the batch's own mean and variance, which it writes, or by given ones (`frozen`); `relu` cuts the result off at 0.
pare_operation *pare_batch_normalization(
    bool backward, const pare_layout *data, int64_t channels, float epsilon, bool frozen, bool relu);

/// What an operation reads and writes; concatenations name their sources `pare_source + n`.
typedef enum {
    pare_source, pare_right, pare_weights = 32, pare_bias, pare_destination, pare_scratch, pare_workspace, pare_mean,
    pare_variance, pare_scale, pare_shift, pare_source_gradient, pare_weights_gradient, pare_bias_gradient,
    pare_destination_gradient, pare_scale_gradient, pare_shift_gradient, pare_role_count
} pare_role;

/// The layout an operation settled on for a role; belongs to the operation. NULL where it has none.
const pare_layout *pare_operation_layout(const pare_operation *operation, int role);

/// A way to run operations on the calling thread (and those it leads, where the library was given more threads).
typedef struct pare_stream pare_stream;
pare_stream *pare_stream_create(void);
void pare_stream_free(pare_stream *stream);

/// An operation together with the memory it works on.
typedef struct pare_call pare_call;
pare_call *pare_call_create(const pare_operation *operation, int count, const int *roles, void *const *memory);
/// Lets argument `index` be somewhere else from now on.
void pare_call_move(pare_call *call, int index, void *memory);
/// Whether the operation ran.
bool pare_call_run(pare_call *call, pare_stream *stream);
void pare_call_free(pare_call *call);

/// Calls `body` for every part in 0..<count, divided among the threads that operations of the calling thread use.
void pare_parallel(int threads, size_t count, void (*body)(size_t part, void *context), void *context);

/// Sets how many threads operations created and run on the calling thread use.
void pare_set_threads(int count);

#endif
