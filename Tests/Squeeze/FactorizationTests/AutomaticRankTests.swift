import Factorization
import Testing

/// A matrix of known rank under noise, and what variational Bayes says of it (Tests/Generators/make_factorization.py).
private struct NoiseGolden: Decodable, Sendable, CustomTestStringConvertible {
    var rows: Int
    var columns: Int
    var rank: Int
    var strength: Double
    var seed: UInt64
    var estimated: Int
    var variance: Double
    var cut: Double

    var testDescription: String { "\(rows) × \(columns) of rank \(rank)" }

    static let all: [NoiseGolden] = (try? TuckerGolden.read("noise")) ?? []

    var weights: [Float] {
        let noise = SampleKernels.normal(rows * columns, seed: 10 * seed)
        let left = SampleKernels.normal(rows * rank, seed: 10 * seed + 1)
        let right = SampleKernels.normal(rank * columns, seed: 10 * seed + 2)
        return noise.indices.map { index in
            let (row, column) = (index / columns, index % columns)
            let signal = (0..<rank).reduce(0.0) { $0 + Double(left[row * rank + $1]) * Double(right[$1 * columns + column]) }
            return Float(0.02 * (Double(noise[index]) + strength * signal))
        }
    }
}

@Suite("Automatic ranks")
struct AutomaticRankTests {
    @Test("Rank, noise and cut equal an independent implementation's", arguments: NoiseGolden.all)
    private func goldens(golden: NoiseGolden) throws {
        for order in [KernelLayout.Order.outFirst, .inFirst] {
            let (out, inputs) = order == .outFirst ? (golden.rows, golden.columns) : (golden.columns, golden.rows)
            let table = try EnergyTable(
                tensor(golden.weights), layout: KernelLayout(out: out, in: inputs, order: order))
            let automatic = try #require(table.automaticRanks)
            #expect(automatic.ranks == Ranks(golden.estimated))
            #expect(abs(automatic.out.noiseVariance - golden.variance) <= 1e-5 * golden.variance)
            #expect(abs(automatic.out.cut - golden.cut) <= 1e-5 * golden.cut)
            #expect(automatic.in == automatic.out)
        }
    }

    @Test("Weights of another size have the same ranks", arguments: [1e-12, 1e-3, 1e9])
    func scale(factor: Double) throws {
        let golden = try #require(NoiseGolden.all.last)
        let layout = KernelLayout(out: golden.rows, in: golden.columns, order: .outFirst)
        let table = try EnergyTable(tensor(golden.weights.map { Float(Double($0) * factor) }), layout: layout)
        let automatic = try #require(table.automaticRanks)
        #expect(automatic.ranks == Ranks(golden.estimated))
        #expect(abs(automatic.out.cut / factor - golden.cut) <= 1e-5 * golden.cut)
    }

    @Test("Noise alone, zeros and single channels have rank 1, never 0", arguments: EnergyTableTests.layouts)
    func leastRank(layout: KernelLayout) throws {
        for weights in [SampleKernels.normal(layout.count, seed: 50), [Float](repeating: 0, count: layout.count)] {
            let automatic = try #require(try EnergyTable(tensor(weights), layout: layout).automaticRanks)
            #expect(automatic.ranks.out >= 1 && automatic.ranks.in >= 1)
            #expect(automatic.ranks.out <= layout.out && automatic.ranks.in <= layout.in)
            #expect(automatic.out.noiseVariance >= 0 && automatic.in.cut >= 0)
            #expect(automatic.isWorthwhile == (layout.factorCount(automatic.ranks) < layout.count))
        }
    }

    @Test("A layer whose factors would be larger than itself stays whole")
    func notWorthwhile() throws {
        let layout = KernelLayout(out: 8, in: 8, order: .outFirst)
        var weights = [Float](repeating: 0, count: 64)
        for index in 0..<8 { weights[index * 9] = Float(8 - index) }
        let automatic = try #require(try EnergyTable(tensor(weights), layout: layout).automaticRanks)
        #expect(automatic.isWorthwhile == (automatic.ranks.out < 4))
        let table = try EnergyTable(tensor([1]), layout: KernelLayout(out: 1, in: 1, order: .outFirst))
        #expect(table.automaticRanks?.isWorthwhile == false)
    }

    @Test("The smallest factors that hold a part of the energy are those that trying all ranks finds", arguments: EnergyTableTests.layouts)
    func leastForEnergy(layout: KernelLayout) throws {
        let table = try EnergyTable(tensor(SampleKernels.normal(layout.count, seed: 70)), layout: layout)
        let full = table.fullRanks
        let all = (1...full.out).flatMap { out in (layout.isMatrix ? [out] : Array(1...full.in)).map { Ranks(out: out, in: $0) } }
        for part in [0.0, 0.3, 0.75, 0.9, 1] {
            let found = table.leastRanks(keeping: part)
            let fitting = all.filter { table.squaredError($0) <= (1 - part) * table.power }
            #expect(fitting.isEmpty ? found == full : fitting.contains(found))
            #expect(fitting.allSatisfy { layout.factorCount(found) <= layout.factorCount($0) })
        }
    }

    @Test("The group that needs most decides, and its cut is the one that is shown")
    func groups() throws {
        let layout = KernelLayout(groups: 2, out: 40, in: 60, order: .outFirst)
        let noise = SampleKernels.normal(layout.count, seed: 61)
        let left = SampleKernels.normal(40 * 6, seed: 62)
        let right = SampleKernels.normal(6 * 60, seed: 63)
        var weights = noise
        for row in 0..<40 {
            for column in 0..<60 {
                for k in 0..<6 { weights[2_400 + row * 60 + column] += left[row * 6 + k] * right[k * 60 + column] }
            }
        }
        let automatic = try #require(try EnergyTable(tensor(weights), layout: layout).automaticRanks)
        #expect(automatic.ranks == Ranks(6))
        let alone = try EnergyTable(tensor(Array(weights[2_400...])), layout: KernelLayout(out: 40, in: 60, order: .outFirst))
        #expect(alone.automaticRanks?.out == automatic.out)
    }
}
