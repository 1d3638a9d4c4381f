import Compression
import Factorization
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Structure

/// Splits one layer and expects the outputs of a model with the product of its factors.
@discardableResult
private func split(_ model: Model, _ name: String, _ ranks: Ranks, shapes: [String: Shape] = [:]) throws -> Restructured {
    let channels = ChannelAnalysis(model)
    let layer = try #require(model.layers.firstIndex { $0.name == name })
    let restructuring = Restructuring(model, channels)
    #expect(restructuring.factorObstacle(ofLayer: layer) == nil)
    let layout = try #require(restructuring.kernelLayout(ofLayer: layer))
    #expect(layout.count == model.layers[layer].shape.count)
    let result = restructuring.apply(kept: channels.everything, factors: [layer: ranks], source: randomFactors)
    try expectConsistent(result, of: model, channels, channels.everything)
    let clamped = layout.clamped(ranks)
    let parts = result.parts[layer].map { result.model.layers[$0] }
    #expect(parts.reduce(0) { $0 + $1.shape.count } == layout.factorCount(clamped))
    for (part, role) in zip(parts, result.parts[layer].compactMap { result.origins[$0].role }) {
        #expect(part.name == "\(name)/\(role.rawValue)")
        #expect(result.model.tensors[part.weight].name == "\(model.tensors[model.layers[layer].weight].name).\(role.rawValue)")
    }
    var reference = model
    reference.tensors[model.layers[layer].weight].tensor = TensorSource(
        Tensor(
            randomFactors(layer, model.tensors[0].tensor, layout, clamped).product(layout), shape: model.layers[layer].shape))
    try expectSame(reference, result.model, channels, channels.everything, states: [], shapes: shapes)
    let names = result.model.graph.map { $0.nodes.flatMap(\.outputs).filter { !$0.isEmpty } } ?? []
    #expect(Set(names).count == names.count)
    return result
}

@Suite("Chains of factors")
struct FactorTests {
    private func convolution(
        _ operation: String, weight: [Int], input: [Int], _ attributes: [String: Attribute]
    ) -> Model {
        var builder = GraphBuilder()
        builder.input("x", [.symbol("N")] + input.map { .fixed($0) })
        let groups: Int = if case .integer(let value) = attributes["group"] { value } else { 1 }
        let outputs = operation == "Conv" ? weight[0] : weight[1] * groups
        builder.node(operation, ["x", builder.store("w", weight), builder.store("b", [outputs])], ["y"], name: "conv", attributes)
        builder.output("y")
        return builder.model
    }

    @Test("New nodes and values take no name that another has, in branches either")
    func uniqueNames() throws {
        var branch = Graph()
        branch.nodes = [Node(name: "fc/in_2", operation: "Identity", inputs: ["h"], outputs: ["fc/in_3"])]
        branch.outputs = [ValueInfo(name: "fc/in_3", elementType: .float32, dimensions: nil)]
        var builder = GraphBuilder()
        builder.input("x", [2, 8])
        builder.node("MatMul", ["x", builder.store("w", [8, 8])], ["h"], name: "fc")
        builder.node("Add", ["h", builder.store("w.in", [8])], ["fc/in"], name: "fc/in")
        builder.node("Mul", ["fc/in", builder.store("w.out", [8])], ["fc/out"], name: "fc/out")
        builder.node(
            "If", [builder.store("condition", Tensor(shape: [], elementType: .boolean, storage: .owned([1])))], ["y"], name: "if",
            ["then_branch": .graph(branch), "else_branch": .graph(branch)])
        builder.output("fc/out")
        builder.output("y")
        let model = builder.model
        let channels = ChannelAnalysis(model)
        let result = Restructuring(model, channels).apply(
            kept: channels.everything, factors: [0: Ranks(out: 2, in: 2)], source: randomFactors)
        let graph = try #require(result.model.graph)
        #expect(graph.nodes.count == 5)
        var nodes = graph.nodes.map(\.name)
        #expect(Set(nodes).count == nodes.count)
        nodes.removeAll { $0 == "fc/in_2" }
        #expect(nodes.count == graph.nodes.count)
        let values = graph.nodes.flatMap(\.outputs) + graph.initializers.keys + ["x", "fc/in_3"]
        #expect(Set(values).count == values.count)
    }

