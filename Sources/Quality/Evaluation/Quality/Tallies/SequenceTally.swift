import Glibc

/// Measures how well a configuration and the original predict each next symbol of the same text.
public struct SequenceTally: Sendable, Hashable {
    /// Positions of a block; see `BlockTally`. On 100,000 characters of Shakespeare a character-level LSTM's losses have a
    /// standard error of 0.0065 bits if they are taken for independent, 0.0096 by blocks of 100 and 0.016 by blocks of 1,000,
    /// since scenes differ as well: the interval speaks for text like this one, not for any text.
    public static let blockLength = 100

    private struct Pair: Sendable, Hashable {
        var original = BlockTally()
        var changed = BlockTally()
        var difference = BlockTally()

        mutating func add(original before: Double, changed after: Double, length: Int) {
            original.add(sum: before, length: length)
            changed.add(sum: after, length: length)
            difference.add(sum: after - before, length: length)
        }

        mutating func merge(_ other: Pair) {
            original.merge(other.original)
            changed.merge(other.changed)
            difference.merge(other.difference)
        }
    }

    private var loss = Pair()
    private var topOne = Pair()
    private var agreement = BlockTally()

    public init() {}

    /// Positions measured.
    public var count: Int { Int(agreement.length) }

    /// Adds positions that follow each other in the text: what the original says of the symbol there, and what the
    /// configuration says. A block begins with every call, so calls should hold many times `blockLength`.
    public mutating func add(
        original: some RandomAccessCollection<SampleOutcome>, changed: some RandomAccessCollection<SampleOutcome>
    ) {
        precondition(original.count == changed.count, "\(original.count) and \(changed.count) positions are not the same")
        var pairs = zip(original, changed).makeIterator()
        var left = original.count
        while left > 0 {
            // What would be left over joins the last block, so that no block is short unless the call is.
            let length = left < 2 * Self.blockLength ? left : Self.blockLength
            addBlock(&pairs, length: length)
            left -= length
        }
    }

    private mutating func addBlock(
        _ pairs: inout some IteratorProtocol<(SampleOutcome, SampleOutcome)>, length: Int
    ) {
        var losses = (before: 0.0, after: 0.0)
        var hits = (before: 0, after: 0)
        var agreements = 0
        for _ in 0..<length {
            guard let (before, after) = pairs.next() else { break }
            losses = (losses.before + Double(before.loss), losses.after + Double(after.loss))
            hits = (hits.before + (before.isTopOne ? 1 : 0), hits.after + (after.isTopOne ? 1 : 0))
            if before.prediction == after.prediction { agreements += 1 }
        }
        loss.add(original: losses.before, changed: losses.after, length: length)
        topOne.add(original: Double(hits.before), changed: Double(hits.after), length: length)
        agreement.add(sum: Double(agreements), length: length)
    }

    /// Adds what another tally measured of other parts of the text.
    public mutating func merge(_ other: SequenceTally) {
        loss.merge(other.loss)
        topOne.merge(other.topOne)
        agreement.merge(other.agreement)
    }

    /// Bits per character, and behind it perplexity, top-1 and agreement with the original.
    public func report() -> (headline: QualityFigure, others: [QualityFigure]) {
        let bits = QualityFigure(
            metric: .bitsPerCharacter, original: loss.original.mean / M_LN2, value: loss.changed.mean / M_LN2,
            interval: loss.changed.interval?.mapBounds { $0 / M_LN2 },
            differenceInterval: loss.difference.interval?.mapBounds { $0 / M_LN2 })
        let originalPerplexity = exp(loss.original.mean)
        let perplexity = QualityFigure(
            metric: .perplexity, original: originalPerplexity, value: exp(loss.changed.mean),
            interval: loss.changed.interval?.mapBounds(exp),
            // The original's own is taken as it is: the interval is that of the factor between the two.
            differenceInterval: loss.difference.interval?.mapBounds { originalPerplexity * expm1($0) })
        let hits = QualityFigure(
            metric: .topOne, original: topOne.original.mean, value: topOne.changed.mean,
            interval: topOne.changed.proportionInterval, differenceInterval: topOne.difference.interval)
        let agreeing = QualityFigure(
            metric: .agreement, original: nil, value: agreement.mean, interval: agreement.proportionInterval)
        return (bits, [perplexity, hits, agreeing])
    }
}

extension ClosedRange<Double> {
    /// The range between what a rising function makes of the bounds.
    fileprivate func mapBounds(_ transform: (Double) -> Double) -> ClosedRange {
        transform(lowerBound)...transform(upperBound)
    }
}
