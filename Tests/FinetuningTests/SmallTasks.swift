import Composition
import Compression
import Datasets
import Glibc
import NeuralNetwork
import PareFile
import TensorCore
import Training

@testable import Finetuning

/// A network and data that train within a moment.
enum SmallTasks {
    /// Convolution, norm, pooling and two layers over images of one channel and 8 × 8 pixels; four classes.
    static func classifier(seed: UInt64 = 7) -> Model {
        var random = SeededRandom(seed: seed)
        var tensors: [StoredTensor] = []
        var graph = Graph(name: "net", operatorSets: ["": 13])
        func store(_ name: String, _ shape: Shape, _ value: (inout SeededRandom) -> Float) {
            graph.initializers[name] = tensors.count
            tensors.append(StoredTensor(name: name, tensor: Tensor((0..<shape.count).map { _ in value(&random) }, shape: shape)))
        }
        func noise(_ name: String, _ shape: Shape, _ size: Float) { store(name, shape) { (Float($0.uniform()) * 2 - 1) * size } }
        noise("conv", [6, 1, 3, 3], 0.5)
        store("scale", [6]) { _ in 1 }
        store("shift", [6]) { _ in 0 }
        store("mean", [6]) { _ in 0 }
        store("variance", [6]) { _ in 1 }
        noise("inner", [24, 54], 0.25)
        store("innerBias", [24]) { _ in 0 }
        noise("outer", [4, 24], 0.4)
        store("outerBias", [4]) { _ in 0 }
        graph.nodes = [
            Node(name: "conv", operation: "Conv", inputs: ["x", "conv"], outputs: ["a"], attributes: ["kernel_shape": .integers([3, 3])]),
            Node(name: "norm", operation: "BatchNormalization", inputs: ["a", "scale", "shift", "mean", "variance"], outputs: ["b"]),
            Node(name: "relu", operation: "Relu", inputs: ["b"], outputs: ["c"]),
            Node(
                name: "pool", operation: "MaxPool", inputs: ["c"], outputs: ["d"],
                attributes: ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]),
            Node(name: "flat", operation: "Flatten", inputs: ["d"], outputs: ["e"]),
            Node(name: "inner", operation: "Gemm", inputs: ["e", "inner", "innerBias"], outputs: ["f"], attributes: ["transB": .integer(1)]),
            Node(name: "relu2", operation: "Relu", inputs: ["f"], outputs: ["g"]),
            Node(name: "outer", operation: "Gemm", inputs: ["g", "outer", "outerBias"], outputs: ["y"], attributes: ["transB": .integer(1)]),
        ]
        graph.inputs = [
            ValueInfo(name: "x", elementType: .float32, dimensions: [.symbol("N"), .fixed(1), .fixed(8), .fixed(8)])
        ]
        graph.outputs = [ValueInfo(name: "y", elementType: .float32, dimensions: [.symbol("N"), .fixed(4)])]
        let analysis = GraphAnalysis(graph, tensors: tensors)
        let layers = graph.layers(tensors: &tensors, analysis: analysis)
        return Model(
            name: "net.onnx", format: "ONNX, opset 13", fileByteCount: 9000, structureByteCount: 500, tensors: tensors,
            graph: graph, layers: layers, macs: analysis.macs)
    }

    /// Noise with a bright bar: its row or column says the class.
    struct Bars: SampleSource {
        var count = 480
        var isLabelled = true
        var brightness: Float = 0.7
        var shape: Shape { [1, 8, 8] }
        var labels: [Int]? { isLabelled ? (0..<count).map { $0 % 4 } : nil }

        func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
            for (position, sample) in samples.enumerated() {
                var random = SeededRandom(seed: UInt64(sample) &* 77)
                for pixel in 0..<64 {
                    let (row, column) = (pixel / 8, pixel % 8)
                    let isBar = [row == 2, row == 5, column == 2, column == 5][sample % 4]
                    buffer[position * 64 + pixel] = Float(random.uniform()) * 0.8 + (isBar ? brightness : 0)
                }
            }
            return []
        }
    }

    /// The same, after some training.
    static func trained() throws -> Model { try tune(LayerPlan(prune: .sparsity(0.1))).tuned.model }

    static func data(_ bars: Bars = Bars(), for model: Model = classifier()) throws -> FinetuningData {
        var cut = FinetuningData.Cut()
        cut.batchSize = 32
        cut.heldOutShare = 0.25
        return try FinetuningData(DataSet(name: "bars", content: .samples(bars)), test: nil, for: model, cut: cut)
    }

    static func options(epochs: Int = 4, centroids: Int = 3) -> FinetuningOptions {
        var options = FinetuningOptions()
        options.rate = 0.01
        options.centroidRate = 0.002
        options.epochs = epochs
        options.centroidEpochs = centroids
        options.threads = 1
        options.seed = 3
        return options
    }

    static func tune(
        _ plan: LayerPlan, _ options: FinetuningOptions = options(), bars: Bars = Bars(), model: Model = classifier(),
        cancellation: CancellationToken = CancellationToken(), progress: (FinetuningProgress) -> Void = { _ in }
    ) throws -> FinetuningResult {
        try Finetuner(Composer(model), plans: model.layers.map { _ in plan }, data: try data(bars, for: model), options: options)
            .run(cancellation: cancellation, progress: progress)
    }
}

extension FinetunedModel {
    /// The tensors' bytes, one after the other.
    var bytes: [[UInt8]] { model.tensors.map { $0.tensor.storage.withUnsafeBytes { Array($0) } } }

    func weights(_ name: String) -> [Float] { model.tensors.first { $0.name == name }?.tensor.floats() ?? [] }

    /// Writes the compressed file and reads its tensors, by name; `byteCount` is the account's.
    func stored() throws -> (tensors: [String: [Float]], byteCount: Int, accounted: Int) {
        let composer = Composer(source)
        let shapes = try composer.compose(plans, patience: .thorough)
        let figures = try shapes.layers.indices.map {
            try composer.exactFigures(of: $0, shapes.layers[$0], plans[$0], in: shapes)
        }
        let writer = PareWriter(
            .init(
                composer: composer, shapes: shapes, plans: plans,
                accounts: shapes.accounts(figures, plans: plans) { _ in false }, recipe: "global: {}\n"))
        let file = TemporaryFile()
        try writer.write(to: file.path)
        let reader = try PareReader(path: file.path)
        try reader.verify()
        let read = try reader.model()
        return (
            Dictionary(uniqueKeysWithValues: read.tensors.map { ($0.name, $0.tensor.floats()) }), reader.fileByteCount,
            writer.fileByteCount
        )
    }
}

/// A path that nothing lies at, removed with the value.
final class TemporaryFile {
    let path = "/tmp/pare-tests-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).bin"

    deinit {
        unlink(path)
        unlink(path + ".centroids")
        for round in 1...3 { unlink("\(path).round\(round)") }
    }
}