    @Test("A convolution becomes in, core and out, and whole sides are left out")
    func convolutions() throws {
        let geometry: [String: Attribute] = ["strides": .integers([2, 1]), "pads": .integers([1, 0, 1, 2]), "dilations": .integers([1, 2])]
        let model = convolution("Conv", weight: [6, 5, 3, 3], input: [5, 9, 9], geometry)
        let three = try split(model, "conv", Ranks(out: 3, in: 2))
        #expect(three.parts == [[0, 1, 2]])
        #expect(three.model.layers.map(\.shape) == [[2, 5, 1, 1], [3, 2, 3, 3], [6, 3, 1, 1]])
        #expect(three.model.layers.map { $0.bias != nil } == [false, false, true])
        #expect(three.model.graph?.nodes.map(\.name) == ["conv/in", "conv/core", "conv/out"])
        let noInput = try split(model, "conv", Ranks(out: 3, in: 5))
        #expect(noInput.origins.map(\.role) == [.core, .output])
        let noOutput = try split(model, "conv", Ranks(out: 9, in: 2))
        #expect(noOutput.origins.map(\.role) == [.input, .core])
        #expect(noOutput.model.layers.map { $0.bias != nil } == [false, true])
        let automatic: [String: Attribute] = [
            "group": .integer(2), "auto_pad": .text("SAME_LOWER"), "strides": .integers([2, 2]),
        ]
        let grouped = convolution("Conv", weight: [8, 3, 3, 3], input: [6, 5, 5], automatic)
        try split(grouped, "conv", Ranks(out: 2, in: 2))
        try split(convolution("Conv", weight: [8, 6, 5], input: [6, 11], [:]), "conv", Ranks(out: 4, in: 3))
    }

    @Test("Both sides whole is no split at all")
    func whole() {
        let model = convolution("Conv", weight: [6, 5, 3, 3], input: [5, 9, 9], [:])
        let channels = ChannelAnalysis(model)
        let result = Restructuring(model, channels).apply(
            kept: channels.everything, factors: [0: Ranks(out: 6, in: 5)], source: randomFactors)
        #expect(result.origins == [LayerOrigin(layer: 0)])
    }

    @Test("A 1 × 1 convolution strides in its first half, a transposed one in its last")
    func pointwise() throws {
        let geometry: [String: Attribute] = ["strides": .integers([2, 2]), "kernel_shape": .integers([1, 1])]
        let forward = try split(convolution("Conv", weight: [8, 6, 1, 1], input: [6, 8, 8], geometry), "conv", Ranks(3))
        #expect(forward.model.layers.map(\.operation) == ["Conv", "Conv"])
        #expect(forward.model.macs == .counted(16 * (3 * 6 + 8 * 3)))
        let backward = try split(
            convolution("ConvTranspose", weight: [6, 8, 1, 1], input: [6, 4, 4], ["strides": .integers([2, 2])]), "conv", Ranks(3))
        #expect(backward.model.layers.map(\.operation) == ["Conv", "ConvTranspose"])
    }

    @Test("A transposed convolution keeps its geometry in the core", arguments: [1, 2])
    func transposed(_ groups: Int) throws {
        let geometry: [String: Attribute] = [
            "group": .integer(groups), "strides": .integers([2, 2]), "pads": .integers([1, 1, 0, 1]),
            "output_padding": .integers([1, 0]),
        ]
        let model = convolution("ConvTranspose", weight: [6, 5, 3, 3], input: [6, 4, 4], geometry)
        try split(model, "conv", Ranks(out: 3, in: 2))
    }

    @Test("Products keep α, β and what is transposed", arguments: [0, 1], [0, 1])
    func gemm(_ transA: Int, _ transB: Int) throws {
        for (isLeft, operatorSet) in [(false, 13), (true, 13), (false, 10), (true, 10)] {
            var builder = GraphBuilder(operatorSet: operatorSet)
            let (left, right) = (transA == 0 ? [4, 6] : [6, 4], transB == 0 ? [6, 8] : [8, 6])
            builder.input("x", isLeft ? right : left)
            let weight = builder.store("w", isLeft ? left : right)
            builder.node(
                "Gemm", (isLeft ? [weight, "x"] : ["x", weight]) + [builder.store("c", [8])], ["y"], name: "fc",
                ["transA": .integer(transA), "transB": .integer(transB), "alpha": .float(0.5), "beta": .float(3)])
            builder.output("y")
            let result = try split(builder.model, "fc", Ranks(2))
            #expect(result.model.layers.map(\.operation) == ["Gemm", "Gemm"])
        }
    }

