#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/// Memory that the child may take beside what the parent has mapped.
static const size_t memory_limit = (size_t)384 << 20;
/// Time to look around, more of it in a large file, and bytes of values that a second is good for.
static const double free_seconds = 0.3;
static const double most_seconds = 3;
static const double file_bytes_a_second = 20e6;
static const double bytes_a_second = 30e6;

/// Bytes of the address space, as the system counts them.
static size_t address_space(void) {
    char text[64] = {0};
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return (size_t)1 << 40;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    unsigned long pages = count > 0 ? strtoul(text, NULL, 10) : 0;
    return pages == 0 ? (size_t)1 << 40 : pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void limit(int resource, rlim_t value) {
    struct rlimit limits = {value, value};
    setrlimit((__rlimit_resource_t)resource, &limits);
}

/// Takes from the child whatever it does not need. The pipe becomes descriptor 3.
static void confine(struct child *child) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // What the C library says before it ends a process must not be drawn over the screen.
    int null = open("/dev/null", O_RDWR);
    for (int number = 0; number < 3; number++) dup2(null, number);
    limit(RLIMIT_AS, address_space() + memory_limit);
    dup2(child->pipe, 3);
    child->pipe = 3;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 4U, ~0U, 0U) != 0)
#endif
        for (int number = 4; number < 4096; number++) close(number);
    // Nothing can be opened from here on: no external link or storage, no plugin.
    limit(RLIMIT_NOFILE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    grant_time(child, 0);
}

void grant_time(const struct child *child, size_t more) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double spent = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
        + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    double looking = free_seconds + (double)child->count / file_bytes_a_second;
    if (looking > most_seconds) looking = most_seconds;
    double left = looking + (double)(child->streamed + more) / bytes_a_second - spent;
    if (left < 0.01) left = 0.01;
    struct itimerval timer = {{0, 0}, {(time_t)left, (suseconds_t)((left - (double)(time_t)left) * 1e6)}};
    setitimer(ITIMER_PROF, &timer, NULL);
}

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
