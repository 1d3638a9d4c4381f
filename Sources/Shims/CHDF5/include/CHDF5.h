/// HDF5 files read by libhdf5 in a child process, for the library trusts what it reads: whatever a file makes it do ends with
/// the child, which may not open files, take much memory or run for long. What it finds comes through a pipe, in records:
///
///     kind 1 (mapped)       name, description, u64 offset in the file
///     kind 2 (streamed)     name, description, then blocks: u32 count > 0, bytes, up to the values' size; a count of 0 means
///                           that reading failed, and a fault follows
///     kind 3 (unsupported)  name, text: what it is that is not read
///     kind 4 (damaged)      name, text: what libhdf5 found
///     kind 5 (end)          u8: whether the file is laid out as Keras does it
///
///     name, text            u32 count, UTF-8
///     description           u8 element type (`pare_hdf5_element`), u8 rank, rank × u64 extents
///
/// Numbers are of this machine's byte order, and so are the values that are streamed; kinds 3 to 5 are the last record.
#ifndef PARE_HDF5_H
#define PARE_HDF5_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum pare_hdf5_record {
    pare_hdf5_mapped = 1,
    pare_hdf5_streamed = 2,
    pare_hdf5_unsupported = 3,
    pare_hdf5_damaged = 4,
    pare_hdf5_end = 5,
};

enum pare_hdf5_element {
    pare_hdf5_float64 = 1,
    pare_hdf5_float32 = 2,
    pare_hdf5_float16 = 3,
    pare_hdf5_bfloat16 = 4,
    pare_hdf5_int64 = 5,
    pare_hdf5_int32 = 6,
    pare_hdf5_int16 = 7,
    pare_hdf5_int8 = 8,
    pare_hdf5_uint64 = 9,
    pare_hdf5_uint32 = 10,
    pare_hdf5_uint16 = 11,
    pare_hdf5_uint8 = 12,
    pare_hdf5_boolean = 13,
};

/// Begins to read the file of `count` bytes at `bytes`. `value_limit` bounds the bytes of all values that are streamed.
///
/// Returns the child, to be killed and waited for, and sets `descriptor` to where its records come from; or returns −errno.
pid_t pare_hdf5_read(const void *bytes, size_t count, size_t value_limit, int *descriptor);

#endif
