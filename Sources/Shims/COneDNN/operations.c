#include "internal.h"

#include <stdlib.h>
#include <string.h>

static dnnl_alg_kind_t kind_of(pare_pointwise function) {
    switch (function) {
    case pare_relu: return dnnl_eltwise_relu;
    case pare_elu: return dnnl_eltwise_elu;
    case pare_logistic: return dnnl_eltwise_logistic;
    case pare_tanh: return dnnl_eltwise_tanh;
    case pare_clip: return dnnl_eltwise_clip;
    case pare_gelu_erf: return dnnl_eltwise_gelu_erf;
    case pare_gelu_tanh: return dnnl_eltwise_gelu_tanh;
    case pare_exp: return dnnl_eltwise_exp;
    case pare_abs: return dnnl_eltwise_abs;
    case pare_sqrt: return dnnl_eltwise_sqrt;
    case pare_linear: return dnnl_eltwise_linear;
    case pare_hardswish: return dnnl_eltwise_hardswish;
    }
    return dnnl_alg_kind_undef;
}

static dnnl_alg_kind_t binary_kind_of(pare_binary_function function) {
    switch (function) {
    case pare_add: return dnnl_binary_add;
    case pare_subtract: return dnnl_binary_sub;
    case pare_multiply: return dnnl_binary_mul;
    case pare_divide: return dnnl_binary_div;
    }
    return dnnl_alg_kind_undef;
}

/// Attributes: working memory is the caller's, and what happens to each result.
static dnnl_primitive_attr_t attributes(const pare_post *posts, int count) {
    dnnl_primitive_attr_t attributes = NULL;
    if (dnnl_primitive_attr_create(&attributes) != dnnl_success) return NULL;
    dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    dnnl_post_ops_t operations = NULL;
    bool failed = dnnl_post_ops_create(&operations) != dnnl_success;
    for (int i = 0; i < count && !failed; i++) {
        if (posts[i].kind == pare_post_sum) {
#if DNNL_VERSION_MAJOR >= 3
            failed = dnnl_post_ops_append_sum(operations, 1, 0, dnnl_data_type_undef) != dnnl_success;
#else
            failed = dnnl_post_ops_append_sum(operations, 1) != dnnl_success;
#endif
        } else {
            dnnl_alg_kind_t kind = kind_of(posts[i].function);
#if DNNL_VERSION_MAJOR >= 3
            failed = dnnl_post_ops_append_eltwise(operations, kind, posts[i].alpha, posts[i].beta) != dnnl_success;
#else
            failed = dnnl_post_ops_append_eltwise(operations, 1, kind, posts[i].alpha, posts[i].beta) != dnnl_success;
#endif
        }
    }
    failed = failed || dnnl_primitive_attr_set_post_ops(attributes, operations) != dnnl_success;
    if (operations) dnnl_post_ops_destroy(operations);
    if (failed) {
        dnnl_primitive_attr_destroy(attributes);
        return NULL;
    }
    return attributes;
}

static pare_layout *queried(const_dnnl_primitive_desc_t description, dnnl_query_t query, int index) {
    return pare_layout_wrap(dnnl_primitive_desc_query_md(description, query, index));
}

/// Takes over `description` (NULL passes through) and makes an operation of it.
static pare_operation *finished(dnnl_primitive_desc_t description, int sources) {
    if (!description) return NULL;
    pare_operation *operation = calloc(1, sizeof *operation);
    if (operation && dnnl_primitive_create(&operation->primitive, description) == dnnl_success) {
        for (int i = 0; i < sources; i++) operation->layouts[i] = queried(description, dnnl_query_src_md, i);
        operation->layouts[pare_weights] = queried(description, dnnl_query_weights_md, 0);
        operation->layouts[pare_bias] = queried(description, dnnl_query_weights_md, 1);
        operation->layouts[pare_destination] = queried(description, dnnl_query_dst_md, 0);
        operation->layouts[pare_scratch] = queried(description, dnnl_query_scratchpad_md, 0);
    } else {
        free(operation);
        operation = NULL;
    }
    dnnl_primitive_desc_destroy(description);
    return operation;
}

#if DNNL_VERSION_MAJOR >= 3
#define PARE_DESCRIBE(call, ...)                                                                 \
    dnnl_primitive_desc_t description = NULL;                                                    \
    dnnl_primitive_attr_t attribute = attributes(posts, count);                                  \
    if (!attribute) return NULL;                                                                 \
    if (dnnl_##call##_primitive_desc_create(&description, pare_engine(), __VA_ARGS__, attribute) \
        != dnnl_success) description = NULL;                                                     \
    dnnl_primitive_attr_destroy(attribute)
