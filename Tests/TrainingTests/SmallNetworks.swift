import Datasets
import NeuralNetwork
import TensorCore

@testable import Training

/// Networks and data that train within a moment.
enum SmallNetworks {
    /// Convolution, norm, pooling, dropout and two layers over images of one channel and 8 × 8 pixels; four classes.
    static func classifier(seed: UInt64 = 7) -> Model {
        var random = SeededRandom(seed: seed)
        var tensors: [StoredTensor] = []
        var initializers: [String: Int] = [:]
        func store(_ name: String, _ shape: Shape, _ value: (inout SeededRandom) -> Float) {
            initializers[name] = tensors.count
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
        let nodes = [
            Node(operation: "Conv", inputs: ["x", "conv"], outputs: ["a"]),
            Node(operation: "BatchNormalization", inputs: ["a", "scale", "shift", "mean", "variance"], outputs: ["b"]),
            Node(operation: "Relu", inputs: ["b"], outputs: ["c"]),
            Node(
                operation: "MaxPool", inputs: ["c"], outputs: ["d"],
                attributes: ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]),
            Node(operation: "Flatten", inputs: ["d"], outputs: ["e"]),
            Node(operation: "Gemm", inputs: ["e", "inner", "innerBias"], outputs: ["f"], attributes: ["transB": .integer(1)]),
            Node(operation: "Relu", inputs: ["f"], outputs: ["g"]),
            Node(operation: "Dropout", inputs: ["g"], outputs: ["h"], attributes: ["ratio": .float(0.1)]),
            Node(operation: "Gemm", inputs: ["h", "outer", "outerBias"], outputs: ["i"], attributes: ["transB": .integer(1)]),
            Node(operation: "Softmax", inputs: ["i"], outputs: ["y"], attributes: ["axis": .integer(1)]),
        ]
        let graph = Graph(
            nodes: nodes,
            inputs: [
                ValueInfo(name: "x", elementType: .float32, dimensions: [.symbol("N"), .fixed(1), .fixed(8), .fixed(8)])
            ],
            outputs: [ValueInfo(name: "y", elementType: .float32, dimensions: nil)], initializers: initializers,
            operatorSets: ["": 11])
        return Model(
            name: "classifier", format: "test", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: graph,
            layers: [], macs: .unknown(reason: "test"))
    }

    /// Noise with a bright bar: its row or column says the class.
    struct Bars: SampleSource {
        var count = 256
        var isLabelled = true
        var shape: Shape { [1, 8, 8] }
        var labels: [Int]? { isLabelled ? (0..<count).map { $0 % 4 } : nil }

        func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
            for (position, sample) in samples.enumerated() {
                var random = SeededRandom(seed: UInt64(sample) &* 77)
                for pixel in 0..<64 {
                    let (row, column) = (pixel / 8, pixel % 8)
                    let isBar = [row == 2, row == 5, column == 2, column == 5][sample % 4]
                    buffer[position * 64 + pixel] = Float(random.uniform()) * 0.8 + (isBar ? 0.7 : 0)
                }
            }
            return []
        }
    }

    static func options(epochs: Int = 3) -> TrainerOptions {
        var options = TrainerOptions()
        options.rule = .adam()
        options.schedule = RateSchedule(0.01, .cosine(length: 24, floor: 0.001), warmUp: 3)
        options.epochs = epochs
        options.threads = 1
        options.seed = 3
        return options
    }

    static func trainer(
        _ options: TrainerOptions = options(), model: Model = classifier(), augmentation: Augmentation = Augmentation()
    ) throws -> Trainer {
        let batches = try SampleBatches(Bars(), batchSize: 32, augmentation: augmentation, seed: 5)
        return try Trainer(model, batches: batches, shapes: ["x": [32, 1, 8, 8]], options: options)
    }
}
