import TensorCore

/// The stored tensors behind the values of a graph, found through operators that only move their elements.
final class StoredSource {
    private let graph: Graph
    private let outer: StoredSource?
    private var producers: [String: Int] = [:]
    private let inputNames: Set<String>
    /// Results by value name; a value that is being followed has nil, so cycles end there.
    private var known: [String: Int?] = [:]

    /// Longer chains of reshaping operators are not followed.
    private static let longestChain = 64

    init(_ graph: Graph, outer: StoredSource?) {
        self.graph = graph
        self.outer = outer
        inputNames = Set(graph.inputs.map(\.name))
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
        }
    }

    /// Index of the one stored tensor whose elements make up the value; nil where it is computed or made of several.
    func tensor(_ name: String, chain: Int = 0) -> Int? {
        if name.isEmpty || chain > Self.longestChain { return nil }
        if let result = known[name] { return result }
        known[name] = .some(nil)
        let result = follow(name, chain: chain)
        known[name] = result
        return result
    }

    private func follow(_ name: String, chain: Int) -> Int? {
        if let index = graph.initializers[name] { return index }
        guard let producer = producers[name] else {
            return inputNames.contains(name) ? nil : outer?.tensor(name, chain: chain + 1)
        }
        let node = graph.nodes[producer]
        guard node.domain.isEmpty else { return nil }
        switch node.operation {
        case "Constant":
            for attribute in ["value", "value_floats", "value_float"] {
                if case .tensor(let index) = node.attributes[attribute] { return index }
            }
            return nil
        case "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Slice", "Split":
            return node.inputs.first.flatMap { tensor($0, chain: chain + 1) }
        case "Concat":
            // Exporters reorder the gates of recurrent weights by slicing one tensor and joining the slices.
            guard let first = node.inputs.first.flatMap({ tensor($0, chain: chain + 1) }) else { return nil }
            return node.inputs.dropFirst().allSatisfy { tensor($0, chain: chain + 1) == first } ? first : nil
        default:
            return nil
        }
    }
}
