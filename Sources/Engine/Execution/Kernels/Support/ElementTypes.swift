import TensorCore

extension ElementType {
    /// The type ONNX's `TensorProto.DataType` numbers; nil for strings, complex and packed types.
    init?(onnxNumber number: Int) {
        let types: [Int: ElementType] = [
            1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .boolean, 10: .float16,
            11: .float64, 12: .uint32, 13: .uint64, 16: .bfloat16, 17: .float8e4m3, 19: .float8e5m2,
        ]
        guard let type = types[number] else { return nil }
        self = type
    }

    /// What elements are while the network runs, where an operator makes them of this type: floating-point numbers of 16 bits
    /// are held as float32, rounded where the file casts to them.
    var runtime: ElementType { self == .float16 || self == .bfloat16 ? .float32 : self }

    /// Rounds a float32 to a number of this type; nil for all but those of 16 bits.
    var rounding: (@Sendable (Float) -> Float)? {
        switch self {
        case .float16: { Float(halfPrecisionPattern: $0.halfPrecisionPattern) }
        case .bfloat16: { Float(bitPattern: UInt32($0.brainPattern) << 16) }
        default: nil
        }
    }
}

/// A floating-point format of 8 bits: the sign, the exponent and the mantissa.
struct ShortFloat: Sendable {
    var mantissaBits: Int
    var bias: Int
    /// The largest number.
    var largest: Float
    var largestPattern: UInt8
    /// The pattern of what is too large and does not saturate: an infinity or what is no number.
    var overflow: UInt8
    var notANumber: UInt8

    /// FLOAT8E4M3FN of ONNX, which has no infinities.
    static let e4m3 = ShortFloat(
        mantissaBits: 3, bias: 7, largest: 448, largestPattern: 0x7e, overflow: 0x7f, notANumber: 0x7f)
    /// FLOAT8E5M2 of ONNX.
    static let e5m2 = ShortFloat(
        mantissaBits: 2, bias: 15, largest: 57_344, largestPattern: 0x7b, overflow: 0x7c, notANumber: 0x7f)

    func number(_ pattern: UInt8) -> Float {
        let sign: Float = pattern & 0x80 == 0 ? 1 : -1
        let magnitude = pattern & 0x7f
        if magnitude > largestPattern { return magnitude == overflow && overflow != notANumber ? sign * .infinity : .nan }
        let exponent = Int(magnitude >> UInt8(mantissaBits))
        let mantissa = Float(magnitude & (1 << UInt8(mantissaBits) - 1))
        let unit = Float(sign: .plus, exponent: max(exponent, 1) - bias - mantissaBits, significand: 1)
        return sign * unit * (mantissa + (exponent == 0 ? 0 : Float(1 << mantissaBits)))
    }

    /// The nearest pattern, ties to even. What is too large becomes the largest number where it saturates.
    func pattern(_ number: Float, saturates: Bool) -> UInt8 {
        let sign: UInt8 = number.sign == .minus ? 0x80 : 0
        if number.isNaN { return sign | notANumber }
        let magnitude = abs(number)
        if magnitude.isInfinite { return sign | (saturates ? largestPattern : overflow) }
        guard magnitude > 0 else { return sign }
        let exponent = max(Int(magnitude.exponent), 1 - bias)
        let unit = Float(sign: .plus, exponent: exponent - mantissaBits, significand: 1)
        let steps = (magnitude / unit).rounded(.toNearestOrEven)
        if steps * unit > largest { return sign | (saturates ? largestPattern : overflow) }
        // Steps below a full mantissa are subnormal; a carry runs into the exponent by itself.
        let isSubnormal = steps < Float(1 << mantissaBits)
        let field = isSubnormal ? Int(steps) : (exponent + bias - 1) << mantissaBits + Int(steps)
        return sign | UInt8(truncatingIfNeeded: field)
    }
}

extension Float {
    /// The nearest IEEE 754 binary16 pattern, ties to even.
    var halfPrecisionPattern: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
        let magnitude = bitPattern & 0x7fff_ffff
        if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
        if magnitude >= 0x4780_0000 { return sign | 0x7c00 }  // 65,536 and more
        if magnitude < 0x3880_0000 {  // below 2⁻¹⁴: a multiple of 2⁻²⁴
            let scaled = (Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven)
            return sign | UInt16(scaled)
        }
        let rounded = magnitude &+ 0xfff &+ (magnitude >> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded &- 0x3800_0000) >> 13)
    }

    /// The nearest bfloat16 pattern, ties to even.
    var brainPattern: UInt16 {
        if isNaN { return 0x7fc0 }
        return UInt16(truncatingIfNeeded: (bitPattern &+ 0x7fff &+ (bitPattern >> 16 & 1)) >> 16)
    }
}
