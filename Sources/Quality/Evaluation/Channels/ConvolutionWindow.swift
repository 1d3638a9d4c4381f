import NeuralNetwork
import TensorCore

/// A convolution's window over a value of known shape.
struct ConvolutionWindow: Sendable {
    let groups: Int
    /// Input channels of a group.
    let groupInputs: Int
    /// Places the window takes along each spatial axis.
    let results: [Int]
    private let kernel: [Int]
    private let extents: [Int]
    private let strides: [Int]
    private let dilations: [Int]
    private let begins: [Int]

    /// nil where attributes and shapes do not fit each other.
    init?(_ node: Node, input: Shape, weights: Shape) {
        let axes = input.rank - 2
        guard axes >= 1, weights.rank == input.rank else { return nil }
        func integers(_ name: String, count: Int, otherwise: Int) -> [Int]? {
            guard case .integers(let values) = node.attributes[name] else { return Array(repeating: otherwise, count: count) }
            return values.count == count ? values : nil
        }
        guard let strides = integers("strides", count: axes, otherwise: 1), strides.allSatisfy({ $0 > 0 }),
            let dilations = integers("dilations", count: axes, otherwise: 1), dilations.allSatisfy({ $0 > 0 }),
            let pads = integers("pads", count: 2 * axes, otherwise: 0)
        else { return nil }
        var automatic = "NOTSET"
        if case .text(let text) = node.attributes["auto_pad"] { automatic = text }
        groups = if case .integer(let value) = node.attributes["group"] { value } else { 1 }
        groupInputs = weights[1]
        kernel = Array(weights.dimensions[2...])
        extents = Array(input.dimensions[2...])
        self.strides = strides
        self.dilations = dilations
        guard groups > 0, weights[0] % groups == 0, groupInputs * groups == input[1] else { return nil }
        var begins: [Int] = []
        var results: [Int] = []
        for axis in 0..<axes {
            let span = (kernel[axis] - 1) * dilations[axis] + 1
            if automatic.hasPrefix("SAME") {
                let places = (extents[axis] + strides[axis] - 1) / strides[axis]
                let padding = max(0, (places - 1) * strides[axis] + span - extents[axis])
                results.append(places)
                begins.append(automatic == "SAME_UPPER" ? padding / 2 : (padding + 1) / 2)
            } else {
                let padding = automatic == "VALID" ? (0, 0) : (pads[axis], pads[axis + axes])
                results.append((extents[axis] + padding.0 + padding.1 - span) / strides[axis] + 1)
                begins.append(padding.0)
            }
        }
        guard results.allSatisfy({ $0 > 0 }) else { return nil }
        self.begins = begins
        self.results = results
    }

    /// Elements of the kernel.
    var kernelElements: Int { kernel.reduce(1, *) }

    /// For each element of the kernel, the position within a channel that it covers at `place`; −1 in the padding.
    func inputOffsets(_ place: [Int]) -> [Int] {
        (0..<kernelElements).map { element in
            var rest = element
            var offset = 0
            var stride = 1
            for axis in kernel.indices.reversed() {
                let at = place[axis] * strides[axis] - begins[axis] + rest % kernel[axis] * dilations[axis]
                guard extents[axis] > at, at >= 0 else { return -1 }
                offset += at * stride
                stride *= extents[axis]
                rest /= kernel[axis]
            }
            return offset
        }
    }
}
