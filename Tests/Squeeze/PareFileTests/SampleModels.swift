import Basics
import Compression
import Glibc
import NeuralNetwork
import TensorCore

/// Small networks of random extents, with all that a graph holds beside weights: literals, shapes, biases, a value read twice.
func randomNetwork(seed: UInt64) -> Model {
    var random = SeededRandom(seed: seed)
    var graph = Graph(name: "net", operatorSets: ["": 13])
    var tensors: [StoredTensor] = []
    func store(_ name: String, _ shape: Shape, isLiteral: Bool = false) -> Int {
        let values = (0..<shape.count).map { _ in Float(random.normal()) * 0.2 }
        tensors.append(StoredTensor(name: name, tensor: Tensor(values, shape: shape), isLiteral: isLiteral))
        return tensors.count - 1
    }
    let first = Int.random(in: 2...12, using: &random)
    let second = Int.random(in: 2...12, using: &random)
    let units = Int.random(in: 2...20, using: &random)
    let scale = store("s", [], isLiteral: true)
    for (name, shape) in [
        ("w1", [first, 3, 3, 3]), ("b1", [first]), ("w2", [second, first, 3, 3]), ("b2", [second]), ("w3", [units, second * 16]),
        ("b3", [units]),
    ] as [(String, [Int])] { graph.initializers[name] = store(name, Shape(shape)) }
    let extents = [Int64(0), -1].withUnsafeBytes { Array($0) }
    graph.initializers["to"] = tensors.count
    tensors.append(StoredTensor(name: "to", tensor: Tensor(shape: [2], elementType: .int64, storage: .owned(extents))))
    let pads: [String: Attribute] = ["pads": .integers([1, 1, 1, 1]), "kernel_shape": .integers([3, 3])]
    graph.nodes = [
        Node(name: "conv1", operation: "Conv", inputs: ["x", "w1", "b1"], outputs: ["c1"], attributes: pads),
        Node(operation: "Constant", outputs: ["s"], attributes: ["value_float": .tensor(scale)]),
        Node(name: "scale", operation: "Mul", inputs: ["c1", "s"], outputs: ["m1"]),
        Node(name: "conv2", operation: "Conv", inputs: ["m1", "w2", "b2"], outputs: ["c2"], attributes: pads),
        Node(name: "leaky", operation: "LeakyRelu", inputs: ["c2"], outputs: ["r2"], attributes: ["alpha": .float(0.125)]),
        Node(name: "flat", operation: "Reshape", inputs: ["r2", "to"], outputs: ["f"]),
        Node(name: "fc", operation: "Gemm", inputs: ["f", "w3", "b3"], outputs: ["y"], attributes: ["transB": .integer(1)]),
    ]
    let input = ValueInfo(name: "x", elementType: .float32, dimensions: [.symbol("N"), .fixed(3), .fixed(4), .fixed(4)])
    let output = ValueInfo(name: "y", elementType: .float32, dimensions: [.symbol("N"), .fixed(units)])
    graph.inputs = [input]
    graph.outputs = [output]
    graph.valueInfos = ["x": input, "y": output]
    let analysis = GraphAnalysis(graph, tensors: tensors)
    let layers = graph.layers(tensors: &tensors, analysis: analysis)
    return Model(
        name: "net.onnx", format: "ONNX, opset 13", fileByteCount: tensors.reduce(500) { $0 + $1.tensor.byteCount },
        structureByteCount: 500, tensors: tensors, graph: graph, layers: layers, macs: analysis.macs)
}

/// Plans of all five stages, each of them there or not.
func randomPlans(count: Int, using random: inout SeededRandom) -> [LayerPlan] {
    (0..<count).map { _ in
        var plan = LayerPlan()
        if Bool.random(using: &random) { plan.filters = FilterRule(.fraction(random.uniform(0.3, 1)), by: .l2) }
        if Bool.random(using: &random) {
            plan.factorize = [.automatic, .rank(2), .tucker(out: 3, in: 2)].randomElement(using: &random)
        }
        if Bool.random(using: &random) {
            plan.prune = [.sparsity(random.uniform()), .sigma(1), .threshold(0.1), .threshold(100)].randomElement(using: &random)
        }
        if Bool.random(using: &random) {
            plan.share = SharePlan(
                clusters: Int.random(in: 1...40, using: &random), method: SharingMethod.allCases.randomElement(using: &random) ?? .linear)
        }
        plan.code.entropy = EntropyCoder.allCases.randomElement(using: &random) ?? .huffman
        plan.code.layout = LayoutChoice.allCases.randomElement(using: &random) ?? .automatic
        if Bool.random(using: &random) { plan.code.gapBits = .fixed(Int.random(in: 1...16, using: &random)) }
        if Bool.random(using: &random) { plan.factors[.core] = LayerPlan(share: SharePlan(clusters: 3)) }
        if Bool.random(using: &random) { plan.rest = RestRule(bits: [4, 8, 16, 32].randomElement(using: &random) ?? 16) }
        return plan
    }
}

/// The folder of real models; nil where it is absent.
let sharedModels: String? = {
    let root = getenv("PARE_TEST_DATA").map { String(cString: $0) } ?? "../shared"
    let folder = root + "/models/"
    return access(folder + "googlenet.onnx", R_OK) == 0 ? folder : nil
}()

/// A path that nothing lies at, removed with the value.
final class TemporaryFile {
    let path: String

    init(_ ending: String = "pare") { path = "/tmp/pare-tests-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).\(ending)" }

    deinit { unlink(path) }

    func bytes() throws -> [UInt8] { try MappedFile(path: path).withUnsafeBytes { Array($0) } }
}

/// A file in memory, which lives as long as this does.
final class MemoryFile {
    private let region: UnsafeMutableRawBufferPointer
    let file: MappedFile

    init(_ bytes: [UInt8]) {
        region = .allocate(byteCount: max(1, bytes.count), alignment: 8)
        region.copyBytes(from: bytes)
        file = MappedFile(constant: UnsafeRawBufferPointer(rebasing: region[..<bytes.count]), name: "memory.pare")
    }

    deinit { region.deallocate() }
}
