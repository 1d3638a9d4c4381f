import Factorization
import Foundation
import Testing

/// A kernel drawn from a seed, and what TensorLy and NumPy say of it (Tests/Generators/make_factorization.py).
struct TuckerGolden: Decodable, Sendable, CustomTestStringConvertible {
    struct Point: Decodable, Sendable {
        var out: Int
        var `in`: Int
        /// Squared errors of the truncated decomposition, and after TensorLy's iteration.
        var start: Double
        var converged: Double

        var ranks: Ranks { Ranks(out: out, in: `in`) }
    }

    var out: Int
    var `in`: Int
    var window: Int
    var terms: Int
    var decay: Double
    var noise: Float
    var seed: UInt64
    var power: Double
    var points: [Point]
    var singularOut: [Double]
    var singularIn: [Double]

    var testDescription: String { "\(out) × \(`in`) × \(window) #\(seed)" }

    static let all: [TuckerGolden] = (try? read("tucker")) ?? []

    static func read<Golden: Decodable>(_ name: String) throws -> Golden {
        let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Goldens")
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: #require(url)))
    }

    /// The kernel in either stored order.
    func stored(_ order: KernelLayout.Order) -> (layout: KernelLayout, weights: [Float]) {
        let layout = KernelLayout(out: out, in: `in`, window: window, order: order)
        let outFirst = SampleKernels.decaying(
            KernelLayout(out: out, in: `in`, window: window, order: .outFirst), terms: terms, decay: decay, noise: noise,
            seed: seed)
        guard order == .inFirst else { return (layout, outFirst) }
        var weights = outFirst
        for s in 0..<out {
            for t in 0..<`in` {
                for d in 0..<window {
                    weights[(t * out + s) * window + d] = outFirst[(s * `in` + t) * window + d]
                }
            }
        }
        return (layout, weights)
    }
}

@Suite("Tucker-2 against TensorLy")
struct TuckerGoldenTests {
    @Test("There is something to compare with")
    func goldens() { #expect(TuckerGolden.all.count == 5) }

    @Test("The squared error equals that of TensorLy's start, in either stored order", arguments: TuckerGolden.all)
    func start(golden: TuckerGolden) throws {
        for order in [KernelLayout.Order.outFirst, .inFirst] {
            let (layout, weights) = golden.stored(order)
            let table = try EnergyTable(tensor(weights), layout: layout)
            #expect(abs(table.power - golden.power) <= 1e-6 * golden.power)
            for point in golden.points {
                let error = table.squaredError(point.ranks)
                #expect(abs(error - point.start) <= 1e-4 * point.start, "\(order) \(point)")
            }
        }
    }

    @Test("Singular values of both unfoldings equal NumPy's", arguments: TuckerGolden.all)
    func singularValues(golden: TuckerGolden) throws {
        let (layout, weights) = golden.stored(.outFirst)
        let table = try EnergyTable(tensor(weights), layout: layout)
        for (spectrum, expected) in [(table.spectrumOut, golden.singularOut), (table.spectrumIn, golden.singularIn)] {
            #expect(spectrum.singularValues.count == 1)
            for (value, other) in zip(spectrum.singularValues[0], expected) { #expect(abs(value - other) <= 1e-6 * expected[0]) }
        }
    }

    @Test("After iteration the error is no more than TensorLy's, and is that of the factors", arguments: TuckerGolden.all)
    func converged(golden: TuckerGolden) throws {
        for order in [KernelLayout.Order.outFirst, .inFirst] {
            let (layout, weights) = golden.stored(order)
            let table = try EnergyTable(tensor(weights), layout: layout)
            for point in golden.points {
                let refined = try table.refined(point.ranks, weights: tensor(weights))
                #expect(refined.squaredError <= point.converged * (1 + 1e-6), "\(order) \(point)")
                #expect(refined.squaredError <= table.squaredError(point.ranks))
                let actual = squaredDistance(refined.factors.reconstructed(layout), weights)
                #expect(abs(actual - refined.squaredError) <= 1e-6 * actual + 1e-11 * golden.power)
            }
        }
    }
}
