import Glibc

/// Adds up what runs of the original network and of a changed one say, sample by sample.
struct Tally: Sendable {
    /// A fraction of samples, by whether the original and the changed network have it.
    struct Pairs: Sendable {
        var both = 0
        var originalOnly = 0
        var changedOnly = 0
        var neither = 0

        mutating func add(_ original: Bool, _ changed: Bool) {
            switch (original, changed) {
            case (true, true): both += 1
            case (true, false): originalOnly += 1
            case (false, true): changedOnly += 1
            case (false, false): neither += 1
            }
        }
    }

    /// A mean over samples, with the sums over blocks of neighbours from which its variance is estimated.
    struct Mean: Sendable {
        var sum = 0.0
        var blockSquares = 0.0
        var blocks = 0

        mutating func add(block: Double) {
            sum += block
            blockSquares += block * block
            blocks += 1
        }

        func value(_ count: Int) -> Double { count > 0 ? sum / Double(count) : 0 }

        /// Half the width of the mean's 95 % interval; nil where there are too few blocks to tell.
        func margin(_ count: Int) -> Double? {
            guard blocks > 1, count > 0 else { return nil }
            let mean = sum / Double(blocks)
            let variance = max(0, blockSquares / Double(blocks) - mean * mean) * Double(blocks) / Double(blocks - 1)
            return Interval.normalQuantile * (variance * Double(blocks)).squareRoot() / Double(count)
        }
    }

    private(set) var samples = 0
    private(set) var skipped = 0
    private(set) var topOne = Pairs()
    private(set) var topFive = Pairs()
    private(set) var agreeing = 0
    private(set) var originalLoss = Mean()
    private(set) var changedLoss = Mean()
    private(set) var lossDifference = Mean()
    /// Signal and noise power of each output.
    private(set) var powers: [(signal: Double, noise: Double)] = []

    /// Adds a run; `block` neighbouring rows of a text form a block, since what follows each other is not independent.
    mutating func add(_ original: RunFacts, _ changed: RunFacts, rowCount: Int, block: Int) {
        samples += rowCount
        skipped += original.skipped
        var sums = (original: 0.0, changed: 0.0, size: 0)
        for (before, after) in zip(original.rows, changed.rows) {
            topOne.add(before.isTopOne, after.isTopOne)
            topFive.add(before.isTopFive, after.isTopFive)
            if before.best == after.best { agreeing += 1 }
            sums = (sums.original + Double(before.loss), sums.changed + Double(after.loss), sums.size + 1)
            if sums.size == block {
                addBlock(sums.original, sums.changed)
                sums = (0, 0, 0)
            }
        }
        if sums.size > 0 { addBlock(sums.original, sums.changed) }
        addPowers(original.outputs, changed.outputs)
    }

    private mutating func addBlock(_ original: Double, _ changed: Double) {
        originalLoss.add(block: original)
        changedLoss.add(block: changed)
        lossDifference.add(block: changed - original)
    }

    private mutating func addPowers(_ original: [[Float]], _ changed: [[Float]]) {
        guard original.count == changed.count else { return }
        if powers.isEmpty { powers = Array(repeating: (0, 0), count: original.count) }
        for index in original.indices where original[index].count == changed[index].count {
            var signal = 0.0
            var noise = 0.0
            original[index].withUnsafeBufferPointer { before in
                changed[index].withUnsafeBufferPointer { after in
                    for position in before.indices {
                        let difference = Double(after[position]) - Double(before[position])
                        signal += Double(before[position]) * Double(before[position])
                        noise += difference * difference
                    }
                }
            }
            powers[index].signal += signal
            powers[index].noise += noise
        }
    }

    /// In dB; infinite without noise.
    func signalToNoise(_ output: Int) -> Double {
        guard powers.indices.contains(output) else { return .infinity }
        let (signal, noise) = powers[output]
        guard noise > 0 else { return noise.isNaN ? -.infinity : .infinity }
        return signal > 0 ? 10 * log10(signal / noise) : -.infinity
    }
}
