import Datasets
import TensorCore

/// Some of a source's samples, in a given order.
struct ChosenSamples: SampleSource {
    let source: any SampleSource
    let chosen: [Int]

    var count: Int { chosen.count }
    var shape: Shape { source.shape }
    var labels: [Int]? { source.labels.map { labels in chosen.map { labels[$0] } } }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
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
