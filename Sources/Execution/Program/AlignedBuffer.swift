import Glibc

/// Memory of its own, aligned to 64 bytes and zeroed.
///
/// Sendable because whoever fills it does so before sharing it; arenas never share theirs.
final class AlignedBuffer: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    /// nil where the machine has not that much memory.
    init?(byteCount: Int) {
        var pointer: UnsafeMutableRawPointer?
        let rounded = max(64, (byteCount + 63) & ~63)
        guard byteCount >= 0, posix_memalign(&pointer, 64, rounded) == 0, let pointer else { return nil }
        memset(pointer, 0, rounded)
        base = pointer
        self.byteCount = byteCount
    }

    deinit { free(base) }
}
