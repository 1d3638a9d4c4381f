/// Where a tensor's bytes live: in a mapped file, or in memory of their own.
public enum TensorStorage: Sendable {
    /// A range of a mapped file, which lies within it.
    case mapped(MappedFile, Range<Int>)
    case owned([UInt8])

    public var byteCount: Int {
        switch self {
        case .mapped(_, let range): range.count
        case .owned(let bytes): bytes.count
        }
    }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch self {
        case .mapped(let file, let range):
            try file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
        case .owned(let bytes):
            try bytes.withUnsafeBytes(body)
        }
    }
}
