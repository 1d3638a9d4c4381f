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
    func masks() throws {
        let folded = model([
            ("c.weight_orig", [1, 2, 3, 4], [2, 2]), ("c.weight_mask", [1, 0, 0, 1], [2, 2]), ("c.bias_orig", [5, 6], [2]),
            ("c.bias_mask", [0, 1], [2]), ("r.weight_ih_l0_orig", [1, 2], [1, 2]), ("r.weight_ih_l0_mask", [0, 1], [1, 2]),
        ])
        #expect(folded.tensors.map(\.name) == ["c.weight", "c.bias", "r.weight_ih_l0"])
        #expect(try folded.tensors.map { try $0.tensor.floats() } == [[1, 0, 0, 4], [0, 6], [0, 2]])
        #expect(folded.layers.map(\.name) == ["c.weight", "r.weight_ih_l0"])
        #expect(folded.layers.first?.bias == 1)
        #expect(folded.parameterCount == 8)
    }

    @Test("Weight norm is one tensor: a length for each output, for each input, or for all")
    func norms() throws {
        let folded = model([
            ("a.weight_g", [10, 2], [2, 1]), ("a.weight_v", [3, 4, 0, 1], [2, 2]),
            ("b.parametrizations.weight.original0", [5, 1], [1, 2]), ("b.parametrizations.weight.original1", [3, 0, 4, 7], [2, 2]),
            ("c.weight_g", [10], []), ("c.weight_v", [6, 0, 0, 8], [2, 2]),
        ])
        #expect(folded.tensors.map(\.name) == ["a.weight", "b.weight", "c.weight"])
        #expect(try folded.tensors.map { try $0.tensor.floats() } == [[6, 8, 0, 2], [3, 0, 4, 1], [6, 0, 0, 8]])
    }

    @Test("Spectral norm is one tensor: what is stored over u · W v, whichever axis the rows lie along, under both of PyTorch's names")
    func spectralNorms() throws {
        let half = Float(0.5.squareRoot())
        let folded = model([
            // u · W v = 2 · ½ · (1 + 2 + 3 + 4) / 2 = 5.
            ("a.weight_orig", [1, 2, 3, 4], [2, 2]), ("a.weight_u", [half, half], [2]), ("a.weight_v", [half, half], [2]),
            ("b.parametrizations.weight.original", [2, 0, 0, 1], [2, 2]), ("b.parametrizations.weight.0._u", [1, 0], [2]),
            ("b.parametrizations.weight.0._v", [1, 0], [2]),
            // A transposed convolution of 2 × 3 × 1: rows lie along its second axis.
            ("t.weight_orig", [1, 0, 0, 4, 0, 0], [2, 3, 1]), ("t.weight_u", [1, 0, 0], [3]), ("t.weight_v", [0, 1], [2]),
            // As many inputs as outputs: along the first axis the vectors give 1, along the second 3.
            ("q.weight_orig", [1, 1, 3, 1], [2, 2]), ("q.weight_u", [1, 0], [2]), ("q.weight_v", [0, 1], [2]),
            ("x.weight_orig", [1, 2], [1, 2]), ("x.weight_u", [1, 1], [2]), ("x.weight_v", [1], [1]),
        ])
        #expect(folded.tensors.map(\.name).prefix(4) == ["a.weight", "b.weight", "t.weight", "q.weight"])
        let expected: [[Float]] = [[0.2, 0.4, 0.6, 0.8], [1, 0, 0, 0.5], [0.25, 0, 0, 1, 0, 0], [1.0 / 3, 1.0 / 3, 1, 1.0 / 3]]
        for (tensor, values) in zip(folded.tensors, expected) {
            #expect(try zip(tensor.tensor.floats(), values).allSatisfy { abs($0 - $1) < 1e-6 }, "\(tensor.name)")
        }
        // u of two for one row fits the second axis, whose columns are one.
        #expect(folded.tensors.map(\.name).contains("x.weight"))
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