    @Test("Products with a matrix on either side, stacks of them, and what stands transposed in the file")
    func matMul() throws {
        func model(_ weight: [Int], _ input: [Int], _ name: String = "m", _ inputs: (inout GraphBuilder) -> [String]) -> Model {
            var builder = GraphBuilder()
            builder.input("x", input)
            builder.store("w", weight)
            builder.node("MatMul", inputs(&builder), ["y"], name: name)
            builder.output("y")
            return builder.model
        }
        try split(model([8, 6], [2, 3, 8]) { _ in ["x", "w"] }, "m", Ranks(2))
        try split(model([6, 8], [2, 8, 3]) { _ in ["w", "x"] }, "m", Ranks(2))
        try split(model([3, 8, 6], [3, 2, 8]) { _ in ["x", "w"] }, "m", Ranks(2))
        let turned = try split(model([6, 8], [2, 3, 8]) { ["x", $0.node("Transpose", ["w"])] }, "m", Ranks(3))
        #expect(turned.model.graph?.nodes.map(\.operation) == ["MatMul", "MatMul"])
        let stored = try split(
            model([2, 4, 6], [3, 8]) { ["x", $0.node("Reshape", ["w", $0.store("t", integers: [8, 6])])] }, "m", Ranks(3))
        #expect(stored.model.tensors.map(\.name) == ["w.in", "w.out"])
    }

