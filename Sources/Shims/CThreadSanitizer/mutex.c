// Tells ThreadSanitizer when Swift's Mutex is taken and given back.
//
// Where nobody else wants it that is an atomic operation, compiled into the caller and seen. Where somebody waits it is done in
// libswiftSynchronization, by the system's priority-inheriting futex, and that library is not built with ThreadSanitizer: it takes two
// threads that used the mutex one after the other for two that used no mutex at all. Its three functions are replaced by ones that
// call them and say so. Programs that are not built with it are left alone.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *handle

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void pare_lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT bool pare_try_lock(SELF) __asm__(TRY_LOCK);
SWIFT void pare_unlock(SELF) __asm__(UNLOCK);

// The library's own function, looked up once.
static void *original(const char *name, _Atomic(void *) *known) {
    void *function = atomic_load(known);
    if (!function) {
        function = dlsym(RTLD_NEXT, name);
        atomic_store(known, function);
    }
    return function;
}

SWIFT void pare_lock(uint32_t thread, SELF) {
    static _Atomic(void *) known;
    SWIFT void (*lock)(uint32_t, SELF) = original(LOCK, &known);
    lock(thread, handle);
    __tsan_acquire(handle);
}

SWIFT bool pare_try_lock(SELF) {
    static _Atomic(void *) known;
    SWIFT bool (*lock)(SELF) = original(TRY_LOCK, &known);
    bool isTaken = lock(handle);
    if (isTaken) __tsan_acquire(handle);
    return isTaken;
}

SWIFT void pare_unlock(SELF) {
    static _Atomic(void *) known;
    SWIFT void (*unlock)(SELF) = original(UNLOCK, &known);
    __tsan_release(handle);
    unlock(handle);
}
#endif
#endif
