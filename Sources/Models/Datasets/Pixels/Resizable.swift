/// Elements that a filter can weigh, in the arithmetic that Pillow uses for them.
protocol Resizable {
    associatedtype Sum

    /// What sums begin with.
    static var initialSum: Sum { get }
    static func weights(of filter: TriangleFilter.View) -> UnsafePointer<Sum>
    static func add(_ element: Self, times weight: Sum, to sum: inout Sum)
    static func element(from sum: Sum) -> Self
}

/// Weights are fixed-point, so that a byte comes out the same on every machine.
extension UInt8: Resizable {
    /// A half, for rounding.
    @inline(__always)
    static var initialSum: Int32 { 1 << (TriangleFilter.fractionBits - 1) }

    @inline(__always)
    static func weights(of filter: TriangleFilter.View) -> UnsafePointer<Int32> { filter.fixedWeights }

    /// The weights add up to 1 within their rounding, so that no sum leaves 32 bits.
    @inline(__always)
    static func add(_ element: UInt8, times weight: Int32, to sum: inout Int32) { sum &+= Int32(element) &* weight }

    @inline(__always)
    static func element(from sum: Int32) -> UInt8 {
        UInt8(clamping: sum >> TriangleFilter.fractionBits)
    }
}

extension Float: Resizable {
    @inline(__always)
    static var initialSum: Double { 0 }

    @inline(__always)
    static func weights(of filter: TriangleFilter.View) -> UnsafePointer<Double> { filter.weights }

    @inline(__always)
    static func add(_ element: Float, times weight: Double, to sum: inout Double) { sum += Double(element) * weight }

    @inline(__always)
    static func element(from sum: Double) -> Float { Float(sum) }
}
