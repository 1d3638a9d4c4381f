#include "child.h"

#include <stdlib.h>
#include <string.h>

/// Values are streamed in slabs of whole rows of chunks, of about this size.
static const size_t slab_byte_count = (size_t)8 << 20;
/// Deflate cannot do better.
static const size_t greatest_expansion = 1032;
/// Values that nothing is stored of, for they are the fill value.
static const size_t free_fill = (size_t)1 << 20;

struct description {
    enum pare_hdf5_element element;
    size_t element_size;
    bool is_swapped;
    int rank;
    hsize_t extents[H5S_MAX_RANK];
    uint64_t byte_count;
};

/// The floating-point formats, by size, exponent and mantissa.
static enum pare_hdf5_element floating(hid_t type, size_t size) {
    size_t sign, exponent, exponent_size, mantissa, mantissa_size;
    if (H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size) < 0) return 0;
    size_t bias = H5Tget_ebias(type);
    if (mantissa != 0 || exponent != mantissa_size || sign != 8 * size - 1 || exponent + exponent_size != sign) return 0;
    if (H5Tget_norm(type) != H5T_NORM_IMPLIED || bias != ((size_t)1 << (exponent_size - 1)) - 1) return 0;
    if (size == 8 && exponent_size == 11) return pare_hdf5_float64;
    if (size == 4 && exponent_size == 8) return pare_hdf5_float32;
    if (size == 2 && exponent_size == 5) return pare_hdf5_float16;
    if (size == 2 && exponent_size == 8) return pare_hdf5_bfloat16;
    return 0;
}

static enum pare_hdf5_element whole(hid_t type, size_t size) {
    bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
    switch (size) {
    case 1: return is_signed ? pare_hdf5_int8 : pare_hdf5_uint8;
    case 2: return is_signed ? pare_hdf5_int16 : pare_hdf5_uint16;
    case 4: return is_signed ? pare_hdf5_int32 : pare_hdf5_uint32;
    case 8: return is_signed ? pare_hdf5_int64 : pare_hdf5_uint64;
    default: return 0;
    }
}

/// Finds out what a type's elements are; false where they are no numbers that Pare holds.
static bool describe_type(hid_t type, struct description *description) {
    H5T_class_t class = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    description->element_size = size;
    if (class == H5T_ENUM) {
        // As h5py writes booleans.
        description->element = pare_hdf5_boolean;
        return size == 1 && H5Tget_nmembers(type) == 2;
    }
    if ((class != H5T_INTEGER && class != H5T_FLOAT) || size == 0 || size > 8) return false;
    H5T_order_t order = H5Tget_order(type);
    if ((order != H5T_ORDER_LE && order != H5T_ORDER_BE) || H5Tget_precision(type) != 8 * size || H5Tget_offset(type) != 0)
        return false;
    description->is_swapped = order == H5T_ORDER_BE && size > 1;
    description->element = class == H5T_FLOAT ? floating(type, size) : whole(type, size);
    return description->element != 0;
}

static void describe_shape(const struct child *child, hid_t dataset, const char *name, struct description *description) {
    hid_t space = H5Dget_space(dataset);
    if (space < 0) refuse_damaged(child, name);
    description->byte_count = description->element_size;
    if (H5Sget_simple_extent_type(space) == H5S_NULL) {
        description->rank = 1;
        description->extents[0] = 0;
    } else {
        description->rank = H5Sget_simple_extent_dims(space, description->extents, NULL);
        if (description->rank < 0) refuse_damaged(child, name);
    }
    for (int axis = 0; axis < description->rank; axis++) {
        if (__builtin_mul_overflow(description->byte_count, description->extents[axis], &description->byte_count)
            || description->byte_count > (uint64_t)1 << 60)
            refuse(child, name, "says it is larger than any memory");
    }
    H5Sclose(space);
}

static void send_description(
    const struct child *child, enum pare_hdf5_record kind, const char *name, const struct description *description) {
    send_number(child, kind, 1);
    send_text(child, name);
    send_number(child, description->element, 1);
    send_number(child, (uint64_t)description->rank, 1);
    for (int axis = 0; axis < description->rank; axis++) send_number(child, description->extents[axis], 8);
}

static void swap(uint8_t *bytes, size_t count, size_t size) {
    for (size_t start = 0; start + size <= count; start += size) {
        for (size_t low = 0, high = size - 1; low < high; low++, high--) {
            uint8_t byte = bytes[start + low];
            bytes[start + low] = bytes[start + high];
            bytes[start + high] = byte;
        }
    }
}

