import TensorCore

/// Some of a source's samples, in a given order.
public struct ChosenSamples: SampleSource {
    private let source: any SampleSource
    private let chosen: [Int]
    public let labels: [Int]?

    public init(source: any SampleSource, chosen: [Int]) {
        self.source = source
        self.chosen = chosen
        labels = source.labels.map { labels in chosen.map { labels[$0] } }
    }

    public var count: Int { chosen.count }
    public var shape: Shape { source.shape }
    public var fields: [String: any SampleSource] {
        // Fields of fewer samples than the first one are told of where they are used.
        source.fields.mapValues { field in ChosenSamples(source: field, chosen: chosen.filter { $0 < field.count }) }
    }
    public var goesByName: Bool { source.goesByName }
    public var wholeNumbers: ClosedRange<Int>? { source.wholeNumbers }

    /// The samples along another axis that lie where the chosen ones do: none of them is where others lie.
    public func counted(along axis: Int) -> (any SampleSource)? {
        guard let turned = source.counted(along: axis), source.count > 0 else { return nil }
        var places: [Int: [Int]] = [:]
        for place in 0..<turned.count { places[place * source.count / turned.count, default: []].append(place) }
        return ChosenSamples(source: turned, chosen: chosen.flatMap { places[$0] ?? [] })
    }

    public func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        let size = shape.count
        var failed: [Int] = []
        for (position, sample) in samples.enumerated() {
            // Bounds: the buffer holds `samples.count` samples.
            let place = UnsafeMutableBufferPointer(rebasing: buffer[position * size..<(position + 1) * size])
            if !source.read(chosen[sample]..<chosen[sample] + 1, into: place).isEmpty { failed.append(sample) }
        }
        return failed
    }
}
