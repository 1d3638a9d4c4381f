import Synchronization

/// Bytes that are worked out when they are read: a tensor's shape is known long before its elements are wanted.
///
/// They stay for the next reader as long as `KeptBytes` has room. Readers on other threads wait meanwhile.
public final class DeferredBytes: Sendable {
    private enum Content: Sendable {
        case awaited
        case ready([UInt8])
    }

    public let byteCount: Int
    private let isKept: Bool
    private let make: @Sendable () -> [UInt8]
    private let makePieces: (@Sendable (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void)?
    private let content = Mutex(Content.awaited)

    /// Bytes that `make` gives, the same each time; there must be `byteCount` of them. `make` must not read these same bytes.
    /// Bytes that are not kept are made anew for every reader. `pieces`, where it is there, gives them in order in less memory.
    public init(
        byteCount: Int, isKept: Bool = true,
        pieces: (@Sendable (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void)? = nil,
        make: @escaping @Sendable () -> [UInt8]
    ) {
        self.byteCount = byteCount
        self.isKept = isKept
        self.make = make
        makePieces = pieces
    }

    /// The bytes, worked out now where they are not there.
    public var bytes: [UInt8] {
        let (bytes, isNew) = content.withLock { content in
            if case .ready(let bytes) = content { return (bytes, false) }
            let bytes = make()
            precondition(bytes.count == byteCount, "\(bytes.count) bytes were made where \(byteCount) were promised")
            if isKept { content = .ready(bytes) }
            return (bytes, true)
        }
        if isNew, isKept { KeptBytes.note(self) }
        return bytes
    }

    /// Visits the bytes in order, piece by piece where they can be had so and are not there.
    public func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let ready: [UInt8]? = content.withLock { if case .ready(let bytes) = $0 { bytes } else { nil } }
        if ready == nil, let makePieces { return try makePieces(body) }
        try (ready ?? bytes).withUnsafeBytes(body)
    }

    /// Forgets what was worked out, unless somebody is waiting for it at this moment; whether it did.
    fileprivate func forget() -> Bool {
        content.withLockIfAvailable { content in
            content = .awaited
            return true
        } ?? false
    }
}

/// What was worked out last of all deferred bytes, up to a limit: the oldest is forgotten first.
private enum KeptBytes {
    private struct Entry {
        weak var bytes: DeferredBytes?
        var byteCount: Int
    }

    private struct State {
        var entries: [Entry] = []
        var byteCount = 0
    }

    private static let limit = 256 << 20
    private static let state = Mutex(State())

    /// Counts bytes that were just worked out, and forgets the oldest above the limit.
    static func note(_ bytes: DeferredBytes) {
        var forgotten: [DeferredBytes] = []
        state.withLock { state in
            state.entries.append(Entry(bytes: bytes, byteCount: bytes.byteCount))
            state.byteCount += bytes.byteCount
            guard state.byteCount > limit else { return }
            var kept: [Entry] = []
            for entry in state.entries {
                let isGone = entry.bytes == nil
                if isGone || state.byteCount > limit {
                    state.byteCount -= entry.byteCount
                    if let bytes = entry.bytes { forgotten.append(bytes) }
                } else {
                    kept.append(entry)
                }
            }
            state.entries = kept
        }
        // Outside of the lock: whoever works something out may read other deferred bytes, and note them here.
        for bytes in forgotten where !bytes.forget() {
            // Somebody waits for these; they are forgotten another time.
            state.withLock { state in
                state.entries.append(Entry(bytes: bytes, byteCount: bytes.byteCount))
                state.byteCount += bytes.byteCount
            }
        }
    }
}
