import Basics
import Synchronization

/// Bytes that are worked out when they are read: a tensor's shape is known long before its elements are wanted.
///
/// They stay for the next reader as long as `KeptBytes` has room. Readers on other threads wait meanwhile. Where they cannot be
/// worked out every reader is told so, and the next one tries again.
public final class DeferredBytes: Sendable {
    private enum Content: Sendable {
        case awaited
        case ready([UInt8])
    }

    public let byteCount: Int
    private let isKept: Bool
    private let make: @Sendable () throws -> [UInt8]
    private let makePieces: (@Sendable (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void)?
    private let content = Mutex(Content.awaited)

    /// Bytes that `make` gives, the same each time; there must be `byteCount` of them. `make` must not read these same bytes.
    /// Bytes that are not kept are made anew for every reader. `pieces`, where it is there, gives them in order in less memory.
    public init(
        byteCount: Int, isKept: Bool = true,
        pieces: (@Sendable (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void)? = nil,
        make: @escaping @Sendable () throws -> [UInt8]
    ) {
        self.byteCount = byteCount
        self.isKept = isKept
        self.make = make
        makePieces = pieces
    }

    /// The bytes, worked out now where they are not there.
    public func read() throws(UnreadableTensor) -> [UInt8] {
        let (bytes, isNew) = try content.withLock { content throws(UnreadableTensor) in
            if case .ready(let bytes) = content { return (bytes, false) }
            let bytes: [UInt8]
            do {
                bytes = try make()
            } catch { throw UnreadableTensor(error) }
            precondition(bytes.count == byteCount, "\(bytes.count) bytes were made where \(byteCount) were promised")
            if isKept { content = .ready(bytes) }
            return (bytes, true)
        }
        if isNew, isKept { KeptBytes.note(self) }
        return bytes
    }

    /// Visits the bytes in order, piece by piece where they can be had so and are not there. What `body` throws is passed on;
    /// all else is an `UnreadableTensor`.
    func forEachPiece<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void, unreadable: (UnreadableTensor) -> Failure
    ) throws(Failure) {
        let ready: [UInt8]? = content.withLock { if case .ready(let bytes) = $0 { bytes } else { nil } }
        guard ready == nil, let makePieces else {
            let bytes: [UInt8]
            if let ready {
                bytes = ready
            } else {
                do throws(UnreadableTensor) { bytes = try read() } catch { throw unreadable(error) }
            }
            return try bytes.withUnsafeBufferPointer { bytes throws(Failure) in try body(UnsafeRawBufferPointer(bytes)) }
        }
        var refusal: Failure?
        do {
            try makePieces { piece in
                do throws(Failure) {
                    try body(piece)
                } catch {
                    refusal = error
                    throw error
                }
            }
        } catch { throw refusal ?? unreadable(UnreadableTensor(error)) }
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

/// Why the elements of a tensor could not be worked out, in words.
public struct UnreadableTensor: ExplainedError, Hashable {
    public let message: String

    /// What made it so.
    public init(_ cause: any Error) {
        message = (cause as? UnreadableTensor)?.message ?? "a tensor's values cannot be worked out: \(Basics.message(for: cause))"
    }
}
