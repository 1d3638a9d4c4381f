import Basics
import TensorCore

/// Labelled pictures of handwritten-looking digits, drawn from strokes; the same seed draws the same ones everywhere.
public struct DigitSet: Sendable {
    /// Height and width of a picture.
    public static let side = Canvas.side

    /// The digits the bundled networks were trained on.
    public static let trainingSeed: UInt64 = 300_100
    /// The digits quality is measured on; no bundled network has seen them.
    public static let testSeed: UInt64 = 28_28
    /// How many of those there are.
    public static let testCount = 2_000
    /// The digits by which the best epoch of a training is chosen.
    public static let heldOutSeed: UInt64 = 61_803
    /// The digits that a compressed network is fitted to or fine-tuned on.
    public static let tuningSeed: UInt64 = 1_998

    /// Grey levels, 0 for paper and 255 for ink: count × 28 × 28, row by row.
    public let bytes: [UInt8]
    /// The digit each picture shows, 0…9.
    public let labels: [UInt8]

    /// Draws `count` digits. A smaller set of the same seed is the beginning of a larger one.
    public init(count: Int, seed: UInt64) {
        precondition(count >= 0, "\(count) digits cannot be drawn")
        var seeds = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        var labels: [UInt8] = []
        bytes.reserveCapacity(count * Canvas.count)
        labels.reserveCapacity(count)
        for _ in 0..<count {
            var random = SeededRandom(seed: seeds.next())
            let digit = UInt8(random.next() % 10)
            bytes += DigitSet.draw(digit, using: &random).bytes
            labels.append(digit)
        }
        self.bytes = bytes
        self.labels = labels
    }

    public var count: Int { labels.count }

    /// The pictures as a network takes them: (count, 1, 28, 28), 0…1.
    public var images: Tensor {
        Tensor(bytes.map { Float($0) / 255 }, shape: [count, 1, DigitSet.side, DigitSet.side])
    }

    /// The grey levels of one picture.
    public subscript(index: Int) -> ArraySlice<UInt8> {
        precondition(labels.indices.contains(index), "digit \(index) of \(count)")
        return bytes[index * Canvas.count..<(index + 1) * Canvas.count]
    }

    private static func draw(_ digit: UInt8, using random: inout SeededRandom) -> Canvas {
        let variants = Glyph.variants(of: digit)
        let glyph = variants[Int(random.next() % UInt64(variants.count))]
        let hand = Hand(using: &random)
        var canvas = Canvas()
        for chain in hand.write(glyph, using: &random) {
            canvas.draw(
                chain, startRadius: hand.penRadius * (1 - hand.pressureChange / 2),
                endRadius: hand.penRadius * (1 + hand.pressureChange / 2))
        }
        canvas.blur(weight: random.uniform(0, 0.16))
        canvas.roughen(strength: random.uniform(0.82, 1.2), grain: max(0, random.uniform(-0.02, 0.09)), using: &random)
        return canvas
    }
}
