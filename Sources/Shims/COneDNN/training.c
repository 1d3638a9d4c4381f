#include "internal.h"

#include <stdlib.h>

// Backward operations are described with the forward one as a hint; it is made with the same layouts left open, and dropped.

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t Described;
#else
typedef const dnnl_memory_desc_t *Described;
#endif

static Described described(const pare_layout *layout) { return layout ? PARE_DESCRIPTION(layout) : NULL; }

static dnnl_primitive_attr_t callers_scratch(void) {
    dnnl_primitive_attr_t attribute = NULL;
    if (dnnl_primitive_attr_create(&attribute) != dnnl_success) return NULL;
    dnnl_primitive_attr_set_scratchpad_mode(attribute, dnnl_scratchpad_mode_user);
    return attribute;
}

static pare_layout *queried(const_dnnl_primitive_desc_t description, dnnl_query_t query, int index) {
    return pare_layout_wrap(dnnl_primitive_desc_query_md(description, query, index));
}

/// Takes over `description` (NULL passes through) and makes an operation of it.
static pare_operation *finished(dnnl_primitive_desc_t description) {
    if (!description) return NULL;
    pare_operation *operation = calloc(1, sizeof *operation);
    if (operation && dnnl_primitive_create(&operation->primitive, description) == dnnl_success) {
        operation->layouts[pare_source] = queried(description, dnnl_query_src_md, 0);
        operation->layouts[pare_weights] = queried(description, dnnl_query_weights_md, 0);
        operation->layouts[pare_bias] = queried(description, dnnl_query_weights_md, 1);
        operation->layouts[pare_destination] = queried(description, dnnl_query_dst_md, 0);
        operation->layouts[pare_scratch] = queried(description, dnnl_query_scratchpad_md, 0);
        operation->layouts[pare_workspace] = queried(description, dnnl_query_workspace_md, 0);
        operation->layouts[pare_source_gradient] = queried(description, dnnl_query_diff_src_md, 0);
        operation->layouts[pare_weights_gradient] = queried(description, dnnl_query_diff_weights_md, 0);
        operation->layouts[pare_bias_gradient] = queried(description, dnnl_query_diff_weights_md, 1);
        operation->layouts[pare_destination_gradient] = queried(description, dnnl_query_diff_dst_md, 0);
    } else {
        free(operation);
        operation = NULL;
    }
    dnnl_primitive_desc_destroy(description);
    return operation;
}

// `hint` is the description of the forward operation; 2.x describes forward operations without one as well.
#if DNNL_VERSION_MAJOR >= 3
#define DESCRIBE_FORWARD(result, type, call, ...)                                                                   \
    do {                                                                                                            \
        dnnl_primitive_attr_t attribute = callers_scratch();                                                        \
        if (!attribute || dnnl_##call##_primitive_desc_create(&result, pare_engine(), __VA_ARGS__, attribute)       \
                != dnnl_success) result = NULL;                                                                     \
        if (attribute) dnnl_primitive_attr_destroy(attribute);                                                      \
    } while (0)
#define DESCRIBE_BACKWARD(result, type, call, hint, ...)                                                            \
    do {                                                                                                            \
        dnnl_primitive_attr_t attribute = callers_scratch();                                                        \
        if (!attribute || dnnl_##call##_primitive_desc_create(&result, pare_engine(), __VA_ARGS__, hint, attribute) \
                != dnnl_success) result = NULL;                                                                     \
        if (attribute) dnnl_primitive_attr_destroy(attribute);                                                      \
    } while (0)
#else
#define DESCRIBE_BACKWARD(result, type, call, hint, ...)                                                            \
    do {                                                                                                            \
        dnnl_primitive_attr_t attribute = callers_scratch();                                                        \
        dnnl_##type##_desc_t what;                                                                                  \
        if (!attribute || dnnl_##call##_desc_init(&what, __VA_ARGS__) != dnnl_success                               \
            || dnnl_primitive_desc_create(&result, &what, attribute, pare_engine(), hint) != dnnl_success)          \
            result = NULL;                                                                                          \
        if (attribute) dnnl_primitive_attr_destroy(attribute);                                                      \
    } while (0)
#define DESCRIBE_FORWARD(result, type, call, ...) DESCRIBE_BACKWARD(result, type, call, NULL, __VA_ARGS__)
#endif

