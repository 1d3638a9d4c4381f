import Basics
import Glibc
import TensorCore
import Testing

@testable import Compression

@Suite("Sharing on a grid")
struct GridSharingTests {
    private func figures(_ weights: Tensor, _ share: SharePlan, _ entropy: EntropyCoder = .range) throws -> LayerFigures {
        let plan = LayerPlan(share: share, code: CodePlan(entropy: entropy))
        return try LayerTables(preparing: weights).exactFigures(for: plan, weights: weights)
    }

    @Test("Error and bits together are less than by rounding to the same grid", arguments: [0.1, 0.5, 1.2, 3])
    func beatsRounding(step: Double) throws {
        let values = SampleWeights.laplace(count: 40_000, seed: 4)
        let found = try figures(Tensor(values, shape: [40_000]), SharePlan(step: step))
        var error = 0.0
        var counts: [Int: Double] = [:]
        for value in values {
            let level = (Double(value) / step).rounded()
            error += (Double(value) - level * step) * (Double(value) - level * step)
            counts[Int(level), default: 0] += 1
        }
        let entropy = counts.values.reduce(0) { $0 + $1 * log2(40_000 / $1) }
        let price = EntropyConstrained.price * step * step
        let coders = try #require(found.coders)
        // At high rates there is next to nothing to gain; the two signs of a level are priced alike.
        #expect(found.squaredError + price * coders.entropy < (error + price * entropy) * (step < 0.2 ? 1.001 : 1))
    }

    @Test("It takes fewer bits than k-means at the same error")
    func beatsClustering() throws {
        let weights = Tensor(SampleWeights.laplace(count: 100_000, seed: 8), shape: [100_000])
        let tables = try LayerTables(preparing: weights)
        for clusters in [8, 16, 32] {
            let shared = tables.figures(for: LayerPlan(share: SharePlan(clusters: clusters, method: .optimal)))
            // The step at which the error is the same, by halving.
            var (low, high) = (0.01, 8.0)
            for _ in 0..<24 {
                let middle = (low + high) / 2
                let error = tables.figures(for: LayerPlan(share: SharePlan(step: middle))).squaredError
                if error < shared.squaredError { low = middle } else { high = middle }
            }
            let constrained = tables.figures(for: LayerPlan(share: SharePlan(step: low)))
            let (own, others) = (try #require(constrained.coders), try #require(shared.coders))
            #expect(own.entropy < 0.95 * others.entropy)
        }
    }

    @Test("A trellis has a fifth less error than one quantizer for the same bits", arguments: [0.1, 0.4])
    func gain(step: Double) throws {
        let weights = Tensor(SampleWeights.laplace(count: 150_000, seed: 6), shape: [150_000])
        let scalar = try figures(weights, SharePlan(step: step))
        let trellis = try figures(weights, SharePlan(step: step, method: .trellis))
        let (bits, trellisBits) = (try #require(scalar.coders).entropy, try #require(trellis.coders).entropy)
        // At high rates a factor of 4 in error is a bit a weight.
        let equivalent = trellis.squaredError * exp2(2 * (trellisBits - bits) / 150_000)
        #expect(equivalent < 0.8 * scalar.squaredError)
    }

    @Test("No other path through the trellis costs less", arguments: 0..<6)
    func cheapestPath(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let count = 6
        let weights = (0..<count).map { _ in Float(random.uniform(-2.4, 2.4)) }
        let bits = (0..<10).map { Double($0 / 2) * 1.7 + random.uniform(0, 2) }
        var path = TrellisPath(step: 1, cutoff: .keepsAll, bits: bits)
        var found = [Int16](repeating: 0, count: count)
        weights.withUnsafeBufferPointer { weights in
            found.withUnsafeMutableBufferPointer { path.levels(of: weights, into: $0.baseAddress!) }
        }
        func cost(_ levels: [Int16]) -> Double {
            var state = 0
            return zip(weights, levels).reduce(0) { sum, pair in
                let (weight, level) = (pair.0, Int32(pair.1))
                let quantizer = TrellisCode.quantizer(state)
                let offset = Double(weight - TrellisCode.value(level, quantizer, step: 1))
                state = TrellisCode.next(state, level)
                return sum + offset * offset + EntropyConstrained.price * bits[Int(level.magnitude) * 2 + quantizer]
            }
        }
        var best = Double.infinity
        // Levels towards each weight's own side, up to 3.
        for number in 0..<(1 << (2 * count)) {
            let levels = (0..<count).map { Int16(number >> (2 * $0) & 3) * (weights[$0] < 0 ? -1 : 1) }
            best = min(best, cost(levels))
        }
        #expect(abs(cost(found) - best) < 1e-5)
    }

    @Test("A trellis begins anew at every block, so that blocks are quantized side by side")
    func blocks() throws {
        let values = SampleWeights.laplace(count: TrellisCode.blockLength * 2 + 77, seed: 1)
        let weights = Tensor(values, shape: [values.count])
        let tables = try LayerTables(preparing: weights)
        let plan = LayerPlan(
            prune: .sparsity(0.3), share: SharePlan(step: 0.5, method: .trellis), code: CodePlan(entropy: .context))
        let bytes = try tables.encode(weights, plan: plan).bytes
        #expect(try tables.encode(weights, plan: plan).bytes == bytes)
        #expect(try DecodedLayer(decoding: bytes).values.floats() == tables.values(for: plan, weights: weights).floats())
    }

    @Test("Zero takes all where the step is far beyond the weights")
    func allZero() throws {
        let weights = SampleWeights.product.tensor(count: 500, seed: 1)
        for method in [SharingMethod.entropy, .trellis] {
            let found = try figures(weights, SharePlan(step: 100, method: method))
            #expect(found.nonzeros == 0 && found.squaredError > 0 && found.threshold.isFinite)
        }
    }
}
