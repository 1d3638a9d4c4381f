import Datasets
import TensorCore

extension DataSet {
    /// Digits drawn by Pare as data: 1·28·28, 0…1, with their labels.
    public static func drawnDigits(_ count: Int, seed: UInt64, name: String = "drawn digits") -> DataSet {
        DataSet(
            name: name, content: .samples(DigitSamples(digits: DigitSet(count: count, seed: seed))),
            classNames: (0...9).map(String.init))
    }
}

/// Drawn digits as samples.
private struct DigitSamples: SampleSource {
    let digits: DigitSet
    let labels: [Int]?

    init(digits: DigitSet) {
        self.digits = digits
        labels = digits.labels.map(Int.init)
    }

    var count: Int { digits.count }
    var shape: Shape { [1, DigitSet.side, DigitSet.side] }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        let length = shape.count
        precondition(buffer.count == samples.count * length)
        let first = samples.lowerBound * length
        digits.bytes.withUnsafeBufferPointer { pixels in
            // Bounds: as many pixels lie behind the first as the buffer holds. Without iterators, which cost tests in debug builds minutes.
            for place in 0..<samples.count * length { buffer[place] = Float(pixels[first + place]) / 255 }
        }
        return []
    }
}
