/* Lets the n-th system call that writes beneath one folder fail: preloaded by check_faults.py.
 *
 * FAULT_FOLDER  calls on files beneath it count, by their path or by what their descriptor stands for
 * FAULT_CALL    the number of the call that fails, from 1 on; 0: none does
 * FAULT_ERROR   the error it fails with
 * FAULT_LOG     a file, outside of the folder, that gets one line a call: its number and its name
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int number;

static int counts(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    char place[PATH_MAX];
    if (!folder || !path) return 0;
    if (path[0] != '/') {
        if (!getcwd(place, sizeof place)) return 0;
        path = place;
    }
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int counts_descriptor(int descriptor) {
    char name[64], target[PATH_MAX];
    if (descriptor < 3) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = syscall(SYS_readlink, name, target, sizeof target - 1);
    if (length < 0) return 0;
    target[length] = 0;
    return counts(target);
}

/* Whether this call is the one that fails. */
static int fails(const char *name) {
    pthread_mutex_lock(&lock);
    int mine = ++number;
    const char *log = getenv("FAULT_LOG"), *chosen = getenv("FAULT_CALL"), *error = getenv("FAULT_ERROR");
    if (log) {
        int file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        char line[100];
        int length = snprintf(line, sizeof line, "%d %s\n", mine, name);
        if (file >= 0) { syscall(SYS_write, file, line, length); syscall(SYS_close, file); }
    }
    pthread_mutex_unlock(&lock);
    if (!chosen || mine != atoi(chosen)) return 0;
    errno = error ? atoi(error) : EIO;
    return 1;
}

#define NEXT(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; va_start(more, flags); mode_t mode = va_arg(more, int); va_end(more); \
        if (counts(path) && fails(writes(flags) ? #name : flags & O_DIRECTORY ? #name " folder" : #name " reading")) return -1; \
        return NEXT(name)(path, flags, mode); }
OPEN(open)
OPEN(open64)

int openat(int folder, const char *path, int flags, ...) {
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, int); va_end(more);
    if (counts(path) && fails("openat")) return -1;
    return NEXT(openat)(folder, path, flags, mode);
}
FILE *fopen(const char *path, const char *mode) { if (counts(path) && fails("fopen")) return NULL; return NEXT(fopen)(path, mode); }
FILE *fopen64(const char *path, const char *mode) { if (counts(path) && fails("fopen64")) return NULL; return NEXT(fopen64)(path, mode); }

#define DESCRIPTOR(type, name, parameters, arguments) \
    type name parameters { if (counts_descriptor(descriptor) && fails(#name)) return -1; return NEXT(name) arguments; }
DESCRIPTOR(ssize_t, write, (int descriptor, const void *bytes, size_t count), (descriptor, bytes, count))
DESCRIPTOR(ssize_t, pwrite, (int descriptor, const void *bytes, size_t count, off_t offset), (descriptor, bytes, count, offset))
DESCRIPTOR(ssize_t, pwrite64, (int descriptor, const void *bytes, size_t count, off64_t offset), (descriptor, bytes, count, offset))
DESCRIPTOR(ssize_t, writev, (int descriptor, const struct iovec *parts, int count), (descriptor, parts, count))
DESCRIPTOR(int, fsync, (int descriptor), (descriptor))
DESCRIPTOR(int, fdatasync, (int descriptor), (descriptor))
DESCRIPTOR(int, ftruncate, (int descriptor, off_t length), (descriptor, length))
DESCRIPTOR(int, fchmod, (int descriptor, mode_t mode), (descriptor, mode))
DESCRIPTOR(int, flock, (int descriptor, int operation), (descriptor, operation))
DESCRIPTOR(int, fstat, (int descriptor, struct stat *status), (descriptor, status))

#define PATH(name, parameters, arguments) \
    int name parameters { if (counts(path) && fails(#name)) return -1; return NEXT(name) arguments; }
PATH(unlink, (const char *path), (path))
PATH(mkdir, (const char *path, mode_t mode), (path, mode))
PATH(chmod, (const char *path, mode_t mode), (path, mode))
PATH(access, (const char *path, int mode), (path, mode))
PATH(stat, (const char *path, struct stat *status), (path, status))
PATH(lstat, (const char *path, struct stat *status), (path, status))
PATH(mkstemp, (char *path), (path))
PATH(mkostemp, (char *path, int flags), (path, flags))

int rename(const char *from, const char *to) { if (counts(to) && fails("rename")) return -1; return NEXT(rename)(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
    if (counts(to) && fails("linkat")) return -1;
    return NEXT(linkat)(a, from, b, to, flags);
}

/* Closing does close: as Linux does where it tells of an error. */
int close(int descriptor) {
    int mine = counts_descriptor(descriptor) && fails("close");
    int error = errno;
    int result = NEXT(close)(descriptor);
    if (!mine) return result;
    errno = error;
    return -1;
}
