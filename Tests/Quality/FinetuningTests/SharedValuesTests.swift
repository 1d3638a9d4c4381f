import Basics
import Compression
import TensorCore
import Testing

@testable import Finetuning

@Suite("Trained values in a compressed file")
struct SharedValuesTests {
    @Test("Values that a file cannot tell apart become their mean, others stay to the last bit", arguments: 0..<50 as Range<UInt64>)
    func settled(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let book = (0..<40).map { _ in Float(random.normal()) * 0.05 }
        let weights = (0..<3000).map { _ in Bool.random(using: &random) ? 0 : book[Int(random.next() % 40)] }
        let shared = try #require(SharedValues(weights))
        #expect(shared.codes.map { shared.codebook[Int($0)] } == weights)
        let settled = shared.settled()
        for (before, after) in zip(weights, settled) {
            #expect(before == 0 ? after == 0 : abs(after / before - 1) < 0.008)
            let alone = book.count { $0.bitPattern >> 16 == before.bitPattern >> 16 } == 1
            if before != 0, alone { #expect(before.bitPattern == after.bitPattern) }
        }
        let tensor = Tensor(settled, shape: [50, 60])
        let count = Set(settled).subtracting([0]).count
        let plan = LayerPlan(prune: FinetunedModel.least, share: SharePlan(clusters: count))
        let tables = try LayerTables(preparing: tensor)
        #expect(try tables.values(for: plan, weights: tensor).floats().map(\.bitPattern) == settled.map(\.bitPattern))
        let entry = try tables.encode(tensor, plan: plan)
        #expect(entry.figures.codebook?.centroids.count == count)
    }

    @Test("Numbers too small for a full mantissa, and minus zero, are zero")
    func small() throws {
        let weights: [Float] = [-0.0, 0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 1]
        let settled = try #require(SharedValues(weights)).settled()
        #expect(settled.map(\.bitPattern) == [0, 0, 0, 0, Float.leastNormalMagnitude.bitPattern, Float(1).bitPattern])
        #expect(Tensor(weights, shape: [6]).settled().floats().map(\.bitPattern) == settled.map(\.bitPattern))
    }
}
