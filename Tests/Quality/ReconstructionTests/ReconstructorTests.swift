import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Factorization
import Foundation
import Importance
import NeuralNetwork
import Reconstruction
import TensorCore
import TestNetworks
import Testing

@Suite("Networks fitted to their originals")
struct ReconstructorTests {
    @Test("A network that nothing was taken from stays as it is, to the byte")
    func unchanged() throws {
        let model = residualNetwork()
        let (made, _) = try reconstructed(model) { _ in }
        for (old, new) in zip(model.tensors, made.model.tensors) { #expect(try old.tensor.floats() == new.tensor.floats()) }
    }

    @Test(
        "Values are decided where there are few to choose from, and left for later where there are many",
        arguments: [
            (SharePlan(step: 0.1, method: .trellis), true), (SharePlan(step: 1e-6, method: .trellis), false),
            (SharePlan(step: 0.05, method: .entropy), true), (SharePlan(step: 1e-4, method: .entropy), false),
            (SharePlan(clusters: 16), true), (SharePlan(clusters: 40_000), false), (SharePlan(lambda: 1e-3), true),
            (SharePlan(lambda: 1e-300), false),
        ])
    func amounts(_ share: SharePlan, isDecided: Bool) throws {
        let (made, _) = try reconstructed(residualNetwork()) { plans in
            for layer in plans.indices { plans[layer].share = share }
        }
        for (plan, asked) in zip(made.plans, made.asked) {
            #expect(plan.share?.isSettled == isDecided && plan.share?.method == share.method)
            #expect(plan.share?.lambda == nil && asked.share?.lambda == nil)
            #expect(plan.undecided.share?.isSettled == false)
        }
        // What was decided is what is read off.
        let composer = Composer(made.model)
        let shapes = try composer.compose(made.plans, patience: .thorough)
        for (layer, placed) in shapes.placedLayers.enumerated() where isDecided {
            #expect(try placed.parts[0].values(made.plans[layer]).floats() == placed.weights.read().floats())
        }
    }

    @Test("Rows of a table that are often looked up are decided more finely than those that seldom are", arguments: [true, false])
    func lookups(isKnown: Bool) throws {
        var builder = GraphBuilder(seed: 3)
        builder.input("ids", [.symbol("N"), .symbol("T")], .int64)
        builder.node("Gather", [builder.store("table", [12, 32], 1...2), "ids"], ["rows"], name: "table")
        builder.node("MatMul", ["rows", builder.store("w", [32, 12])], ["y"], name: "w")
        builder.output("y", [.symbol("N"), .symbol("T"), .fixed(12)])
        let model = builder.model
        // Row 3 is read nine times of ten.
        let tokens = (0..<2048).map { Int32($0 % 10 > 0 ? 3 : $0 / 10 % 12) }
        let text = DataSet(name: "text", content: .text(TokenText(tokens: tokens, vocabularyCount: 12)))
        let inputs = try CalibrationInputs(model, data: text, samples: 40)
        let importance = isKnown ? try NetworkImportance.measure(model, on: inputs) : nil
        let composer = Composer(model)
        let plans = model.layers.map { _ in LayerPlan(share: SharePlan(step: 0.4, method: .trellis)) }
        let made = try Reconstructor(
            composer, plans: plans, shapes: try composer.compose(plans, patience: .thorough), importance: importance
        ).run(on: inputs)
        let place = try #require(model.layers.firstIndex { $0.name == "table" })
        let layer = try #require(made.layers.first { $0.layer == place })
        #expect(layer.reason == nil && layer.errorAfter ?? 1 < 0.02 && made.plans[place].share?.isSettled == true)
        let (old, new) = (
            try model.tensors[model.layers[place].weight].tensor.floats(), try made.model.tensors[model.layers[place].weight].tensor.floats()
        )
        func error(_ row: Int) -> Float { (row * 32..<(row + 1) * 32).reduce(0) { $0 + (old[$1] - new[$1]) * (old[$1] - new[$1]) } }
        let rare = (0..<12).filter { $0 != 3 }.map(error).reduce(0, +) / 11
        #expect(error(3) < 0.6 * rare, "\(error(3)) and \(rare)")
        // What was decided is what is read off.
        let placed = try Composer(made.model).compose(made.plans, patience: .thorough).placed(place)
        #expect(try placed.parts[0].values(made.plans[place]).floats() == new)
    }

    @Test("Layers inside of branches stay as they are, for that reason")
    func branches() throws {
        var builder = GraphBuilder(seed: 9)
        builder.input("x", [.symbol("N"), .fixed(6)])
        builder.input("flag", [Int](), .boolean)
        func branch(_ name: String) -> Attribute {
            var body = Graph(name: name, operatorSets: ["": 13])
            builder.store("\(name).w", [6, 6])
            body.initializers["\(name).w"] = builder.graph.initializers.removeValue(forKey: "\(name).w")
            body.nodes = [Node(name: name, operation: "MatMul", inputs: ["x", "\(name).w"], outputs: ["\(name).y"])]
            body.outputs = [ValueInfo(name: "\(name).y", elementType: .float32, dimensions: nil)]
            return .graph(body)
        }
        let choice = builder.node("If", ["flag"], ["chosen"], ["then_branch": branch("then"), "else_branch": branch("else")])
        builder.node("MatMul", [choice, builder.store("v", [6, 4])], ["y"], name: "last")
        builder.output("y")
        let (made, _) = try reconstructed(builder.model) { plans in
            for layer in plans.indices { plans[layer].prune = .sparsity(0.5) }
        }
        #expect(made.layers.filter { ["then", "else"].contains($0.name) }.map(\.reason) == ["it is inside a branch or loop", "it is inside a branch or loop"])
        #expect(made.layers.contains { $0.name == "last" && $0.reason == nil })
    }

    @Test("A file that fixes its batch is fitted as one that leaves it open", arguments: [false, true])
    func fixedBatch(isReshaped: Bool) throws {
        func model(_ batch: NeuralNetwork.Dimension) -> Model {
            var builder = GraphBuilder(seed: 5)
            builder.input("x", [batch, .fixed(4), .fixed(4)])
            // To a fixed batch a file may reshape, and then cannot run with any other.
            if case .fixed(let count) = batch, isReshaped {
                builder.node("Reshape", ["x", builder.store("to", integers: [count, 16])], ["flat"])
            } else {
                builder.node("Flatten", ["x"], ["flat"])
            }
            builder.node("Gemm", ["flat", builder.store("a", [24, 16]), builder.store("b", [24])], ["h"], ["transB": .integer(1)])
            builder.node("Relu", ["h"], ["r"])
            builder.node("Gemm", ["r", builder.store("c", [8, 24]), builder.store("d", [8])], ["y"], name: "last", ["transB": .integer(1)])
            builder.output("y", [batch, .fixed(8)])
            return builder.model
        }
        func fitted(_ batch: NeuralNetwork.Dimension) throws -> [[Float]] {
            let model = model(batch)
            let composer = Composer(model)
            let plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.6)) }
            var random = SeededRandom(seed: 9)
            let samples = ArraySource(values: (0..<46 * 16).map { _ in Float(random.normal()) }, shape: [4, 4])
            let inputs = try CalibrationInputs(model, data: DataSet(name: "noise", content: .samples(samples)), samples: 46)
            #expect(inputs.sampleCount == 46)
            let made = try Reconstructor(composer, plans: plans, shapes: try composer.compose(plans, patience: .thorough)).run(on: inputs)
            try checkErrors(made, mended: ["last"])
            return try made.model.tensors.filter { ["a", "b", "c", "d"].contains($0.name) }.map { try $0.tensor.floats() }
        }
        let open = try fitted(.symbol("N"))
        for batch in [1, 4] {
            for (one, other) in zip(try fitted(.fixed(batch)), open) {
                #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-4 }, "a batch of \(batch)")
            }
        }
    }

    @Test("Products of all samples' places one behind the other are fitted on all of them, as those that keep samples apart are")
    func mergedPlaces() throws {
        func fitted(_ batch: NeuralNetwork.Dimension, isMerged: Bool) throws -> [[Float]] {
            var builder = GraphBuilder(seed: 5)
            builder.input("x", [batch, .fixed(6), .fixed(8)])
            for (name, shape) in [("a", [8, 16]), ("b", [16, 5])] { builder.store(name, shape) }
            for (name, count) in [("c", 16), ("d", 5)] { builder.store(name, [count], 1...2) }
            // A bias is a product's own, or an addition's behind it.
            func product(_ value: String, _ weights: String, _ bias: String) -> String {
                isMerged
                    ? builder.node("Gemm", [value, weights, bias]) : builder.node("Add", [builder.node("MatMul", [value, weights]), bias])
            }
            let rows = isMerged ? builder.node("Reshape", ["x", builder.store("rows", integers: [-1, 8])]) : "x"
            let value = product(builder.node("Relu", [product(rows, "a", "c")]), "b", "d")
            builder.node("Reshape", [value, builder.store("apart", integers: [-1, 6, 5])], ["y"])
            builder.output("y", [batch, .fixed(6), .fixed(5)])
            let model = builder.model
            let composer = Composer(model)
            let plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.6)) }
            var random = SeededRandom(seed: 9)
            // Places differ, so that it matters which are looked at.
            let values = (0..<46 * 48).map { Float(random.normal()) * Float(1 + $0 / 8 % 6) }
            let data = DataSet(name: "noise", content: .samples(ArraySource(values: values, shape: [6, 8])))
            let inputs = try CalibrationInputs(model, data: data, samples: 46)
            let made = try Reconstructor(composer, plans: plans, shapes: try composer.compose(plans, patience: .thorough)).run(on: inputs)
            return try made.model.tensors.filter { ["a", "b", "c", "d"].contains($0.name) }.map { try $0.tensor.floats() }
        }
        let expected = try fitted(.symbol("N"), isMerged: false)
        for batch in [NeuralNetwork.Dimension.symbol("N"), .fixed(1), .fixed(4)] {
            for (found, expected) in zip(try fitted(batch, isMerged: true), expected) {
                #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(batch)")
            }
        }
    }

    @Test("Consumers of dropped filters make up for them, in a residual network with norms and depthwise layers")
    func filters() throws {
        let (made, shapes) = try reconstructed(residualNetwork()) { plans in plans[1].filters = FilterRule(.fraction(0.5)) }
        #expect(shapes.layers[1].filtersKept < shapes.layers[1].filterCount)
        try checkErrors(made, mended: ["conv3"])
    }

    @Test("Pruned weights stay zero, and what is left of them is fitted")
    func masks() throws {
        let (made, shapes) = try reconstructed(residualNetwork()) { plans in
            for index in plans.indices { plans[index].prune = .sparsity(0.6) }
        }
        // Inputs of conv1 are white noise, in which no weight can make up for another.
        try checkErrors(made, mended: ["conv2", "fc"])
        for (layer, composed) in shapes.layers.enumerated() {
            let part = composed.parts[0].layer
            let zeros = try made.model.tensors[made.model.layers[part].weight].tensor.floats().count { $0 == 0 }
            let count = made.model.layers[part].shape.count
            #expect(zeros == Int(0.6 * Double(count)), "layer \(layer)")
            // Dropping zeros alone gives the same tensor again.
            #expect(made.plans[part].prune == .threshold(1e-30))
            let tables = try LayerTables(preparing: made.model.tensors[made.model.layers[part].weight].tensor.read())
            #expect(tables.figures(for: made.plans[part]).nonzeros == count - zeros)
        }
    }

    @Test("Which weights stay is decided with the fit: as many as by their magnitudes, and better ones", arguments: [0.5, 0.8])
    func survivors(sparsity: Double) throws {
        func made(_ feedback: Bool) throws -> ReconstructedModel {
            try reconstructed(residualNetwork(), ReconstructionOptions(samples: 64, feedback: feedback)) { plans in
                for index in plans.indices { plans[index].prune = .sparsity(sparsity) }
            }.made
        }
        func weights(_ made: ReconstructedModel, _ layer: Int) throws -> [Float] {
            try made.model.tensors[made.model.layers[layer].weight].tensor.floats()
        }
        let (chosen, largest) = (try made(true), try made(false))
        var isOther = false
        for layer in chosen.model.layers.indices {
            let (own, other) = (try weights(chosen, layer), try weights(largest, layer))
            #expect(own.count { $0 == 0 } == other.count { $0 == 0 }, "layer \(layer)")
            if zip(own, other).contains(where: { ($0 == 0) != ($1 == 0) }) { isOther = true }
        }
        #expect(isOther)
        let (own, other) = try #require(zip(chosen.layers, largest.layers).first { $0.0.name == "conv2" })
        #expect(try #require(own.errorAfter) < 0.95 * #require(other.errorAfter))
    }

    @Test("Factors are fitted: the last, and the one before it")
    func factors() throws {
        let (made, shapes) = try reconstructed(residualNetwork()) { plans in
            plans[0].factorize = .tucker(out: 4, in: 2)
            plans[4].factorize = .rank(3)
        }
        #expect(shapes.layers[0].parts.count == 3 && shapes.layers[4].parts.count == 2)
        try checkErrors(made, mended: ["fc"])
    }

    @Test("Ignored layers stay as they came")
    func frozen() throws {
        let model = residualNetwork()
        let (made, _) = try reconstructed(model, frozen: [2]) { plans in plans[0].prune = .sparsity(0.7) }
        let weight = model.layers[2].weight
        #expect(try made.model.tensors[weight].tensor.floats() == model.tensors[weight].tensor.floats())
        #expect(!made.layers.contains { $0.layer == 2 })
    }

    @Test("The same samples give the same bytes")
    func determinism() throws {
        func run() throws -> [[Float]] {
            let (made, _) = try reconstructed(residualNetwork()) { plans in
                plans[1].filters = FilterRule(.fraction(0.5))
                plans[4].prune = .sparsity(0.5)
            }
            return try made.model.tensors.map { try $0.tensor.floats() }
        }
        let (first, second) = (try run(), try run())
        #expect(first == second)
    }

    @Test("A single sample does no harm")
    func oneSample() throws {
        let (made, _) = try reconstructed(residualNetwork(), ReconstructionOptions(samples: 1, ridge: 0)) { plans in
            for index in plans.indices { plans[index].prune = .sparsity(0.6) }
        }
        try checkErrors(made, mended: [])
        for tensor in made.model.tensors { #expect(try !tensor.tensor.floats().contains { !$0.isFinite }) }
    }

    @Test("A grouped, strided, dilated and padded convolution is read as numpy reads it")
    func windows() throws {
        struct Golden: Decodable {
            var x: [Float]
            var xshape: [Int]
            var y: [Float]
            var yshape: [Int]
            var w: [Float]
            var wshape: [Int]
        }
        let golden = try JSONDecoder().decode(Golden.self, from: try golden("convolution"))
        let error = try convolutionError(
            x: golden.x, Shape(golden.xshape), y: golden.y, Shape(golden.yshape), w: golden.w, Shape(golden.wshape),
            attributes: [
                "group": .integer(2), "strides": .integers([2, 1]), "dilations": .integers([1, 2]),
                "pads": .integers([1, 2, 0, 1]), "kernel_shape": .integers([3, 2]),
            ])
        #expect(error < 1e-9)
    }
}