pare_operation *pare_convolution_training(pare_convolution_pass pass, const pare_layout *source, const pare_layout *weights,
    const pare_layout *bias, const pare_layout *destination, const pare_window *window, bool transposed) {
    dnnl_dims_t dilations;
    // oneDNN counts dilations from 0.
    for (int i = 0; i < window->spatial; i++) dilations[i] = window->dilations[i] - 1;
    dnnl_primitive_desc_t forward = NULL, description = NULL;
    Described x = described(source), w = described(weights), b = described(bias), y = described(destination);
#if DNNL_VERSION_MAJOR >= 3
#define FORWARD(type) DESCRIBE_FORWARD(forward, type, type##_forward, dnnl_forward_training, algorithm, x, w, b, y, \
    window->strides, dilations, window->padding_begin, window->padding_end)
#define BACKWARD_DATA(type) DESCRIBE_BACKWARD(description, type, type##_backward_data, forward, algorithm, x, w, y, \
    window->strides, dilations, window->padding_begin, window->padding_end)
#define BACKWARD_WEIGHTS(type) DESCRIBE_BACKWARD(description, type, type##_backward_weights, forward, algorithm, x, w, b, y, \
    window->strides, dilations, window->padding_begin, window->padding_end)
#else
#define FORWARD(type) DESCRIBE_FORWARD(forward, type, dilated_##type##_forward, dnnl_forward_training, algorithm, x, w, b, y, \
    window->strides, dilations, window->padding_begin, window->padding_end)
#define BACKWARD_DATA(type) DESCRIBE_BACKWARD(description, type, dilated_##type##_backward_data, forward, algorithm, x, w, y, \
    window->strides, dilations, window->padding_begin, window->padding_end)
#define BACKWARD_WEIGHTS(type) DESCRIBE_BACKWARD(description, type, dilated_##type##_backward_weights, forward, algorithm, x, w, b, y, \
    window->strides, dilations, window->padding_begin, window->padding_end)
#endif
    dnnl_alg_kind_t algorithm = transposed ? dnnl_deconvolution_direct : dnnl_convolution_direct;
    if (transposed) FORWARD(deconvolution); else FORWARD(convolution);
    if (pass == pare_convolution_forward || !forward) return finished(forward);
    if (pass == pare_convolution_backward_source) {
        if (transposed) BACKWARD_DATA(deconvolution); else BACKWARD_DATA(convolution);
    } else {
        if (transposed) BACKWARD_WEIGHTS(deconvolution); else BACKWARD_WEIGHTS(convolution);
    }
    dnnl_primitive_desc_destroy(forward);
    return finished(description);
}

pare_operation *pare_pooling_training(bool backward, pare_pool_kind kind, const pare_layout *source,
    const pare_layout *destination, const int64_t *kernel, const pare_window *window) {
    dnnl_alg_kind_t algorithm = kind == pare_pool_max ? dnnl_pooling_max
        : kind == pare_pool_average ? dnnl_pooling_avg_exclude_padding : dnnl_pooling_avg_include_padding;
    dnnl_dims_t dilations;
    for (int i = 0; i < window->spatial; i++) dilations[i] = window->dilations[i] - 1;
    dnnl_primitive_desc_t forward = NULL, description = NULL;
    Described x = described(source), y = described(destination);
#if DNNL_VERSION_MAJOR >= 3
    DESCRIBE_FORWARD(forward, pooling, pooling_forward, dnnl_forward_training, algorithm, x, y, window->strides, kernel,
        dilations, window->padding_begin, window->padding_end);
#else
    DESCRIBE_FORWARD(forward, pooling_v2, pooling_v2_forward, dnnl_forward_training, algorithm, x, y, window->strides, kernel,
        dilations, window->padding_begin, window->padding_end);
#endif
    if (!backward || !forward) return finished(forward);
#if DNNL_VERSION_MAJOR >= 3
    DESCRIBE_BACKWARD(description, pooling, pooling_backward, forward, algorithm, x, y, window->strides, kernel, dilations,
        window->padding_begin, window->padding_end);
#else
    DESCRIBE_BACKWARD(description, pooling_v2, pooling_v2_backward, forward, algorithm, x, y, window->strides, kernel,
        dilations, window->padding_begin, window->padding_end);
#endif
    dnnl_primitive_desc_destroy(forward);
    return finished(description);
}

