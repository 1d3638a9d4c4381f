import TensorCore

/// The start of an array as `numpy.save` writes it, up to its elements, which follow in rows and little-endian.
public enum NPYHeader {
    /// A multiple of 64 bytes, padded with spaces; nil of types that NumPy does not know.
    public static func bytes(of elementType: ElementType, shape: Shape) -> [UInt8]? {
        guard let descriptor = descriptor(of: elementType) else { return nil }
        let extents = shape.dimensions.map(String.init).joined(separator: ", ")
        let tuple = shape.rank == 1 ? "(\(extents),)" : "(\(extents))"
        var text = Array("{'descr': '\(descriptor)', 'fortran_order': False, 'shape': \(tuple), }".utf8)
        while (10 + text.count + 1) % 64 != 0 { text.append(UInt8(ascii: " ")) }
        text.append(UInt8(ascii: "\n"))
        let length = UInt16(text.count)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + text
    }

    private static func descriptor(of elementType: ElementType) -> String? {
        switch elementType {
        case .float64: "<f8"
        case .float32: "<f4"
        case .float16: "<f2"
        case .int64: "<i8"
        case .int32: "<i4"
        case .int16: "<i2"
        case .int8: "|i1"
        case .uint64: "<u8"
        case .uint32: "<u4"
        case .uint16: "<u2"
        case .uint8: "|u1"
        case .boolean: "|b1"
        case .bfloat16, .float8e4m3, .float8e5m2: nil
        }
    }
}