    @Test("Weights that a Constant node holds are pruned in it, and split out of it")
    func constants() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 3, 6, 6])
        for (index, shape) in [[6, 3, 3, 3], [4, 6, 3, 3]].enumerated() {
            builder.store("held\(index)", shape)
            builder.graph.initializers["held\(index)"] = nil
            builder.node("Constant", [], ["w\(index)"], name: "c\(index)", ["value": .tensor(index)])
            builder.node("Conv", [index == 0 ? "x" : "y0", "w\(index)"], ["y\(index)"], name: "conv\(index)")
        }
        builder.output("y1")
        let model = builder.model
        let channels = ChannelAnalysis(model)
        let kept = channels.kept(for: [0: FilterRule(.keep(2))]) { group, _ in group.channels.indices.map(Double.init) }
        let pruned = Restructuring(model, channels).apply(kept: kept, factors: [:], source: randomFactors)
        #expect(pruned.model.layers.map(\.shape) == [[2, 3, 3, 3], [4, 2, 3, 3]])
        try expectSame(zeroing(model, channels, kept), pruned.model, channels, kept, states: [])
        let result = try split(model, "conv0", Ranks(out: 2, in: 2))
        #expect(result.model.graph?.nodes.map(\.name) == ["conv0/in", "conv0/core", "conv0/out", "c1", "conv1"])
        #expect(result.model.tensors.count == 4)
    }

    @Test("An embedding becomes a smaller one and a product")
    func embedding() throws {
        var builder = GraphBuilder()
        builder.input("tokens", [2, 3], .int64)
        builder.node("Gather", [builder.store("E", [20, 8]), "tokens"], ["y"], name: "embed")
        builder.output("y")
        let result = try split(builder.model, "embed", Ranks(3))
        #expect(result.model.layers.map(\.operation) == ["Gather", "MatMul"])
        #expect(result.model.layers.map(\.shape) == [[20, 3], [3, 8]])
    }

    @Test("Recurrent weights: W's first half runs over the whole sequence, R is multiplied out", arguments: ["LSTM", "GRU", "RNN"], [1, 2])
    func recurrent(_ operation: String, directions: Int) throws {
        let gates = ["LSTM": 4, "GRU": 3, "RNN": 1][operation] ?? 1
        var builder = GraphBuilder()
        builder.input("x", [5, 2, 7])
        var attributes: [String: Attribute] = ["hidden_size": .integer(6)]
        if directions == 2 { attributes["direction"] = .text("bidirectional") }
        builder.node(
            operation,
            [
                "x", builder.store("W", [directions, gates * 6, 7]), builder.store("R", [directions, gates * 6, 6]),
                builder.store("B", [directions, gates * 12]),
            ], ["y"], name: "cell", attributes)
        builder.output("y")
        let model = builder.model
        let input = try split(model, "cell/W", Ranks(2))
        #expect(input.model.layers.map(\.name) == ["cell/W/in", "cell/W/out", "cell/R"])
        #expect(input.model.layers.map { $0.bias != nil } == [false, true, false])
        let state = try split(model, "cell/R", Ranks(2))
        #expect(state.model.macs == model.macs)
        #expect(state.parts[1].count == 2)
        let counts = state.model.layers.compactMap(\.macs.count)
        #expect(counts.reduce(0, +) == model.macs.count)
    }

    @Test("Factors have the type of the weights, rounded to the nearest")
    func elementTypes() throws {
        let numbers: [Float] = [1, -2, 65504, 65520, 0x1p-24, 0x1p-25, 1.00048828125, .infinity]
        let patterns: [UInt16] = [0x3c00, 0xc000, 0x7bff, 0x7c00, 0x0001, 0x0000, 0x3c00, 0x7c00]
        #expect(ElementType.float16.encode(numbers) == patterns.withUnsafeBytes { Array($0) })
        for pattern in UInt16(0)...0x7bff {
            let bytes = ElementType.float16.encode([Float(halfPrecisionPattern: pattern)])
            #expect(bytes == [UInt8(pattern & 0xff), UInt8(pattern >> 8)])
        }
        #expect(ElementType.bfloat16.encode([1, 1.00390625, 1.01171875]) == [0x80, 0x3f, 0x80, 0x3f, 0x82, 0x3f])
        #expect(ElementType.float64.encode([1.5]) == [0, 0, 0, 0, 0, 0, 0xf8, 0x3f])
    }

    @Test("Layers that cannot be split say why")
    func obstacles() {
        let depthwise = convolution("Conv", weight: [6, 1, 3, 3], input: [6, 5, 5], ["group": .integer(6)])
        let tiny = convolution("Conv", weight: [1, 3, 1, 1], input: [3, 5, 5], [:])
        func obstacle(_ model: Model) -> String? { Restructuring(model, ChannelAnalysis(model)).factorObstacle(ofLayer: 0) }
        #expect(obstacle(depthwise)?.contains("depthwise") == true)
        #expect(obstacle(tiny)?.contains("too small") == true)
    }

    @Test("Tensors of a file without a graph are split under names that say what they are")
    func tensors() throws {
        let shapes: [(String, Shape)] = [("fc.weight", [8, 6]), ("fc.bias", [8]), ("conv.weight", [8, 6, 3, 3]), ("odd", [2, 3, 4])]
        let tensors = shapes.map { StoredTensor(name: $0, tensor: Tensor([Float](repeating: 1, count: $1.count), shape: $1)) }
        let layers = [0, 2, 3].map { index in
            Layer(
                name: tensors[index].name, operation: "Tensor", weight: index, bias: index == 0 ? 1 : nil,
                shape: tensors[index].tensor.shape, macs: .unknown(reason: "no graph in the file"),
                matrix: MatrixView(shape: tensors[index].tensor.shape))
        }
        let model = Model(
            name: "m", format: "safetensors", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: nil, layers: layers,
            macs: .unknown(reason: "no graph in the file"))
        let restructuring = Restructuring(model, ChannelAnalysis(model))
        #expect(restructuring.factorObstacle(ofLayer: 2) != nil)
        let result = restructuring.apply(
            kept: restructuring.channels.everything, factors: [0: Ranks(2), 1: Ranks(out: 4, in: 3), 2: Ranks(1)], source: randomFactors)
        #expect(
            result.model.tensors.map(\.name) == [
                "fc.weight.in", "fc.weight.out", "fc.bias", "conv.weight.in", "conv.weight.core", "conv.weight.out", "odd",
            ])
        #expect(result.model.tensors.map(\.tensor.shape) == [[2, 6], [8, 2], [8], [3, 6, 1, 1], [4, 3, 3, 3], [8, 4, 1, 1], [2, 3, 4]])
        #expect(result.parts == [[0, 1], [2, 3, 4], [5]])
        #expect(result.model.layers[1].bias == 2)
        let names = result.model.layers.map { result.model.tensors[$0.weight].name }
        #expect(names == result.model.layers.map { $0.name.replacing("/", with: ".") })
        let factors = randomFactors(0, tensors[0].tensor, KernelLayout(out: 8, in: 6, order: .outFirst), Ranks(2))
        #expect(try result.model.tensors[0].tensor.floats() == factors.input)
        #expect(try result.model.tensors[1].tensor.floats() == factors.output)
    }
}
