import Datasets
import Digits
import TensorCore

extension DemoDigits {
    /// The digits as a network takes them: 1·28·28, 0…1, with their labels.
    static var dataSet: DataSet { drawn(count, seed: DigitSet.testSeed) }

    /// So many digits of a seed.
    static func drawn(_ count: Int, seed: UInt64) -> DataSet {
        DataSet(
            name: "\(NumberText.grouped(count)) drawn digits",
            content: .samples(DigitSamples(digits: DigitSet(count: count, seed: seed))), classNames: (0...9).map(String.init))
    }

    /// Digits to learn from, none of them among those that the demos are tried on.
    static var training: DataSet { drawn(trainingCount, seed: learningSeed) }
    /// Nor among those that the demos' networks were trained on.
    static let learningSeed: UInt64 = 1_998
    private static let trainingCount = 10_000
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
        let pixels = digits.bytes[samples.lowerBound * length..<samples.upperBound * length]
        for (place, pixel) in zip(buffer.indices, pixels) { buffer[place] = Float(pixel) / 255 }
        return []
    }
}
