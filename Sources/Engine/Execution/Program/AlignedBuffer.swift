import Glibc

/// Memory of its own, aligned to 64 bytes and zeroed.
///
/// Sendable because whoever fills it does so before sharing it; arenas never share theirs.
final class AlignedBuffer: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    private static let hugePage = 2 << 20

    /// nil where the machine has not that much memory.
    init?(byteCount: Int) {
        var pointer: UnsafeMutableRawPointer?
        let rounded = max(64, (byteCount + 63) & ~63)
        let isLarge = rounded >= 2 * Self.hugePage
        guard byteCount >= 0, posix_memalign(&pointer, isLarge ? Self.hugePage : 64, rounded) == 0, let pointer else {
            return nil
        }
        #if os(Linux)
            // Weights are streamed through at every run: with pages of 2 MiB the processor looks up far fewer addresses.
            if isLarge { madvise(pointer, rounded, MADV_HUGEPAGE) }
        #endif
        memset(pointer, 0, rounded)
        base = pointer
        self.byteCount = byteCount
    }

    deinit { free(base) }
}
