/// What a Huffman code costs, without the code itself.
struct HuffmanCost<Weight: Comparable & AdditiveArithmetic> {
    /// Σ count × code length.
    var bits: Weight
    /// The longest code length; 1 for a lone symbol, 0 for none.
    var longest: Int

    /// The optimum for positive counts in ascending order.
    ///
    /// Two queues (van Leeuwen 1976): the leaves in ascending order, and the inner nodes, which come into being in
    /// ascending order. Of equal weights the leaf is taken first, which keeps the longest code shortest. The total is
    /// the sum of the inner nodes' weights.
    init(ascending counts: UnsafeBufferPointer<Weight>) {
        guard counts.count > 1 else {
            bits = counts.first ?? .zero
            longest = counts.count
            return
        }
        let innerCount = counts.count - 1
        var total = Weight.zero
        var height = 0
        withUnsafeTemporaryAllocation(of: Weight.self, capacity: innerCount) { weights in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: innerCount) { heights in
                // Bounds: `leaf` ≤ counts.count and `inner` ≤ `made` < innerCount; each step takes two of the nodes there.
                var leaf = 0
                var inner = 0
                for made in 0..<innerCount {
                    var weight = Weight.zero
                    var tallest: UInt8 = 0
                    for _ in 0..<2 {
                        if leaf < counts.count, inner >= made || counts[leaf] <= weights[inner] {
                            weight += counts[leaf]
                            leaf += 1
                        } else {
                            weight += weights[inner]
                            tallest = max(tallest, heights[inner])
                            inner += 1
                        }
                    }
                    weights[made] = weight
                    heights[made] = tallest + 1
                    total += weight
                }
                height = Int(heights[innerCount - 1])
            }
        }
        bits = total
        longest = height
    }
}
