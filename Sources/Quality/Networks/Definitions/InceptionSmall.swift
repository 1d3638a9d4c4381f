import NeuralNetwork

extension NetworkDefinition {
    /// Four Inception blocks (Szegedy and others 2015) with batch normalization, for images of 32 × 32 pixels.
    static let inceptionSmall = NetworkDefinition(
        name: "inception-small", detail: "Four Inception blocks with batch normalization over 32 × 32 colour images.", dataKind: .images,
        sampleShape: [3, 32, 32], settings: inceptionSettings
    ) { builder, outputs in
        builder.input("image", .float32, [.symbol("N"), .fixed(3), .fixed(32), .fixed(32)])
        var value = builder.unit("conv1", Feature(name: "image", count: 3), 32, kernel: 3)
        value = builder.maximum("pool1", value, window: 2, stride: 2)
        value = builder.inception("inception_a", value, InceptionWidths(32, 32, 64, 8, 16, 16))
        value = builder.inception("inception_b", value, InceptionWidths(48, 32, 64, 12, 24, 24))
        value = builder.maximum("pool2", value, window: 2, stride: 2)
        value = builder.inception("inception_c", value, InceptionWidths(64, 64, 112, 16, 32, 32))
        value = builder.inception("inception_d", value, InceptionWidths(72, 72, 128, 20, 36, 36))
        let mean = builder.node("GlobalAveragePool", "pool3", [value.name])
        builder.classes(
            of: builder.flattened("flatten", mean, count: value.count), "classifier", outputs, InitialWeights.xavier)
    }

    private static var inceptionSettings: TrainingSettings {
        var settings = TrainingSettings(epochs: 30, batchSize: 64, rule: .adamW(weightDecay: 0.05), rate: 0.003)
        settings.augmentation.shift = 3
        settings.augmentation.flips = true
        return settings
    }
}

/// The channels of an Inception block's branches, named as in GoogLeNet.
struct InceptionWidths {
    var one, threeReduced, three, fiveReduced, five, pooled: Int

    init(_ one: Int, _ threeReduced: Int, _ three: Int, _ fiveReduced: Int, _ five: Int, _ pooled: Int) {
        (self.one, self.threeReduced, self.three) = (one, threeReduced, three)
        (self.fiveReduced, self.five, self.pooled) = (fiveReduced, five, pooled)
    }
}

extension NetworkBuilder {
    /// A convolution that keeps height and width, with its normalization and rectifier.
    mutating func unit(_ name: String, _ input: Feature, _ channels: Int, kernel: Int) -> Feature {
        let value = convolution(name, input, channels, kernel: kernel, pads: true, hasBias: false, InitialWeights.he)
        return normalizedRectifier(name, value)
    }

    /// Four branches side by side: 1 × 1, 3 × 3 and 5 × 5 behind reductions, and 1 × 1 behind pooling.
    mutating func inception(_ name: String, _ input: Feature, _ widths: InceptionWidths) -> Feature {
        let one = unit("\(name)/1x1", input, widths.one, kernel: 1)
        let three = unit("\(name)/3x3", unit("\(name)/3x3_reduce", input, widths.threeReduced, kernel: 1), widths.three, kernel: 3)
        let five = unit("\(name)/5x5", unit("\(name)/5x5_reduce", input, widths.fiveReduced, kernel: 1), widths.five, kernel: 5)
        let pool = maximum("\(name)/pool", input, window: 3, stride: 1, pads: true)
        let pooled = unit("\(name)/pool_proj", pool, widths.pooled, kernel: 1)
        let branches = [one, three, five, pooled]
        let output = node("Concat", "\(name)/output", branches.map(\.name), to: nil, ["axis": .integer(1)])
        return Feature(name: output, count: branches.reduce(0) { $0 + $1.count })
    }
}
