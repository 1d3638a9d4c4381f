import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@Suite("Checkpoints that hold weights in parts")
struct FoldedCheckpointTests {
    private func model(_ tensors: [(String, [Float], Shape)]) -> Model {
        Model(
            weightsOnly: tensors.map { StoredTensor(name: $0.0, tensor: Tensor($0.1, shape: $0.2)) }, name: "m", format: "PyTorch, zip",
            fileByteCount: 0, payloadByteCount: 0, provenance: Provenance())
    }

    @Test("What torch.nn.utils.prune masks is one tensor with zeros")
    func masks() {
        let folded = model([
            ("c.weight_orig", [1, 2, 3, 4], [2, 2]), ("c.weight_mask", [1, 0, 0, 1], [2, 2]), ("c.bias_orig", [5, 6], [2]),
            ("c.bias_mask", [0, 1], [2]), ("r.weight_ih_l0_orig", [1, 2], [1, 2]), ("r.weight_ih_l0_mask", [0, 1], [1, 2]),
        ])
        #expect(folded.tensors.map(\.name) == ["c.weight", "c.bias", "r.weight_ih_l0"])
        #expect(folded.tensors.map { $0.tensor.floats() } == [[1, 0, 0, 4], [0, 6], [0, 2]])
        #expect(folded.layers.map(\.name) == ["c.weight", "r.weight_ih_l0"])
        #expect(folded.layers.first?.bias == 1)
        #expect(folded.parameterCount == 8)
    }

    @Test("Weight norm is one tensor: a length for each output, for each input, or for all")
    func norms() {
        let folded = model([
            ("a.weight_g", [10, 2], [2, 1]), ("a.weight_v", [3, 4, 0, 1], [2, 2]),
            ("b.parametrizations.weight.original0", [5, 1], [1, 2]), ("b.parametrizations.weight.original1", [3, 0, 4, 7], [2, 2]),
            ("c.weight_g", [10], []), ("c.weight_v", [6, 0, 0, 8], [2, 2]),
        ])
        #expect(folded.tensors.map(\.name) == ["a.weight", "b.weight", "c.weight"])
        #expect(folded.tensors.map { $0.tensor.floats() } == [[6, 8, 0, 2], [3, 0, 4, 1], [6, 0, 0, 8]])
    }

    @Test("What only looks like parts stays as it is")
    func others() {
        let tensors: [(String, [Float], Shape)] = [
            ("x.weight_orig", [1, 2], [1, 2]), ("y.weight_orig", [1, 2], [1, 2]), ("y.weight_mask", [1], [1, 1]),
            ("z.weight_v", [1, 2], [1, 2]), ("w.weight", [1, 2], [1, 2]), ("w.weight_orig", [1, 2], [1, 2]),
            ("w.weight_mask", [1, 2], [1, 2]), ("weight_mask", [1, 2], [1, 2]),
        ]
        #expect(model(tensors).tensors.map(\.name) == tensors.map(\.0))
    }
}
