import NeuralNetwork
import TensorCore

extension Model {
    /// A model of a format without a graph: each floating-point tensor of two dimensions or more is a layer.
    ///
    /// `filtersAreLast` where the last axis is that of the filters, as Keras stores kernels, and not the first.
    public init(
        weightsOnly given: [StoredTensor], name: String, format: String, fileByteCount: Int, payloadByteCount: Int,
        provenance: Provenance, filtersAreLast: Bool = false
    ) {
        let reason = "no graph in the file"
        var provenance = provenance
        let tensors = FoldedCheckpoint.folded(TiedNames.restore(given, &provenance))
        var places: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated() { places[tensor.name] = index }
        let layers = tensors.enumerated().compactMap { index, stored -> Layer? in
            let shape = stored.tensor.shape
            guard stored.tensor.elementType.isReadableAsFloat, shape.rank >= 2, shape.count > 0 else { return nil }
            let outputs = filtersAreLast ? shape[shape.rank - 1] : shape[0]
            let matrix =
                filtersAreLast ? MatrixView(rows: shape.count / outputs, columns: outputs) : MatrixView(shape: shape)
            // `fc.bias` belongs to `fc.weight`, and `fc/bias:0` to `fc/kernel:0`, with one element for each output.
            var bias: Int?
            let siblingName = Self.biasName(ofWeights: stored.name)
            if let siblingName, let sibling = places[siblingName], tensors[sibling].tensor.shape.rank == 1,
                tensors[sibling].tensor.count == outputs
            {
                bias = sibling
            }
            return Layer(
                name: stored.name, otherNames: stored.tiedNames, operation: "Tensor", weight: index, bias: bias, shape: shape,
                macs: .unknown(reason: reason), matrix: matrix)
        }
        self.init(
            name: name, format: format, fileByteCount: fileByteCount,
            structureByteCount: max(fileByteCount - payloadByteCount, 0), tensors: tensors, graph: nil, layers: layers,
            macs: .unknown(reason: reason), provenance: provenance)
        // Integers are somebody's quantized weights, as far as there are axes.
        for (index, stored) in tensors.enumerated() where !stored.tensor.elementType.isReadableAsFloat {
            let (shape, type) = (stored.tensor.shape, stored.tensor.elementType)
            guard shape.dimensions.count(where: { $0 > 1 }) > 1, type != .boolean, type != .int64, type != .uint64 else { continue }
            self.tensors[index].isQuantized = true
            leftOut.append(
                LeftOutWeights(
                    name: stored.name, operation: "Tensor", shape: shape, elementType: type.rawValue, parameterCount: shape.count,
                    reason: "stored as \(type.rawValue), which is not compressed"))
        }
    }

    private static func biasName(ofWeights name: String) -> String? {
        for (weights, bias) in [(".weight", ".bias"), ("/kernel:0", "/bias:0"), ("/kernel", "/bias"), ("/vars/0", "/vars/1")]
        where name.hasSuffix(weights) { return name.dropLast(weights.count) + bias }
        return nil
    }
}
