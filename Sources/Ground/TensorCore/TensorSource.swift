/// A tensor as a model holds it: shape and type are known; its elements are there, or are worked out when they are read, which
/// may fail.
public struct TensorSource: Sendable {
    public let shape: Shape
    public let elementType: ElementType
    public let bytes: SourceBytes

    /// A tensor that is there.
    public init(_ tensor: Tensor) {
        shape = tensor.shape
        elementType = tensor.elementType
        bytes = .stored(tensor.storage)
    }

    /// A tensor that is worked out when it is read. `bytes` must promise exactly `shape.count` elements.
    public init(shape: Shape, elementType: ElementType, deferred bytes: DeferredBytes) {
        precondition(
            bytes.byteCount == shape.count * elementType.byteCount,
            "\(bytes.byteCount) bytes cannot hold \(shape) of \(elementType)")
        self.shape = shape
        self.elementType = elementType
        self.bytes = .deferred(bytes)
    }

    /// Number of elements.
    public var count: Int { shape.count }

    public var byteCount: Int { bytes.byteCount }

    /// The tensor with its elements, which are worked out now where they are not there.
    public func read() throws(UnreadableTensor) -> Tensor {
        Tensor(shape: shape, elementType: elementType, storage: try bytes.read())
    }

    /// All elements as float32, in a new array; the type must be readable as float.
    public func floats() throws(UnreadableTensor) -> [Float] { try read().floats() }
}

/// Bytes that are there, or that are worked out when they are read.
public enum SourceBytes: Sendable {
    case stored(TensorStorage)
    case deferred(DeferredBytes)

    public var byteCount: Int {
        switch self {
        case .stored(let storage): storage.byteCount
        case .deferred(let bytes): bytes.byteCount
        }
    }

    /// The bytes, worked out now where they are not there.
    public func read() throws(UnreadableTensor) -> TensorStorage {
        switch self {
        case .stored(let storage): storage
        case .deferred(let bytes): .owned(try bytes.read())
        }
    }

    /// Visits the bytes in order, piece by piece, in little memory. `unreadable` makes a failure of bytes that cannot be worked out.
    public func forEachPiece<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void, unreadable: (UnreadableTensor) -> Failure
    ) throws(Failure) {
        switch self {
        case .stored(let storage): try storage.forEachPiece(body)
        case .deferred(let bytes): try bytes.forEachPiece(body, unreadable: unreadable)
        }
    }
}
