import Datasets
import Digits
import TensorCore

/// Digits drawn by Pare as data: 1·28·28, 0…1, with their labels.
public enum DrawnDigits {
    /// What networks are measured on when they are trained; none of them is trained on.
    public static let testCount = 2_000
    /// What the best epoch is chosen by: neither trained nor measured on.
    static let heldOutCount = 2_500
    static let heldOutSeed: UInt64 = 61_803

    /// So many digits of a seed.
    public static func dataSet(count: Int, seed: UInt64) -> DataSet {
        let digits = DigitSet(count: count, seed: seed)
        let samples = ArraySource(
            values: digits.bytes.map { Float($0) / 255 }, shape: [1, DigitSet.side, DigitSet.side],
            labels: digits.labels.map(Int.init))
        return DataSet(name: "\(count) drawn digits", content: .samples(samples), classNames: (0...9).map(String.init))
    }
}
