import Basics
import Factorization
import Foundation
import Glibc
import Synchronization
import Testing

@Suite("Orthogonal iteration")
struct RefinementTests {
    @Test(
        "Groups, odd shapes and ranks beyond what the other side can carry all end at least as good as they began",
        arguments: EnergyTableTests.layouts)
    func neverWorse(layout: KernelLayout) throws {
        var random = SeededRandom(seed: 77)
        let weights = tensor(SampleKernels.decaying(layout, terms: 5, decay: 1, noise: 0.2, seed: 31))
        let table = try EnergyTable(weights, layout: layout)
        let full = table.fullRanks
        for _ in 0..<4 {
            let out = Int.random(in: 1...full.out, using: &random)
            let ranks = layout.isMatrix ? Ranks(out) : Ranks(out: out, in: Int.random(in: 1...full.in, using: &random))
            let refined = try table.refined(ranks, weights: weights)
            #expect(refined.squaredError <= table.squaredError(ranks))
            #expect(refined.factors.ranks == ranks)
            let actual = squaredDistance(refined.factors.reconstructed(layout), weights.floats())
            #expect(abs(actual - refined.squaredError) <= 1e-5 * actual + 1e-11 * table.power)
        }
    }

    @Test("A matrix and a whole side are optimal as they are")
    func optimal() throws {
        let matrix = KernelLayout(out: 20, in: 30, order: .outFirst)
        let weights = tensor(SampleKernels.normal(matrix.count, seed: 1))
        let refined = try EnergyTable(weights, layout: matrix).refined(Ranks(7), weights: weights)
        #expect(refined.iterations == 0)
        let stack = KernelLayout(out: 10, in: 12, window: 5, order: .inFirst)
        #expect(stack.count == matrix.count)
        let table = try EnergyTable(weights, layout: stack)
        #expect(try table.refined(Ranks(out: 10, in: 4), weights: weights).iterations == 0)
        #expect(try table.refined(Ranks(out: 4, in: 4), weights: weights).iterations > 0)
    }

    @Test("Many channels, where subspaces are followed, end as good as whole decompositions round by round")
    func followedSubspaces() throws {
        let layout = KernelLayout(out: 80, in: 70, window: 4, order: .outFirst)
        let weights = tensor(SampleKernels.decaying(layout, terms: 40, decay: 0.7, noise: 0.3, seed: 8))
        let table = try EnergyTable(weights, layout: layout)
        let refined = try table.refined(Ranks(out: 20, in: 16), weights: weights)
        // The best that alternating least squares finds is where each side is the best for the other.
        let again = try EnergyTable(tensor(projected(weights.floats(), refined.factors, layout, keepsIn: true)), layout: layout)
        let other = try EnergyTable(tensor(projected(weights.floats(), refined.factors, layout, keepsIn: false)), layout: layout)
        let kept = table.power - refined.squaredError
        for (side, ranks) in [(again, Ranks(out: 20, in: 70)), (other, Ranks(out: 80, in: 16))] {
            let best = side.power - side.squaredError(ranks)
            #expect(abs(best - kept) <= 1e-6 * refined.squaredError)
        }
    }

    @Test(
        "The same weights have the same factors on one thread and on several",
        arguments: [
            KernelLayout(out: 23, in: 17, window: 9, order: .outFirst), KernelLayout(out: 150, in: 90, window: 3, order: .inFirst),
            KernelLayout(out: 45, in: 77, order: .outFirst), KernelLayout(groups: 3, out: 11, in: 13, window: 9, order: .outFirst),
        ])
    func threads(layout: KernelLayout) throws {
        let weights = tensor(SampleKernels.decaying(layout, terms: 9, decay: 0.5, noise: 0.3, seed: 4))
        let ranks = layout.isMatrix ? Ranks(9) : Ranks(out: 9, in: 7)
        let factors: @Sendable () throws -> FactorMatrices = {
            try EnergyTable(weights, layout: layout).refined(ranks, weights: weights).factors
        }
        // A thread of raised niceness works alone.
        let alone = Mutex<FactorMatrices?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 1)
            let made = try? factors()
            alone.withLock { $0 = made }
            done.signal()
        }
        let several = try factors()
        done.wait()
        let one = try #require(alone.withLock { $0 })
        #expect(one.output == several.output && one.core == several.core && one.input == several.input)
    }

    /// The weights with one side projected on the basis the factors have for it.
    private func projected(_ weights: [Float], _ factors: FactorMatrices, _ layout: KernelLayout, keepsIn: Bool) -> [Float] {
        let (out, inputs, window) = (layout.out, layout.in, layout.window)
        let rank = keepsIn ? factors.ranks.in : factors.ranks.out
        let extent = keepsIn ? inputs : out
        func basis(_ k: Int, _ channel: Int) -> Double {
            Double(keepsIn ? factors.input?[k * inputs + channel] ?? 0 : factors.output?[channel * rank + k] ?? 0)
        }
        func index(_ channel: Int, _ rest: Int, _ d: Int) -> Int {
            keepsIn ? (rest * inputs + channel) * window + d : (channel * inputs + rest) * window + d
        }
        var result = weights
        for rest in 0..<(keepsIn ? out : inputs) {
            for d in 0..<window {
                let coordinates = (0..<rank).map { k in
                    (0..<extent).reduce(0.0) { $0 + basis(k, $1) * Double(weights[index($1, rest, d)]) }
                }
                for channel in 0..<extent {
                    let sum = (0..<rank).reduce(0.0) { $0 + basis($1, channel) * coordinates[$1] }
                    result[index(channel, rest, d)] = Float(sum)
                }
            }
        }
        return result
    }

    @Test("Progress rises to no more than 1, and a cancelled iteration says so")
    func progress() throws {
        let layout = KernelLayout(groups: 2, out: 24, in: 20, window: 9, order: .outFirst)
        let weights = tensor(SampleKernels.normal(layout.count, seed: 2))
        let table = try EnergyTable(weights, layout: layout)
        let seen = Mutex<[Double]>([])
        let refined = try table.refined(Ranks(out: 6, in: 5), weights: weights) { fraction in
            seen.withLock { $0.append(fraction) }
        }
        let fractions = seen.withLock { $0 }
        #expect(refined.iterations > 1 && fractions.count > 1)
        #expect(zip(fractions, fractions.dropFirst()).allSatisfy { $0 < $1 } && fractions.last ?? 2 <= 1)
        let token = CancellationToken()
        #expect(throws: FactorizationError.cancelled) {
            try table.refined(Ranks(out: 6, in: 5), weights: weights, cancellation: token) { _ in token.cancel() }
        }
    }

    @Test("The same weights give the same factors, bit by bit")
    func repeatable() throws {
        let layout = KernelLayout(out: 200, in: 196, window: 4, order: .outFirst)
        let weights = tensor(SampleKernels.normal(layout.count, seed: 4))
        let first = try EnergyTable(weights, layout: layout).refined(Ranks(out: 40, in: 150), weights: weights, iterations: 4)
        for _ in 0..<3 {
            let next = try EnergyTable(weights, layout: layout).refined(Ranks(out: 40, in: 150), weights: weights, iterations: 4)
            #expect(next.factors.core == first.factors.core && next.factors.output == first.factors.output)
            #expect(next.squaredError == first.squaredError)
        }
    }
}
