import Glibc

extension GapProfile {
    /// What the gaps would cost if survivors were spread at random: distances then follow a geometric distribution.
    ///
    /// With p the fraction kept and q = 1 − p, a survivor's gap symbol at b bits is s with probability
    /// p·q^s / (1 − q^(2^b)), and it needs q^(2^b) / (1 − q^(2^b)) fillers on average. Where gaps are long, 2^j
    /// neighbouring symbols have nearly the same probability and are treated as one with j bits behind its code.
    static func estimated(survivors: Int, of count: Int) -> GapProfile {
        guard survivors > 0 else { return .unpruned(count: 0) }
        let kept = Double(survivors) / Double(count)
        let grouping = max(0, Int(log2(1 / kept) - 5))
        return GapProfile(
            widths: (1...16).map { .estimated(kept: kept, survivors: Double(survivors), gapBits: $0, grouping: grouping) })
    }
}

extension GapProfile.Width {
    fileprivate static func estimated(kept: Double, survivors: Double, gapBits: Int, grouping: Int) -> Self {
        let group = min(grouping, gapBits - 1)
        let symbolCount = 1 << (gapBits - group)
        // log1p keeps the precision of q where p is tiny.
        let logDropped = kept < 1 ? log1p(-kept) : -Double.infinity
        let beyond = kept < 1 ? exp(logDropped * Double(1 << gapBits)) : 0
        let fillers = survivors * beyond / max(1 - beyond, .leastNormalMagnitude)
        let ratio = kept < 1 ? exp(logDropped * Double(1 << group)) : 0
        var counts = [Double]()
        var expected = survivors * (1 - ratio) / (1 - beyond)
        // Symbols too rare to occur are left out: their joint count is less than half a survivor.
        while counts.count < symbolCount - 1, expected >= (1 - ratio) / 2 {
            counts.append(expected)
            expected *= ratio
        }
        let occurring = counts.count << group
        if counts.count == symbolCount - 1 { counts.append(expected + fillers) }
        counts.sort()
        let cost = counts.withUnsafeBufferPointer { HuffmanCost(ascending: $0) }
        let entries = survivors + fillers
        let used = min(occurring, Int(survivors))
        return Self(
            fillers: Int(fillers.rounded()), huffmanBits: Int((cost.bits + Double(group) * entries).rounded()),
            tableBits: CodeLengthTable.longestFieldWidth
                + used * CodeLengthTable.fieldWidth(longest: cost.longest + group))
    }
}
