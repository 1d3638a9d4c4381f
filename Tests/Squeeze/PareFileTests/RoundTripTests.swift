import Basics
import Compression
import ModelFormats
import NeuralNetwork
import PareFile
import Recipes
import TensorCore
import Testing

@Suite("Compressed files")
struct RoundTripTests {
    @Test("A file is as large as its account, and gives back the plans' values and the graph", arguments: 0..<40 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let model = randomNetwork(seed: seed)
        try Configuration(model, randomPlans(count: model.layers.count, using: &random)).check()
    }

    @Test("A model nothing is done to comes back as it was")
    func identity() throws {
        let model = randomNetwork(seed: 3)
        try Configuration(model, model.layers.map { _ in LayerPlan() }).check()
    }

    @Test("Weights of a type without a graph, their metadata and tensors of unknown types come back")
    func weightsOnly() throws {
        let values = (0..<600).map { Float($0 % 37) - 18 }
        let half = values.flatMap { value in withUnsafeBytes(of: UInt16(truncatingIfNeeded: value.bitPattern >> 16)) { Array($0) } }
        let opaque = Provenance.OpaqueTensor(name: "odd", type: "C64", dimensions: [2], storage: .owned(Array(0..<16)))
        let model = Model(
            weightsOnly: [
                StoredTensor(name: "pare.graph", tensor: Tensor(values, shape: [20, 30])),
                StoredTensor(name: "b", tensor: Tensor(shape: [30, 20], elementType: .bfloat16, storage: .owned(half))),
                StoredTensor(name: "empty", tensor: Tensor([], shape: [0, 4])),
                StoredTensor(name: "bytes", tensor: Tensor(shape: [3], elementType: .uint8, storage: .owned([1, 2, 3]))),
            ], name: "m.safetensors", format: "safetensors", fileByteCount: 5000, payloadByteCount: 3000,
            provenance: Provenance(fields: [.owned(Array(#"{"a":"b\n\"c\""}"#.utf8))], opaqueTensors: [opaque]))
        let plan = LayerPlan(prune: .sparsity(0.5), share: SharePlan(clusters: 8))
        let configuration = try Configuration(model, model.layers.map { _ in plan })
        try configuration.check()
        let file = MemoryFile(try configuration.bytes())
        let again = try PareReader(file.file).model()
        #expect(again.provenance.fields.first?.withUnsafeBytes { Array($0) } == model.provenance.fields[0].withUnsafeBytes { Array($0) })
        #expect(again.provenance.opaqueTensors.map(\.name) == ["odd"])
        #expect(again.tensors.dropFirst().map(\.name) == ["b", "empty", "bytes"], "the order of the model")
        #expect(again.provenance.opaqueTensors.first?.storage.withUnsafeBytes { Array($0) } == Array(0..<16))
    }

    @Test("Another model is told from the one a file was made of, by the tensor")
    func original() throws {
        let model = randomNetwork(seed: 5)
        let plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.5), share: SharePlan(clusters: 4)) }
        let file = MemoryFile(try Configuration(model, plans).bytes())
        var other = model
        var bias = try other.tensors[2].tensor.floats()
        bias[0] += 1
        other.tensors[2].tensor = TensorSource(Tensor(bias, shape: other.tensors[2].tensor.shape))
        #expect(try PareReader(file.file).firstDifference(from: try Configuration(other, plans).writer) == "b1")
        #expect(try PareReader(file.file).firstDifference(from: try Configuration(model, plans).writer) == nil)
    }

    static let recipes = [
        "global: {prune: {sparsity: 0.3}}",
        "global: {prune: {sigma: 1.0}, share: {clusters: 32}}",
        "global: {filters: {fraction: 0.75}, prune: {sparsity: 0.9}, share: {clusters: 8}, code: {entropy: none}}",
        "global: {filters: {fraction: 0.4}, factorize: {ranks: auto}, prune: {sparsity: 0.97}, share: {clusters: 2}}",
    ]

    @Test(
        "Files of real models are as large as their accounts, from mild recipes to extreme ones",
        .enabled(if: sharedModels != nil, "the shared models are not here"),
        arguments: [
            "lenet5.onnx", "resnet20.onnx", "squeezenet.onnx", "dcgan-generator.onnx", "char-rnn.onnx", "char-rnn.safetensors",
        ], recipes)
    func shared(name: String, recipe: String) throws {
        let model = try ModelFile.open(path: try #require(sharedModels) + name)
        if model.graph == nil, recipe.contains("filters") { return }
        try Configuration(model, try Recipe(yaml: recipe).plans(for: model), recipe: recipe).check()
    }
}
