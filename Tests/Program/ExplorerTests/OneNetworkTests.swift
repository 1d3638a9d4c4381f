import Basics
import Compression
import Datasets
import Digits
import Evaluation
import Foundation
import ModelFormats
import NeuralNetwork
import PareFile
import Recipes
import Reconstruction
import TensorCore
import TestNetworks
import Testing

@testable import Explorer
@testable import Reports
@testable import Workbench

/// A recipe, a model and data make one network, whoever asks for it.
@Suite("One recipe, one network")
struct OneNetworkTests {
    static let recipes = [
        "global: {prune: {sparsity: 0.8}}\nreconstruct: {samples: 64}",
        "global: {prune: {sparsity: 0.6}, share: {clusters: 8, init: trellis}, code: {entropy: context}}\nreconstruct: {samples: 80, seed: 3}",
        "types: {Conv: {filters: {fraction: 0.6, by: apoz}}, Gemm: {factorize: {ranks: 12}}}\nglobal: {share: {clusters: 16}}\nreconstruct: {samples: 64, ridge: 0.05}",
        "global: {filters: {fraction: 0.7}, prune: {sparsity: 0.5}, share: {clusters: 12, init: density}, code: {entropy: range}}",
        "global: {share: {step: 0.03, init: entropy}, code: {entropy: auto}}\nreconstruct: {samples: 32}",
    ]

    @Test("The explorer, its file, the command line's file, the account and the quality are the same", arguments: recipes)
    func same(_ recipe: String) throws {
        let recipe = "pare: 1\n" + recipe
        let made = try Case()
        let app = try made.explorer(recipe)
        let shown = ScreenReport(app.state)
        // The configuration's own figure is of all samples, those among them that were fitted: the header marks it.
        #expect((app.screen.firstMatch(of: #/→ ~[\d.]+ → /#) != nil) == (shown.recovered == "reconstruction"))
        app.press("X ctrl-u '\(made.folder.path)/x.pare' enter")
        let network = try made.network(recipe)
        let estimate = try network.estimate()
        let path = made.folder.path + "/c.pare"
        try PareWriter(estimate.source).write(to: path)
        #expect(try made.bytes(made.folder.path + "/x.pare") == made.bytes(path))
        #expect(shown.compressed_bytes == estimate.account.compressedByteCount)
        #expect(try made.bytes(path).count == estimate.account.compressedByteCount)
        #expect((shown.recovered == "reconstruction") == (network.reconstruction?.isUsed == true))
        let report = try made.measured(recipe)
        #expect(shown.value == report.headline.value && shown.samples == report.samples)
        let file = try made.measured(file: path)
        #expect(file.report.headline.value == report.headline.value && file.report.samples == report.samples)
        #expect(file.report.headline.original == report.headline.original)
        #expect(try made.verification(path).difference == nil)
    }

    @Test("What was reconstructed is reported by the layers that were opened, with all that is known of them", arguments: recipes)
    func report(_ recipe: String) throws {
        let made = try Case()
        let plain = "pare: 1\n" + recipe.split(separator: "\n").filter { !$0.hasPrefix("reconstruct") }.joined(separator: "\n")
        func layers(_ text: String) throws -> [[String: Any]] {
            let network = try made.network(text)
            let json = try JSONText.of(EstimateReport(network.estimate(), of: network))
            let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            return try #require(object["layers"] as? [[String: Any]])
        }
        let (fitted, asked) = (try layers("pare: 1\n" + recipe), try layers(plain))
        #expect(fitted.count == asked.count)
        let network = try made.network("pare: 1\n" + recipe)
        #expect(fitted.allSatisfy { ($0["threshold"] is NSNull) == network.hasLearned })
        let lines = try TextReport.estimate(network.estimate(), of: network).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        for layer in made.model.layers {
            #expect(lines.contains { $0.count > 6 && $0.prefix(3) == [layer.name, layer.operation, layer.shape.description] })
        }
        for (fitted, asked) in zip(fitted, asked) {
            #expect(asked["filters_kept"] is Int && asked["filters"] is Int)
            for key in ["name", "op", "shape", "weights", "filters", "filters_kept", "filter_group", "ranks", "macs"] {
                #expect("\(fitted[key] ?? "")" == "\(asked[key] ?? "")", "\(key) of \(asked["name"] ?? "")")
            }
            let parts = [fitted, asked].map { ($0["parts"] as? [[String: Any]])?.map { "\($0["factor"] ?? "") \($0["shape"] ?? "")" } }
            #expect(parts[0] == parts[1])
        }
    }

