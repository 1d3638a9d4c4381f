import NeuralNetwork
import Testing

@testable import ModelFormats

@Suite("Names that PyTorch's exporter notes")
struct ExporterNotesTests {
    /// A node with the exporter's notes of the modules that it comes from and of what it reads.
    private func name(_ operation: String, scopes: [String], reading parameters: String) -> String? {
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(bytes.count & 0x7f | 0x80), UInt8(bytes.count >> 7)] + bytes
        }
        func note(_ key: String, _ value: String) -> [UInt8] {
            field(9, field(1, Array("pkg.torch.onnx.\(key)".utf8)) + field(2, Array(value.utf8)))
        }
        var node = Node(name: "node_\(operation)_7", operation: operation, inputs: ["x", "val_7"], outputs: ["y"])
        let call = "%linear : [num_users=1] = call_function[target=torch.ops.aten.linear.default](args = (%x, \(parameters)), kwargs = {})"
        node.annotations =
            note("name_scopes", "[\(scopes.map { "'\($0)'" }.joined(separator: ", "))]") + note("fx_node", call)
        return ExporterNotes(node)?.weightName(of: node)
    }

    @Test("A product's weights are the parameter that is no bias")
    func products() {
        #expect(name("MatMul", scopes: ["", "enc", "enc.linear1", "linear"], reading: "%p_enc_linear1_weight, %p_enc_linear1_bias") == "enc.linear1.weight")
        #expect(name("MatMul", scopes: ["", "enc", "linear"], reading: "%p_enc_first, %p_enc_second") == nil)
    }

    @Test("So are those of a recurrent layer that is taken apart into products")
    func recurrent() {
        for part in ["ih", "hh"] {
            #expect(
                name("MatMul", scopes: ["", "rnn", "linear_2"], reading: "%p_rnn_weight_\(part)_l0, %p_rnn_bias_\(part)_l0") == "rnn.weight_\(part)_l0")
        }
        #expect(name("LSTM", scopes: ["", "lstm", "lstm"], reading: "%p_lstm_weight_ih_l0") == "lstm")
    }
}