#else
#define PARE_DESCRIBE(type, call, ...)                                                                       \
    dnnl_primitive_desc_t description = NULL;                                                                \
    dnnl_primitive_attr_t attribute = attributes(posts, count);                                              \
    if (!attribute) return NULL;                                                                             \
    dnnl_##type##_desc_t what;                                                                               \
    if (dnnl_##call##_desc_init(&what, __VA_ARGS__) != dnnl_success                                          \
        || dnnl_primitive_desc_create(&description, &what, attribute, pare_engine(), NULL) != dnnl_success)  \
        description = NULL;                                                                                  \
    dnnl_primitive_attr_destroy(attribute)
#endif

static pare_description described(const pare_layout *layout) { return layout ? PARE_DESCRIPTION(layout) : NULL; }

pare_operation *pare_convolution(const pare_layout *source, const pare_layout *weights, const pare_layout *bias,
    const pare_layout *destination, const pare_window *window, bool transposed, const pare_post *posts, int count) {
    // oneDNN counts dilations from 0.
    dnnl_dims_t dilations;
    for (int i = 0; i < window->spatial; i++) dilations[i] = window->dilations[i] - 1;
#if DNNL_VERSION_MAJOR >= 3
#define PARE_CONVOLUTION(call) PARE_DESCRIBE(call##_forward, dnnl_forward_inference, algorithm, \
    described(source), described(weights), described(bias), described(destination), window->strides, dilations, \
    window->padding_begin, window->padding_end)
#else
#define PARE_CONVOLUTION(call) PARE_DESCRIBE(call, dilated_##call##_forward, dnnl_forward_inference, algorithm, \
    described(source), described(weights), described(bias), described(destination), window->strides, dilations, \
    window->padding_begin, window->padding_end)
#endif
    if (transposed) {
        dnnl_alg_kind_t algorithm = dnnl_deconvolution_direct;
        PARE_CONVOLUTION(deconvolution);
        return finished(description, 1);
    }
    dnnl_alg_kind_t algorithm = dnnl_convolution_direct;
    PARE_CONVOLUTION(convolution);
    return finished(description, 1);
}

pare_operation *pare_inner_product(const pare_layout *source, const pare_layout *weights, const pare_layout *bias,
    const pare_layout *destination, const pare_post *posts, int count) {
#if DNNL_VERSION_MAJOR >= 3
    PARE_DESCRIBE(inner_product_forward, dnnl_forward_inference, described(source), described(weights), described(bias),
        described(destination));
#else
    PARE_DESCRIBE(inner_product, inner_product_forward, dnnl_forward_inference, described(source), described(weights),
        described(bias), described(destination));
#endif
    return finished(description, 1);
}

pare_operation *pare_matrix_product(const pare_layout *source, const pare_layout *weights, const pare_layout *bias,
    const pare_layout *destination, const pare_post *posts, int count) {
#if DNNL_VERSION_MAJOR >= 3
    PARE_DESCRIBE(matmul, described(source), described(weights), described(bias), described(destination));
#else
    PARE_DESCRIBE(matmul, matmul, described(source), described(weights), described(bias), described(destination));
#endif
    return finished(description, 1);
}

pare_operation *pare_pooling(pare_pool_kind kind, const pare_layout *source, const pare_layout *destination,
    const int64_t *kernel, const pare_window *window) {
    const pare_post *posts = NULL;
    int count = 0;
    dnnl_alg_kind_t algorithm = kind == pare_pool_max ? dnnl_pooling_max
        : kind == pare_pool_average ? dnnl_pooling_avg_exclude_padding : dnnl_pooling_avg_include_padding;
    dnnl_dims_t dilations;
    for (int i = 0; i < window->spatial; i++) dilations[i] = window->dilations[i] - 1;
#if DNNL_VERSION_MAJOR >= 3
    PARE_DESCRIBE(pooling_forward, dnnl_forward_inference, algorithm, described(source), described(destination),
        window->strides, kernel, dilations, window->padding_begin, window->padding_end);
#else
    PARE_DESCRIBE(pooling_v2, pooling_v2_forward, dnnl_forward_inference, algorithm, described(source),
        described(destination), window->strides, kernel, dilations, window->padding_begin, window->padding_end);
#endif
    return finished(description, 1);
}

