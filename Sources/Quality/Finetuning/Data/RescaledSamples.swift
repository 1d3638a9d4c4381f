import Datasets
import TensorCore

/// Samples whose numbers are brought into another range in a straight line, as a generator gives them.
public struct RescaledSamples: SampleSource {
    private let source: any SampleSource
    private let scale: Float
    private let offset: Float

    private static let looked = 1000

    /// The least and largest number of the first thousand samples come to lie at the ends of `range`.
    public init(_ source: any SampleSource, to range: ClosedRange<Float>) {
        self.source = source
        var values = [Float](repeating: 0, count: min(Self.looked, source.count) * source.shape.count)
        values.withUnsafeMutableBufferPointer { _ = source.read(0..<min(Self.looked, source.count), into: $0) }
        let (least, largest) = (values.min() ?? 0, values.max() ?? 1)
        scale = largest > least ? (range.upperBound - range.lowerBound) / (largest - least) : 1
        offset = largest > least ? range.lowerBound - least * scale : 0
    }

    public var count: Int { source.count }
    public var shape: Shape { source.shape }
    public var labels: [Int]? { source.labels }

    public func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        let failed = source.read(samples, into: buffer)
        for index in 0..<samples.count * shape.count { buffer[index] = buffer[index] * scale + offset }
        return failed
    }
}
