import Basics
import NeuralNetwork
import TensorCore

/// Takes single outputs of a convolution or matrix product apart into what each channel of the input contributes.
struct ContributionSampler: Sendable {
    private enum Form: Sendable {
        case convolution(ConvolutionWindow)
        /// Inputs × outputs, or with `isTransposed` outputs × inputs.
        case product(isTransposed: Bool)
    }

    private let form: Form
    private let weights: Tensor
    /// The weights in memory where a filter's do not lie side by side.
    private let matrix: [Float]
    private let scale: Float
    private let shape: Shape
    private let outputs: Int
    private let channels: [Int]

    /// nil where the node is none of these, or its weights or the channels lie otherwise than usual. `shape` is the shape of the
    /// reader's value.
    init?(_ reader: ReadChannels.Reader, shape: Shape, model: Model) throws(UnreadableTensor) {
        guard let graph = model.graph, graph.nodes.indices.contains(reader.node), shape.rank >= 2, shape.count > 0 else {
            return nil
        }
        let node = graph.nodes[reader.node]
        guard node.domain.isEmpty, node.inputs.count >= 2, node.inputs[0] == reader.value,
            let index = graph.initializers[node.inputs[1]], model.tensors.indices.contains(index),
            case let tensor = model.tensors[index].tensor, tensor.elementType.isReadableAsFloat, tensor.count > 0,
            reader.channels.count == shape[reader.axis]
        else { return nil }
        func integer(_ name: String, _ otherwise: Int) -> Int {
            if case .integer(let value) = node.attributes[name] { value } else { otherwise }
        }
        var scale: Float = 1
        switch node.operation {
        case "Conv":
            guard reader.axis == 1, let window = ConvolutionWindow(node, input: shape, weights: tensor.shape) else { return nil }
            form = .convolution(window)
            outputs = tensor.shape[0]
        case "Gemm":
            let isTransposed = integer("transB", 0) != 0
            guard reader.axis == 1, shape.rank == 2, tensor.shape.rank == 2, integer("transA", 0) == 0,
                tensor.shape[isTransposed ? 1 : 0] == shape[1]
            else { return nil }
            if case .float(let alpha) = node.attributes["alpha"] { scale = alpha }
            form = .product(isTransposed: isTransposed)
            outputs = tensor.shape[isTransposed ? 0 : 1]
        case "MatMul":
            guard reader.axis == shape.rank - 1, tensor.shape.rank == 2, tensor.shape[0] == shape[reader.axis] else { return nil }
            form = .product(isTransposed: false)
            outputs = tensor.shape[1]
        default: return nil
        }
        self.scale = scale
        self.shape = shape
        weights = try tensor.read()
        channels = reader.channels
        if case .product(isTransposed: false) = form { matrix = weights.floats() } else { matrix = [] }
    }

    /// An output: a sample (or what else the first axis counts), an output channel, and where in its plane or which line.
    struct Place: Sendable, Hashable {
        var row: Int
        var output: Int
        var position: [Int]
    }

    /// Extents of a place's position.
    var positions: [Int] {
        switch form {
        case .convolution(let window): window.results
        case .product: [shape.count / channels.count / shape[0]]
        }
    }

    /// A random place in the given row.
    func place(row: Int, random: inout SeededRandom) -> Place {
        Place(
            row: row, output: Int.random(in: 0..<outputs, using: &random),
            position: positions.map { Int.random(in: 0..<$0, using: &random) })
    }

    /// Adds what each channel contributes to the output at a place.
    func add(_ values: UnsafeBufferPointer<Float>, at place: Place, to sums: UnsafeMutableBufferPointer<Float>) {
        precondition(values.count == shape.count && place.row < shape[0])
        switch form {
        case .convolution(let window): add(values, window, place, to: sums)
        case .product(let isTransposed): add(values, isTransposed: isTransposed, place, to: sums)
        }
    }

    private func add(
        _ values: UnsafeBufferPointer<Float>, isTransposed: Bool, _ place: Place, to sums: UnsafeMutableBufferPointer<Float>
    ) {
        let extent = channels.count
        let output = place.output
        let line = (place.row * positions[0] + place.position[0]) * extent
        if isTransposed {
            weights.forEachChunk(in: output * extent..<(output + 1) * extent) { offset, chunk in
                for (position, weight) in chunk.enumerated() {
                    let index = offset - output * extent + position
                    if channels[index] >= 0 { sums[channels[index]] += scale * values[line + index] * weight }
                }
            }
        } else {
            for index in 0..<extent where channels[index] >= 0 {
                sums[channels[index]] += scale * values[line + index] * matrix[index * outputs + output]
            }
        }
    }

    private func add(
        _ values: UnsafeBufferPointer<Float>, _ window: ConvolutionWindow, _ place: Place,
        to sums: UnsafeMutableBufferPointer<Float>
    ) {
        let kernel = window.kernelElements
        let covered = window.inputOffsets(place.position)
        let plane = shape.dimensions[2...].reduce(1, *)
        let width = window.groupInputs
        let first = place.output / (outputs / window.groups) * width
        let filter = place.output * width * kernel
        weights.forEachChunk(in: filter..<filter + width * kernel) { offset, chunk in
            for (position, weight) in chunk.enumerated() {
                let (input, element) = (offset - filter + position).quotientAndRemainder(dividingBy: kernel)
                let channel = channels[first + input]
                guard channel >= 0, case let at = covered[element], at >= 0 else { continue }
                // Bounds: `at` lies within the plane of channel `first + input` of the sample.
                sums[channel] += values[(place.row * channels.count + first + input) * plane + at] * weight
            }
        }
    }
}