    @Test("What was fitted is not measured on, and the file tells what it was")
    func fitted() throws {
        let made = try Case()
        let recipe = "pare: 1\nglobal: {prune: {sparsity: 0.8}}\nreconstruct: {samples: 64, seed: 5}"
        let network = try made.network(recipe)
        #expect(network.reconstruction?.samples.fitted == 64 && network.reconstruction?.samples.judging == 32)
        let path = made.folder.path + "/a.pare"
        try PareWriter(try network.estimate().source).write(to: path)
        let read = try Recipe(yaml: Array(PareReader(path: path).recipe.utf8))
        #expect(read.reconstruct == ReconstructRule(samples: 64, seed: 5))
        #expect(read.fitted == network.learned.first && read.fitted?.taken == 96 && read.fitted?.of == 400)
        let measured = try made.measured(file: path)
        #expect(measured.report.samples == 304 && measured.leftOut == 96 && !measured.measuresLearned)
        let all = try DataSet.open(path: made.data)
        #expect(read.fitted?.draw(from: all) == SampleDraw(96, seed: 5))
        // Other data of the same size is not what was fitted.
        let other = try Case(400)
        try IDXFile.write(
            DigitSet(count: 400, seed: 12), images: other.folder.path + "/d-images-idx3-ubyte", labels: other.folder.path + "/d-labels-idx1-ubyte")
        #expect(read.fitted?.draw(from: try DataSet.open(path: other.data)) == nil)
        #expect(throws: Verification.Missing.self) { try made.verification(path, with: other.data) }
    }

    @Test("Of data that is short of what a rule asks for, a part judges and as much is measured on")
    func shortData() throws {
        let made = try Case(48)
        let network = try made.network("pare: 1\nglobal: {prune: {sparsity: 0.8}}\nreconstruct: {samples: 48}")
        let samples = try #require(network.reconstruction?.samples)
        #expect(samples.fitted == 32 && samples.judging == 8 && network.reconstruction?.verdict?.samples == 8)
        let path = made.folder.path + "/a.pare"
        try PareWriter(try network.estimate().source).write(to: path)
        let measured = try made.measured(file: path)
        #expect(measured.report.samples == 8 && !measured.measuresLearned && measured.leftOut == 40)
        #expect(try made.verification(path).difference == nil)
    }

    @Test("Where there are no samples to judge by, that is said")
    func everything() throws {
        let made = try Case(2)
        let recipe = "pare: 1\nglobal: {prune: {sparsity: 0.8}}\nreconstruct: {samples: 48}"
        let network = try made.network(recipe)
        let reconstruction = try #require(network.reconstruction)
        #expect(reconstruction.verdict == nil && reconstruction.isUsed)
        #expect(TextReport.reconstruction(reconstruction).contains("not judged"))
        let path = made.folder.path + "/a.pare"
        try PareWriter(try network.estimate().source).write(to: path)
        let measured = try made.measured(file: path)
        #expect(measured.report.samples == 2 && measured.measuresLearned && measured.leftOut == 0)
        #expect(TextReport.quality(measured).contains("no others"))
    }

