import Glibc

/// A sparsity that grows while a network is trained, fast at first (Zhu and Gupta 2017).
public struct GradualPruning: Sendable, Hashable {
    public var initial: Double
    public var final: Double
    /// Steps between which it grows.
    public var begin: Int
    public var end: Int
    /// Steps from one pruning to the next.
    public var interval: Int

    public init(from initial: Double = 0, to final: Double, begin: Int = 0, end: Int, interval: Int = 100) {
        self.initial = initial
        self.final = final
        self.begin = begin
        self.end = end
        self.interval = max(1, interval)
    }

    /// The sparsity to prune to before a step, counted from 0; nil where nothing is pruned then.
    public func sparsity(before step: Int) -> Double? {
        guard step >= begin, step <= end, (step - begin) % interval == 0 || step == end else { return nil }
        let part = end > begin ? Double(step - begin) / Double(end - begin) : 1
        return final + (initial - final) * pow(1 - part, 3)
    }
}

/// Which weights magnitude pruning keeps.
public enum MagnitudeMask {
    /// 1 for the weights kept: all but the `sparsity` share that is smallest, the first of equal ones dropped first.
    public static func keeping(_ weights: some Collection<Float>, sparsity: Double) -> [Float] {
        let dropped = max(0, min(weights.count, Int((Double(weights.count) * sparsity).rounded())))
        var mask = [Float](repeating: 1, count: weights.count)
        guard dropped > 0 else { return mask }
        // Patterns of magnitudes are ordered like magnitudes.
        let sorted = weights.map { $0.magnitude.bitPattern }.sorted()
        let threshold = sorted[dropped - 1]
        var equal = dropped - sorted.prefix(dropped).count { $0 < threshold }
        for (index, weight) in weights.enumerated() {
            let pattern = weight.magnitude.bitPattern
            if pattern < threshold {
                mask[index] = 0
            } else if pattern == threshold, equal > 0 {
                mask[index] = 0
                equal -= 1
            }
        }
        return mask
    }
}
