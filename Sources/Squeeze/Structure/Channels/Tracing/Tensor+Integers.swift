import TensorCore

extension Tensor {
    /// The elements of a small stored vector or scalar of int64 or int32; nil for anything else.
    var integers: [Int]? {
        guard shape.rank <= 1, count <= 1 << 16 else { return nil }
        // Bounds: the storage holds exactly `count` elements.
        return storage.withUnsafeBytes { bytes in
            switch elementType {
            case .int64: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
            case .int32: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)) }
            default: nil
            }
        }
    }

    /// A vector or scalar of the same type with other elements; the type is int64 or int32.
    func replacingIntegers(_ values: [Int]) -> Tensor {
        let bytes =
            elementType == .int32
            ? values.map { Int32(clamping: $0) }.withUnsafeBytes { Array($0) }
            : values.map { Int64($0) }.withUnsafeBytes { Array($0) }
        return Tensor(
            shape: shape.rank == 0 && values.count == 1 ? [] : [values.count],
            elementType: elementType == .int32 ? .int32 : .int64, storage: .owned(bytes))
    }
}