    @Test("What comes out worse is not used, by nobody, and that is said")
    func worse() throws {
        let made = try Case()
        // A single sample says little of others: what is fitted to one of these is worse on them.
        let stages = "pare: 1\nglobal: {prune: {sparsity: 0.3}, share: {clusters: 64, init: trellis}}\n"
        let recipe = try #require(
            try (0..<20).lazy.map { stages + "reconstruct: {samples: 1, ridge: 1.0e-6, seed: \($0)}" }
                .first { try made.network($0).reconstruction?.isUsed == false })
        let network = try made.network(recipe)
        let reconstruction = try #require(network.reconstruction)
        #expect(reconstruction.rejection?.contains("worse than without") == true)
        let plain = try made.network(stages)
        #expect(try network.estimate().account == plain.estimate().account)
        #expect(TextReport.reconstruction(reconstruction).contains("not reconstructed"))
        let app = try made.explorer(recipe)
        #expect(app.workspace.recovered == nil)
        #expect(app.screen.contains("worse than without"))
        #expect(ScreenReport(app.state).compressed_bytes == (try plain.estimate().account.compressedByteCount))
        app.press("X ctrl-u '\(made.folder.path)/x.pare' enter")
        #expect(try made.verification(made.folder.path + "/x.pare").difference == nil)
    }

    @Test("A fine-tuned file is measured as the explorer measured it, and stands up to its original")
    func finetuned() throws {
        let made = try Case(600)
        let recipe = "pare: 1\nglobal: {prune: {sparsity: 0.9}, share: {clusters: 8}}\nreconstruct: {samples: 64}"
        let app = try made.explorer(recipe)
        app.press("T enter esc")
        let network = try #require(app.workspace.recovered)
        #expect(network.kind == .finetuning)
        let shown = ScreenReport(app.state)
        let path = made.folder.path + "/t.pare"
        app.press("X ctrl-u '\(path)' enter")
        #expect(try made.bytes(path).count == network.byteCount)
        let file = try made.measured(file: path)
        #expect(file.report.headline.value == shown.value && file.report.samples == 120 && shown.samples == 120)
        let verification = try made.verification(path)
        #expect(verification.difference == nil && verification.extent.contains("trained"))
        // Another network of the same shapes is not what it was trained from.
        var other = made.model
        let index = other.layers[0].weight
        let stored = other.tensors[index].tensor
        other.tensors[index].tensor = TensorSource(Tensor(try stored.floats().map { $0 + 1 }, shape: stored.shape))
        let wrong = try Verification(PareReader(path: path), against: other, data: .random, calibration: nil)
        #expect(wrong.difference?.contains("another model") == true)
    }

    @Test("The step of shared values is that of the weights before they were fitted")
    func step() throws {
        let made = try Case()
        let recipe = "pare: 1\nglobal: {prune: {sparsity: 0.6}, share: {clusters: 16, init: trellis}}"
        let plain = try made.network(recipe)
        let fitted = try made.network(recipe + "\nreconstruct: {samples: 64}")
        #expect(fitted.hasLearned)
        for layer in made.model.layers.indices {
            let weights = try plain.composer.weights(of: layer).read()
            let tables = try LayerTables(preparing: weights)
            let settled = try tables.withStep(plain.asked[layer], weights: weights)
            let scale = try #require(settled.share?.step)
            #expect(fitted.left[layer].share?.step == scale)
            // The whole range stays in sixteen steps.
            let values = weights.floats()
            let range = Double(values.max() ?? 0) - Double(values.min() ?? 0)
            #expect(abs(scale - range / 16) < 0.01 * scale)
        }
    }

    /// What the command line makes of a recipe, a network and arrays under its inputs' names, and what it says of the file.
    private func measured(
        _ text: String, _ model: Model, _ arrays: [StoredTensor]
    ) throws -> (network: RecipeNetwork, recipe: MeasuredQuality, file: MeasuredQuality, difference: String?) {
        let folder = TestFolder()
        let data = DataChoice.file(folder.path + "/data.npz")
        let size = arrays.reduce(0) { $0 + $1.tensor.byteCount }
        let held = Model(weightsOnly: arrays, name: "data.npz", format: "NumPy", fileByteCount: size, payloadByteCount: size, provenance: Provenance())
        try ModelFile.write(held, to: folder.path + "/data.npz")
        let recipe = try Recipe(yaml: Array(text.utf8))
        let plans = try recipe.plans(for: model)
        let calibration = try recipe.reconstruct.map { try Calibration($0, on: data, of: model) }
        let network = try RecipeNetwork(of: model, plans: plans, calibration: calibration, data: data)
        let path = folder.path + "/x.pare"
        try PareWriter(network.estimate().source).write(to: path)
        let opened = try PareReader.openModel(path: path)
        return (
            network,
            try MeasuredQuality(of: model, plans: plans, data: data, meters: .evaluators(standsBack: false), calibration: calibration),
            try MeasuredQuality(
                comparing: model, with: opened, plans: Array(repeating: LayerPlan(), count: opened.layers.count), data: data,
                meters: .evaluators(standsBack: false)),
            try Verification(PareReader(path: path), against: model, data: data, calibration: data).difference
        )
    }

    @Test("Samples are drawn and left out along the axis that counts them, whichever it is in each array")
    func timeMajor() throws {
        var builder = GraphBuilder(seed: 3)
        builder.input("x", [.fixed(5), .symbol("batch"), .fixed(6)])
        builder.input("h", [.fixed(1), .symbol("batch"), .fixed(8)])
        builder.node(
            "RNN", ["x", builder.store("w", [1, 8, 6]), builder.store("r", [1, 8, 8]), "", "", "h"], ["s", "last"], name: "rnn",
            ["hidden_size": .integer(8)])
        builder.node("Squeeze", ["s", builder.store("axis", integers: [1])], ["q"])
        builder.node("MatMul", ["q", builder.store("v", [8, 4])], ["y"], name: "fc")
        builder.output("y")
        builder.output("last")
        func array(_ name: String, _ shape: Shape) -> StoredTensor {
            StoredTensor(name: name, tensor: Tensor((0..<shape.count).map { _ in Float(builder.random.normal()) }, shape: shape))
        }
        let made = try measured(
            "pare: 1\nglobal: {prune: {sparsity: 0.4}}\nreconstruct: {samples: 20}", builder.model, [array("x", [5, 40, 6]), array("h", [1, 40, 8])])
        let samples = try #require(made.network.reconstruction?.samples)
        #expect(samples.fitted == 20 && samples.judging == 10 && samples.record.of == 40)
        #expect(made.recipe.report.samples == 10 && made.recipe.leftOut == 30)
        #expect(made.file.report.outputs == made.recipe.report.outputs && made.difference == nil)
    }

    @Test("What is shared is measured in the type that the file stores", arguments: [ElementType.float16, .bfloat16])
    func narrow(_ type: ElementType) throws {
        var builder = GraphBuilder(seed: 5)
        builder.input("x", [.symbol("batch"), .fixed(12)])
        func half(_ name: String, _ shape: [Int]) throws -> String {
            builder.store(name, shape)
            let index = builder.tensors.count - 1
            builder.tensors[index].tensor = TensorSource(try builder.tensors[index].tensor.read().rounded(to: type))
            return name
        }
        let code = type == .float16 ? 10 : 16
        builder.node("Cast", ["x"], ["c"], ["to": .integer(code)])
        builder.node("MatMul", ["c", try half("w", [12, 16])], ["h"], name: "one")
        builder.node("Relu", ["h"], ["r"])
        builder.node("MatMul", ["r", try half("v", [16, 5])], ["z"], name: "two")
        builder.node("Cast", ["z"], ["y"], ["to": .integer(1)])
        builder.output("y")
        let x = Tensor((0..<64 * 12).map { _ in Float(builder.random.normal()) }, shape: [64, 12])
        let made = try measured(
            "pare: 1\nglobal: {prune: {sparsity: 0.3}, share: {clusters: 7}}", builder.model, [StoredTensor(name: "x", tensor: x)])
        #expect(made.file.report.outputs == made.recipe.report.outputs && made.difference == nil)
    }
}