pare_operation *pare_lrn(const pare_layout *data, int64_t size, float alpha, float beta, float k) {
    const pare_post *posts = NULL;
    int count = 0;
#if DNNL_VERSION_MAJOR >= 3
    PARE_DESCRIBE(lrn_forward, dnnl_forward_inference, dnnl_lrn_across_channels, described(data), described(data), size,
        alpha, beta, k);
#else
    PARE_DESCRIBE(lrn, lrn_forward, dnnl_forward_inference, dnnl_lrn_across_channels, described(data), size, alpha, beta, k);
#endif
    return finished(description, 1);
}

pare_operation *pare_softmax(const pare_layout *data, int axis, bool logarithm) {
    const pare_post *posts = NULL;
    int count = 0;
    dnnl_alg_kind_t algorithm = logarithm ? dnnl_softmax_log : dnnl_softmax_accurate;
#if DNNL_VERSION_MAJOR >= 3
    PARE_DESCRIBE(softmax_forward, dnnl_forward_inference, algorithm, described(data), described(data), axis);
#else
    PARE_DESCRIBE(softmax_v2, softmax_v2_forward, dnnl_forward_inference, algorithm, described(data), described(data), axis);
#endif
    return finished(description, 1);
}

pare_operation *pare_eltwise(const pare_layout *data, pare_pointwise function, float alpha, float beta) {
    const pare_post *posts = NULL;
    int count = 0;
#if DNNL_VERSION_MAJOR >= 3
    PARE_DESCRIBE(eltwise_forward, dnnl_forward_inference, kind_of(function), described(data), described(data), alpha, beta);
#else
    PARE_DESCRIBE(eltwise, eltwise_forward, dnnl_forward_inference, kind_of(function), described(data), alpha, beta);
#endif
    return finished(description, 1);
}

pare_operation *pare_binary(pare_binary_function function, const pare_layout *left, const pare_layout *right,
    const pare_post *posts, int count) {
#if DNNL_VERSION_MAJOR >= 3
    PARE_DESCRIBE(binary, binary_kind_of(function), described(left), described(right), described(left));
#else
    PARE_DESCRIBE(binary, binary, binary_kind_of(function), described(left), described(right), described(left));
#endif
    return finished(description, 2);
}

pare_operation *pare_concatenation(const pare_layout *const *sources, int count, int axis, const pare_layout *destination) {
    if (count < 1 || count > PARE_MAX_SOURCES) return NULL;
    dnnl_primitive_attr_t attribute = attributes(NULL, 0);
    if (!attribute) return NULL;
    dnnl_primitive_desc_t description = NULL;
#if DNNL_VERSION_MAJOR >= 3
    const_dnnl_memory_desc_t described_sources[PARE_MAX_SOURCES];
    for (int i = 0; i < count; i++) described_sources[i] = sources[i]->description;
    if (dnnl_concat_primitive_desc_create(&description, pare_engine(), described(destination), count, axis,
            described_sources, attribute) != dnnl_success) description = NULL;
#else
    dnnl_memory_desc_t described_sources[PARE_MAX_SOURCES];
    for (int i = 0; i < count; i++) described_sources[i] = sources[i]->description;
    if (dnnl_concat_primitive_desc_create(&description, described(destination), count, axis, described_sources, attribute,
            pare_engine()) != dnnl_success) description = NULL;
#endif
    dnnl_primitive_attr_destroy(attribute);
    pare_operation *operation = finished(description, count);
    if (operation) operation->is_concatenation = true;
    return operation;
}

pare_operation *pare_reorder(const pare_layout *source, const pare_layout *destination) {
    dnnl_primitive_attr_t attribute = attributes(NULL, 0);
    if (!attribute) return NULL;
    dnnl_primitive_desc_t description = NULL;
    if (dnnl_reorder_primitive_desc_create(&description, described(source), pare_engine(), described(destination),
            pare_engine(), attribute) != dnnl_success) description = NULL;
    dnnl_primitive_attr_destroy(attribute);
    pare_operation *operation = finished(description, 1);
    if (operation) operation->is_reorder = true;
    return operation;
}

void pare_operation_free(pare_operation *operation) {
    if (!operation) return;
    dnnl_primitive_destroy(operation->primitive);
    for (int i = 0; i < pare_role_count; i++) pare_layout_free(operation->layouts[i]);
    free(operation);
}

const pare_layout *pare_operation_layout(const pare_operation *operation, int role) {
    return role >= 0 && role < pare_role_count ? operation->layouts[role] : NULL;
}
