#include "child.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void send_bytes(const struct child *child, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    while (count > 0) {
        ssize_t written = write(child->pipe, next, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) _exit(1);
        next += written;
        count -= (size_t)written;
    }
}

void send_number(const struct child *child, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t index = 0; index < size; index++) bytes[index] = (uint8_t)(value >> (8 * index));
    send_bytes(child, bytes, size);
}

void send_text(const struct child *child, const char *text) {
    size_t count = strlen(text);
    send_number(child, count, 4);
    send_bytes(child, text, count);
}

void refuse(const struct child *child, const char *name, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    send_number(child, pare_hdf5_unsupported, 1);
    send_text(child, name);
    send_text(child, text);
    _exit(0);
}

static herr_t take_description(unsigned number, const H5E_error2_t *error, void *text) {
    if (number == 0 && error->desc) snprintf(text, 256, "%s", error->desc);
    return 0;
}

void refuse_damaged(const struct child *child, const char *name) {
    char text[256] = "what libhdf5 does not read";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_description, text);
    send_number(child, pare_hdf5_damaged, 1);
    send_text(child, name);
    send_text(child, text);
    _exit(0);
}

void *allocate(const struct child *child, const char *name, size_t count) {
    void *memory = malloc(count > 0 ? count : 1);
    if (!memory) refuse(child, name, "takes more memory than is given to it");
    return memory;
}
