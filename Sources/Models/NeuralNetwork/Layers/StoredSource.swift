/// The stored tensors behind the values of a graph, found through operators that only move their elements.
final class StoredSource {
    private let graph: Graph
    private let outer: StoredSource?
    private var producers: [String: Int] = [:]
    private let inputNames: Set<String>
    /// Results by value name; a value that is being followed has none, so cycles end there.
    private var known: [String: [Int]] = [:]

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

    /// Operators that only move elements.
    static let rearranging: Set<String> = [
        "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Slice", "Split",
    ]

    /// More tensors than these make up no weights.
    private static let mostParts = 16

    /// Index of the one stored tensor whose elements make up the value; nil where it is computed or made of several.
    func tensor(_ name: String) -> Int? {
        let parts = tensors(name)
        return parts.count == 1 ? parts[0] : nil
    }

    /// Indices of the stored tensors whose elements make up the value, each once, in the order in which they are joined;
    /// none where it is computed.
    func tensors(_ name: String, chain: Int = 0) -> [Int] {
        if name.isEmpty || chain > Self.longestChain { return [] }
        if let result = known[name] { return result }
        known[name] = []
        let result = follow(name, chain: chain)
        known[name] = result
        return result
    }

    private func follow(_ name: String, chain: Int) -> [Int] {
        if let index = graph.initializers[name] { return [index] }
        guard let producer = producers[name] else {
            return inputNames.contains(name) ? [] : outer?.tensors(name, chain: chain + 1) ?? []
        }
        let node = graph.nodes[producer]
        guard node.domain.isEmpty else { return [] }
        switch node.operation {
        case "Constant":
            for attribute in ["value", "value_floats", "value_float"] {
                if case .tensor(let index) = node.attributes[attribute] { return [index] }
            }
            return []
        case let operation where Self.rearranging.contains(operation):
            return node.inputs.first.map { tensors($0, chain: chain + 1) } ?? []
        case "Concat":
            // Exporters reorder the gates of recurrent weights by slicing one tensor and joining the slices, and join
            // those of both directions.
            var parts: [Int] = []
            for input in node.inputs {
                let own = tensors(input, chain: chain + 1)
                guard !own.isEmpty else { return [] }
                parts += own.filter { !parts.contains($0) }
                guard parts.count <= Self.mostParts else { return [] }
            }
            return parts
        default:
            return []
        }
    }
}
