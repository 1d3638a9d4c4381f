import Glibc
import TensorCore

/// A type that arithmetic kernels compute in. Integers wrap; nothing traps.
protocol KernelNumber: Comparable, BitwiseCopyable, Sendable {
    static var zero: Self { get }
    static var one: Self { get }
    /// The least and the greatest number, infinities included.
    static var least: Self { get }
    static var greatest: Self { get }

    static func sum(_ left: Self, _ right: Self) -> Self
    static func difference(_ left: Self, _ right: Self) -> Self
    static func product(_ left: Self, _ right: Self) -> Self
    /// Integers round toward zero; division by 0 gives 0.
    static func quotient(_ left: Self, _ right: Self) -> Self
    /// The remainder with the sign of the divisor.
    static func floorModulus(_ left: Self, _ right: Self) -> Self
    /// The remainder with the sign of the dividend.
    static func truncatedModulus(_ left: Self, _ right: Self) -> Self
    static func maximum(_ left: Self, _ right: Self) -> Self
    static func minimum(_ left: Self, _ right: Self) -> Self

    /// The nearest number, toward zero for integers; out of range it is some number.
    init(number: Double)
    var number: Double { get }
    /// The nearest number, wrapped where integers do not reach.
    init(integer: Int64)
    /// The integer part, wrapped or some integer where there is none.
    var integer: Int64 { get }
}

extension KernelNumber where Self: FixedWidthInteger {
    static var one: Self { 1 }
    static var least: Self { min }
    static var greatest: Self { max }
    static func sum(_ left: Self, _ right: Self) -> Self { left &+ right }
    static func difference(_ left: Self, _ right: Self) -> Self { left &- right }
    static func product(_ left: Self, _ right: Self) -> Self { left &* right }
    static func quotient(_ left: Self, _ right: Self) -> Self {
        right == 0 ? 0 : left.dividedReportingOverflow(by: right).partialValue
    }
    static func truncatedModulus(_ left: Self, _ right: Self) -> Self {
        right == 0 ? 0 : left.remainderReportingOverflow(dividingBy: right).partialValue
    }
    static func floorModulus(_ left: Self, _ right: Self) -> Self {
        let remainder = truncatedModulus(left, right)
        return remainder != 0 && (remainder < 0) != (right < 0) ? remainder &+ right : remainder
    }
    static func maximum(_ left: Self, _ right: Self) -> Self { Swift.max(left, right) }
    static func minimum(_ left: Self, _ right: Self) -> Self { Swift.min(left, right) }
    init(number: Double) { self.init(truncatingIfNeeded: Int64(truncating: number)) }
    var number: Double { Double(self) }
    init(integer: Int64) { self.init(truncatingIfNeeded: integer) }
    var integer: Int64 { Int64(truncatingIfNeeded: self) }
}

extension KernelNumber where Self: BinaryFloatingPoint {
    static var one: Self { 1 }
    static var least: Self { -.infinity }
    static var greatest: Self { .infinity }
    static func sum(_ left: Self, _ right: Self) -> Self { left + right }
    static func difference(_ left: Self, _ right: Self) -> Self { left - right }
    static func product(_ left: Self, _ right: Self) -> Self { left * right }
    static func quotient(_ left: Self, _ right: Self) -> Self { left / right }
    static func truncatedModulus(_ left: Self, _ right: Self) -> Self { left.truncatingRemainder(dividingBy: right) }
    static func floorModulus(_ left: Self, _ right: Self) -> Self {
        let remainder = truncatedModulus(left, right)
        // A remainder of 0 has the sign of the divisor, too.
        if remainder == 0 { return Self(signOf: right, magnitudeOf: 0) }
        return (remainder < 0) != (right < 0) ? remainder + right : remainder
    }
    static func maximum(_ left: Self, _ right: Self) -> Self { left >= right || left.isNaN ? left : right }
    static func minimum(_ left: Self, _ right: Self) -> Self { left <= right || left.isNaN ? left : right }
    init(number: Double) { self.init(number) }
    var number: Double { Double(self) }
    init(integer: Int64) { self.init(integer) }
    var integer: Int64 { Int64(truncating: Double(self)) }
}

extension Int64 {
    /// The integer part; `min` where there is none, as x86 converts.
    init(truncating number: Double) {
        self = number >= -0x1p63 && number < 0x1p63 ? Int64(number) : .min
    }
}

extension Float: KernelNumber {}
extension Double: KernelNumber {}
extension Int64: KernelInteger {}
extension Int32: KernelInteger {}
extension Int16: KernelInteger {}
extension Int8: KernelInteger {}
extension UInt64: KernelInteger {}
extension UInt32: KernelInteger {}
extension UInt16: KernelInteger {}
extension UInt8: KernelInteger {}

/// An integer that kernels compute in.
protocol KernelInteger: KernelNumber, FixedWidthInteger {}

/// Something made once for the type of integer it computes in.
protocol IntegerGeneric {
    associatedtype Result
    func make<Number: KernelInteger>(_ type: Number.Type) throws(KernelFault) -> Result
}

/// Something made once for the type of number it computes in.
protocol NumberGeneric {
    associatedtype Result
    func make<Number: KernelNumber>(_ type: Number.Type) throws(KernelFault) -> Result
}

/// What is made for numbers, of integers alone.
private struct OfIntegers<Generic: NumberGeneric>: IntegerGeneric {
    let generic: Generic

    func make<Number: KernelInteger>(_ type: Number.Type) throws(KernelFault) -> Generic.Result { try generic.make(type) }
}

extension ElementType {
    /// Makes something for the numbers of this type; Booleans count as bytes.
    func numbers<Generic: NumberGeneric>(_ generic: Generic) throws(KernelFault) -> Generic.Result {
        switch self {
        case .float32: try generic.make(Float.self)
        case .float64: try generic.make(Double.self)
        case .boolean: try generic.make(UInt8.self)
        default: try integers(OfIntegers(generic: generic))
        }
    }

    /// Makes something for the integers of this type.
    func integers<Generic: IntegerGeneric>(_ generic: Generic) throws(KernelFault) -> Generic.Result {
        switch self {
        case .int64: try generic.make(Int64.self)
        case .int32: try generic.make(Int32.self)
        case .int16: try generic.make(Int16.self)
        case .int8: try generic.make(Int8.self)
        case .uint64: try generic.make(UInt64.self)
        case .uint32: try generic.make(UInt32.self)
        case .uint16: try generic.make(UInt16.self)
        case .uint8: try generic.make(UInt8.self)
        default: throw KernelFault("element type \(self) is not supported")
        }
    }
}
