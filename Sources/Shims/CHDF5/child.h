#ifndef PARE_HDF5_CHILD_H
#define PARE_HDF5_CHILD_H

#include "CHDF5.h"

#include <stdbool.h>

// Debian keeps the headers of the serial library apart from those of MPI's.
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif

/// What the child process works on.
struct child {
    const uint8_t *bytes;
    size_t count;
    int pipe;
    /// Bytes of values that may still be streamed, and that were.
    size_t allowance;
    size_t streamed;
    /// Objects visited, as an open-addressing table: none is visited twice.
    struct identity *seen;
    size_t seen_capacity;
    size_t seen_count;
};

struct identity {
    uint8_t bytes[16];
    bool is_taken;
};

/// Takes from the child whatever it does not need. The pipe becomes descriptor 3.
void confine(struct child *child);

/// Gives the child time for what it has streamed and for `more` bytes; a child that needs longer is ended by a signal.
void grant_time(const struct child *child, size_t more);

/// Writes all of `count` bytes; ends the child where nobody reads them.
void send_bytes(const struct child *child, const void *bytes, size_t count);
void send_number(const struct child *child, uint64_t value, size_t size);
void send_text(const struct child *child, const char *text);

/// Sends a last record, and ends the child.
_Noreturn void refuse(const struct child *child, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/// The same with the words of libhdf5's innermost error.
_Noreturn void refuse_damaged(const struct child *child, const char *name);

/// Sends what the file holds.
void walk(struct child *child);

/// Sends a dataset. One without numbers is refused where it is wanted, and passed over otherwise.
void send_dataset(struct child *child, hid_t dataset, const char *name, bool is_wanted);

/// Texts of an attribute, or of its pieces `name0`, `name1`, … into which Keras splits long ones.
struct texts {
    char **items;
    size_t count;
};
bool read_texts(const struct child *child, hid_t object, const char *place, const char *attribute, struct texts *texts);

void *allocate(const struct child *child, const char *name, size_t count);

#endif
