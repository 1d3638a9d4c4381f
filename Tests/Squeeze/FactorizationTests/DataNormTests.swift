import Basics
import Factorization
import Glibc
import TensorCore
import Testing

/// Samples that a layer reads.
private struct Samples {
    static let count = 400
    let layout: KernelLayout
    /// By group, samples × (in · window): neighbours alike, channels of different size.
    let inputs: [[Float]]

    init(_ layout: KernelLayout, seed: UInt64) {
        self.layout = layout
        let width = layout.in * layout.window
        inputs = (0..<layout.groups).map { group in
            let numbers = SampleKernels.normal(Self.count * width, seed: seed &+ UInt64(group))
            var rows = numbers
            for sample in 0..<Self.count {
                for index in 0..<width {
                    let own = sample * width + index
                    let earlier = index > 0 ? rows[own - 1] : 0
                    rows[own] = (0.6 * numbers[own] + 0.8 * earlier) * (1 + Float(index / layout.window % 5)) / 3
                }
            }
            return rows
        }
    }

    /// The second moments, added up one by one.
    var norm: DataNorm {
        let width = layout.in * layout.window
        return DataNorm(
            inputs.map { rows in
                var sums = [Double](repeating: 0, count: width * width)
                for sample in 0..<Self.count {
                    for a in 0..<width {
                        for b in 0..<width { sums[a * width + b] += Double(rows[sample * width + a]) * Double(rows[sample * width + b]) }
                    }
                }
                return BlockMoments([sums.map { Float($0 / Double(Self.count)) }])
            })
    }

    /// What changed weights (in stored order) give that the weights do not, squared, a mean over samples.
    func error(_ weights: [Float], _ changed: [Float]) -> Double {
        var sum = 0.0
        for group in 0..<layout.groups {
            for output in 0..<layout.out {
                var row: [Double] = []
                for input in 0..<layout.in {
                    let start = layout.position(group: group, out: output, in: input)
                    row += (0..<layout.window).map { Double(weights[start + $0]) - Double(changed[start + $0]) }
                }
                for sample in 0..<Self.count {
                    var given = 0.0
                    for (index, value) in row.enumerated() { given += value * Double(inputs[group][sample * row.count + index]) }
                    sum += given * given / Double(Self.count)
                }
            }
        }
        return sum
    }
}

@Suite("Factors in the data's norm")
struct DataNormTests {
    static let layouts = [
        KernelLayout(out: 12, in: 9, order: .outFirst), KernelLayout(out: 7, in: 15, order: .inFirst),
        KernelLayout(groups: 2, out: 6, in: 5, order: .outFirst), KernelLayout(out: 8, in: 6, window: 9, order: .outFirst),
        KernelLayout(out: 9, in: 7, window: 4, order: .inFirst), KernelLayout(groups: 3, out: 5, in: 4, window: 3, order: .inFirst),
    ]

    private func made(_ layout: KernelLayout) throws -> (weights: [Float], samples: Samples, table: EnergyTable) {
        let weights = SampleKernels.decaying(layout, terms: 5, decay: 1, noise: 0.3, seed: 5)
        let samples = Samples(layout, seed: 40)
        return (weights, samples, try EnergyTable(tensor(weights), layout: layout, norm: samples.norm))
    }

    @Test("Each energy is that of what the factors give on the samples, run one by one", arguments: layouts)
    func energies(layout: KernelLayout) throws {
        let (weights, samples, table) = try made(layout)
        let whole = samples.error(weights, [Float](repeating: 0, count: weights.count))
        #expect(abs(table.power - whole) <= 2e-3 * whole)
        let full = table.fullRanks
        let pairs = (1...full.out).flatMap { out in (1...full.in).map { Ranks(out: out, in: $0) } }
        for ranks in pairs where !layout.isMatrix || ranks.out == ranks.in {
            let error = samples.error(weights, table.factors(ranks).reconstructed(layout))
            let expected = table.squaredError(ranks)
            #expect(error <= expected * 1.002 + 1e-4 * whole, "\(ranks): \(expected), \(error)")
            // A rank may lose a little more than a smaller one, for factors are not chosen by these samples alone; the table says what is more.
            #expect(expected <= error * 1.002 + (layout.isMatrix ? 1e-4 : 5e-3) * whole, "\(ranks): \(expected), \(error)")
        }
        #expect(table.isOnData && table.automaticRanks == nil)
    }

