import TensorCore

extension Tensor {
    /// The elements of an integer or Boolean tensor; nil for other types.
    func integers() -> [Int]? {
        func read<Element: FixedWidthInteger>(_ type: Element.Type) -> [Int] {
            // Bounds: a tensor's storage holds exactly `count` elements.
            storage.withUnsafeBytes { bytes in
                (0..<count).map {
                    Int(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: type))
                }
            }
        }
        return switch elementType {
        case .int64: read(Int64.self)
        case .uint64: read(UInt64.self)
        case .int32: read(Int32.self)
        case .uint32: read(UInt32.self)
        case .int16: read(Int16.self)
        case .uint16: read(UInt16.self)
        case .int8: read(Int8.self)
        case .uint8, .boolean: read(UInt8.self)
        default: nil
        }
    }

    /// The elements as real numbers; nil for the 8-bit floating-point types.
    func numbers() -> [Double]? {
        if let integers = integers() { return integers.map(Double.init) }
        guard elementType.isReadableAsFloat else { return nil }
        guard elementType == .float64 else { return floats().map(Double.init) }
        return storage.withUnsafeBytes { bytes in
            (0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
        }
    }
}
