/// Where a tensor's bytes live: in a mapped file, in memory of their own, or nowhere until somebody reads them.
public enum TensorStorage: Sendable {
    /// A range of a mapped file, which lies within it.
    case mapped(MappedFile, Range<Int>)
    case owned([UInt8])
    /// Bytes that are worked out when they are first read.
    case deferred(DeferredBytes)

    public var byteCount: Int {
        switch self {
        case .mapped(_, let range): range.count
        case .owned(let bytes): bytes.count
        case .deferred(let bytes): bytes.byteCount
        }
    }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch self {
        case .mapped(let file, let range):
            try file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
        case .owned(let bytes):
            try bytes.withUnsafeBytes(body)
        case .deferred(let deferred):
            try deferred.bytes.withUnsafeBytes(body)
        }
    }
}