    @Test("Factors lose less on the samples than those of the weights' own norm", arguments: layouts)
    func better(layout: KernelLayout) throws {
        let (weights, samples, table) = try made(layout)
        let plain = try EnergyTable(tensor(weights), layout: layout)
        let ranks = layout.isMatrix ? Ranks(2) : Ranks(out: 3, in: 3)
        let own = try table.refined(ranks, weights: tensor(weights))
        let other = try plain.refined(ranks, weights: tensor(weights))
        let error = samples.error(weights, own.factors.reconstructed(layout))
        #expect(error < 0.95 * samples.error(weights, other.factors.reconstructed(layout)))
        #expect(own.squaredError > other.squaredError, "in squares of the weights those are the best")
        let distance = squaredDistance(own.factors.reconstructed(layout), weights)
        #expect(abs(own.squaredError - distance) <= 1e-4 * distance)
        let lost = (1 - own.energyKept) * table.power
        #expect(abs(lost - error) <= 1e-2 * error + 1e-3 * table.power)
        if !layout.isMatrix {
            #expect(own.iterations > 0)
            #expect(own.energyKept > table.energyKept(ranks), "alternating least squares finds something better than truncation")
        }
    }

    @Test("Of a matrix the energies are the squares of the singular values of W · Σ^½")
    func singularValues() throws {
        let layout = KernelLayout(out: 2, in: 2, order: .outFirst)
        // W = [1 0; 0 2], Σ = diag(16, 1): singular values 4 and 2, where W alone has 2 and 1 the other way round.
        let table = try EnergyTable(tensor([1, 0, 0, 2]), layout: layout, norm: DataNorm([BlockMoments([[16, 0, 0, 1]])]))
        #expect(abs(table.power - 20) < 0.01)
        #expect(abs(table.squaredError(Ranks(1)) - 4) < 0.01)
        let kept = table.factors(Ranks(1)).reconstructed(layout)
        #expect(abs(kept[0] - 1) < 1e-3 && abs(kept[3]) < 1e-3)
    }

    @Test("Inputs that are never there leave all figures finite", arguments: [1, 3])
    func degenerate(window: Int) throws {
        let layout = KernelLayout(out: 4, in: 5, window: window, order: .outFirst)
        let weights = SampleKernels.normal(layout.count, seed: 3)
        let width = layout.in * layout.window
        var moments = [Float](repeating: 0, count: width * width)
        for index in 0..<width / 2 { moments[index * width + index] = 1 }
        for moments in [moments, [Float](repeating: 0, count: width * width)] {
            let table = try EnergyTable(tensor(weights), layout: layout, norm: DataNorm([BlockMoments([moments])]))
            let refined = try table.refined(layout.isMatrix ? Ranks(2) : Ranks(out: 2, in: 2), weights: tensor(weights))
            #expect(refined.squaredError.isFinite && refined.energyKept.isFinite)
            let values = refined.factors.reconstructed(layout)
            #expect(values.allSatisfy { $0.isFinite })
        }
    }

    @Test("Moments in blocks judge as they do with zeros between them, and a choice of inputs is the norm of those")
    func blocksAndSelections() throws {
        let layout = KernelLayout(out: 6, in: 8, order: .outFirst)
        let weights = SampleKernels.normal(layout.count, seed: 9)
        let samples = Samples(layout, seed: 2)
        let whole = samples.norm.moments[0].blocks[0]
        func block(_ range: Range<Int>) -> [Float] { range.flatMap { row in range.map { whole[row * 8 + $0] } } }
        let parts = BlockMoments([block(0..<3), block(3..<8)])
        var filled = [Float](repeating: 0, count: 64)
        for range in [0..<3, 3..<8] { for row in range { for column in range { filled[row * 8 + column] = whole[row * 8 + column] } } }
        let divided = try EnergyTable(tensor(weights), layout: layout, norm: DataNorm([parts]))
        let same = try EnergyTable(tensor(weights), layout: layout, norm: DataNorm([BlockMoments([filled])]))
        for rank in 1...6 {
            let (one, other) = (divided.squaredError(Ranks(rank)), same.squaredError(Ranks(rank)))
            #expect(abs(one - other) <= 1e-3 * same.power)
        }
        let chosen = samples.norm.selecting([(0, [0, 2, 7])])
        let places = [0, 2, 7]
        let expected: [Float] = places.flatMap { row in places.map { whole[row * 8 + $0] } }
        #expect(chosen.moments[0].blocks == [expected])
        #expect(chosen.fits(KernelLayout(out: 2, in: 3, order: .outFirst)))
        #expect(!chosen.fits(layout))
    }
}
