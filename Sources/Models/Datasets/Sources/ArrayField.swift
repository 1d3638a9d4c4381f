import TensorCore

/// An array as it is stored, its samples along one axis: what goes into an input that has its name.
struct ArrayField: SampleSource {
    let tensor: Tensor
    private let axis: SampleAxis
    /// Whether it is known which axis counts the samples.
    private let isSettled: Bool
    let shape: Shape

    /// nil of a single number.
    init?(_ tensor: Tensor, axis: Int = 0, isSettled: Bool = false) {
        guard tensor.shape.dimensions.indices.contains(axis),
            let places = SampleAxis(tensor.shape, axis: axis, samples: tensor.shape[axis])
        else { return nil }
        self.tensor = tensor
        self.isSettled = isSettled
        self.axis = places
        var extents = tensor.shape.dimensions
        extents.remove(at: axis)
        shape = Shape(extents)
    }

    var count: Int { axis.samples }
    var labels: [Int]? { nil }

    func counted(along axis: Int) -> (any SampleSource)? { isSettled ? nil : ArrayField(tensor, axis: axis) }

    var wholeNumbers: ClosedRange<Int>? {
        tensor.wholeNumbers
    }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        precondition(samples.lowerBound >= 0 && samples.upperBound <= count && buffer.count == samples.count * shape.count)
        guard var place = buffer.baseAddress else { return [] }
        for sample in samples {
            for piece in axis.pieces(of: sample) {
                tensor.readNumbers(piece, into: place)
                place += piece.count
            }
        }
        return []
    }
}

extension Tensor {
    /// The least and the largest of integers; nil of other numbers, and of none.
    var wholeNumbers: ClosedRange<Int>? {
        func range<Integer: FixedWidthInteger>(_: Integer.Type) -> ClosedRange<Int>? {
            storage.withUnsafeBytes { bytes in
                guard count > 0 else { return nil }
                var (least, largest) = (Integer.max, Integer.min)
                for index in 0..<count {
                    let value = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Integer>.size, as: Integer.self)
                    least = Swift.min(least, value)
                    largest = Swift.max(largest, value)
                }
                return Int(clamping: least)...Int(clamping: largest)
            }
        }
        return switch elementType {
        case .uint8: range(UInt8.self)
        case .uint16: range(UInt16.self)
        case .uint32: range(UInt32.self)
        case .uint64: range(UInt64.self)
        case .int8: range(Int8.self)
        case .int16: range(Int16.self)
        case .int32: range(Int32.self)
        case .int64: range(Int64.self)
        case .boolean: 0...1
        default: nil
        }
    }
}
