import TensorCore

extension TensorSource {
    /// The elements of a small stored vector or scalar of int64 or int32; nil for anything else, and where they cannot be read.
    var integers: [Int]? {
        guard shape.rank <= 1, count <= 1 << 16, let storage = try? bytes.read() else { return nil }
        // Bounds: the storage holds exactly `count` elements.
        return storage.withUnsafeBytes { bytes in
            switch elementType {
            case .int64: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
            case .int32: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)) }
            default: nil
            }
        }
    }
}

extension Tensor {
    /// A vector or scalar of the same type as another with other elements; the type is int64 or int32.
    init(integers values: [Int], like other: TensorSource) {
        let vector = Tensor(integers: values, other.elementType)
        self.init(
            shape: other.shape.rank == 0 && values.count == 1 ? [] : vector.shape, elementType: vector.elementType,
            storage: vector.storage)
    }
}
