import Basics
import Factorization
import TensorCore
import Testing

@Suite("Energy table")
struct EnergyTableTests {
    static let layouts = [
        KernelLayout(out: 13, in: 7, window: 9, order: .outFirst),
        KernelLayout(out: 13, in: 7, window: 9, order: .inFirst),
        KernelLayout(groups: 3, out: 5, in: 8, window: 4, order: .outFirst),
        KernelLayout(groups: 2, out: 6, in: 3, window: 25, order: .inFirst),
        KernelLayout(out: 40, in: 2, window: 3, order: .outFirst),  // more output channels than in · window: rank-deficient
        KernelLayout(out: 2, in: 40, window: 3, order: .inFirst),
        KernelLayout(out: 1, in: 9, window: 5, order: .outFirst),
        KernelLayout(out: 9, in: 1, window: 5, order: .inFirst),
        KernelLayout(groups: 7, out: 1, in: 1, window: 9, order: .outFirst),
        KernelLayout(out: 150, in: 130, window: 2, order: .outFirst),  // more than a tile a side
        KernelLayout(out: 17, in: 11, order: .outFirst),
        KernelLayout(out: 11, in: 17, order: .outFirst),
        KernelLayout(out: 17, in: 11, order: .inFirst),
        KernelLayout(out: 11, in: 17, order: .inFirst),
        KernelLayout(groups: 3, out: 5, in: 6, order: .inFirst),
        KernelLayout(out: 1, in: 1, order: .outFirst),
        KernelLayout(out: 1, in: 30, order: .inFirst),
        KernelLayout(out: 300, in: 140, order: .inFirst),
    ]

    @Test("The squared error is that of an explicit reconstruction, for every shape and random ranks", arguments: layouts)
    func errorOfReconstruction(layout: KernelLayout) throws {
        var random = SeededRandom(seed: 11)
        for weights in [
            SampleKernels.normal(layout.count, seed: 5),
            SampleKernels.decaying(layout, terms: 6, decay: 1.5, noise: 0.01, seed: 6),
        ] {
            let table = try EnergyTable(tensor(weights), layout: layout)
            let full = table.fullRanks
            for _ in 0..<12 {
                let ranks =
                    layout.isMatrix
                    ? Ranks(Int.random(in: 1...full.out, using: &random))
                    : Ranks(out: Int.random(in: 1...full.out, using: &random), in: Int.random(in: 1...full.in, using: &random))
                let actual = squaredDistance(table.factors(ranks).reconstructed(layout), weights)
                let expected = table.squaredError(ranks)
                #expect(abs(actual - expected) <= 1e-5 * expected + 1e-11 * table.power, "\(ranks)")
            }
        }
    }

