import Glibc

/// The door through which files are written: the system's calls under their own names, each of which a test can make fail.
///
/// A call answers as the system does, with -1 and `errno` where it fails.
public enum SystemCalls {
    /// The calls that writing a file makes.
    public enum Name: String, Sendable, CaseIterable {
        case open, write, pwrite, fsync, linkat, rename, fchmod, flock, stat, access
    }

    /// What `withFault` counts, and lets fail, on one task.
    final class Fault: @unchecked Sendable {
        // Invariant behind `@unchecked`: it is only touched by the task that `withFault` runs on, and by no two threads at once.
        private let number: Int
        private let code: Int32
        private(set) var calls: [Name] = []

        init(number: Int, code: Int32) {
            self.number = number
            self.code = code
        }

        /// Counts a call; whether it is the one that fails.
        func strikes(_ name: Name) -> Bool {
            calls.append(name)
            guard calls.count == number else { return false }
            errno = code
            return true
        }
    }

    @TaskLocal private static var fault: Fault?

    /// Lets call `number` of those that `body` makes, from 1 on, fail with the error `code`; 0 lets none fail.
    ///
    /// - Returns: the calls that were made, the failed one and those after it too, and what `body` threw.
    public static func withFault(_ number: Int, code: Int32 = ENOSPC, _ body: () throws -> Void) -> (calls: [Name], failure: (any Error)?) {
        let fault = Fault(number: number, code: code)
        do {
            try $fault.withValue(fault) { try body() }
            return (fault.calls, nil)
        } catch {
            return (fault.calls, error)
        }
    }

    private static func fails(_ name: Name) -> Bool { fault?.strikes(name) ?? false }

    static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
        fails(.open) ? -1 : Glibc.open(path, flags, mode)
    }

    static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        fails(.write) ? -1 : Glibc.write(descriptor, bytes, count)
    }

    static func pwrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int {
        fails(.pwrite) ? -1 : Glibc.pwrite(descriptor, bytes, count, off_t(offset))
    }

    static func fsync(_ descriptor: Int32) -> Int32 { fails(.fsync) ? -1 : Glibc.fsync(descriptor) }

    static func linkat(_ from: String, _ to: String) -> Int32 {
        fails(.linkat) ? -1 : Glibc.linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW)
    }

    static func rename(_ from: String, _ to: String) -> Int32 { fails(.rename) ? -1 : Glibc.rename(from, to) }

    static func fchmod(_ descriptor: Int32, _ mode: mode_t) -> Int32 { fails(.fchmod) ? -1 : Glibc.fchmod(descriptor, mode) }

    static func lock(_ descriptor: Int32, _ operation: Int32) -> Int32 { fails(.flock) ? -1 : flock(descriptor, operation) }

    static func status(_ path: String, _ status: inout stat) -> Int32 { fails(.stat) ? -1 : stat(path, &status) }

    static func access(_ path: String, _ mode: Int32) -> Int32 { fails(.access) ? -1 : Glibc.access(path, mode) }
}
