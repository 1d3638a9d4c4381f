// dlsym's RTLD_DEFAULT is an extension.
#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <stdlib.h>

struct pare_stream { dnnl_stream_t stream; };

struct pare_call {
    const pare_operation *operation;
    int count;
    dnnl_exec_arg_t arguments[];
};

pare_stream *pare_stream_create(void) {
    pare_stream *stream = malloc(sizeof *stream);
    if (!stream) return NULL;
    if (dnnl_stream_create(&stream->stream, pare_engine(), dnnl_stream_default_flags) == dnnl_success) return stream;
    free(stream);
    return NULL;
}

void pare_stream_free(pare_stream *stream) {
    if (!stream) return;
    dnnl_stream_destroy(stream->stream);
    free(stream);
}

static int argument_of(const pare_operation *operation, int role) {
    switch (role) {
    case pare_weights: return DNNL_ARG_WEIGHTS;
    case pare_bias: return DNNL_ARG_BIAS;
    case pare_destination: return operation->is_reorder ? DNNL_ARG_TO : DNNL_ARG_DST;
    case pare_scratch: return DNNL_ARG_SCRATCHPAD;
    case pare_workspace: return DNNL_ARG_WORKSPACE;
    case pare_mean: return DNNL_ARG_MEAN;
    case pare_variance: return DNNL_ARG_VARIANCE;
    case pare_scale: return DNNL_ARG_SCALE;
    case pare_shift: return DNNL_ARG_SHIFT;
    case pare_source_gradient: return DNNL_ARG_DIFF_SRC;
    case pare_weights_gradient: return DNNL_ARG_DIFF_WEIGHTS;
    case pare_bias_gradient: return DNNL_ARG_DIFF_BIAS;
    case pare_destination_gradient: return DNNL_ARG_DIFF_DST;
    case pare_scale_gradient: return DNNL_ARG_DIFF_SCALE;
    case pare_shift_gradient: return DNNL_ARG_DIFF_SHIFT;
    default: break;
    }
    if (operation->is_concatenation) return DNNL_ARG_MULTIPLE_SRC + role;
    if (operation->is_reorder) return DNNL_ARG_FROM;
    return role == pare_right ? DNNL_ARG_SRC_1 : DNNL_ARG_SRC;
}

pare_call *pare_call_create(const pare_operation *operation, int count, const int *roles, void *const *memory) {
    pare_call *call = calloc(1, sizeof *call + (size_t)count * sizeof(dnnl_exec_arg_t));
    if (!call) return NULL;
    call->operation = operation;
    for (int i = 0; i < count; i++) {
        const pare_layout *layout = pare_operation_layout(operation, roles[i]);
        dnnl_exec_arg_t *argument = &call->arguments[i];
        argument->arg = argument_of(operation, roles[i]);
        if (!layout || dnnl_memory_create(&argument->memory, PARE_DESCRIPTION(layout), pare_engine(), memory[i]) != dnnl_success) {
            pare_call_free(call);
            return NULL;
        }
        call->count = i + 1;
    }
    return call;
}

void pare_call_move(pare_call *call, int index, void *memory) {
    dnnl_memory_set_data_handle(call->arguments[index].memory, memory);
}

bool pare_call_run(pare_call *call, pare_stream *stream) {
    return dnnl_primitive_execute(call->operation->primitive, stream->stream, call->count, call->arguments) == dnnl_success;
}

void pare_call_free(pare_call *call) {
    if (!call) return;
    for (int i = 0; i < call->count; i++) dnnl_memory_destroy(call->arguments[i].memory);
    free(call);
}

struct work {
    size_t count;
    void (*body)(size_t part, void *context);
    void *context;
    size_t next;
};

static void share(void *argument) {
    struct work *work = argument;
    size_t part;
    while ((part = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED)) < work->count) work->body(part, work->context);
}

void pare_parallel(int threads, size_t count, void (*body)(size_t part, void *context), void *context) {
    // The threads are those oneDNN leads already: others beside them would fight for the cores while those wait spinning.
    static void (*lead)(void (*)(void *), void *, unsigned, unsigned);
    if (!lead) lead = (void (*)(void (*)(void *), void *, unsigned, unsigned))dlsym(RTLD_DEFAULT, "GOMP_parallel");
    struct work work = {count, body, context, 0};
    if (lead && threads > 1 && count > 1) {
        lead(share, &work, (unsigned)threads, 0);
    } else {
        share(&work);
    }
}

void pare_set_threads(int count) {
    // Debian's library runs on OpenMP; others may have been built without it.
    static void (*set)(int);
    if (!set) set = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set) set(count);
}
