import Basics
import Compression
import Datasets
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Evaluation

@Suite("What goes into a network's inputs")
struct InputPlanTests {
    /// Samples for several inputs, by name.
    struct Named: SampleSource {
        var fields: [String: any SampleSource]
        var goesByName = true
        var labels: [Int]? { nil }
        private var first: any SampleSource { fields.sorted { $0.key < $1.key }[0].value }
        var count: Int { first.count }
        var shape: Shape { first.shape }

        func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] { first.read(samples, into: buffer) }
    }

    /// Whole numbers, such as token ids.
    struct Whole: SampleSource {
        var values: [Int]
        var shape: Shape
        var count: Int { values.count / shape.count }
        var labels: [Int]? { nil }
        var wholeNumbers: ClosedRange<Int>? { (values.min() ?? 0)...(values.max() ?? 0) }

        func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
            for (place, index) in (samples.lowerBound * shape.count..<samples.upperBound * shape.count).enumerated() {
                buffer[place] = Float(values[index])
            }
            return []
        }
    }

    static func noise(_ count: Int, _ shape: Shape, seed: UInt64 = 1) -> ArraySource {
        var random = SeededRandom(seed: seed)
        return ArraySource(values: (0..<count * shape.count).map { _ in Float(random.normal()) }, shape: shape)
    }

    static func set(_ source: any SampleSource, _ shapes: [String: Shape] = [:]) -> DataSet {
        DataSet(name: "data", content: .samples(source), inputShapes: shapes)
    }

    /// An embedding of 50 symbols whose mean over what a mask leaves, with pixels beside it, is mapped to five numbers.
    static func embedding() -> Model {
        var builder = GraphBuilder(seed: 3)
        builder.input("ids", [.symbol("batch"), .symbol("length")], .int64)
        builder.input("attention_mask", [.symbol("batch"), .symbol("length")], .int64)
        builder.node("Gather", [builder.store("table", [50, 8]), "ids"], ["e"])
        builder.node("Cast", ["attention_mask"], ["m"], ["to": .integer(1)])
        builder.node("Unsqueeze", ["m", builder.store("axes", integers: [2])], ["w"])
        builder.node("Mul", ["e", "w"], ["masked"])
        builder.node("ReduceSum", ["masked", builder.store("one", integers: [1])], ["sum"], ["keepdims": .integer(0)])
        builder.node("Gemm", ["sum", builder.store("head", [5, 8])], ["y"], name: "head", ["transB": .integer(1)])
        builder.output("y", [.symbol("batch"), .fixed(5)])
        return builder.model
    }

    private func report(_ model: Model, _ data: DataSet?, _ replaced: [Int: ReplacedWeights] = [:]) throws -> QualityReport {
        var last: QualityReport?
        try Evaluator(model, data: data).measure(Configuration(replaced: replaced), cancellation: CancellationToken()) { last = $0 }
        return try #require(last)
    }

    @Test("Arrays go to the inputs of their names, as whole numbers and masks; masks that are not there are ones, and told")
    func names() throws {
        let model = Self.embedding()
        var random = SeededRandom(seed: 2)
        let ids = Whole(values: (0..<12 * 6).map { _ in Int.random(in: 0..<50, using: &random) }, shape: [6])
        let mask = Whole(values: (0..<12 * 6).map { $0 % 6 < 4 ? 1 : 0 }, shape: [6])
        let both = try InputPlan(model, data: Self.set(Named(fields: ["ids": ids, "attention_mask": mask])))
        #expect(both.feeds.map(\.input) == ["ids", "attention_mask"] && both.assumed.isEmpty)
        #expect(try both.shapes(batch: 3) == ["ids": [3, 6], "attention_mask": [3, 6]])
        let one = try InputPlan(model, data: Self.set(Named(fields: ["ids": ids])))
        #expect(one.assumed == ["attention_mask = 1"] && one.roles["attention_mask"] == .ones)
        // What the mask leaves out changes what is measured.
        let layer = try #require(model.layers.firstIndex { $0.name == "head" })
        let tensor = try model.tensors[model.layers[layer].weight].tensor.read()
        let changed = ReplacedWeights(
            tensor: Tensor(tensor.floats().map { $0 > 0.2 ? 0 : $0 }, shape: tensor.shape), plan: LayerPlan(prune: .threshold(0.2)))
        let masked = try report(model, Self.set(Named(fields: ["ids": ids, "attention_mask": mask])), [layer: changed])
        let whole = try report(model, Self.set(Named(fields: ["ids": ids])), [layer: changed])
        #expect(masked.samples == 12 && masked.outputs[0].signalToNoise != whole.outputs[0].signalToNoise)
        #expect(whole.assumed == ["attention_mask = 1"])
    }

    @Test("What does not fit is told: unknown names, other lengths, symbols outside of the table, numbers for symbols")
    func unfitting() throws {
        let model = Self.embedding()
        func words(_ source: any SampleSource) -> String? {
            do throws(EvaluationError) { _ = try Evaluator(model, data: Self.set(source)) } catch { return error.message }
            return nil
        }
        let ids = Whole(values: [1, 2, 3, 4, 5, 6], shape: [2])
        #expect(words(Named(fields: ["tokens": ids]))?.contains("data holds tokens, but the inputs of test.onnx are ids (batch×length)") == true)
        #expect(
            words(Named(fields: ["ids": ids, "attention_mask": Whole(values: [1, 1], shape: [2])])) == "data holds 3 samples for ids, but 1 for attention_mask")
        #expect(
            words(Named(fields: ["ids": ids, "attention_mask": Whole(values: [1, 1, 1], shape: [1])]))?.hasPrefix("length is 2 in the data for ids and 1")
                == true)
        #expect(words(Named(fields: ["ids": Whole(values: [1, 50], shape: [1])])) == "the data for ids holds 50, but the network knows 50 symbols, from 0 on")
        #expect(words(Self.noise(4, [2]))?.contains("takes whole numbers (ids)") == true)
    }

    @Test("Random symbols are drawn over the whole table, whatever reshapes them before it, and their number is told")
    func randomSymbols() throws {
        var builder = GraphBuilder(seed: 3)
        builder.input("ids", [.symbol("batch"), .symbol("length")], .int64)
        builder.node("Reshape", ["ids", builder.store("flat", integers: [-1])], ["r"])
        builder.node("Gather", [builder.store("table", [1000, 4]), "r"], ["y"])
        builder.output("y", [.unspecified, .fixed(4)])
        let plan = try InputPlan(builder.model)
        #expect(plan.assumed == ["length = 32"] && plan.randomTime == 32)
        let network = try Network(builder.model, plan: plan, time: 32, batchLimit: 8)
        #expect(network.program.symbolCount(ofInput: 0) == 1000)
        let inputs = try CalibrationInputs(builder.model, data: nil, samples: 32)
        let drawn = inputs.runs.flatMap { run in run.inputs["ids"]?.storage.withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) } ?? [] }
        #expect(drawn.count == 1024 && drawn.allSatisfy { (0..<1000).contains($0) })
        #expect(Set(drawn.map { $0 / 100 }).count == 10)
    }

    @Test("Samples lie where the outputs have them: a batch on the second axis is no other than one on the first")
    func timeMajor() throws {
        func model(turned: Bool) -> Model {
            var builder = GraphBuilder(seed: 4)
            builder.input("x", [.symbol("batch"), .fixed(6), .symbol("time")])
            builder.node("Transpose", ["x"], ["t"], ["perm": .integers(turned ? [2, 0, 1] : [0, 2, 1])])
            builder.node("MatMul", ["t", builder.store("w", [6, 4])], ["y"], name: "w")
            builder.output("y")
            return builder.model
        }
        let data = Self.set(Self.noise(3, [6, 5]))
        func decibels(_ model: Model) throws -> QualityReport {
            let tensor = try model.tensors[model.layers[0].weight].tensor.read()
            let values = tensor.floats().map { abs($0) < 0.3 ? 0 : $0 }
            return try report(
                model, data, [0: ReplacedWeights(tensor: Tensor(values, shape: tensor.shape), plan: LayerPlan(prune: .threshold(0.3)))])
        }
        let (first, second) = (try decibels(model(turned: false)), try decibels(model(turned: true)))
        #expect(abs(first.outputs[0].signalToNoise - second.outputs[0].signalToNoise) < 1e-6)
        // The agreement is that of the places of the sequences.
        #expect(first.headline.metric == .agreement && abs(first.headline.value - second.headline.value) < 1e-9)
        #expect(first.headline.value < 1)
    }

    @Test("States that a file fixes to one sequence, or to several, run with data of any number", arguments: [1, 2, 5])
    func fixedStates(batch: Int) throws {
        func model(_ batch: Int?) -> Model {
            var builder = GraphBuilder(operatorSet: 14, seed: 6)
            builder.input("x", [.symbol("batch"), .symbol("T"), .fixed(3)])
            builder.input("h0", [.fixed(1), batch.map { .fixed($0) } ?? .symbol("batch"), .fixed(4)])
            builder.node("Transpose", ["x"], ["t"], ["perm": .integers([1, 0, 2])])
            builder.node(
                "GRU", ["t", builder.store("W", [1, 12, 3]), builder.store("R", [1, 12, 4]), "", "", "h0"], ["", "h"], name: "gru",
                ["hidden_size": .integer(4)])
            builder.node(
                "Gemm", [builder.node("Squeeze", ["h", builder.store("zero", integers: [0])], ["s"]), builder.store("V", [3, 4])], ["y"], name: "head",
                ["transB": .integer(1)])
            builder.output("y", [.symbol("batch"), .fixed(3)])
            return builder.model
        }
        let data = Self.set(Self.noise(13, [7, 3]))
        func decibels(_ model: Model) throws -> QualityReport {
            let layer = try #require(model.layers.firstIndex { $0.name == "head" })
            let tensor = try model.tensors[model.layers[layer].weight].tensor.read()
            let values = tensor.floats().map { abs($0) < 0.4 ? 0 : $0 }
            return try report(
                model, data, [layer: ReplacedWeights(tensor: Tensor(values, shape: tensor.shape), plan: LayerPlan(prune: .threshold(0.4)))])
        }
        let (fixed, open) = (try decibels(model(batch)), try decibels(model(nil)))
        #expect(fixed.samples == 13)
        #expect(abs(fixed.outputs[0].signalToNoise - open.outputs[0].signalToNoise) < 1e-4)
    }

    @Test("Sequences whose time comes first are fed along the second axis, from arrays that lie as the input does")
    func timeFirstInput() throws {
        var builder = GraphBuilder(operatorSet: 14, seed: 6)
        builder.input("x", [.symbol("seq"), .symbol("n"), .fixed(3)])
        builder.node("LSTM", ["x", builder.store("W", [1, 16, 3]), builder.store("R", [1, 16, 4])], ["h"], name: "lstm", ["hidden_size": .integer(4)])
        builder.node("Squeeze", ["h", builder.store("one", integers: [1])], ["y"])
        builder.output("y")
        let model = builder.model
        let plan = try InputPlan(model, data: Self.set(Self.noise(6, [9, 3])))
        #expect(plan.batchAxes["x"] == 1)
        #expect(try plan.shapes(batch: 4) == ["x": [9, 4, 3]])
        let network = try Network(model, plan: plan, batchLimit: 4)
        #expect(network.outputAxes == [SampleAxis([9, 4, 4], axis: 1, samples: 4)])
    }

    @Test("Images go in with their channels last where the network takes them so, whatever its extents")
    func channelsLast() throws {
        func plan(_ dimensions: [NeuralNetwork.Dimension], _ permutation: [Int]) throws -> InputPlan {
            var builder = GraphBuilder(seed: 7)
            builder.input("x", dimensions)
            builder.node("Transpose", ["x"], ["t"], ["perm": .integers(permutation)])
            builder.node("Conv", ["t", builder.store("w", [4, 3, 3, 3])], ["y"], name: "conv")
            builder.output("y")
            return try InputPlan(builder.model, data: Self.set(Self.noise(2, [3, 6, 8])))
        }
        let fixed = try plan([.symbol("N"), .fixed(6), .fixed(8), .fixed(3)], [0, 3, 1, 2])
        #expect(fixed.feeds[0].source.shape == [6, 8, 3])
        let open = try plan([.symbol("N"), .unspecified, .unspecified, .unspecified], [0, 3, 1, 2])
        #expect(open.feeds[0].source.shape == [6, 8, 3])
        let planar = try plan([.symbol("N"), .unspecified, .unspecified, .unspecified], [0, 1, 2, 3])
        #expect(planar.feeds[0].source.shape == [3, 6, 8])
        #expect(try planar.shapes(batch: 2) == ["x": [2, 3, 6, 8]])
    }

    @Test("Multiply-accumulates are counted at the extents that the data's samples have, anew on other data, unless somebody gave others")
    func counted() throws {
        var builder = GraphBuilder(seed: 1)
        builder.input("x", [.symbol("N"), .fixed(3), .symbol("height"), .symbol("width")])
        builder.node("Conv", ["x", builder.store("w", [8, 3, 3, 3])], ["y"], name: "conv")
        builder.output("y", [.symbol("N"), .fixed(8), .symbol("h"), .symbol("w")])
        let model = builder.model
        func macs(_ side: Int) -> MACCount { .counted((side - 2) * (side - 2) * 216) }
        #expect(model.macs == macs(224))
        let small = model.counted(on: Self.set(Self.noise(4, [3, 20, 20])))
        #expect(small.macs == macs(20) && small.layers[0].macs == macs(20) && small.assumptions.isEmpty)
        let large = small.counted(on: Self.set(Self.noise(4, [3, 30, 30])))
        #expect(large.macs == macs(30))
        #expect(large.counted(on: nil).macs == macs(224))
        // Data of other extents is no contradiction to what was counted before.
        #expect(try InputPlan(small, data: Self.set(Self.noise(4, [3, 30, 30]))).shapes(batch: 2)["x"] == [2, 3, 30, 30])
        let given = try model.given(inputShapes: ["x": [1, 3, 40, 40]])
        #expect(given.counted(on: Self.set(Self.noise(4, [3, 20, 20]))).macs == macs(40))
        #expect(model.counted(on: Self.set(Self.noise(4, [5]))).macs == macs(224))
    }

    @Test("Extents come from data, else from what was given, else they are assumed and told; what contradicts is refused")
    func extents() throws {
        func model() -> Model {
            var builder = GraphBuilder(seed: 8)
            builder.input("x", [.symbol("N"), .fixed(3), .symbol("height"), .symbol("width")])
            builder.node("Conv", ["x", builder.store("w", [2, 3, 1, 1])], ["y"], name: "conv")
            builder.output("y", [.symbol("N"), .fixed(2), .symbol("height"), .symbol("width")])
            return builder.model
        }
        #expect(GeneratorForm(model()) == nil)
        let assumed = try InputPlan(model())
        #expect(assumed.assumed == ["height = 224", "width = 224"])
        #expect(try assumed.shapes(batch: 2) == ["x": [2, 3, 224, 224]])
        let given = try InputPlan(try model().given(inputShapes: ["x": [1, 3, 32, 64]]))
        #expect(given.assumed.isEmpty)
        #expect(try given.shapes(batch: 2) == ["x": [2, 3, 32, 64]])
        let data = try InputPlan(model(), data: Self.set(Self.noise(2, [3, 8, 9])))
        #expect(data.assumed.isEmpty)
        #expect(try data.shapes(batch: 2) == ["x": [2, 3, 8, 9]])
        let described = try InputPlan(model(), data: Self.set(Self.noise(2, [3, 8, 9]), ["x": [1, 3, 8, 9]]))
        #expect(try described.shapes(batch: 1) == ["x": [1, 3, 8, 9]])
        #expect(throws: EvaluationError.self) { try InputPlan(model(), data: Self.set(Self.noise(2, [3, 8, 9]), ["x": [1, 3, 32, 32]])) }
        // A segmentation of two classes agrees by its pixels.
        let tensor = try model().tensors[0].tensor.read()
        let changed = ReplacedWeights(
            tensor: Tensor(tensor.floats().enumerated().map { $0 < 2 ? 0 : $1 }, shape: tensor.shape), plan: LayerPlan(prune: .threshold(0.1)))
        let report = try report(model(), Self.set(Self.noise(4, [3, 8, 9])), [0: changed])
        #expect(report.headline.metric == .agreement && report.headline.value > 0.3 && report.headline.value < 1)
        #expect(report.others.contains { $0.metric == .signalToNoise })
    }
}
