#ifndef PARE_ONEDNN_INTERNAL_H
#define PARE_ONEDNN_INTERNAL_H

#include "COneDNN.h"

#include <dnnl.h>

#if DNNL_VERSION_MAJOR >= 3
struct pare_layout { dnnl_memory_desc_t description; };
typedef const_dnnl_memory_desc_t pare_description;
#define PARE_DESCRIPTION(layout) ((layout)->description)
bool pare_description_is_empty(pare_description description);
#else
struct pare_layout { dnnl_memory_desc_t description; };
typedef const dnnl_memory_desc_t *pare_description;
#define PARE_DESCRIPTION(layout) (&(layout)->description)
#endif

#define PARE_MAX_SOURCES 32

struct pare_operation {
    dnnl_primitive_t primitive;
    /// Layouts by role: sources, then those of `pare_role` from the weights on; NULL where the operation has none.
    pare_layout *layouts[pare_role_count];
    bool is_concatenation;
    bool is_reorder;
};

/// The one engine of the process, or NULL.
dnnl_engine_t pare_engine(void);
/// A copy of a description; NULL where it is empty.
pare_layout *pare_layout_wrap(pare_description description);

#endif
