import NeuralNetwork
import TensorCore

extension Model {
    /// A model of a format without a graph: each floating-point tensor of two dimensions or more is a layer.
    public init(
        weightsOnly tensors: [StoredTensor], name: String, format: String, fileByteCount: Int, payloadByteCount: Int,
        provenance: Provenance
    ) {
        let reason = "no graph in the file"
        var places: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated() { places[tensor.name] = index }
        let layers = tensors.enumerated().compactMap { index, stored -> Layer? in
            let shape = stored.tensor.shape
            guard stored.tensor.elementType.isReadableAsFloat, shape.rank >= 2, shape.count > 0 else { return nil }
            let matrix = MatrixView(shape: shape)
            // `fc.bias` belongs to `fc.weight` where it has one element for each output.
            var bias: Int?
            if stored.name.hasSuffix(".weight"), let sibling = places["\(stored.name.dropLast(6))bias"],
                tensors[sibling].tensor.shape.rank == 1, tensors[sibling].tensor.count == shape[0]
            {
                bias = sibling
            }
            return Layer(
                name: stored.name, operation: "Tensor", weight: index, bias: bias, shape: shape,
                macs: .unknown(reason: reason), matrix: matrix)
        }
        self.init(
            name: name, format: format, fileByteCount: fileByteCount,
            structureByteCount: max(fileByteCount - payloadByteCount, 0), tensors: tensors, graph: nil, layers: layers,
            macs: .unknown(reason: reason), provenance: provenance)
    }
}
