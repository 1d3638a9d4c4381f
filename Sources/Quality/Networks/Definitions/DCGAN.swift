import NeuralNetwork
import TensorCore

extension NetworkDefinition {
    /// The generator of a deep convolutional GAN (Radford, Metz, Chintala 2016): latents (N, 64, 1, 1), standard normal, to images
    /// (N, 1, 28, 28) of −1 … 1, by transposed convolutions, normalized and rectified but for the last one.
    public static let dcgan = NetworkDefinition(
        name: "dcgan", detail: "A deep convolutional GAN whose generator draws digits from 64 random numbers.", dataKind: .digits,
        sampleShape: [1, 28, 28],
        settings: TrainingSettings(epochs: 10, batchSize: 64, rule: .adam(beta1: 0.5), rate: 0.0002)
    ) { builder, _ in
        let latents = 64
        builder.input("latent", .float32, [.symbol("N"), .fixed(latents), .fixed(1), .fixed(1)])
        var value = Feature(name: "latent", count: latents)
        value = builder.enlarged("gen1", value, 128, kernel: 7, stride: 1, pad: 0)
        value = builder.normalizedRectifier("gen1", value)
        value = builder.enlarged("gen2", value, 64, kernel: 4, stride: 2, pad: 1)
        value = builder.normalizedRectifier("gen2", value)
        value = builder.enlarged("gen3", value, 1, kernel: 4, stride: 2, pad: 1, hasBias: true)
        builder.node("Tanh", "tanh", [value.name], to: ["image"])
        builder.output("image", [.symbol("N"), .fixed(1), .fixed(28), .fixed(28)])
    }

    /// What it contends with: images (N, 1, 28, 28) to the probability that they are real, by strided convolutions with leaky
    /// rectifiers, the second one normalized.
    public static let dcganDiscriminator = NetworkDefinition(
        name: "dcgan-discriminator", detail: "Tells real digits from those that a generator drew.", dataKind: .digits,
        sampleShape: [1, 28, 28], settings: dcgan.settings
    ) { builder, _ in
        builder.input("image", .float32, [.symbol("N"), .fixed(1), .fixed(28), .fixed(28)])
        var value = Feature(name: "image", count: 1)
        value = builder.reduced("dis1", value, 32)
        value = builder.leaky("dis1", value)
        value = builder.reduced("dis2", value, 64)
        value = builder.normalized("dis2", value)
        value = builder.leaky("dis2", value)
        let flat = builder.flattened("flatten", value.name, count: value.count * 49)
        value = builder.connected("judge", flat, 1) { _ in .normal(deviation: 0.02) }
        builder.node("Sigmoid", "sigmoid", [value.name], to: ["real"])
        builder.output("real", [.symbol("N"), .fixed(1)])
    }
}

extension NetworkBuilder {
    /// A transposed convolution without bias: normalization brings one.
    fileprivate mutating func enlarged(
        _ name: String, _ input: Feature, _ channels: Int, kernel: Int, stride: Int, pad: Int, hasBias: Bool = false
    ) -> Feature {
        var inputs = [input.name, store("\(name).weight", [input.count, channels, kernel, kernel], .normal(deviation: 0.02))]
        if hasBias { inputs.append(store("\(name).bias", [channels], .constant(0))) }
        let output = node(
            "ConvTranspose", name, inputs, to: nil,
            [
                "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
                "pads": .integers(Array(repeating: pad, count: 4)),
            ])
        return Feature(name: output, count: channels)
    }

    /// A convolution to half the height and width.
    fileprivate mutating func reduced(_ name: String, _ input: Feature, _ channels: Int) -> Feature {
        let weight = store("\(name).weight", [channels, input.count, 4, 4], .normal(deviation: 0.02))
        let output = node(
            "Conv", name, [input.name, weight], to: nil,
            ["kernel_shape": .integers([4, 4]), "strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])])
        return Feature(name: output, count: channels)
    }

    fileprivate mutating func leaky(_ name: String, _ input: Feature) -> Feature {
        Feature(name: node("LeakyRelu", "\(name)/leaky", [input.name], to: nil, ["alpha": .float(0.2)]), count: input.count)
    }

    fileprivate mutating func normalized(_ name: String, _ input: Feature) -> Feature {
        let shape = Shape([input.count])
        let parameters = [("scale", Float(1)), ("bias", 0), ("mean", 0), ("variance", 1)].map { part, value in
            store("\(name)/norm.\(part)", shape, .constant(value))
        }
        let output = node(
            "BatchNormalization", "\(name)/norm", [input.name] + parameters, to: nil,
            ["epsilon": .float(1e-5), "momentum": .float(0.9)])
        return Feature(name: output, count: input.count)
    }
}
