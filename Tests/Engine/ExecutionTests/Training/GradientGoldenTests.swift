import Foundation
import NeuralNetwork
import Testing

@testable import Execution

@Suite("Gradients against PyTorch")
struct GradientGoldenTests {
    /// Gradients are sums of many products: within 1e-4 of the largest one.
    private func compare(_ name: String, _ what: String, _ own: some Sequence<Float>, _ wanted: OperatorCase.Value?, _ tolerance: Float) {
        guard let wanted = wanted?.tensor.floats() else {
            Issue.record("\(name): nothing is expected of \(what)")
            return
        }
        let largest = max(wanted.map(abs).max() ?? 0, 1e-3)
        let own = Array(own)
        guard own.count == wanted.count else {
            Issue.record("\(name): \(what) has \(own.count) elements, not \(wanted.count)")
            return
        }
        for (place, (value, expected)) in zip(own, wanted).enumerated() where !(abs(value - expected) <= tolerance * largest) {
            Issue.record("\(name): \(what) is \(value) at \(place), not \(expected) (largest \(largest))")
            return
        }
    }

    @Test("Every operator's and small network's outputs, gradients and running statistics are PyTorch's", arguments: [1, 2])
    func goldens(threads: Int) throws {
        let cases = try GradientCase.all()
        #expect(cases.count > 120)
        for golden in cases {
            do {
                let instance = try golden.instance(threads: threads)
                let program = instance.program
                // The second pass finds the arena as the first left it; running statistics move on, so that only the first is compared.
                try golden.run(instance)
                for (index, parameter) in program.parameters.enumerated() where parameter.isStatistic && !golden.isFrozen {
                    compare(
                        golden.name, "statistic \(parameter.name)", instance.parameter(index), golden.statistics[parameter.name], 1e-5)
                }
                try golden.run(instance)
                for (index, expected) in golden.expected.enumerated() {
                    compare(golden.name, "output \(index)", instance.output(index), expected, 1e-5)
                }
                for (index, parameter) in program.parameters.enumerated() {
                    guard let gradient = instance.gradient(index) else { continue }
                    compare(golden.name, "the gradient of \(parameter.name)", gradient, golden.gradients[parameter.name], 2e-5)
                }
                for (index, input) in program.inputs.enumerated() {
                    guard let gradient = instance.inputGradient(index) else { continue }
                    compare(golden.name, "the gradient of \(input.name)", gradient, golden.gradients[input.name], 2e-5)
                }
            } catch let error as ExecutionError {
                Issue.record("\(golden.name): \(error.message)")
            }
        }
    }

    @Test("An operator without a derivative is refused with its node named")
    func refusals() throws {
        func refusal(_ node: Node) -> String? {
            let graph = Graph(
                nodes: [node], inputs: [ValueInfo(name: "x", elementType: .float32, dimensions: [.fixed(2), .fixed(3)])],
                outputs: [ValueInfo(name: "y", elementType: nil, dimensions: nil)], operatorSets: ["": 13])
            let model = Model(
                name: "m", format: "test", fileByteCount: 0, structureByteCount: 0, tensors: [], graph: graph, layers: [],
                macs: .unknown(reason: "test"))
            var options = TrainingOptions()
            options.inputGradients = ["x"]
            do throws(ExecutionError) {
                _ = try TrainingProgram(model, shapes: ["x": [2, 3]], options: options)
                return nil
            } catch { return error.message }
        }
        let refused = refusal(
            Node(name: "last", operation: "MeanVarianceNormalization", inputs: ["x"], outputs: ["y"], attributes: ["axes": .integers([1])]))
        #expect(refused?.contains("last") == true)
        #expect(refused?.contains("MeanVarianceNormalization cannot be trained through") == true)
        #expect(refusal(Node(operation: "Relu", inputs: ["x"], outputs: ["y"])) == nil)
    }
}
