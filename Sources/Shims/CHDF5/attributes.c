#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { text_limit = 1 << 16, text_size_limit = 2048, piece_limit = 1024 };

/// Appends the texts of an attribute that is there.
static void append_texts(
    const struct child *child, hid_t object, const char *place, const char *name, struct texts *texts) {
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute);
    hid_t space = type < 0 ? -1 : H5Aget_space(attribute);
    if (space < 0) refuse_damaged(child, place);
    hssize_t count = H5Sget_simple_extent_type(space) == H5S_NULL ? 0 : H5Sget_simple_extent_npoints(space);
    if (count < 0) refuse_damaged(child, place);
    // A list without texts is written as an array of no numbers.
    if (count == 0) goto done;
    size_t size = H5Tget_size(type);
    if (H5Tget_class(type) != H5T_STRING || (size_t)count > text_limit - texts->count)
        refuse(child, place, "has %s that are no names", name);
    bool is_variable = H5Tis_variable_str(type) > 0;
    if (!is_variable && (size == 0 || size > text_size_limit)) refuse(child, place, "has %s that are too long", name);
    // Bounds: `count` elements of the type's own size, as it is read without conversion.
    char *values = allocate(child, place, (size_t)count * (is_variable ? sizeof(char *) : size));
    if (H5Aread(attribute, type, values) < 0) refuse_damaged(child, place);
    texts->items = realloc(texts->items, (texts->count + (size_t)count) * sizeof *texts->items);
    if (!texts->items) refuse(child, place, "needs more memory than there is");
    for (size_t index = 0; index < (size_t)count; index++) {
        const char *text = is_variable ? ((char **)values)[index] : values + index * size;
        char *copy = text ? strndup(text, is_variable ? text_size_limit : size) : strdup("");
        if (!copy) refuse(child, place, "needs more memory than there is");
        texts->items[texts->count++] = copy;
    }
    // What libhdf5 allocated for texts of variable length goes with the child.
    free(values);
done:
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
}

bool read_texts(const struct child *child, hid_t object, const char *place, const char *attribute, struct texts *texts) {
    *texts = (struct texts){NULL, 0};
    if (H5Aexists(object, attribute) > 0) {
        append_texts(child, object, place, attribute, texts);
        return true;
    }
    int piece = 0;
    for (; piece < piece_limit; piece++) {
        char name[64];
        snprintf(name, sizeof name, "%s%d", attribute, piece);
        if (H5Aexists(object, name) <= 0) break;
        append_texts(child, object, place, name, texts);
    }
    return piece > 0;
}
