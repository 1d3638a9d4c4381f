import Compression
import NeuralNetwork
import TensorCore
import Testing

@testable import Composition

@Suite("Numbers beside the layers")
struct RestTests {
    /// A convolution with a bias, a norm, a scale, a second convolution, and what the norm's tensors hold.
    private static func model(sharedMean: Bool = false) -> Model {
        var tensors: [StoredTensor] = []
        var graph = Graph(name: "net", operatorSets: ["": 17])
        func store(_ name: String, _ values: [Float], _ shape: Shape) {
            graph.initializers[name] = tensors.count
            tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape)))
        }
        store("w1", (0..<24).map { Float($0 % 7) - 3.3 }, [4, 6, 1, 1])
        store("b1", [0.1, -0.7, 1.3, 0.01], [4])
        store("gamma", [1.1, -0.3, 0.02, 4], [4])
        store("beta", [0.5, 0.25, -0.125, 3], [4])
        store("mean", [0.3, -2, 7, 0.001], [4])
        store("variance", [0.9, 0.001, 30, 1e-7], [4])
        store("k", [2.7], [1])
        store("w2", (0..<8).map { Float($0) * 0.3 - 1 }, [2, 4, 1, 1])
        store("b2", [0.123456, -7.7], [2])
        graph.nodes = [
            Node(name: "conv1", operation: "Conv", inputs: ["x", "w1", "b1"], outputs: ["c1"]),
            Node(
                name: "bn", operation: "BatchNormalization", inputs: ["c1", "gamma", "beta", "mean", "variance"], outputs: ["n1"],
                attributes: ["epsilon": .float(1e-3)]),
            Node(name: "scale", operation: "Mul", inputs: ["n1", "k"], outputs: ["m1"]),
            Node(name: "conv2", operation: "Conv", inputs: ["m1", "w2", "b2"], outputs: ["y"]),
        ]
        if sharedMean { graph.nodes.append(Node(operation: "Add", inputs: ["mean", "mean"], outputs: ["z"])) }
        graph.inputs = [ValueInfo(name: "x", elementType: .float32, dimensions: [.fixed(1), .fixed(6), .fixed(2), .fixed(2)])]
        graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: [.fixed(1), .fixed(2), .fixed(2), .fixed(2)])]
        let analysis = GraphAnalysis(graph, tensors: tensors)
        let layers = graph.layers(tensors: &tensors, analysis: analysis)
        return Model(
            name: "net.onnx", format: "ONNX", fileByteCount: 1000, structureByteCount: 100, tensors: tensors, graph: graph, layers: layers,
            macs: analysis.macs)
    }

    private static func numbers(_ model: Model, _ name: String) throws -> [Float] {
        try #require(model.tensors.first { $0.name == name }).tensor.floats()
    }

    private static func composed(_ model: Model, _ bits: [Int?]) throws -> Model {
        let plans = bits.map { LayerPlan(rest: $0.map { RestRule(bits: $0) }) }
        return try Composer(model).compose(plans, patience: .none).model
    }

    @Test("A folded norm computes what it computed, with the bias before it", arguments: [32, 24, 16])
    func folding(bits: Int) throws {
        let model = Self.model()
        let made = try Self.composed(model, [bits, nil])
        #expect(try Self.numbers(made, "mean") == [0, 0, 0, 0] && Self.numbers(made, "b1") == [0, 0, 0, 0])
        #expect(try Self.numbers(made, "variance").allSatisfy { $0 + 1e-3 == 1 })
        let (gamma, beta, mean, variance) = (
            try Self.numbers(model, "gamma"), try Self.numbers(model, "beta"), try Self.numbers(model, "mean"), try Self.numbers(model, "variance")
        )
        let bias = try Self.numbers(model, "b1")
        let (scale, shift) = (try Self.numbers(made, "gamma"), try Self.numbers(made, "beta"))
        let part = bits == 32 ? 1e-6 : Double(sign: .plus, exponent: -(bits - 3), significand: 1)
        let greatest = Double(try Self.numbers(made, "beta").map(abs).max() ?? 0)
        for channel in 0..<4 {
            let slope = Double(gamma[channel]) / (Double(variance[channel]) + Double(Float(1e-3))).squareRoot()
            // Where the shift makes up for the scale's rounding, and two deviations from there.
            for away in [0, 2.0] {
                let x = Double(mean[channel]) - Double(bias[channel]) + away * Double(variance[channel]).squareRoot()
                let expected = slope * (x + Double(bias[channel]) - Double(mean[channel])) + Double(beta[channel])
                let found = Double(scale[channel]) * x + Double(shift[channel])
                let bound = part * abs(slope) * away * Double(variance[channel]).squareRoot() + 2 * part * greatest + 1e-5
                #expect(abs(found - expected) <= bound, "channel \(channel), \(away)")
            }
        }
        // The second layer's numbers are its own.
        #expect(try Self.numbers(made, "b2") == Self.numbers(model, "b2") && Self.numbers(made, "k") == [2.7])
    }

    @Test("A norm of which somebody else reads a tensor is rounded, not folded; without a rule nothing changes")
    func shared() throws {
        let model = Self.model(sharedMean: true)
        let made = try Self.composed(model, [20, nil])
        #expect(try Self.numbers(made, "mean") != [0, 0, 0, 0])
        for (one, other) in zip(try Self.numbers(made, "gamma"), try Self.numbers(model, "gamma")) { #expect(abs(one - other) < 1e-4 * abs(other)) }
        let untouched = try Self.composed(model, [nil, nil])
        for stored in model.tensors { #expect(try Self.numbers(untouched, stored.name) == stored.tensor.floats()) }
        #expect(try Composer(model).compose([LayerPlan(), LayerPlan()], patience: .none).isOriginal)
    }

    @Test("Equal rules are one model, others another; shapes are as they were")
    func identity() throws {
        let composer = Composer(Self.model())
        func compose(_ bits: Int) throws -> ComposedModel {
            try composer.compose([LayerPlan(rest: RestRule(bits: bits)), LayerPlan()], patience: .none)
        }
        #expect(try compose(8).identity == compose(8).identity)
        #expect(try compose(8).identity != compose(9).identity)
        #expect(try compose(8).keepsShapes && !compose(8).isOriginal)
    }

    @Test("Rounded numbers are as near as their bits allow", arguments: RestRule.widths)
    func rounding(bits: Int) {
        let numbers: [Float] = [0, 1, -0.999, 0.3, 1e-3, -1e-9, 0.5001, .leastNonzeroMagnitude]
        let absolute = RestRounding(rule: RestRule(bits: bits), measure: .absolute).rounded(numbers)
        let step = Float(sign: .plus, exponent: -(bits - 2), significand: 1)
        for (one, other) in zip(absolute, numbers) {
            #expect(abs(one - other) <= step / 2)
            #expect((one / step).rounded() == one / step)
        }
        let relative = RestRounding(rule: RestRule(bits: bits), measure: .relative).rounded(numbers)
        for (one, other) in zip(relative, numbers) { #expect(abs(one - other) <= abs(other) * Float(sign: .plus, exponent: -(bits - 2), significand: 1)) }
        #expect(RestRounding(rule: RestRule(bits: bits), measure: .absolute).rounded([.nan, 1]).first?.isNaN == true)
        #expect(RestRounding(rule: RestRule(bits: bits), measure: .relative).rounded([.greatestFiniteMagnitude])[0].isFinite)
    }
}
