import Foundation
import TensorCore
import Testing

@testable import Compression

/// Layers decided by NumPy, see make_feedback.py.
private struct Golden: Decodable {
    var outputs: Int
    var inputs: Int
    var window: Int
    var keepsZeros: Bool
    var step: Float
    var codebook: [Float]
    var wanted: [[Float]]
    var pull: [[Float]]
    var curvature: [[Float]]
    var shared: [Float]
    var stepped: [Float]

    static func load() throws -> [Golden] {
        let url = try #require(Bundle.module.url(forResource: "feedback", withExtension: "json", subdirectory: "Goldens"))
        return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    }

    var problem: FeedbackProblem {
        let groups = wanted.count
        let shape: Shape = window == 0 ? [groups * outputs, inputs] : [groups * inputs / window, outputs, window]
        return FeedbackProblem(
            shape: shape, order: window == 0 ? .byOutput : .byInput(window: window), outputs: outputs, inputs: inputs,
            groups: wanted.indices.map { .init(wanted: wanted[$0], pull: pull[$0], curvature: curvature[$0]) },
            importance: Array(repeating: 1, count: groups * outputs), keepsZeros: keepsZeros)
    }

    /// Σ curvature · (wanted − value)² of what each weight was decided at, which is tr(E H Eᵀ).
    func cost(_ values: [Float]) -> Double {
        var sum = 0.0
        for group in wanted.indices {
            for output in 0..<outputs {
                var left = (0..<inputs).map { Double(wanted[group][output * inputs + $0]) }
                for input in 0..<inputs {
                    let error = left[input] - Double(values[position(group, output, input)])
                    sum += Double(curvature[group][input]) * error * error
                    for later in input + 1..<max(input + 1, inputs) { left[later] -= error * Double(pull[group][input * inputs + later]) }
                }
            }
        }
        return sum
    }

    private func position(_ group: Int, _ output: Int, _ input: Int) -> Int {
        if window == 0 { return (group * outputs + output) * inputs + input }
        return group * outputs * inputs + (input / window * outputs + output) * window + input % window
    }
}

@Suite struct FeedbackTests {
    @Test func codebooksAreDecidedAsNumPyDecides() throws {
        for golden in try Golden.load() {
            let found = try #require(FeedbackQuantizer.values(golden.problem, codebook: golden.codebook))
            #expect(zip(found, golden.shared).allSatisfy { abs($0 - $1) < 1e-3 })
        }
    }

    @Test func gridsWithoutAPriceAreDecidedAsNumPyDecides() throws {
        for golden in try Golden.load() {
            let problem = golden.problem
            var choice = GridChoice(
                step: golden.step, isTrellis: false, rates: ContextRates(levelCount: 64, price: 0),
                context: ContextModel(shape: problem.shape))
            let found = try #require(FeedbackPass(problem).run(&choice, { false }))
            #expect(zip(found, golden.stepped).allSatisfy { abs($0 - $1) < 1e-3 })
        }
    }

    @Test func aTrellisErrsLessThanOneGridOfItsStep() throws {
        for golden in try Golden.load() where !golden.keepsZeros {
            let problem = golden.problem
            func cost(isTrellis: Bool) throws -> Double {
                var choice = GridChoice(
                    step: golden.step, isTrellis: isTrellis, rates: ContextRates(levelCount: 64, price: 0),
                    context: ContextModel(shape: problem.shape))
                return golden.cost(try #require(FeedbackPass(problem).run(&choice, { false })))
            }
            #expect(try cost(isTrellis: true) < cost(isTrellis: false))
        }
    }

    @Test func feedbackCostsLessThanDecidingEachWeightForItself() throws {
        for golden in try Golden.load() where golden.window == 0 {
            let fed = try #require(FeedbackQuantizer.values(golden.problem, step: golden.step, isTrellis: true))
            var alone = golden.problem
            for group in alone.groups.indices { alone.groups[group].pull = alone.groups[group].pull.map { _ in 0 } }
            let unfed = try #require(FeedbackQuantizer.values(alone, step: golden.step, isTrellis: true))
            #expect(golden.cost(fed) < golden.cost(unfed))
        }
    }

    @Test(arguments: [SharingMethod.trellis, .entropy])
    func whatWasDecidedIsReadOffUnchanged(_ method: SharingMethod) throws {
        for golden in try Golden.load() {
            let values = try #require(FeedbackQuantizer.values(golden.problem, step: golden.step, isTrellis: method == .trellis))
            let weights = Tensor(values, shape: golden.problem.shape)
            let tables = try LayerTables(preparing: weights)
            var share = SharePlan(step: Double(golden.step), method: method)
            share.isSettled = true
            let plan = LayerPlan(share: share, code: CodePlan(entropy: .context))
            #expect(try tables.values(for: plan, weights: weights).floats() == values)
            let encoded = try tables.encode(weights, plan: plan)
            #expect(encoded.bytes.count == encoded.figures.account.byteCount)
            #expect(encoded.figures.squaredError < 1e-9)
        }
    }

    @Test func codebooksThatWereDecidedAreReadOffUnchanged() throws {
        for golden in try Golden.load() {
            let values = try #require(FeedbackQuantizer.values(golden.problem, codebook: golden.codebook))
            let weights = Tensor(values, shape: golden.problem.shape)
            let tables = try LayerTables(preparing: weights)
            var share = SharePlan(clusters: golden.codebook.count, method: .linear)
            share.isSettled = true
            let plan = LayerPlan(prune: golden.keepsZeros ? .threshold(1e-30) : nil, share: share)
            #expect(try tables.values(for: plan, weights: weights).floats() == values)
        }
    }

    @Test func zerosThatAreKeptStayZeros() throws {
        for golden in try Golden.load() where golden.keepsZeros {
            let values = try #require(FeedbackQuantizer.values(golden.problem, step: golden.step, isTrellis: true))
            let zeros = golden.wanted.reduce(0) { $0 + $1.count { $0 == 0 } }
            #expect(values.count { $0 == 0 } >= zeros)
            #expect(values.contains { $0 != 0 })
        }
    }

    @Test func whatIsStoppedGivesNothing() throws {
        let golden = try #require(Golden.load().first)
        #expect(FeedbackQuantizer.values(golden.problem, step: 1, isTrellis: true, isStopped: { true }) == nil)
    }

    @Test func thereAreNoMoreLevelsThanCanBeToldApart() throws {
        let problem = try #require(Golden.load().first).problem
        let largest = problem.largestMagnitude
        for (step, isTrellis, isDecided) in [
            (largest / 60, false, true), (largest / 200, false, false), (largest / 2000, true, true), (largest / 10_000, true, false),
            (0, true, false), (.infinity, true, false), (.nan, true, false),
        ] as [(Float, Bool, Bool)] {
            #expect(FeedbackQuantizer.canDecide(problem, step: step, isTrellis: isTrellis) == isDecided, "\(step)")
        }
    }
}
