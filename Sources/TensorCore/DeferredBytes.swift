import Synchronization

/// Bytes that are worked out when they are first read, once where they are kept: a tensor's shape is known long before its elements are wanted.
///
/// Readers on other threads wait meanwhile.
public final class DeferredBytes: Sendable {
    private enum Content: Sendable {
        case awaited(@Sendable () -> [UInt8])
        case ready([UInt8])
    }

    public let byteCount: Int
    private let isKept: Bool
    private let content: Mutex<Content>

    /// Bytes that `make` gives; there must be `byteCount` of them. `make` must not read these same bytes. Bytes that are not
    /// kept are made anew for every reader, so that passing over a model takes the memory of one tensor.
    public init(byteCount: Int, isKept: Bool = true, make: @escaping @Sendable () -> [UInt8]) {
        self.byteCount = byteCount
        self.isKept = isKept
        content = Mutex(.awaited(make))
    }

    /// The bytes, worked out now where nobody has read them before.
    public var bytes: [UInt8] {
        content.withLock { content in
            switch content {
            case .ready(let bytes): return bytes
            case .awaited(let make):
                let bytes = make()
                precondition(bytes.count == byteCount, "\(bytes.count) bytes were made where \(byteCount) were promised")
                if isKept { content = .ready(bytes) }
                return bytes
            }
        }
    }
}
