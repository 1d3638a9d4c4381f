import NeuralNetwork

/// What PyTorch's exporter notes at a node of the module that it came from: the weights that it transposed have lost their names.
struct ExporterNotes {
    /// Names of modules and of the operation, from the outermost in: `""`, `enc`, `enc.linear1`, `linear_2`.
    private let scopes: [String]
    private let classes: [String]
    /// Parameters that the operation reads, with `_` for every `.`: `enc_linear1_weight`.
    private let parameters: [String]

    /// Operations whose weights are layers.
    private static let operations: Set<String> = ["Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN"]

    /// Reads the kept fields of a node; nil where there are no notes.
    init?(_ node: Node) {
        guard node.domain.isEmpty, Self.operations.contains(node.operation), !node.annotations.isEmpty else { return nil }
        var notes: [String: String] = [:]
        node.annotations.withUnsafeBytes { bytes in
            var fields = WireReader(bytes, range: 0..<bytes.count)
            while let field = try? fields.next() {
                // metadata_props, each a key and a value.
                guard field.number == 9, field.wireType == .lengthDelimited else { continue }
                var entry = WireReader(bytes, range: field.value)
                var texts: [Int: String] = [:]
                while let part = try? entry.next() {
                    if part.wireType == .lengthDelimited { texts[part.number] = String(decoding: bytes[part.value], as: UTF8.self) }
                }
                if let key = texts[1], let value = texts[2] { notes[key] = value }
            }
        }
        guard let scopes = notes["pkg.torch.onnx.name_scopes"] else { return nil }
        self.scopes = Self.list(scopes)
        classes = Self.list(notes["pkg.torch.onnx.class_hierarchy"] ?? "")
        parameters = Self.parameters(of: notes["pkg.torch.onnx.fx_node"] ?? "")
    }

    /// The module that the operation is of; empty for the outermost one, nil where it is not told.
    private var module: String? { scopes.count >= 2 ? scopes[scopes.count - 2] : nil }

    /// The one parameter that is multiplied by, or of a recurrent operation the module that holds them all; nil where that is not sure.
    func weightName(of node: Node) -> String? {
        guard let module else { return nil }
        if ["LSTM", "GRU", "RNN"].contains(node.operation) { return module.isEmpty ? nil : module }
        let prefix = module.isEmpty ? "" : String(module.map { $0 == "." ? "_" : $0 }) + "_"
        let own = parameters.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            // Of a recurrent layer that is taken apart biases are called `bias_ih_l0`.
            .filter { !$0.hasSuffix("bias") && !$0.hasPrefix("bias_") }
        // In the outermost module a `_` may stand for the end of another module's name.
        if own.count == 1, !own[0].isEmpty, !module.isEmpty || !own[0].contains("_") { return module.isEmpty ? own[0] : "\(module).\(own[0])" }
        let isLinear = classes.count >= 2 && classes[classes.count - 2].hasSuffix(".Linear")
        return isLinear && !module.isEmpty ? "\(module).weight" : nil
    }

    /// The texts of a list as Python writes it: `['', 'enc']`.
    private static func list(_ text: String) -> [String] {
        text.split(separator: "'", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// `%p_enc_linear1_weight` and its like among the arguments.
    private static func parameters(of text: String) -> [String] {
        text.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "%") }
            .filter { $0.hasPrefix("%p_") }.map { String($0.dropFirst(3)) }
    }
}
