import Composition
import Compression
import Evaluation
import Importance
import NeuralNetwork
import TensorCore

/// A table whose rows are looked up. No row can make up for another, but errors of rows that are often read cost more.
struct Lookup: Sendable {
    /// Layer of the opened model.
    let layer: Int
    /// Index of the table in the compressed model's tensors.
    let weight: Int
    /// The layer's place in the compressed model.
    let place: Int
    /// The value that names rows.
    let indices: String
    let shape: Shape
    let isMasked: Bool

    /// Nil where a layer is no table that one node looks up whole rows of.
    init?(_ layer: PlacedLayer, _ graph: Graph, _ uses: TensorUses, isMasked: Bool) {
        guard layer.parts.count == 1, let part = layer.parts.first else { return nil }
        let (weight, shape) = (layer.shapes.model.layers[part.place].weight, part.shape)
        guard shape.rank == 2, shape.count > 0, !uses.isInside(weight), let use = uses.soleReader(ofTensor: weight), use.input == 0,
            case let node = graph.nodes[use.node], node.operation == "Gather", node.domain.isEmpty, node.inputs.count == 2,
            uses.tensor(node.inputs[1]) == nil,
            layer.shapes.model.tensors[weight].tensor.elementType.isReadableAsFloat
        else { return nil }
        if case .integer(let axis) = node.attributes["axis"], axis != 0, axis != -2 { return nil }
        self.layer = layer.number
        self.weight = weight
        place = part.place
        indices = node.inputs[1]
        self.shape = shape
        self.isMasked = isMasked
    }

    /// How often each row is read, of 1; none never, for what was not seen may come. Nil where the rows are not named by integers.
    func frequencies(_ values: [Tensor], of inputs: CalibrationInputs) -> [Double]? {
        let rows = shape[0]
        var counts = [Double](repeating: 0.5, count: rows)
        for (value, run) in zip(values, inputs.runs) {
            guard value.elementType == .int64 || value.elementType == .int32 else { return nil }
            let isDivided = value.shape.rank > 0 && value.shape[0] == inputs.batch && inputs.batch > 0
            let size = isDivided ? value.count / inputs.batch : value.count
            value.storage.withUnsafeBytes { bytes in
                for sample in isDivided ? run.samples : [0] {
                    for element in sample * size..<(sample + 1) * size {
                        let row =
                            value.elementType == .int64
                            ? Int(bytes.loadUnaligned(fromByteOffset: element * 8, as: Int64.self))
                            : Int(bytes.loadUnaligned(fromByteOffset: element * 4, as: Int32.self))
                        let place = row < 0 ? row + rows : row
                        if counts.indices.contains(place) { counts[place] += 1 }
                    }
                }
            }
        }
        let total = counts.reduce(0, +)
        return counts.map { $0 / total }
    }

    /// What a squared error of each column costs, in nats of an answer: what the product that reads the rows makes of it. Nil where
    /// something else reads them, or nothing is known of it.
    func costs(_ importance: NetworkImportance?, in original: Model) -> [Double]? {
        guard let importance, let graph = original.graph, original.layers[layer].shape == shape,
            let reader = Self.reader(of: original.layers[layer].weight, graph),
            let (known, weight) = zip(importance.layers, original.layers).lazy.compactMap({ known, layer in
                known.flatMap { $0.operation.node == reader && $0.operation.reading == .value ? ($0, layer.weight) : nil }
            }).first,
            case .product = known.operation.form, known.operation.inputs == shape[1],
            let weights = try? original.tensors[weight].tensor.floats()
        else { return nil }
        let operation = known.operation
        let matrix = operation.matrices(weights)[0]
        var costs = [Double](repeating: 0, count: operation.inputs)
        for output in 0..<operation.outputs {
            for input in costs.indices {
                let factor = matrix[output * operation.inputs + input]
                costs[input] += 0.5 * known.outputs[output] * factor * factor
            }
        }
        let mean = costs.reduce(0, +) / Double(costs.count)
        guard mean > 0, mean.isFinite else { return nil }
        return costs.map { 0.99 * $0 + 0.01 * mean }
    }

    /// The node that reads what is looked up, behind those that only arrange it.
    private static func reader(of tensor: Int, _ graph: Graph) -> Int? {
        let uses = TensorUses(graph)
        guard var node = uses.soleReader(ofTensor: tensor)?.node else { return nil }
        repeat {
            guard let value = graph.nodes[node].outputs.first, let next = uses.soleReader(of: value) else { return nil }
            node = next
        } while ["Transpose", "Reshape", "Identity", "Squeeze", "Unsqueeze", "Dropout"].contains(graph.nodes[node].operation)
        return node
    }
}

extension FeedbackProblem {
    /// What is to be decided of a table: each row by itself.
    init(_ lookup: Lookup, _ table: [Float], frequencies: [Double], costs: [Double]) {
        let width = lookup.shape[1]
        let groups = frequencies.indices.map { row in
            Group(wanted: Array(table[row * width..<(row + 1) * width]), pull: [0], curvature: [Float(frequencies[row])])
        }
        self.init(
            shape: lookup.shape, order: .byInput(window: 1), outputs: width, inputs: 1, groups: groups,
            importance: frequencies.flatMap { _ in costs.map { Float($0) } }, keepsZeros: lookup.isMasked)
    }
}
