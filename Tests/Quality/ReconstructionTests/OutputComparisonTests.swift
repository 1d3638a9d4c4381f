import Basics
import Datasets
import Evaluation
import Glibc
import NeuralNetwork
import Recipes
import TensorCore
import TestNetworks
import Testing

@testable import Importance
@testable import Reconstruction

@Suite("How a fit is judged")
struct OutputComparisonTests {
    /// y = s · x of two numbers a sample.
    private func scaled(_ first: Float, _ second: Float) -> Model {
        var builder = GraphBuilder(seed: 1)
        builder.store("w", Tensor([first, 0, 0, second], shape: [2, 2]))
        builder.input("x", [.symbol("N"), .fixed(2)])
        builder.node("MatMul", ["x", "w"], ["y"], name: "scale")
        builder.output("y", [.symbol("N"), .fixed(2)])
        return builder.model(named: "scale.onnx")
    }

    /// Samples of which one is a thousand times as large as the others, and lies along the second number.
    private struct Uneven: SampleSource {
        let count = 20
        let shape: Shape = [2]
        let labels: [Int]? = nil

        func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
            for (place, sample) in samples.enumerated() {
                (buffer[2 * place], buffer[2 * place + 1]) = sample == 7 ? (0, 1000) : (1, 0)
            }
            return []
        }
    }

    @Test("Each sample counts alike, however large; what is equal is infinitely near, what is no number infinitely far")
    func samples() throws {
        let original = scaled(1, 1)
        let data = DataSet(name: "uneven", content: .samples(Uneven()))
        let comparison = try OutputComparison(
            original, on: CalibrationInputs(original, data: data, samples: 20), cancellation: CancellationToken())
        func decibels(_ model: Model) throws -> Double { try comparison.signalToNoise(of: model, cancellation: CancellationToken()) }
        #expect(try decibels(original) == .infinity)
        #expect(try decibels(scaled(.nan, 1)) == -.infinity)
        // Off by a tenth each: a hundredth of the power.
        let even = -10 * log10(0.01 + 1e-4)
        #expect(abs(try decibels(scaled(1.1, 1.1)) - even) < 1e-3)
        // Only the large one is off: nineteen others are right.
        #expect(abs(try decibels(scaled(1, 1.1)) - (19 * 40 + even) / 20) < 1e-3)
    }

    @Test("What a network is weighed by is fitted and not what judges, and is two thirds of few samples at most")
    func weighed() throws {
        let model = Bars.classifier()
        let few = DataSet(name: "bars", content: .samples(Bars(count: 60)))
        let inputs = try NetworkImportance.inputs(of: model, from: few)
        #expect(inputs.sampleCount == 40 && !inputs.isRandom)
        let rule = ReconstructRule()
        let samples = CalibrationSamples(rule, of: model, data: few)
        #expect(samples.fitted >= 40 && samples.judging > 0)
        let fitted = try samples.fittedInputs(of: model)
        func pictures(_ inputs: CalibrationInputs) throws -> Set<[Float]> {
            Set(
                try inputs.runs.flatMap { run -> [[Float]] in
                    let values = try #require(run.inputs["x"]).floats()
                    return run.samples.map { Array(values[$0 * 64..<($0 + 1) * 64]) }
                })
        }
        #expect(try pictures(inputs).isSubset(of: pictures(fitted)))
        #expect(try pictures(inputs).isDisjoint(with: pictures(#require(try samples.judgingInputs(of: model)))))
    }
}