    @Test("Full ranks lose nothing, no ranks lose everything, and more of either never loses more", arguments: layouts)
    func monotony(layout: KernelLayout) throws {
        let weights = SampleKernels.decaying(layout, terms: 5, decay: 1, noise: 0.02, seed: 7)
        let table = try EnergyTable(tensor(weights), layout: layout)
        let full = table.fullRanks
        #expect(table.squaredError(full) == 0)
        #expect(abs(table.squaredError(Ranks(0)) - table.power) <= 1e-6 * table.power)
        #expect(abs(squaredDistance(weights, weights.map { _ in 0 }) - table.power) <= 1e-12 * table.power)
        for out in stride(from: 0, through: full.out, by: layout.isMatrix ? 1 : 3) {
            for rankIn in 0..<full.in where !layout.isMatrix || rankIn == out {
                let here = table.squaredError(Ranks(out: out, in: rankIn))
                #expect(here >= 0)
                if out > 0 { #expect(table.squaredError(Ranks(out: out - 1, in: layout.isMatrix ? out - 1 : rankIn)) >= here) }
                #expect(table.squaredError(layout.isMatrix ? Ranks(out + 1) : Ranks(out: out, in: rankIn + 1)) <= here)
            }
        }
    }

    @Test("The factors have as many weights as the layout says, and their bases are orthonormal", arguments: layouts)
    func counts(layout: KernelLayout) throws {
        let table = try EnergyTable(tensor(SampleKernels.normal(layout.count, seed: 8)), layout: layout)
        let full = table.fullRanks
        for out in Set([1, (full.out + 1) / 2, full.out]) {
            for rankIn in layout.isMatrix ? [out] : Array(Set([1, (full.in + 1) / 2, full.in])) {
                let ranks = Ranks(out: out, in: rankIn)
                let factors = table.factors(ranks)
                let count = (factors.input?.count ?? 0) + (factors.core?.count ?? 0) + (factors.output?.count ?? 0)
                #expect(count == layout.factorCount(ranks))
                #expect(factors.ranks == ranks)
                guard !layout.isMatrix, let input = factors.input else { continue }
                for row in 0..<rankIn {
                    for other in 0...row {
                        let product = (0..<layout.in).reduce(0.0) { sum, t in
                            sum + Double(input[row * layout.in + t]) * Double(input[other * layout.in + t])
                        }
                        #expect(abs(product - (row == other ? 1 : 0)) < 1e-5)
                    }
                }
            }
        }
    }

    @Test("A stack of low rank loses nothing from its rank on, and none of its figures is NaN")
    func lowRank() throws {
        for layout in [
            KernelLayout(out: 24, in: 20, window: 9, order: .outFirst), KernelLayout(out: 24, in: 20, order: .inFirst),
        ] {
            let weights = SampleKernels.decaying(layout, terms: 4, decay: 0.5, noise: 0, seed: 9)
            let table = try EnergyTable(tensor(weights), layout: layout)
            #expect(table.squaredError(Ranks(4)) <= 1e-12 * table.power)
            #expect(table.squaredError(Ranks(3)) > 1e-8 * table.power)
            let rebuilt = table.factors(Ranks(9)).reconstructed(layout)
            #expect(squaredDistance(rebuilt, weights) <= 1e-11 * table.power)
        }
    }

    @Test("Weights that are all zero lose nothing at any ranks", arguments: layouts)
    func zeros(layout: KernelLayout) throws {
        let weights = [Float](repeating: 0, count: layout.count)
        let table = try EnergyTable(tensor(weights), layout: layout)
        #expect(table.power == 0 && table.squaredError(Ranks(1)) == 0 && table.energyKept(Ranks(1)) == 1)
        #expect(table.factors(Ranks(1)).reconstructed(layout) == weights)
        #expect(table.energyMap(rows: 3, columns: 4).allSatisfy { $0 == 1 })
        #expect(table.spectrumOut.heights(columns: 5).allSatisfy { $0 == 0 })
    }

    @Test("Weights that are not finite, unreadable or immense are refused, and so is work that is cancelled")
    func refusals() throws {
        let layout = KernelLayout(out: 4, in: 3, window: 2, order: .outFirst)
        for value in [Float.nan, .infinity, -.infinity] {
            var weights = SampleKernels.normal(layout.count, seed: 1)
            weights[17] = value
            #expect(throws: FactorizationError.notFinite(index: 17)) {
                try EnergyTable(tensor(weights), layout: layout)
            }
        }
        #expect(throws: FactorizationError.tooLarge) {
            try EnergyTable(tensor([Float](repeating: 3e38, count: layout.count)), layout: layout)
        }
        let bytes = Tensor(shape: [24], elementType: .int8, storage: .owned([UInt8](repeating: 1, count: 24)))
        #expect(throws: FactorizationError.notReadable(elementType: "int8")) { try EnergyTable(bytes, layout: layout) }
        let token = CancellationToken()
        token.cancel()
        #expect(throws: FactorizationError.cancelled) {
            try EnergyTable(tensor(SampleKernels.normal(layout.count, seed: 1)), layout: layout, cancellation: token)
        }
    }

    @Test("Several threads at once get what one alone gets, bit by bit")
    func concurrency() async throws {
        let layout = KernelLayout(out: 96, in: 80, window: 9, order: .outFirst)
        let weights = tensor(SampleKernels.normal(layout.count, seed: 21))
        let alone = try EnergyTable(weights, layout: layout)
        let ranks = Ranks(out: 30, in: 20)
        let expected = try #require(alone.factors(ranks).core)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let table = try EnergyTable(weights, layout: layout)
                    return table.factors(ranks).core == expected && table.squaredError(ranks) == alone.squaredError(ranks)
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }
}
