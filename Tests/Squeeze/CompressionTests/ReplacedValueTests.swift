import Basics
import TensorCore
import Testing

@testable import Compression

@Suite("Values that a plan leaves")
struct ReplacedValueTests {
    @Test("They are what the encoded layer decodes to, bit for bit", arguments: 0..<250)
    func agreement(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) + 77)
        let kind = SampleWeights.allCases[Int(random.next() % UInt64(SampleWeights.allCases.count))]
        let count = [0, 1, 2, 63, 64, 65, 1000, 5000, 70_000][Int(random.next() % 9)]
        let type: ElementType = [.float32, .float32, .bfloat16, .float16, .float64][Int(random.next() % 5)]
        let weights = kind.tensor(count: count, seed: random.next(), type: type)
        let tables = try LayerTables(preparing: weights)
        let plan = LayerPlan.random(&random, largest: Float(tables.statistics.largestMagnitude))
        // The values come first, so that nothing is counted already.
        let values = try tables.values(for: plan, weights: weights)
        let decoded = try DecodedLayer(decoding: tables.encode(weights, plan: plan).bytes).values
        #expect(values.shape == weights.shape)
        #expect(plan.isIdentity || values.elementType == .float32)
        // An entry has one zero; a plan that changes nothing, which has no entry in a file, leaves the sign of zeros.
        func patterns(_ tensor: Tensor) -> [UInt32] { tensor.floats().map { plan.isIdentity ? ($0 + 0).bitPattern : $0.bitPattern } }
        #expect(patterns(values) == patterns(decoded), "\(kind) \(count) \(type) \(plan)")
        var passed: [UInt32] = []
        try tables.forEachValue(for: plan, weights: weights) { passed += $0.map(\.bitPattern) }
        #expect(passed == values.floats().map(\.bitPattern), "in passing: \(kind) \(count) \(type) \(plan)")
    }

    @Test("Pieces of a large layer are all there, whichever thread wrote them")
    func manyPieces() throws {
        let weights = Tensor(SampleWeights.laplace(count: 1_500_001, seed: 5), shape: [1_500_001])
        let tables = try LayerTables(preparing: weights)
        let plan = LayerPlan(prune: .sparsity(0.8), share: SharePlan(clusters: 16))
        let values = try tables.values(for: plan, weights: weights)
        let decoded = try DecodedLayer(decoding: tables.encode(weights, plan: plan).bytes).values
        #expect(values.storage.withUnsafeBytes { left in decoded.storage.withUnsafeBytes { left.elementsEqual($0) } })
    }

    @Test("Cancellation leaves no values")
    func cancellation() throws {
        let weights = Tensor(SampleWeights.laplace(count: 1_000, seed: 5), shape: [1_000])
        let tables = try LayerTables(preparing: weights)
        let token = CancellationToken()
        token.cancel()
        #expect(throws: Cancelled.self) {
            try tables.values(for: LayerPlan(prune: .threshold(0.5)), weights: weights, cancellation: token)
        }
    }
}
