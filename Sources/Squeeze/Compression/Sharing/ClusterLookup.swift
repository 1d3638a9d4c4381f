/// Finds the cluster of a weight by its pattern.
struct ClusterLookup: Sendable {
    /// The code of all survivors with these upper 16 bits; 0 where a boundary between clusters lies among them.
    let codeOfBin: [UInt16]
    /// The rank of each cluster's first weight, ascending.
    private let firstRanks: [Int32]

    init(_ clustering: Clustering) {
        firstRanks = clustering.firstRanks
        var codes = [UInt16](repeating: 0, count: 1 << 16)
        var cluster = 0
        // The bins in ascending order of value; the two around zero are one.
        for magnitude in -0x7f7f...0x7f7f {
            let index = magnitude < 0 ? UInt16(-magnitude) | 0x8000 : UInt16(magnitude)
            let ranks = BinSummary(index: index, count: 0, mean: 0, spread: 0).ranks
            while cluster + 1 < firstRanks.count, firstRanks[cluster + 1] <= ranks.lowerBound { cluster += 1 }
            if cluster + 1 < firstRanks.count, firstRanks[cluster + 1] <= ranks.upperBound { continue }
            codes[Int(index)] = UInt16(cluster + 1)
        }
        codes[0x8000] = codes[0]
        codeOfBin = codes
    }

    /// The code of a survivor whose bin is divided among clusters.
    func code(ofSplit pattern: UInt32) -> Int {
        let rank = weightRank(pattern)
        return max(firstRanks.partitioningIndex { $0 > rank }, 1)
    }

    /// The code of a survivor.
    @inline(__always)
    func code(of pattern: UInt32, _ codes: UnsafeBufferPointer<UInt16>) -> Int {
        // Bounds: the upper 16 bits index 65,536 codes.
        let code = Int(codes[Int(pattern &>> 16)])
        return code != 0 ? code : self.code(ofSplit: pattern)
    }
}

/// Patterns as whole numbers in the order of the values they stand for; −0 and +0 are both 0.
@inline(__always)
func weightRank(_ pattern: UInt32) -> Int32 {
    let magnitude = Int32(truncatingIfNeeded: pattern & 0x7fff_ffff)
    return pattern & 0x8000_0000 == 0 ? magnitude : -magnitude
}
