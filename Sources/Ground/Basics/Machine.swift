import Glibc

/// The machine that Pare runs on, asked once.
public enum Machine {
    /// Processors that are there for threads to run on.
    public static let processorCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// Bytes of a page of memory.
    public static let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// Bytes of memory, used or not.
    public static let memoryByteCount = Int(sysconf(Int32(_SC_PHYS_PAGES))) * pageByteCount
}
