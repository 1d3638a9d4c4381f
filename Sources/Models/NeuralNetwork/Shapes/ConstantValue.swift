import TensorCore

/// A small tensor whose elements are known without running the network: shapes, axes, scales and what is computed of them.
struct ConstantValue {
    enum Elements {
        /// Integers of any width, and Booleans as 0 and 1.
        case integers([Int])
        case floats([Double])
    }

    /// Constants of more elements are left unknown; real shape arithmetic is far below.
    static let largestCount = 1024

    let shape: Shape
    let elements: Elements

    /// nil where the elements do not fill the shape or are too many.
    init?(shape: Shape, elements: Elements) {
        let count =
            switch elements {
            case .integers(let values): values.count
            case .floats(let values): values.count
            }
        guard count == shape.count, count <= Self.largestCount else { return nil }
        self.shape = shape
        self.elements = elements
    }

    init?(_ integers: [Int]) {
        self.init(shape: [integers.count], elements: .integers(integers))
    }

    init(scalar: Int) {
        shape = []
        elements = .integers([scalar])
    }

    var count: Int { shape.count }

    var integers: [Int]? {
        if case .integers(let values) = elements { values } else { nil }
    }

    var doubles: [Double] {
        switch elements {
        case .integers(let values): values.map(Double.init)
        case .floats(let values): values
        }
    }

    /// The same elements in another shape.
    func reshaped(_ shape: Shape) -> ConstantValue? {
        ConstantValue(shape: shape, elements: elements)
    }

    /// The elements at `sources`, in the given shape.
    func picking(_ sources: [Int], shape: Shape) -> ConstantValue? {
        guard sources.allSatisfy({ $0 >= 0 && $0 < count }) else { return nil }
        switch elements {
        case .integers(let values): return ConstantValue(shape: shape, elements: .integers(sources.map { values[$0] }))
        case .floats(let values): return ConstantValue(shape: shape, elements: .floats(sources.map { values[$0] }))
        }
    }
}

extension ConstantValue {
    /// Reads a stored tensor; nil where it is large, cannot be read, or is of a type shapes are not made of.
    init?(_ source: TensorSource) {
        // What cannot be read is not known beforehand.
        guard source.count <= Self.largestCount, let tensor = try? source.read() else { return nil }
        let count = tensor.count
        if tensor.elementType.isReadableAsFloat {
            if tensor.elementType == .float64 {
                let values = tensor.storage.withUnsafeBytes { bytes in
                    (0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
                }
                self.init(shape: tensor.shape, elements: .floats(values))
            } else {
                self.init(shape: tensor.shape, elements: .floats(tensor.floats().map(Double.init)))
            }
            return
        }
        // Bounds: a tensor's storage holds exactly `count` elements.
        let values: [Int]? = tensor.storage.withUnsafeBytes { bytes in
            switch tensor.elementType {
            case .int64: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
            case .uint64:
                (0..<count).map { Int(clamping: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
            case .int32: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)) }
            case .uint32: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)) }
            case .int16: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: Int16.self)) }
            case .uint16: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)) }
            case .int8: (0..<count).map { Int(bytes.loadUnaligned(fromByteOffset: $0, as: Int8.self)) }
            case .uint8, .boolean: (0..<count).map { Int(bytes[$0]) }
            default: nil
            }
        }
        guard let values else { return nil }
        self.init(shape: tensor.shape, elements: .integers(values))
    }
}
