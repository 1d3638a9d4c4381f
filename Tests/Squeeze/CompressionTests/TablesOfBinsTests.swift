import Basics
import TensorCore
import Testing

@testable import Compression

/// What is counted and looked up by bins, against the same by single weights.
@Suite("Tables of bins")
struct TablesOfBinsTests {
    @Test("A bin has a code where all its weights are in one cluster, and none where a boundary cuts it", arguments: 0..<8 as Range<UInt64>)
    func lookup(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        // Boundaries on the edges of bins, beside them, anywhere, twice the same, and around zero.
        var ranks: [Int32] = [-1, 0, 1, 0xffff, 0x1_0000, -0xffff, -0x1_0000, 0x3f80_0000, -0x3f80_0000]
        for _ in 0..<12 {
            let bin = Int32(random.next() % 0x7f80) << 16
            ranks += [bin, -bin, bin + 1, 0xffff - bin, Int32(random.next() % 0x7f7f_ffff)]
        }
        let firstRanks = (0..<24).map { _ in ranks[Int(random.next() % UInt64(ranks.count))] }.sorted()
        let lookup = ClusterLookup(firstRanks: firstRanks)
        for bin in UInt32(0)...0x7f7f {
            for sign in [0, 0x8000] as [UInt32] {
                // The bin around zero has weights of both signs.
                let ends = bin == 0 ? [0x8000_ffff, 0x0000_ffff] : [(bin | sign) << 16, (bin | sign) << 16 | 0xffff]
                let codes = ends.map(lookup.code(ofSplit:))
                #expect(Int(lookup.codeOfBin[Int(bin | sign)]) == (codes[0] == codes[1] ? codes[0] : 0), "\(bin) \(sign) \(firstRanks)")
            }
        }
    }

    @Test("Several tallies together, and one whose slots were emptied, are one tally of all weights")
    func tallies() {
        var random = SeededRandom(seed: 3)
        let weights = (0..<5000).map { _ in Float(random.normal()) } + [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
        let (whole, first, second) = (WeightTally(), WeightTally(), WeightTally())
        weights.withUnsafeBufferPointer { whole.add($0) }
        weights[..<1234].withUnsafeBufferPointer { first.add($0) }
        weights[1234..<3000].withUnsafeBufferPointer { second.add($0) }
        first.add(second)
        weights[3000...].withUnsafeBufferPointer { first.add($0) }
        var visited: [Int: LowMoments] = [:]
        first.forEachBin(in: 0..<WeightTally.binCount) { visited[$0] = $1 }
        for bin in 0..<WeightTally.binCount {
            #expect(first[bin] == whole[bin])
            #expect(visited[bin] ?? LowMoments() == whole[bin])
        }
        #expect(whole[0].count == 2 && whole[0x8000].count == 1)
        #expect(first.minimum == whole.minimum && first.maximum == whole.maximum)
    }

    @Test("A gap profile is the same however far its histogram reaches", arguments: [0, 1, 2, 255, 256, 40_000, 65_535])
    func gapProfile(greatest: Int) {
        var random = SeededRandom(seed: UInt64(greatest))
        var remainders = (0...greatest).map { _ in Int(random.next() % 5) }
        remainders[greatest] = 3
        let padded = remainders + Array(repeating: 0, count: 65_535 - greatest)
        for overflow in [0, 7] {
            #expect(GapProfile(remainders: remainders, overflow: overflow) == GapProfile(remainders: padded, overflow: overflow))
        }
    }
}
