import Basics
import Datasets
import NeuralNetwork
import TensorCore

/// Noise of 8 × 8 pixels with a bright bar, whose row or column says the class: data that a network learns within a moment.
public struct Bars: SampleSource {
    public var count: Int
    public var isLabelled: Bool
    public var brightness: Float

    public init(count: Int = 480, isLabelled: Bool = true, brightness: Float = 0.7) {
        self.count = count
        self.isLabelled = isLabelled
        self.brightness = brightness
    }

    public var shape: Shape { [1, 8, 8] }
    public var labels: [Int]? { isLabelled ? (0..<count).map { $0 % 4 } : nil }

    public func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
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

    /// A network for them: convolution, norm, pooling, where wanted dropout, and two layers; scores of four classes, or their softmax.
    public static func classifier(drops: Bool = false, seed: UInt64 = 7) -> Model {
        var builder = GraphBuilder(seed: seed)
        func noise(_ name: String, _ shape: [Int], _ size: Float) {
            let values = (0..<Shape(shape).count).map { _ in (Float(builder.random.uniform()) * 2 - 1) * size }
            builder.store(name, Tensor(values, shape: Shape(shape)))
        }
        func constant(_ name: String, _ count: Int, _ value: Float) {
            builder.store(name, Tensor([Float](repeating: value, count: count), shape: [count]))
        }
        noise("conv", [6, 1, 3, 3], 0.5)
        for (name, value) in [("scale", 1), ("shift", 0), ("mean", 0), ("variance", 1)] as [(String, Float)] { constant(name, 6, value) }
        noise("inner", [24, 54], 0.25)
        constant("innerBias", 24, 0)
        noise("outer", [4, 24], 0.4)
        constant("outerBias", 4, 0)
        builder.input("x", [.symbol("N"), .fixed(1), .fixed(8), .fixed(8)])
        builder.node("Conv", ["x", "conv"], ["a"], name: "conv", ["kernel_shape": .integers([3, 3])])
        builder.node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"], name: "norm")
        builder.node("Relu", ["b"], ["c"], name: "relu")
        builder.node("MaxPool", ["c"], ["d"], name: "pool", ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])])
        builder.node("Flatten", ["d"], ["e"], name: "flat")
        builder.node("Gemm", ["e", "inner", "innerBias"], ["f"], name: "inner", ["transB": .integer(1)])
        var hidden = builder.node("Relu", ["f"], ["g"], name: "relu2")
        if drops {
            builder.graph.operatorSets = ["": 11]
            hidden = builder.node("Dropout", [hidden], ["h"], ["ratio": .float(0.1)])
        }
        let scores = builder.node("Gemm", [hidden, "outer", "outerBias"], [drops ? "i" : "y"], name: "outer", ["transB": .integer(1)])
        if drops { builder.node("Softmax", [scores], ["y"], ["axis": .integer(1)]) }
        builder.output("y", [.symbol("N"), .fixed(4)])
        return builder.model(named: "net.onnx")
    }
}
