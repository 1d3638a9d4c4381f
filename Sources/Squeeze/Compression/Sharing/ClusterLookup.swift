/// Finds the cluster of a weight by its pattern.
struct ClusterLookup: Sendable {
    /// The code of all survivors with these upper 16 bits; 0 where a boundary between clusters lies among them.
    let codeOfBin: [UInt16]
    /// The rank of each cluster's first weight, ascending.
    private let firstRanks: [Int32]

    init(_ clustering: Clustering) { self.init(firstRanks: clustering.firstRanks) }

    init(firstRanks: [Int32]) {
        self.firstRanks = firstRanks
        var codes = [UInt16](repeating: 0, count: 1 << 16)
        for cluster in firstRanks.indices {
            // Signed magnitudes of the bins that lie within it wholly; what is below all clusters is the first's.
            let first = cluster == 0 ? -Self.lastBin : Self.firstBin(from: Int(firstRanks[cluster]))
            let last =
                cluster + 1 < firstRanks.count ? -Self.firstBin(from: 1 - Int(firstRanks[cluster + 1])) : Self.lastBin
            let code = UInt16(cluster + 1)
            for bin in max(0, first)..<max(0, first, last + 1) { codes[bin] = code }
            for bin in max(0, -last)..<max(0, -last, 1 - first) { codes[bin | 0x8000] = code }
        }
        codeOfBin = codes
    }

    /// The bin of the greatest finite weights.
    private static let lastBin = 0x7f7f

    /// The least bin, by its magnitude with its sign, that holds no rank below `rank`. The two around zero are one.
    private static func firstBin(from rank: Int) -> Int {
        // The ranks of bin b begin at b · 2¹⁶ above zero, else at b · 2¹⁶ − 0xffff; shifts round down.
        let bin = rank > -0xffff ? max(1, (rank + 0xffff) >> 16) : (rank + 0x1fffe) >> 16
        return min(max(bin, -lastBin), lastBin + 1)
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
