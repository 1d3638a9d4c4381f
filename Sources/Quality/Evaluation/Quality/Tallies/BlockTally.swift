/// A mean over positions of a text, and its interval from the means of blocks: neighbouring positions resemble each other,
/// so an interval that took them for independent would be too narrow; blocks longer than that resemblance are not alike.
///
/// The mean is a ratio of sums over blocks, whose lengths may differ; its variance is Cochran's, Sampling Techniques (1977),
/// 6.4: Σ (sum − mean × length)² · m / (m − 1) / (Σ length)².
struct BlockTally: Sendable, Hashable {
    private(set) var blockCount = 0
    private(set) var length = 0.0
    private var sum = 0.0
    private var squaredSums = 0.0
    private var products = 0.0
    private var squaredLengths = 0.0

    /// Adds a block of `length` positions, whose values add up to `blockSum`.
    mutating func add(sum blockSum: Double, length blockLength: Int) {
        let blockLength = Double(blockLength)
        blockCount += 1
        length += blockLength
        sum += blockSum
        squaredSums += blockSum * blockSum
        products += blockSum * blockLength
        squaredLengths += blockLength * blockLength
    }

    mutating func merge(_ other: BlockTally) {
        blockCount += other.blockCount
        length += other.length
        sum += other.sum
        squaredSums += other.squaredSums
        products += other.products
        squaredLengths += other.squaredLengths
    }

    var mean: Double { length > 0 ? sum / length : 0 }

    /// The squared standard error of the mean; nil of too few blocks.
    private var variance: Double? {
        guard blockCount > StudentQuantile.leastDegrees else { return nil }
        let squares = max(0, squaredSums - 2 * mean * products + mean * mean * squaredLengths)
        return squares * Double(blockCount) / Double(blockCount - 1) / (length * length)
    }

    /// The 95 % interval of the mean by Student's t over blocks; nil of too few.
    var interval: ClosedRange<Double>? {
        guard let variance else { return nil }
        let reach = StudentQuantile.twoSided(degrees: blockCount - 1) * variance.squareRoot()
        return mean - reach...mean + reach
    }

    /// Wilson's 95 % interval of a mean of zeros and ones, for as many independent positions as would vary like the blocks.
    var proportionInterval: ClosedRange<Double>? {
        guard let variance else { return nil }
        let independent = mean * (1 - mean)
        // Where no block differs from another there is nothing to estimate the number by: then each counts once.
        let count = variance > 0 ? min(length, max(Double(blockCount), independent / variance)) : Double(blockCount)
        return ProportionInterval.wilson(mean * count, of: count)
    }
}
