extension ElementType {
    /// Numbers as they are stored in this type, rounded to the nearest; the type is readable as float.
    public func encode(_ values: [Float]) -> [UInt8] {
        switch self {
        case .float64: values.map(Double.init).withUnsafeBytes { Array($0) }
        case .bfloat16:
            values.map { value -> UInt16 in
                let pattern = value.bitPattern
                if value.isNaN { return UInt16(pattern >> 16) | 0x40 }
                return UInt16(truncatingIfNeeded: (pattern &+ 0x7fff &+ (pattern >> 16 & 1)) >> 16)
            }.withUnsafeBytes { Array($0) }
        case .float16: values.map(\.halfPrecisionPattern).withUnsafeBytes { Array($0) }
        default: values.withUnsafeBytes { Array($0) }
        }
    }
}

extension Tensor {
    /// The numbers as a narrower type holds them; as they are where the type holds all of them.
    public func rounded(to type: ElementType) -> Tensor {
        guard type == .float16 || type == .bfloat16 else { return self }
        return Tensor(shape: shape, elementType: type, storage: .owned(type.encode(floats())))
    }
}

extension Float {
    /// The nearest IEEE 754 binary16 number's pattern, ties to even.
    fileprivate var halfPrecisionPattern: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
        if isNaN { return sign | 0x7e00 }
        // Below 2⁻¹⁴ numbers are multiples of 2⁻²⁴; above, eleven bits are kept by rounding to their last one's unit.
        let size = magnitude
        if size >= 65520 { return sign | 0x7c00 }
        if size < 0x1p-14 { return sign | UInt16((size * 0x1p24).rounded(.toNearestOrEven)) }
        let rounded = (size.bitPattern &+ 0xfff &+ (size.bitPattern >> 13 & 1)) >> 13
        return sign | UInt16(truncatingIfNeeded: rounded &- (112 << 10))
    }
}
