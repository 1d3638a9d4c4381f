import Basics
import Datasets
import Digits

/// The digits that the demos are tried on: drawn when they are needed, always the same ones, none of them seen in training.
public enum DemoDigits {
    public static var dataSet: DataSet {
        let count = DigitSet.testCount
        return .drawnDigits(count, seed: DigitSet.testSeed, name: "\(NumberText.grouped(count)) drawn digits")
    }

    /// Digits to learn from, none of them among those that the demos are tried on or were trained on.
    public static func tuning(_ count: Int = 10_000) -> DataSet { .drawnDigits(count, seed: DigitSet.tuningSeed) }

    /// Height and width of a small picture.
    public static let smallSide = DigitSet.side / 2

    /// The first few at half size for the start screen: smallSide × smallSide grey levels 0…1, blank paper as NaN.
    public static let small: [[Double]] = {
        let shown = 10
        let digits = DigitSet(count: shown, seed: DigitSet.testSeed)
        return (0..<shown).map { index in
            let pixels = Array(digits[index])
            return (0..<smallSide * smallSide).map { place in
                let (row, column) = (place / smallSide * 2, place % smallSide * 2)
                let corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
                let sum = corners.reduce(0) { $0 + Double(pixels[(row + $1.0) * DigitSet.side + column + $1.1]) }
                let level = sum / 4 / 255
                return level < 0.08 ? .nan : level
            }
        }
    }()
}
