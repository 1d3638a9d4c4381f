import NeuralNetwork
import TensorCore

extension NetworkDefinition {
    private static let digit: Shape = [1, 28, 28]

    /// Two hidden layers (LeCun, Bottou, Bengio, Haffner 1998).
    static let lenet300100 = NetworkDefinition(
        name: "lenet-300-100", detail: "LeNet-300-100: two hidden layers over the pixels of a digit.", dataKind: .digits,
        sampleShape: digit, settings: TrainingSettings(epochs: 20, batchSize: 128, rate: 0.001)
    ) { builder, outputs in
        builder.digitInput()
        var value = builder.flattened("flatten", "image", count: 784)
        value = builder.connected("fc1", value, 300, InitialWeights.he)
        value = builder.rectifier("relu1", value)
        value = builder.connected("fc2", value, 100, InitialWeights.he)
        value = builder.rectifier("relu2", value)
        builder.classes(of: value, "fc3", outputs, InitialWeights.he)
    }

    /// Caffe's LeNet-5, as Deep Compression has it: 431,080 parameters.
    static let lenet5 = NetworkDefinition(
        name: "lenet-5", detail: "LeNet-5 as in Caffe: two convolutions with pooling and two layers over a digit.", dataKind: .digits,
        sampleShape: digit, settings: TrainingSettings(epochs: 12, batchSize: 64, rate: 0.001)
    ) { builder, outputs in
        builder.digitInput()
        var value = Feature(name: "image", count: 1)
        value = builder.convolution("conv1", value, 20, kernel: 5, InitialWeights.xavier)
        value = builder.maximum("pool1", value, window: 2, stride: 2)
        value = builder.convolution("conv2", value, 50, kernel: 5, InitialWeights.xavier)
        value = builder.maximum("pool2", value, window: 2, stride: 2)
        value = builder.flattened("flatten", value.name, count: 800)
        value = builder.connected("fc1", value, 500, InitialWeights.xavier)
        value = builder.rectifier("relu1", value)
        builder.classes(of: value, "fc2", outputs, InitialWeights.xavier)
    }
}

extension NetworkBuilder {
    /// A batch of digits, 28 × 28 pixels from 0 (paper) to 1 (ink).
    mutating func digitInput() { input("image", .float32, [.symbol("N"), .fixed(1), .fixed(28), .fixed(28)]) }

    /// The last layer, whose scores are the network's output.
    mutating func classes(of input: Feature, _ name: String, _ count: Int, _ weights: (Int) -> InitialWeights) {
        _ = connected(name, input, count, to: "logits", weights)
        output("logits", [.symbol("N"), .fixed(count)])
    }
}
