#include "internal.h"

#include <stdlib.h>
#include <string.h>

dnnl_engine_t pare_engine(void) {
    static dnnl_engine_t engine;
    static bool is_ready;
    static char lock;
    // Creation happens once a process; a spin is enough.
    while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) {}
    if (!is_ready) {
        if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
        is_ready = true;
    }
    __atomic_clear(&lock, __ATOMIC_RELEASE);
    return engine;
}

#if DNNL_VERSION_MAJOR >= 3

pare_layout *pare_layout_wrap(const_dnnl_memory_desc_t description) {
    if (!description || pare_description_is_empty(description)) return NULL;
    pare_layout *layout = malloc(sizeof *layout);
    if (!layout) return NULL;
    if (dnnl_memory_desc_clone(&layout->description, description) == dnnl_success) return layout;
    free(layout);
    return NULL;
}

bool pare_description_is_empty(const_dnnl_memory_desc_t description) {
    int rank = 0;
    return dnnl_memory_desc_query(description, dnnl_query_ndims_s32, &rank) != dnnl_success || rank == 0;
}

pare_layout *pare_layout_strided(int rank, const int64_t *dims, const int64_t *strides) {
    pare_layout *layout = malloc(sizeof *layout);
    if (!layout) return NULL;
    if (dnnl_memory_desc_create_with_strides(&layout->description, rank, dims, dnnl_f32, strides) == dnnl_success)
        return layout;
    free(layout);
    return NULL;
}

pare_layout *pare_layout_any(int rank, const int64_t *dims) {
    pare_layout *layout = malloc(sizeof *layout);
    if (!layout) return NULL;
    if (dnnl_memory_desc_create_with_tag(&layout->description, rank, dims, dnnl_f32, dnnl_format_tag_any) == dnnl_success)
        return layout;
    free(layout);
    return NULL;
}

void pare_layout_free(pare_layout *layout) {
    if (!layout) return;
    dnnl_memory_desc_destroy(layout->description);
    free(layout);
}

#else

pare_layout *pare_layout_wrap(const dnnl_memory_desc_t *description) {
    if (!description || description->ndims == 0) return NULL;
    pare_layout *layout = malloc(sizeof *layout);
    if (layout) layout->description = *description;
    return layout;
}

pare_layout *pare_layout_strided(int rank, const int64_t *dims, const int64_t *strides) {
    dnnl_memory_desc_t description;
    if (dnnl_memory_desc_init_by_strides(&description, rank, dims, dnnl_f32, strides) != dnnl_success) return NULL;
    return pare_layout_wrap(&description);
}

pare_layout *pare_layout_any(int rank, const int64_t *dims) {
    dnnl_memory_desc_t description;
    if (dnnl_memory_desc_init_by_tag(&description, rank, dims, dnnl_f32, dnnl_format_tag_any) != dnnl_success) return NULL;
    return pare_layout_wrap(&description);
}

void pare_layout_free(pare_layout *layout) { free(layout); }

#endif

pare_layout *pare_layout_copy(const pare_layout *layout) { return pare_layout_wrap(PARE_DESCRIPTION(layout)); }

bool pare_layout_equal(const pare_layout *left, const pare_layout *right) {
    return dnnl_memory_desc_equal(PARE_DESCRIPTION(left), PARE_DESCRIPTION(right)) != 0;
}

size_t pare_layout_bytes(const pare_layout *layout) { return dnnl_memory_desc_get_size(PARE_DESCRIPTION(layout)); }
