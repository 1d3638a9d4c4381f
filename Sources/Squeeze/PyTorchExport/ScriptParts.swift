import Composition
import Compression
import Factorization
import NeuralNetwork
import TensorCore

/// Gathers what the script needs of each weight tensor.
struct ScriptParts {
    private let source: PyTorchScript.Source
    /// The entries of the script's table, each a line of Python.
    private(set) var entries: [String] = []
    private(set) var tensors: [StoredTensor] = []

    init(_ source: PyTorchScript.Source) { self.source = source }

    /// The names of a layer's weights, those that are tied among them.
    private func names(_ layer: PlacedLayer) -> [String] {
        let model = source.shapes.composer.model
        return model.tensors[model.layers[layer.number].weight].names
    }

    /// A tensor that stays one: its dropped channels are zero like pruned weights.
    mutating func addWhole(_ layer: PlacedLayer, kept: [[Int]?]) throws {
        let shape = layer.weights.shape
        let plan = source.plans[layer.number]
        let expansion = kept.contains { $0 != nil } ? Expansion(extents: shape.dimensions, kept: kept) : nil
        let assign: @Sendable () throws -> Assignment = {
            let values = try layer.parts[0].values(plan)
            var assignment = Assignment(values.floats(), under: plan.weightPlan())
            guard let expansion else { return assignment }
            if assignment.codes.isEmpty { assignment.codes = [UInt16](repeating: 1, count: values.count) }
            assignment.codes = expansion(assignment.codes)
            return assignment
        }
        for name in names(layer) {
            entries.append("\(name.pythonQuoted): {\"shape\": \(shape.dimensions)},")
            try add(name, shape: shape, assign)
        }
    }

    /// A tensor that factors take the place of.
    mutating func addSplit(_ layer: PlacedLayer, kept: [[Int]?]) throws {
        for name in names(layer) { try addSplit(layer, kept: kept, name: name) }
    }

    private mutating func addSplit(_ layer: PlacedLayer, kept: [[Int]?], name: String) throws {
        guard let layout = layer.composed.layout, let ranks = layer.composed.ranks else { return }
        let shape = layer.weights.shape
        let plan = source.plans[layer.number]
        let factors = try layer.factors(plan)
        let pieces: [(FactorRole, [Float]?, Shape)] = [
            (.input, factors.input, [layout.groups, ranks.in, layout.in]),
            (.core, factors.core, [layout.groups, ranks.out, ranks.in, layout.window]),
            (.output, factors.output, [layout.groups, layout.out, ranks.out]),
        ]
        var shapes: [String] = []
        for (role, values, shape) in pieces {
            guard let values else { continue }
            let pieceName = "\(name)/\(role.rawValue)"
            let assignment = Assignment(values, under: plan.weightPlan(for: role))
            try add(pieceName, shape: shape) { assignment }
            if assignment.codebook == nil {
                tensors.append(StoredTensor(name: pieceName + "/values", tensor: Tensor(values, shape: shape)))
            }
            shapes.append("\"\(role.rawValue)\": \(shape.dimensions)")
        }
        var axes: [Int] = []
        for (axis, indices) in kept.enumerated() {
            guard let indices else { continue }
            axes.append(axis)
            let bytes = indices.map(Int64.init).withUnsafeBytes { Array($0) }
            let tensor = Tensor(shape: [indices.count], elementType: .int64, storage: .owned(bytes))
            tensors.append(StoredTensor(name: "\(name)/kept\(axis)", tensor: tensor))
        }
        let extents = zip(shape.dimensions, kept).map { $1?.count ?? $0 }
        let isTransposed = layout.order == .inFirst ? "True" : "False"
        entries.append(
            "\(name.pythonQuoted): {\"shape\": \(shape.dimensions), \"factors\": {\(shapes.joined(separator: ", "))}, "
                + "\"inputs_first\": \(isTransposed), \"kept\": \(axes), \"kept_shape\": \(extents)},")
    }

    /// Adds codes with their codebook, or a mask, or nothing where weights stay as they are.
    private mutating func add(_ name: String, shape: Shape, _ assign: @escaping @Sendable () throws -> Assignment) throws {
        let assignment = try assign()
        guard !assignment.codes.isEmpty else { return }
        let type: ElementType = assignment.codebook == nil ? .boolean : assignment.isWide ? .uint16 : .uint8
        let byteCount = shape.count * type.byteCount
        let codes = DeferredBytes(byteCount: byteCount, isKept: false) {
            try assign().bytes
        }
        let suffix = assignment.codebook == nil ? "/mask" : "/codes"
        tensors.append(
            StoredTensor(name: name + suffix, tensor: TensorSource(shape: shape, elementType: type, deferred: codes)))
        if let codebook = assignment.codebook {
            tensors.append(StoredTensor(name: name + "/codebook", tensor: Tensor(codebook, shape: [codebook.count])))
        }
    }
}

extension String {
    /// The text as a literal of Python, in ASCII.
    var pythonQuoted: String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case " "..."~": quoted.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return quoted + "\""
    }

    /// The lines as comments of Python.
    var pythonCommented: String {
        let lines = split(omittingEmptySubsequences: false) { $0.isNewline }
        return lines.map { line in
            "# " + String(String.UnicodeScalarView(line.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
        }.joined(separator: "\n")
    }
}
