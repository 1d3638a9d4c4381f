/// What the gap stream of one pruned layer costs at each width of a gap field.
struct GapProfile: Sendable, Hashable {
    /// The costs at 1…16 bits, from index 0.
    var widths: [Width]

    struct Width: Sendable, Hashable {
        /// Entries that only carry a distance.
        var fillers: Int
        /// Bits of the gaps in a Huffman code, fillers included.
        var huffmanBits: Int
        /// Bits of its code lengths.
        var tableBits: Int
    }

    subscript(gapBits: Int) -> Width { widths[gapBits - 1] }

    /// Exact costs from the histogram of the distances: `remainders[r]` survivors have (d − 1) mod 2¹⁶ = r, none where there is no such
    /// element, and `overflow` is Σ⌊(d − 1)/2¹⁶⌋.
    ///
    /// At b bits the symbol of a survivor is r mod 2^b, so that each width's histogram is the next wider one's folded in
    /// half; its fillers are ⌊r/2^b⌋ and 2^(16−b) for each unit of overflow.
    init(remainders: [Int], overflow: Int) {
        precondition(remainders.count <= 1 << 16)
        var histogram = remainders
        var carried = overflow
        var widths = [Width]()
        for gapBits in stride(from: 16, through: 1, by: -1) {
            let size = 1 << gapBits
            if gapBits < 16 {
                // Those in the upper half lose 2^b from their remainder: one filler each, on top of two for each before.
                var upper = 0
                for symbol in size..<max(size, histogram.count) {
                    upper += histogram[symbol]
                    histogram[symbol - size] += histogram[symbol]
                }
                histogram.removeLast(max(0, histogram.count - size))
                carried = 2 * carried + upper
            }
            widths.append(Width(histogram: histogram, alphabet: size, fillers: carried))
        }
        self.widths = widths.reversed()
    }

    init(widths: [Width]) {
        precondition(widths.count == 16)
        self.widths = widths
    }

    /// No pruning: every gap is 0.
    static func unpruned(count: Int) -> GapProfile {
        GapProfile(
            widths: (1...16).map { gapBits in
                var runs = CodeLengthTable.Runs()
                if count > 0 { runs.append(0) }
                runs.finish(alphabet: 1 << gapBits)
                return Width(fillers: 0, huffmanBits: count, tableBits: runs.bits(longest: min(count, 1)))
            })
    }
}

extension GapProfile.Width {
    /// Costs from the histogram of the survivors' symbols, as far as they reach; fillers add to the last symbol of the alphabet.
    fileprivate init(histogram: [Int], alphabet: Int, fillers: Int) {
        var runs = CodeLengthTable.Runs()
        var counts = [Int]()
        let last = alphabet - 1
        for (symbol, count) in histogram.prefix(last).enumerated() where count > 0 {
            counts.append(count)
            runs.append(symbol)
        }
        let lastCount = (histogram.count == alphabet ? histogram[last] : 0) + fillers
        if lastCount > 0 {
            counts.append(lastCount)
            runs.append(last)
        }
        runs.finish(alphabet: alphabet)
        counts.sort()
        let cost = counts.withUnsafeBufferPointer { HuffmanCost(ascending: $0) }
        self.init(fillers: fillers, huffmanBits: cost.bits, tableBits: runs.bits(longest: cost.longest))
    }
}
