import NeuralNetwork
import TensorCore

extension NetworkBuilder {
    /// A square convolution that leaves height and width as they are if `pads`; else only whole windows count.
    mutating func convolution(
        _ name: String, _ input: Feature, _ channels: Int, kernel: Int, pads: Bool = false, hasBias: Bool = true,
        _ weights: (Int) -> InitialWeights
    ) -> Feature {
        let weight = store("\(name).weight", [channels, input.count, kernel, kernel], weights(input.count * kernel * kernel))
        var inputs = [input.name, weight]
        if hasBias { inputs.append(store("\(name).bias", [channels], .constant(0))) }
        let output = node(
            "Conv", name, inputs, to: nil,
            [
                "kernel_shape": .integers([kernel, kernel]),
                "pads": .integers(Array(repeating: pads ? kernel / 2 : 0, count: 4)), "strides": .integers([1, 1]),
            ])
        return Feature(name: output, count: channels)
    }

    /// Batch normalization with its running statistics (Ioffe and Szegedy 2015), and a rectifier.
    mutating func normalizedRectifier(_ name: String, _ input: Feature) -> Feature {
        let shape = Shape([input.count])
        let parameters = [("scale", Float(1)), ("bias", 0), ("mean", 0), ("variance", 1)].map { part, value in
            store("\(name)/norm.\(part)", shape, .constant(value))
        }
        let normal = node(
            "BatchNormalization", "\(name)/norm", [input.name] + parameters, to: nil,
            ["epsilon": .float(1e-5), "momentum": .float(0.9)])
        return rectifier("\(name)/relu", Feature(name: normal, count: input.count))
    }

    mutating func rectifier(_ name: String, _ input: Feature) -> Feature {
        Feature(name: node("Relu", name, [input.name]), count: input.count)
    }

    /// The largest of each square window.
    mutating func maximum(_ name: String, _ input: Feature, window: Int, stride: Int, pads: Bool = false) -> Feature {
        let output = node(
            "MaxPool", name, [input.name], to: nil,
            [
                "kernel_shape": .integers([window, window]), "strides": .integers([stride, stride]),
                "pads": .integers(Array(repeating: pads ? window / 2 : 0, count: 4)),
            ])
        return Feature(name: output, count: input.count)
    }

    /// Images as vectors, `count` numbers each.
    mutating func flattened(_ name: String, _ input: String, count: Int) -> Feature {
        Feature(name: node("Flatten", name, [input], to: nil, ["axis": .integer(1)]), count: count)
    }

    /// A fully connected layer, weights (out, in).
    mutating func connected(
        _ name: String, _ input: Feature, _ count: Int, to output: String? = nil, _ weights: (Int) -> InitialWeights
    ) -> Feature {
        let weight = store("\(name).weight", [count, input.count], weights(input.count))
        let bias = store("\(name).bias", [count], .constant(0))
        let result = node("Gemm", name, [input.name, weight, bias], to: output.map { [$0] }, ["transB": .integer(1)])
        return Feature(name: result, count: count)
    }

    /// Weights of a recurrent layer of one direction: W, R and the biases of both, uniform within ±1 / √units as PyTorch has
    /// them. `gates` are in ONNX's order; an LSTM's forget gate begins open (Jozefowicz, Zaremba, Sutskever 2015).
    mutating func recurrentWeights(_ name: String, inputs: Int, units: Int, gates: Int) -> [String] {
        let spread = InitialWeights.uniform(bound: 1 / Double(units).squareRoot())
        return [
            store("\(name).W", [1, gates * units, inputs], spread),
            store("\(name).R", [1, gates * units, units], spread),
            store(
                "\(name).B", [1, 2 * gates * units],
                // Gates are input, output, forget, cell.
                gates == 4 ? .each { (2 * units..<3 * units).contains($0) ? 1 : 0 } : .constant(0)),
        ]
    }
}
