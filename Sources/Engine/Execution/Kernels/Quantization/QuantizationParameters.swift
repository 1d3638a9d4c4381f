import NeuralNetwork
import TensorCore

/// Which scale and zero point belong to an element: one for all, one for each index of an axis, or one for each block along it.
struct QuantizationParameters: Sendable {
    let count: Int
    private let extent: Int
    private let inner: Int
    private let block: Int
    /// Scales along the axis.
    private let places: Int

    /// - Throws: where the scale does not fit the values, or the zero point not the scale.
    init(_ context: KernelContext, values: Shape, scale: Int, zeroPoint: Int?) throws(KernelFault) {
        let scales = try context.shape(scale)
        count = scales.count
        if let zeroPoint, context.hasInput(zeroPoint) {
            let points = try context.shape(zeroPoint)
            guard points.count == scales.count else { throw KernelFault("zero points of \(points) do not fit scales of \(scales)") }
        }
        guard scales.count != 1 || context.integer("block_size", default: 0) > 0 else {
            (extent, inner, block, places) = (1, 1, 1, 1)
            return
        }
        let axis = try context.axis(default: 1, rank: values.rank)
        (_, extent, inner) = values.split(at: axis)
        let size = context.integer("block_size", default: 0)
        if size > 0 {
            var wanted = values.dimensions
            wanted[axis] = (wanted[axis] - 1) / size + 1
            guard values.count == 0 || scales.dimensions == wanted else {
                throw KernelFault("scales of \(scales) do not fit blocks of \(size) along axis \(axis) of \(values)")
            }
            (block, places) = (size, values.count == 0 ? 1 : wanted[axis])
        } else {
            guard scales.count == values[axis] else {
                throw KernelFault("scales of \(scales) do not fit axis \(axis) of \(values)")
            }
            (block, places) = (0, scales.count)
        }
    }

    /// The scale's index for an element's.
    @inline(__always)
    func index(of element: Int) -> Int {
        if count == 1 { return 0 }
        let place = element / inner % extent
        if block == 0 { return place }
        return (element / inner / extent * places + place / block) * inner + element % inner
    }
}

/// The integers that quantized values are rounded to; nil bounds for floating-point types.
extension ElementType {
    var quantizedRange: ClosedRange<Float>? {
        switch self {
        case .uint8: 0...255
        case .int8: -128...127
        case .uint16: 0...65_535
        case .int16: -32_768...32_767
        default: nil
        }
    }
}

/// Reads elements of quantized types as float32.
struct QuantizedReader: Sendable {
    let type: ElementType

    /// - Throws: where values of the type are not quantized ones.
    init(_ type: ElementType) throws(KernelFault) {
        switch type {
        case .uint8, .int8, .uint16, .int16, .int32, .float8e4m3, .float8e5m2: self.type = type
        default: throw KernelFault("quantized values of \(type) are not supported")
        }
    }

    @inline(__always)
    func number(_ bytes: UnsafeRawPointer, _ index: Int) -> Float {
        switch type {
        case .uint8: Float(bytes.load(fromByteOffset: index, as: UInt8.self))
        case .int8: Float(bytes.load(fromByteOffset: index, as: Int8.self))
        case .uint16: Float(bytes.load(fromByteOffset: index * 2, as: UInt16.self))
        case .int16: Float(bytes.load(fromByteOffset: index * 2, as: Int16.self))
        case .int32: Float(bytes.load(fromByteOffset: index * 4, as: Int32.self))
        case .float8e4m3: ShortFloat.e4m3.number(bytes.load(fromByteOffset: index, as: UInt8.self))
        default: ShortFloat.e5m2.number(bytes.load(fromByteOffset: index, as: UInt8.self))
        }
    }
}

/// Writes float32 as elements of quantized types, rounded and held within their range.
struct QuantizedWriter: Sendable {
    let type: ElementType
    let saturates: Bool

    init(_ type: ElementType, saturates: Bool = true) throws(KernelFault) {
        guard type.quantizedRange != nil || type == .float8e4m3 || type == .float8e5m2 else {
            throw KernelFault("quantizing to \(type) is not supported")
        }
        self.type = type
        self.saturates = saturates
    }

    /// `number` is what the value is in steps of its scale; the zero point is added after rounding.
    @inline(__always)
    func write(_ number: Float, zeroPoint: Float, to bytes: UnsafeMutableRawPointer, _ index: Int) {
        guard let range = type.quantizedRange else {
            let format = type == .float8e4m3 ? ShortFloat.e4m3 : .e5m2
            bytes.storeBytes(of: format.pattern(number, saturates: saturates), toByteOffset: index, as: UInt8.self)
            return
        }
        let rounded = number.rounded(.toNearestOrEven) + zeroPoint
        // What is no number becomes the least.
        let value = Int32(rounded >= range.lowerBound ? min(rounded, range.upperBound) : range.lowerBound)
        if type.byteCount == 1 {
            bytes.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: index, as: UInt8.self)
        } else {
            bytes.storeBytes(of: UInt16(truncatingIfNeeded: value), toByteOffset: index * 2, as: UInt16.self)
        }
    }
}
