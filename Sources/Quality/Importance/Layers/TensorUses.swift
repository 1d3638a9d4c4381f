import NeuralNetwork

/// Which nodes of a graph read which stored tensors and values.
public struct TensorUses {
    private let tensors: [String: Int]
    private var readers: [String: [(node: Int, input: Int)]] = [:]
    private var counts: [Int: Int] = [:]
    private let outputs: Set<String>

    /// Looks through a graph, the branches and loops of its nodes too.
    public init(_ graph: Graph) {
        var tensors = graph.initializers
        for node in graph.nodes where node.operation == "Constant" {
            for case .tensor(let index) in node.attributes.values { tensors[node.outputs.first ?? ""] = index }
        }
        self.tensors = tensors
        outputs = Set(graph.outputs.map(\.name))
        for (index, node) in graph.nodes.enumerated() {
            for (input, name) in node.inputs.enumerated() where !name.isEmpty {
                readers[name, default: []].append((index, input))
                if let tensor = tensors[name] { counts[tensor, default: 0] += 1 }
            }
            guard node.hasSubgraphs else { continue }
            for name in node.valuesRead() {
                readers[name, default: []].append((index, -1))
                if let tensor = tensors[name] { counts[tensor, default: 0] += 1 }
            }
        }
    }

    /// The tensor that a name stands for.
    public func tensor(_ name: String) -> Int? { tensors[name] }

    /// The tensor that a name stands for, where one node alone reads it.
    public func ownTensor(_ name: String) -> Int? { tensors[name].flatMap { counts[$0] == 1 ? $0 : nil } }

    /// The one node that reads a stored tensor, with the number of its input.
    public func soleReader(ofTensor tensor: Int) -> (node: Int, input: Int)? {
        guard counts[tensor] == 1 else { return nil }
        return readers.first { tensors[$0.key] == tensor }?.value.first
    }

    /// Whether nothing but branches and loops reads a stored tensor.
    public func isInside(_ tensor: Int) -> Bool {
        readers.allSatisfy { tensors[$0.key] != tensor || $0.value.allSatisfy { $0.input < 0 } }
    }

    /// The one node that reads a value, where nothing else does.
    public func soleReader(of value: String) -> Int? {
        guard !outputs.contains(value), let nodes = readers[value], nodes.count == 1, nodes[0].input >= 0 else { return nil }
        return nodes[0].node
    }
}
