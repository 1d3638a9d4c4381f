#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

pid_t pare_hdf5_read(const void *bytes, size_t count, size_t value_limit, int *descriptor) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    // Other threads' locks stay locked in the child, but for those of the allocator, which the C library takes care of; the
    // parent gives up on a child that does not answer.
    pid_t pid = fork();
    if (pid == 0) {
        struct child child = {.bytes = bytes, .count = count, .pipe = ends[1], .allowance = value_limit};
        confine(&child);
        walk(&child);
        _exit(0);
    }
    int code = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -code;
    }
    *descriptor = ends[0];
    return pid;
}