/// Reads slab after slab of the first axis; ends the child where one cannot be read.
static void stream(
    struct child *child, hid_t dataset, hid_t type, const char *name, const struct description *description,
    hsize_t chunk_rows) {
    grant_time(child, description->byte_count);
    send_description(child, pare_hdf5_streamed, name, description);
    hsize_t rows = description->rank > 0 ? description->extents[0] : 1;
    size_t row_bytes = rows > 0 ? description->byte_count / rows : 0;
    if (description->byte_count == 0) return;
    hsize_t height = slab_byte_count / row_bytes / chunk_rows * chunk_rows;
    if (height == 0) height = chunk_rows;
    if (height > rows) height = rows;
    uint8_t *buffer = allocate(child, name, height * row_bytes);
    hid_t space = H5Dget_space(dataset);
    for (hsize_t row = 0; row < rows; row += height) {
        hsize_t start[H5S_MAX_RANK] = {row}, count[H5S_MAX_RANK];
        memcpy(count, description->extents, sizeof count);
        if (height > rows - row) height = rows - row;
        count[0] = height;
        herr_t status = 0;
        hid_t part = H5S_ALL;
        if (description->rank > 0) {
            status = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
            part = H5Screate_simple(description->rank, count, NULL);
        }
        if (status >= 0 && part >= 0)
            status = H5Dread(dataset, type, part, description->rank > 0 ? space : H5S_ALL, H5P_DEFAULT, buffer);
        if (status < 0 || part < 0) {
            send_number(child, 0, 4);
            refuse_damaged(child, name);
        }
        if (part != H5S_ALL) H5Sclose(part);
        if (description->is_swapped) swap(buffer, height * row_bytes, description->element_size);
        send_number(child, height * row_bytes, 4);
        send_bytes(child, buffer, height * row_bytes);
    }
    free(buffer);
    H5Sclose(space);
    child->streamed += description->byte_count;
}

/// Checks how chunks are packed; returns whether they are deflated.
static bool check_filters(const struct child *child, hid_t properties, const char *name) {
    bool is_deflated = false;
    int count = H5Pget_nfilters(properties);
    if (count < 0) refuse_damaged(child, name);
    for (int index = 0; index < count; index++) {
        unsigned flags = 0, configuration = 0;
        size_t parameters = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(properties, (unsigned)index, &flags, &parameters, NULL, 0, NULL, &configuration);
        bool is_known = filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_FLETCHER32
            || (filter == H5Z_FILTER_DEFLATE && !is_deflated);
        if (!is_known) refuse(child, name, "is packed by HDF5's filter %d", (int)filter);
        if (filter == H5Z_FILTER_DEFLATE) is_deflated = true;
    }
    return is_deflated;
}

/// Sends values that do not lie in the file as they are needed, as far as what is stored can make up for them.
static void send_converted(
    struct child *child, hid_t dataset, hid_t type, hid_t properties, const char *name,
    const struct description *description, H5D_layout_t layout) {
    hsize_t chunk[H5S_MAX_RANK] = {1};
    bool is_deflated = false;
    if (layout == H5D_CHUNKED) {
        if (H5Pget_chunk(properties, H5S_MAX_RANK, chunk) != description->rank || chunk[0] == 0)
            refuse_damaged(child, name);
        is_deflated = check_filters(child, properties, name);
    }
    uint64_t stored = H5Dget_storage_size(dataset), possible;
    if (__builtin_mul_overflow(stored, is_deflated ? greatest_expansion : 1, &possible)) possible = UINT64_MAX - free_fill;
    if (description->byte_count > possible + free_fill)
        refuse(child, name, "says that %llu stored bytes stand for %llu", (unsigned long long)stored,
            (unsigned long long)description->byte_count);
    if (description->byte_count > child->allowance)
        refuse(child, name, "and others before it unpack to far more than the file's size");
    child->allowance -= description->byte_count;
    stream(child, dataset, type, name, description, chunk[0]);
}

void send_dataset(struct child *child, hid_t dataset, const char *name, bool is_wanted) {
    struct description description = {0};
    hid_t type = H5Dget_type(dataset);
    hid_t properties = H5Dget_create_plist(dataset);
    if (type < 0 || properties < 0) refuse_damaged(child, name);
    if (describe_type(type, &description)) {
        describe_shape(child, dataset, name, &description);
        H5D_layout_t layout = H5Pget_layout(properties);
        if (layout == H5D_VIRTUAL) refuse(child, name, "is made up of other files, which Pare does not open");
        if (layout < 0) refuse_damaged(child, name);
        if (H5Pget_external_count(properties) != 0) refuse(child, name, "lies in another file, which Pare does not open");
        haddr_t offset = layout == H5D_CONTIGUOUS ? H5Dget_offset(dataset) : HADDR_UNDEF;
        if (offset != HADDR_UNDEF && !description.is_swapped && description.byte_count > 0) {
            send_description(child, pare_hdf5_mapped, name, &description);
            send_number(child, offset, 8);
        } else {
            send_converted(child, dataset, type, properties, name, &description, layout);
        }
    } else if (is_wanted) {
        refuse(child, name, "holds no numbers of a type that Pare reads");
    }
    H5Pclose(properties);
    H5Tclose(type);
}
