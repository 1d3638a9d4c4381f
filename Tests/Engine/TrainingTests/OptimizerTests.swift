import Foundation
import Testing

@testable import Training

/// What Tests/Generators/make_optimizers.py writes.
private struct Goldens: Decodable {
    struct Expected: Decodable {
        var value: Double
        var gradient: [Float]
    }

    var start: [Float]
    var gradients: [[Float]]
    var logits: [Float]
    var teacher: [Float]
    var labels: [Int32]
    var targets: [Float]
    var trajectories: [String: [[Float]]]
    var losses: [String: Expected]

    static func read() throws -> Goldens {
        guard let place = Bundle.module.url(forResource: "optimizers", withExtension: "json", subdirectory: "Goldens")
        else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: place))
    }
}

@Suite("Optimizers and losses against PyTorch")
struct OptimizerTests {
    @Test(
        "Weights go where PyTorch's go, step by step",
        arguments: [
            ("plain", OptimizerRule.gradientDescent(momentum: 0), 0.1), ("momentum", .gradientDescent(), 0.1),
            ("momentum with decay", .gradientDescent(momentum: 0.8, weightDecay: 0.05), 0.1),
            ("nesterov", .gradientDescent(isNesterov: true, weightDecay: 0.01), 0.1), ("adam", .adam(), 0.1),
            ("adam with decay", .adam(beta1: 0.5, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1), 0.05),
            ("adamw", .adamW(weightDecay: 0.2), 0.1), ("clipped", .gradientDescent(), 0.1),
        ])
    func trajectories(name: String, rule: OptimizerRule, rate: Double) throws {
        let goldens = try Goldens.read()
        let expected = try #require(goldens.trajectories[name])
        var weights = goldens.start
        var optimizer = Optimizer(rule: rule, decaysVectors: true, bindings: [.free], counts: [weights.count])
        for (step, gradient) in goldens.gradients.enumerated() {
            var gradient = gradient
            weights.withUnsafeMutableBufferPointer { weights in
                gradient.withUnsafeMutableBufferPointer { gradient in
                    optimizer.step(
                        [Optimizer.Place(weights: weights, gradients: gradient)], rate: Float(rate), step: step + 1,
                        vectors: [true], largestNorm: name == "clipped" ? 1.5 : nil)
                }
            }
            for (own, wanted) in zip(weights, expected[step]) { #expect(abs(own - wanted) < 2e-5, "step \(step)") }
        }
    }

    @Test("Losses and their gradients are PyTorch's")
    func losses() throws {
        let goldens = try Goldens.read()
        let layout = ClassLayout([4, 5])
        let cases: [(String, Loss, labels: Bool, targets: [Float]?)] = [
            ("cross-entropy", .crossEntropy, true, nil),
            ("divergence", .distillation(temperature: 3, labelShare: 0.3), false, goldens.teacher),
            ("distillation", .distillation(temperature: 3, labelShare: 0.3), true, goldens.teacher),
            ("binary", .binaryCrossEntropy, false, goldens.targets), ("squared", .meanSquaredError, false, goldens.targets),
        ]
        for (name, loss, isLabelled, targets) in cases {
            let expected = try #require(goldens.losses[name])
            var gradient = [Float](repeating: .nan, count: 20)
            let value = goldens.logits.withUnsafeBufferPointer { logits in
                gradient.withUnsafeMutableBufferPointer { gradient in
                    func run(_ targets: UnsafeBufferPointer<Float>?) -> LossValue {
                        loss.evaluate(
                            logits, layout, labels: isLabelled ? goldens.labels : nil, targets: targets, gradient: gradient)
                    }
                    return targets?.withUnsafeBufferPointer { run($0) } ?? run(nil)
                }
            }
            #expect(abs(value.loss - expected.value) < 1e-5, "\(name)")
            for (own, wanted) in zip(gradient, expected.gradient) { #expect(abs(own - wanted) < 1e-5, "\(name)") }
        }
    }

    @Test("Classes along another axis than the last give the same loss")
    func axes() {
        let scores: [Float] = [1, 2, 3, 4, 5, 7]
        let crossed: [Float] = [1, 4, 2, 5, 3, 7]
        func loss(_ scores: [Float], _ layout: ClassLayout) -> LossValue {
            scores.withUnsafeBufferPointer {
                Loss.crossEntropy.evaluate($0, layout, labels: [2, 0], targets: nil, gradient: nil)
            }
        }
        let straight = loss(scores, ClassLayout([2, 3]))
        #expect(straight == loss(crossed, ClassLayout([1, 3, 2], axis: 1)))
        #expect(straight.correct == 1)
    }

    @Test("Shared weights move by the summed gradients of their centroid, and zero stays zero")
    func sharing() {
        let codes: [UInt16] = [1, 0, 2, 1, 0]
        var weights: [Float] = [0.5, 0, -1, 0.5, 0]
        var gradients: [Float] = [1, 10, 2, 3, -4]
        var optimizer = Optimizer(
            rule: .gradientDescent(momentum: 0), decaysVectors: true,
            bindings: [.shared(codes: codes, codebook: [0, 0.5, -1])], counts: [5])
        weights.withUnsafeMutableBufferPointer { weights in
            gradients.withUnsafeMutableBufferPointer { gradients in
                optimizer.step(
                    [Optimizer.Place(weights: weights, gradients: gradients)], rate: 0.25, step: 1, vectors: [false],
                    largestNorm: nil)
            }
        }
        #expect(weights == [-0.5, 0, -1.5, -0.5, 0])
    }

    @Test("What is kept of weights without gradients becomes zero, not subnormal", arguments: [OptimizerRule.adam(), .gradientDescent()])
    func idle(rule: OptimizerRule) {
        var weights = [Float](repeating: 1, count: 40)
        var gradients = [Float](repeating: 1, count: 40)
        var optimizer = Optimizer(rule: rule, decaysVectors: true, bindings: [.free], counts: [40])
        weights.withUnsafeMutableBufferPointer { weights in
            gradients.withUnsafeMutableBufferPointer { gradients in
                let place = Optimizer.Place(weights: weights, gradients: gradients)
                for step in 1...1_000 {
                    optimizer.step([place], rate: 0.01, step: step, vectors: [false], largestNorm: nil)
                    gradients.update(repeating: 0)
                }
            }
        }
        #expect(optimizer.states[0].prefix(40).allSatisfy { $0 == 0 })
    }

    @Test("Schedules follow their formulas")
    func schedules() {
        #expect(RateSchedule(1, .steps(interval: 10, factor: 0.5)).rate(at: 25) == 0.25)
        #expect(RateSchedule(1, .milestones([3, 5], factor: 0.1)).rate(at: 4) == 0.1)
        #expect(abs(RateSchedule(0.01, .inverse(gamma: 0.0001, power: 0.75)).rate(at: 10000) - 0.005946) < 1e-6)
        #expect(abs(RateSchedule(2, .cosine(length: 10, floor: 1)).rate(at: 5) - 1.5) < 1e-12)
        #expect(RateSchedule(2, .cosine(length: 10, floor: 1)).rate(at: 99) == 1)
        #expect(RateSchedule(1, .constant, warmUp: 4).rate(at: 1) == 0.5)
        let pruning = GradualPruning(from: 0.2, to: 0.9, begin: 10, end: 110, interval: 20)
        #expect(pruning.sparsity(before: 9) == nil)
        #expect(pruning.sparsity(before: 11) == nil)
        #expect(abs((pruning.sparsity(before: 10) ?? 0) - 0.2) < 1e-12)
        #expect(abs((pruning.sparsity(before: 50) ?? 0) - (0.9 - 0.7 * 0.216)) < 1e-12)
        #expect(pruning.sparsity(before: 110) == 0.9)
    }
}
