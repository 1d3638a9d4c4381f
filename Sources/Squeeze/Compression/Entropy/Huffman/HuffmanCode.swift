/// A canonical Huffman code: symbols in the order of (length, symbol) have consecutive code words.
struct HuffmanCode: Sendable, Hashable {
    /// Code lengths by symbol; 0 for a symbol that does not occur.
    let lengths: [UInt8]
    /// Code words by symbol, in the lower bits.
    let words: [UInt64]

    /// A code word is at most this long. A symbol count below 2⁴⁰ gives no longer one (the depth of Fibonacci weights).
    static let longestLength = 57

    /// The optimum for a symbol's counts. A lone symbol has a code word of one bit.
    init(counts: [Int]) {
        let order = counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$0], $0) < (counts[$1], $1) }
        var lengths = [UInt8](repeating: 0, count: counts.count)
        for (symbol, length) in zip(order, HuffmanCode.lengths(ascending: order.map { counts[$0] })) {
            lengths[symbol] = length
        }
        self.init(lengths: lengths)
    }

    /// The canonical code of some lengths, which must satisfy Kraft's inequality.
    init(lengths: [UInt8]) {
        self.lengths = lengths
        var population = [UInt64](repeating: 0, count: HuffmanCode.longestLength + 1)
        for length in lengths where length > 0 { population[Int(length)] += 1 }
        var next = population
        var word: UInt64 = 0
        for length in 1...HuffmanCode.longestLength {
            next[length] = word
            word = (word + population[length]) << 1
        }
        words = lengths.map { length in
            guard length > 0 else { return 0 }
            defer { next[Int(length)] += 1 }
            return next[Int(length)]
        }
    }

    /// Optimal lengths for positive counts in ascending order: the two queues of `HuffmanCost`, remembering parents.
    private static func lengths(ascending counts: [Int]) -> [UInt8] {
        guard counts.count > 1 else { return counts.map { _ in 1 } }
        let leafCount = counts.count
        var weights = [Int]()
        weights.reserveCapacity(leafCount - 1)
        // Nodes: the leaves in their order, then the inner nodes; the last is the root.
        var parents = [Int](repeating: 0, count: 2 * leafCount - 1)
        var leaf = 0
        var inner = 0
        for made in 0..<leafCount - 1 {
            var weight = 0
            for _ in 0..<2 {
                if leaf < leafCount, inner >= made || counts[leaf] <= weights[inner] {
                    weight += counts[leaf]
                    parents[leaf] = leafCount + made
                    leaf += 1
                } else {
                    weight += weights[inner]
                    parents[leafCount + inner] = leafCount + made
                    inner += 1
                }
            }
            weights.append(weight)
        }
        var depths = [UInt8](repeating: 0, count: parents.count)
        for node in stride(from: parents.count - 2, through: 0, by: -1) { depths[node] = depths[parents[node]] + 1 }
        return Array(depths[..<leafCount])
    }

    /// Bits of the stored lengths.
    static func tableBits(of lengths: [UInt8]) -> Int {
        var runs = CodeLengthTable.Runs()
        for (symbol, length) in lengths.enumerated() where length > 0 { runs.append(symbol) }
        runs.finish(alphabet: lengths.count)
        return runs.bits(longest: Int(lengths.max() ?? 0))
    }
}
