import NeuralNetwork

/// Scores of classes at each place of a sample, as of the pixels of a segmentation or the symbols of a sequence.
struct DenseClasses: Sendable {
    /// Places before the classes' axis, and behind it.
    let outer: Int
    let classes: Int
    let inner: Int
    /// What a score is compared with where each stands for itself; nil where the largest one counts.
    private let threshold: Float?

    /// Looks at what makes an output whose samples have these extents; nil where it is not known to be scores.
    init?(_ graph: Graph, _ output: String, extents: [Int]) {
        guard extents.count == 2 || extents.count == 3, let head = graph.head(of: output) else { return nil }
        if head == "Sigmoid" {
            (outer, classes, inner, threshold) = (extents.reduce(1, *), 1, 1, 0.5)
            return
        }
        let axis = extents.count == 3 ? 0 : 1
        // Three channels are as likely those of an image.
        guard extents[axis] >= 2, extents.count == 2 || extents[axis] != 3 || head == "Softmax" else { return nil }
        outer = extents[..<axis].reduce(1, *)
        classes = extents[axis]
        inner = extents[(axis + 1)...].reduce(1, *)
        threshold = nil
    }

    /// Numbers of a sample.
    var sampleCount: Int { outer * classes * inner }

    /// The fraction of a sample's places at which both say the same; each holds `sampleCount` numbers.
    func agreement(_ original: UnsafeBufferPointer<Float>, _ changed: UnsafeBufferPointer<Float>) -> Double {
        precondition(original.count == sampleCount && changed.count == sampleCount, "not one sample each")
        var same = 0
        for block in 0..<outer {
            for place in 0..<inner {
                let start = block * classes * inner + place
                if let threshold {
                    same += (original[start] > threshold) == (changed[start] > threshold) ? 1 : 0
                } else {
                    same += largest(original, start) == largest(changed, start) ? 1 : 0
                }
            }
        }
        return Double(same) / Double(max(1, outer * inner))
    }

    @inline(__always)
    private func largest(_ values: UnsafeBufferPointer<Float>, _ start: Int) -> Int {
        var best = 0
        for index in 1..<classes where values[start + index * inner] > values[start + best * inner] { best = index }
        return best
    }
}

extension Graph {
    /// The operator that makes an output, whatever adds a bias to it, moves or resizes it; nil where it is none that scores classes.
    func head(of output: String) -> String? {
        var value = output
        for node in nodes.reversed() where node.outputs.contains(value) {
            switch node.operation {
            case "Conv", "ConvTranspose", "Gemm", "MatMul", "Sigmoid", "Softmax", "LogSoftmax": return node.operation
            case "Identity", "Cast", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Resize", "Upsample", "Slice": value = node.inputs.first ?? ""
            case "Add": value = node.inputs.first { initializers[$0] == nil } ?? ""
            default: return nil
            }
        }
        return nil
    }
}
