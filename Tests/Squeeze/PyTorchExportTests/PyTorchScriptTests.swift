import Composition
import Compression
import Glibc
import ModelFormats
import NeuralNetwork
import TensorCore
import Synchronization
import Testing

@testable import PyTorchExport

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

/// The script itself is run by Tests/Generators/check_torch_script.py.
@Suite("Scripts for PyTorch")
struct PyTorchScriptTests {
    /// What a script for a model writes, opened again.
    private func written(_ model: Model, _ plans: [LayerPlan], isRefused: (Int) -> Bool = { _ in false }) throws -> (script: String, arrays: [String: Tensor]) {
        let shapes = try Composer(model).compose(plans, patience: .thorough)
        let script = try PyTorchScript(
            PyTorchScript.Source(shapes: shapes, plans: plans, recipe: "pare: 1\nglobal: {}"), isRefused: isRefused)
        var template = Array("/tmp/pare-script-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!).map { String(cString: $0) } }
        let folder = try #require(made)
        let arrays = try script.write(to: folder + "/apply.py")
        #expect(arrays == folder + "/apply.safetensors")
        let tensors = script.changedCount == 0 ? [] : try ModelFile.open(path: arrays).tensors
        for name in ["/apply.py", "/apply.safetensors", ""] { remove(folder + name) }
        return (script.text, try Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, try $0.tensor.read()) }))
    }

    private func model(_ tensors: [(String, Tensor)]) -> Model {
        Model(
            weightsOnly: tensors.map { StoredTensor(name: $0.0, tensor: $0.1) }, name: "m \"1\".pth", format: "f",
            fileByteCount: 1000, payloadByteCount: 900, provenance: Provenance())
    }

    private func bytes(_ tensor: Tensor?) throws -> [UInt8] { try #require(tensor).storage.withUnsafeBytes { Array($0) } }

    /// Numbers without repeats or zeros, in no order.
    private func values(_ count: Int) -> [Float] { (0..<count).map { Float(($0 * 37) % count) - Float(count) / 2 + 0.25 } }

    @Test("Weights that can no longer be read when the arrays are written leave what was there, with the reason")
    func unreadable() throws {
        struct Refusal: Error {}
        let (weights, isBroken) = (values(60), Flag())
        let stored = DeferredBytes(byteCount: 240, isKept: false) {
            if isBroken.isSet { throw Refusal() }
            return weights.withUnsafeBytes { Array($0) }
        }
        let source = TensorSource(shape: [6, 10], elementType: .float32, deferred: stored)
        let model = Model(
            weightsOnly: [StoredTensor(name: "a", tensor: source), StoredTensor(name: "b", tensor: Tensor(weights, shape: [6, 10]))],
            name: "m", format: "f", fileByteCount: 1000, payloadByteCount: 900, provenance: Provenance())
        // Values of one tensor are kept, so that those of the other are worked out again.
        let composer = Composer(model, valueLimit: 0)
        let plans = [LayerPlan(prune: .threshold(10)), LayerPlan(prune: .threshold(10))]
        let shapes = try composer.compose(plans, patience: .thorough)
        let script = try PyTorchScript(.init(shapes: shapes, plans: plans, recipe: "")) { _ in false }
        let path = "/tmp/pare-script-\(UInt64.random(in: 0 ... .max))"
        isBroken.set()
        #expect(throws: ModelWriteError.self) { try script.write(to: path + ".py") }
        for ending in [".py", ".safetensors"] { #expect(access(path + ending, F_OK) != 0) }
    }

    @Test("Pruned weights have a mask, shared ones codes and a codebook, others nothing")
    func stages() throws {
        let weights = values(60)
        let model = model([
            ("a", Tensor(weights, shape: [6, 10])), ("b", Tensor(weights, shape: [10, 6])), ("c", Tensor(weights, shape: [10, 6])),
            ("d", Tensor(weights, shape: [10, 6])),
        ])
        let plans = [
            LayerPlan(prune: .threshold(10)), LayerPlan(prune: .threshold(10), share: SharePlan(clusters: 4)),
            LayerPlan(share: SharePlan(clusters: 5)), LayerPlan(),
        ]
        let (script, arrays) = try written(model, plans)
        #expect(arrays.keys.sorted() == ["a/mask", "b/codebook", "b/codes", "c/codebook", "c/codes"])
        #expect(arrays["a/mask"]?.elementType == .boolean && arrays["a/mask"]?.shape == [6, 10])
        #expect(try bytes(arrays["a/mask"]) == weights.map { $0.magnitude < 10 ? 0 : 1 })
        let shapes = try Composer(model).compose(plans, patience: .thorough)
        for (layer, name) in [(1, "b"), (2, "c")] {
            let expected = try shapes.placed(layer).parts[0].values(plans[layer])
            let table = [0] + (try #require(arrays[name + "/codebook"])).floats()
            #expect(try bytes(arrays[name + "/codes"]).map { table[Int($0)] } == expected.floats())
            #expect(try bytes(arrays[name + "/codes"]).contains(0) == (name == "b"))
        }
        #expect(script.contains("    \"a\": {\"shape\": [6, 10]},\n    \"b\": {\"shape\": [10, 6]},\n"))
        #expect(script.contains("# Made of \"m \\\"1\\\".pth\" with this recipe:\n#\n# pare: 1\n# global: {}\n"))
        #expect(!script.contains("\"d\""))
    }

    @Test("More than 255 values take codes of two bytes")
    func wideCodes() throws {
        let model = model([("w", Tensor(values(4000), shape: [40, 100]))])
        let (_, arrays) = try written(model, [LayerPlan(share: SharePlan(clusters: 300))])
        let count = try #require(arrays["w/codebook"]).count
        #expect(count > 255)
        #expect(arrays["w/codes"]?.elementType == .uint16)
        let codes = try #require(arrays["w/codes"]).storage.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
        #expect(Set(codes) == Set(1...UInt16(count)))
    }

    @Test("A split layer has its factors, each pruned and shared as the plan says")
    func factors() throws {
        let weights = values(8 * 6 * 3 * 3)
        let model = model([("w", Tensor(weights, shape: [8, 6, 3, 3])), ("m", Tensor(values(80), shape: [8, 10]))])
        let rule = LayerPlan(factorize: .tucker(out: 3, in: 2), prune: .sparsity(0.25))
        let shared = LayerPlan(factorize: .rank(2), share: SharePlan(clusters: 4))
        let (script, arrays) = try written(model, [rule, shared])
        #expect(arrays["w/in/values"]?.shape == [1, 2, 6])
        #expect(arrays["w/core/mask"]?.shape == [1, 3, 2, 9])
        #expect(arrays["w/out/values"]?.shape == [1, 8, 3])
        #expect(arrays["m/in/codes"]?.shape == [1, 2, 10] && arrays["m/out/codebook"]?.count == 4)
        #expect(arrays["m/in/values"] == nil)
        let mask = try bytes(arrays["w/core/mask"])
        #expect(try #require(arrays["w/core/values"]).floats().map { $0 == 0 ? 0 : 1 } == mask)
        #expect(
            script.contains(
                "\"factors\": {\"in\": [1, 2, 6], \"core\": [1, 3, 2, 9], \"out\": [1, 8, 3]}, \"inputs_first\": False, \"kept\": []"))
    }

    @Test("A layer whose plan cannot be followed is left out")
    func refusal() throws {
        let model = model([("w", Tensor(values(60), shape: [6, 10]))])
        let (script, arrays) = try written(model, [LayerPlan(prune: .sparsity(0.5))]) { _ in true }
        #expect(arrays.isEmpty)
        #expect(script.contains("LAYERS = {\n}"))
    }

    @Test("Dropped channels are put back as zeros")
    func expansion() {
        let expand = Expansion(extents: [3, 2, 2], kept: [[0, 2], nil, [1]])
        #expect(expand([1, 2, 3, 4] as [UInt8]) == [0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4])
    }

    @Test("Names are texts of Python whatever they hold")
    func names() {
        #expect("a\"\\é\n".pythonQuoted == #""a\"\\\U000000e9\U0000000a""#)
        #expect("a\r\nb\u{0}".pythonCommented == "# a\n# b ")
    }
}
