import TensorCore

/// Where the samples of a batch lie in a value: along one of its axes, each in as many pieces as the axes before it have places.
///
/// An axis may hold several places a sample, as where time and samples were joined.
public struct SampleAxis: Sendable, Hashable {
    /// Places before the axis.
    public let outer: Int
    public let samples: Int
    /// Elements of one piece of a sample.
    public let inner: Int

    /// nil where the axis does not divide into so many samples.
    public init?(_ shape: Shape, axis: Int, samples: Int) {
        guard shape.dimensions.indices.contains(axis), samples > 0, shape[axis] % samples == 0 else { return nil }
        outer = shape.dimensions[..<axis].reduce(1, *)
        self.samples = samples
        inner = shape.dimensions[(axis + 1)...].reduce(shape[axis] / samples, *)
    }

    /// Elements of one sample.
    public var sampleCount: Int { outer * inner }

    /// The elements of each piece of a sample.
    public func pieces(of sample: Int) -> some Sequence<Range<Int>> {
        precondition(sample >= 0 && sample < samples, "sample \(sample) of \(samples)")
        return (0..<outer).lazy.map { block in
            let start = (block * samples + sample) * inner
            return start..<start + inner
        }
    }
}
