import TensorCore

/// What an entry says of its layer before it is decoded.
public struct EntryDescription: Sendable, Hashable {
    public var shape: Shape
    /// The element type of the source.
    public var elementType: ElementType

    /// Reads the fields before the streams of an entry, of which a prefix of this many bytes suffices.
    public static let prefixByteCount = 4096

    public init(of entry: [UInt8]) throws(StreamError) {
        self = try entry.withUnsafeBufferPointer { buffer throws(StreamError) in
            var cursor = ByteCursor(buffer)
            let header = try EntryHeader(from: &cursor)
            return EntryDescription(shape: header.shape, elementType: header.elementType)
        }
    }

    private init(shape: Shape, elementType: ElementType) {
        self.shape = shape
        self.elementType = elementType
    }
}
