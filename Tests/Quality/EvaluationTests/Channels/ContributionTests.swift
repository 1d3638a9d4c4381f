import Basics
import Execution
import NeuralNetwork
import TensorCore
import Testing

@testable import Evaluation

/// What channels contribute to an output must add up to what the network computes there.
@Suite("Contributions of channels")
struct ContributionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var operation: String
        var input: Shape
        var weights: Shape
        var attributes: [String: Attribute] = [:]
        var axis = 1

        var testDescription: String { "\(operation) \(input) \(weights) \(attributes.keys.sorted())" }
    }

    static let cases = [
        Case(operation: "Conv", input: [2, 4, 6, 5], weights: [3, 4, 3, 3]),
        Case(
            operation: "Conv", input: [2, 4, 7, 9], weights: [6, 2, 3, 2],
            attributes: [
                "group": .integer(2), "strides": .integers([2, 3]), "dilations": .integers([2, 1]), "pads": .integers([1, 0, 2, 1]),
            ]),
        Case(
            operation: "Conv", input: [1, 3, 6, 7], weights: [2, 3, 2, 4],
            attributes: ["auto_pad": .text("SAME_UPPER"), "strides": .integers([1, 2])]),
        Case(operation: "Conv", input: [1, 3, 6, 7], weights: [2, 3, 2, 4], attributes: ["auto_pad": .text("SAME_LOWER")]),
        Case(
            operation: "Conv", input: [1, 3, 6, 7], weights: [2, 3, 2, 4],
            attributes: ["auto_pad": .text("VALID"), "pads": .integers([5, 5, 5, 5])]),
        Case(operation: "Conv", input: [3, 5, 11], weights: [4, 5, 3], attributes: ["pads": .integers([2, 0])]),
        Case(operation: "Conv", input: [1, 2, 4, 5, 3], weights: [2, 2, 2, 3, 1]),
        Case(operation: "Gemm", input: [3, 7], weights: [7, 4]),
        Case(operation: "Gemm", input: [3, 7], weights: [4, 7], attributes: ["transB": .integer(1), "alpha": .float(-0.5)]),
        Case(operation: "MatMul", input: [2, 3, 4, 5], weights: [5, 6], axis: 3),
    ]

    static func random(_ shape: Shape, seed: UInt64) -> Tensor {
        var random = SeededRandom(seed: seed)
        return Tensor((0..<shape.count).map { _ in Float(random.normal()) }, shape: shape)
    }

    static func model(_ testCase: Case) -> Model {
        let graph = Graph(
            name: "one",
            nodes: [Node(operation: testCase.operation, inputs: ["x", "w"], outputs: ["y"], attributes: testCase.attributes)],
            inputs: [ValueInfo(name: "x", elementType: .float32, dimensions: testCase.input.dimensions.map { .fixed($0) })],
            outputs: [ValueInfo(name: "y", elementType: .float32, dimensions: nil)], initializers: ["w": 0], operatorSets: ["": 13])
        return Model(
            name: "one", format: "", fileByteCount: 0, structureByteCount: 0,
            tensors: [StoredTensor(name: "w", tensor: random(testCase.weights, seed: 2))], graph: graph, layers: [],
            macs: .counted(0))
    }

    @Test("All contributions to an output add up to it", arguments: cases)
    func sums(testCase: Case) throws {
        let model = Self.model(testCase)
        let program = try Program(model, shapes: ["x": testCase.input])
        let weights = try Weights(of: program)
        let instance = try Instance(program, weights: weights)
        let values = Self.random(testCase.input, seed: 1).floats()
        values.withUnsafeBytes { instance.input(0).copyMemory(from: $0) }
        try instance.run(weights)
        let output = Array(instance.output(0).assumingMemoryBound(to: Float.self))
        let shape = program.outputs[0].shape
        // Channels in reverse, the first of which is nobody's.
        let extent = testCase.input[testCase.axis]
        let channels = (0..<extent).map { $0 == 0 ? -1 : extent - 1 - $0 }
        let reader = ReadChannels.Reader(node: 0, value: "x", axis: testCase.axis, channels: channels)
        let whole = ReadChannels.Reader(node: 0, value: "x", axis: testCase.axis, channels: Array(repeating: 0, count: extent))
        let parts = try #require(try ContributionSampler(reader, shape: testCase.input, model: model))
        let sum = try #require(try ContributionSampler(whole, shape: testCase.input, model: model))
        // What index 0 alone contributes is what the others leave.
        var first = values
        let inner = testCase.input.dimensions[(testCase.axis + 1)...].reduce(1, *)
        for index in first.indices where index / inner % extent != 0 { first[index] = 0 }
        var random = SeededRandom(seed: 3)
        var places: Set<ContributionSampler.Place> = []
        for turn in 0..<300 {
            let place = sum.place(row: turn % testCase.input[0], random: &random)
            places.insert(place)
            // Of a convolution: row, output, place; of a product: row, line, output.
            let index: Int
            if testCase.operation == "Conv" {
                let plane = zip(place.position, shape.dimensions[2...]).reduce(0) { $0 * $1.1 + $1.0 }
                index = (place.row * shape[1] + place.output) * shape.dimensions[2...].reduce(1, *) + plane
            } else {
                index = (place.row * sum.positions[0] + place.position[0]) * (shape.dimensions.last ?? 1) + place.output
            }
            let total = Self.contributions(sum, values, place, count: 1)[0]
            #expect(abs(total - output[index]) < 1e-4, "\(place)")
            let own = Self.contributions(parts, values, place, count: extent)
            let left = Self.contributions(sum, first, place, count: 1)[0]
            #expect(abs(own.reduce(0, +) + left - total) < 1e-4)
        }
        #expect(places.count > min(250, shape.count) / 2)
    }

    static func contributions(
        _ sampler: ContributionSampler, _ values: [Float], _ place: ContributionSampler.Place, count: Int
    ) -> [Float] {
        var sums = [Float](repeating: 0, count: count)
        values.withUnsafeBufferPointer { values in
            sums.withUnsafeMutableBufferPointer { sampler.add(values, at: place, to: $0) }
        }
        return sums
    }

    @Test("Weights that do not fit, come from elsewhere or are read otherwise are left alone")
    func refusals() {
        let good = Case(operation: "Conv", input: [1, 4, 6, 5], weights: [3, 4, 3, 3])
        func sampler(_ testCase: Case, change: (inout Model, inout ReadChannels.Reader) -> Void = { _, _ in }) -> Bool {
            var model = Self.model(testCase)
            var reader = ReadChannels.Reader(
                node: 0, value: "x", axis: testCase.axis, channels: Array(0..<testCase.input[testCase.axis]))
            change(&model, &reader)
            return (try? ContributionSampler(reader, shape: testCase.input, model: model)) != nil
        }
        #expect(sampler(good))
        #expect(!sampler(good) { _, reader in reader.node = 1 })
        #expect(!sampler(good) { model, _ in model.graph?.initializers = [:] })
        #expect(!sampler(good) { model, _ in model.graph?.initializers["w"] = 7 })
        #expect(!sampler(good) { model, _ in model.graph?.nodes[0].inputs = ["w", "x"] })
        #expect(!sampler(good) { model, _ in model.graph?.nodes[0].attributes["strides"] = .integers([0, 1]) })
        #expect(!sampler(good) { model, _ in model.graph?.nodes[0].attributes["group"] = .integer(3) })
        #expect(!sampler(good) { model, _ in model.graph?.nodes[0].attributes["pads"] = .integers([1]) })
        #expect(!sampler(Case(operation: "Conv", input: [1, 4, 2, 5], weights: [3, 4, 3, 3])))
        #expect(!sampler(Case(operation: "ConvTranspose", input: [1, 4, 6, 5], weights: [4, 3, 3, 3])))
        #expect(!sampler(Case(operation: "Gemm", input: [3, 7], weights: [7, 4], attributes: ["transA": .integer(1)])))
        #expect(!sampler(Case(operation: "MatMul", input: [2, 3, 5], weights: [5, 6], axis: 1)))
    }
}
