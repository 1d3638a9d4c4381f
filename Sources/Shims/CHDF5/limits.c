#define _GNU_SOURCE
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
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

void confine(struct child *child) {
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