pare_operation *pare_lrn_training(
    bool backward, const pare_layout *data, int64_t size, float alpha, float beta, float k) {
    dnnl_primitive_desc_t forward = NULL, description = NULL;
    Described x = described(data);
#if DNNL_VERSION_MAJOR >= 3
    DESCRIBE_FORWARD(forward, lrn, lrn_forward, dnnl_forward_training, dnnl_lrn_across_channels, x, x, size, alpha, beta, k);
    if (!backward || !forward) return finished(forward);
    DESCRIBE_BACKWARD(description, lrn, lrn_backward, forward, dnnl_lrn_across_channels, x, x, x, size, alpha, beta, k);
#else
    DESCRIBE_FORWARD(forward, lrn, lrn_forward, dnnl_forward_training, dnnl_lrn_across_channels, x, size, alpha, beta, k);
    if (!backward || !forward) return finished(forward);
    DESCRIBE_BACKWARD(description, lrn, lrn_backward, forward, dnnl_lrn_across_channels, x, x, size, alpha, beta, k);
#endif
    dnnl_primitive_desc_destroy(forward);
    return finished(description);
}

static dnnl_alg_kind_t kind_of(pare_slope function) {
    switch (function) {
    case pare_slope_relu: return dnnl_eltwise_relu_use_dst_for_bwd;
    case pare_slope_elu: return dnnl_eltwise_elu_use_dst_for_bwd;
    case pare_slope_logistic: return dnnl_eltwise_logistic_use_dst_for_bwd;
    case pare_slope_tanh: return dnnl_eltwise_tanh_use_dst_for_bwd;
    case pare_slope_exp: return dnnl_eltwise_exp_use_dst_for_bwd;
    case pare_slope_gelu_erf: return dnnl_eltwise_gelu_erf;
    }
    return dnnl_alg_kind_undef;
}

pare_operation *pare_eltwise_training(bool backward, const pare_layout *data, pare_slope function, float alpha) {
    dnnl_primitive_desc_t forward = NULL, description = NULL;
    dnnl_alg_kind_t kind = kind_of(function);
    Described x = described(data);
#if DNNL_VERSION_MAJOR >= 3
    DESCRIBE_FORWARD(forward, eltwise, eltwise_forward, dnnl_forward_training, kind, x, x, alpha, 0);
    if (!backward || !forward) return finished(forward);
    DESCRIBE_BACKWARD(description, eltwise, eltwise_backward, forward, kind, x, x, x, alpha, 0);
#else
    DESCRIBE_FORWARD(forward, eltwise, eltwise_forward, dnnl_forward_training, kind, x, alpha, 0);
    if (!backward || !forward) return finished(forward);
    DESCRIBE_BACKWARD(description, eltwise, eltwise_backward, forward, kind, x, x, alpha, 0);
#endif
    dnnl_primitive_desc_destroy(forward);
    return finished(description);
}

pare_operation *pare_batch_normalization(
    bool backward, const pare_layout *data, int64_t channels, float epsilon, bool frozen, bool relu) {
    dnnl_primitive_desc_t forward = NULL, description = NULL;
    unsigned flags = dnnl_use_scale | dnnl_use_shift | (frozen ? dnnl_use_global_stats : 0) | (relu ? dnnl_fuse_norm_relu : 0);
    Described x = described(data);
#if DNNL_VERSION_MAJOR >= 3
    DESCRIBE_FORWARD(forward, batch_normalization, batch_normalization_forward, dnnl_forward_training, x, x, epsilon, flags);
    if (backward && forward) {
        DESCRIBE_BACKWARD(description, batch_normalization, batch_normalization_backward, forward, dnnl_backward, x, x, x,
            epsilon, flags);
    }
#else
    DESCRIBE_FORWARD(forward, batch_normalization, batch_normalization_forward, dnnl_forward_training, x, epsilon, flags);
    if (backward && forward) {
        DESCRIBE_BACKWARD(description, batch_normalization, batch_normalization_backward, forward, dnnl_backward, x, x,
            epsilon, flags);
    }
#endif
    if (backward) {
        if (forward) dnnl_primitive_desc_destroy(forward);
    } else {
        description = forward;
    }
    pare_operation *operation = finished(description);
    if (!operation) return NULL;
    // One number a channel, wherever versions differ in how they say so.
    int64_t stride = 1;
    pare_role vectors[] = {
        pare_mean, pare_variance, pare_scale, pare_shift, pare_scale_gradient, pare_shift_gradient};
    for (int i = 0; i < 6; i++) operation->layouts[vectors[i]] = pare_layout_strided(1, &channels, &stride);
    return operation;
}
