import TensorCore

/// Samples in memory, as they enter a network.
public struct ArraySource: SampleSource {
    private let values: [Float]
    public let count: Int
    public let shape: Shape
    public let labels: [Int]?

    /// `values` holds samples of `shape` one after the other; `labels`, where given, one a sample.
    public init(values: [Float], shape: Shape, labels: [Int]? = nil) {
        precondition(
            shape.count > 0 && values.count % shape.count == 0, "\(values.count) numbers are no samples of \(shape)")
        count = values.count / shape.count
        precondition(labels.map { $0.count == values.count / shape.count } ?? true, "not one label a sample")
        self.values = values
        self.shape = shape
        self.labels = labels
    }

    public func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        precondition(samples.lowerBound >= 0 && samples.upperBound <= count && buffer.count == samples.count * shape.count)
        values.withUnsafeBufferPointer { values in
            let part = UnsafeBufferPointer(
                rebasing: values[samples.lowerBound * shape.count..<samples.upperBound * shape.count])
            _ = buffer.update(fromContentsOf: part)
        }
        return []
    }
}
