import Basics

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

extension TensorStorage {
    /// Visits the bytes in order, piece by piece, in little memory: what was read of a large file is given back.
    public func forEachPiece<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
        switch self {
        case .mapped(let file, let range):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = min(start + MappedFile.passByteCount, range.upperBound)
                try file.withUnsafeBytes { bytes throws(Failure) in
                    // Bounds: the range lies within the file.
                    try body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
                file.release(start..<end)
                start = end
            }
        case .owned(let bytes):
            try bytes.withUnsafeBufferPointer { bytes throws(Failure) in try body(UnsafeRawBufferPointer(bytes)) }
        }
    }

    /// Gives back the memory of what was read of a large file.
    public func release() {
        if case .mapped(let file, let range) = self { file.release(range) }
    }
}

/// A pass over a range of a tensor's bytes that gives back the memory behind it where they lie in a large file.
struct PassOver {
    private let file: MappedFile?
    private var start: Int
    private let begin: Int
    private let end: Int

    init(_ storage: TensorStorage, _ range: Range<Int>) {
        if case .mapped(let file, let place) = storage, file.isLarge {
            self.file = file
            begin = place.lowerBound + range.lowerBound
            end = place.lowerBound + range.upperBound
        } else {
            file = nil
            begin = 0
            end = 0
        }
        start = begin
    }

    /// Bytes of the range that were read and are not looked at again.
    mutating func reach(_ byteCount: Int) {
        guard let file, begin + byteCount - start >= MappedFile.passByteCount else { return }
        file.release(start..<begin + byteCount)
        start = begin + byteCount
    }

    func finish() { file?.release(start..<end) }
}
