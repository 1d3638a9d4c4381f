import Datasets
import TensorCore

/// Some of a source's samples, in a given order.
public struct ChosenSamples: SampleSource {
    private let source: any SampleSource
    private let chosen: [Int]

    public init(source: any SampleSource, chosen: [Int]) {
        self.source = source
        self.chosen = chosen
    }

    public var count: Int { chosen.count }
    public var shape: Shape { source.shape }
    public var fields: [String: any SampleSource] { source.fields.mapValues { ChosenSamples(source: $0, chosen: chosen) } }
    public var goesByName: Bool { source.goesByName }
    public var wholeNumbers: ClosedRange<Int>? { source.wholeNumbers }
    public var labels: [Int]? { source.labels.map { labels in chosen.map { labels[$0] } } }

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
