import NeuralNetwork

/// What a rewritten graph needs no longer: nodes whose results nobody reads any more, and the tensors only they read.
struct DeadParts {
    private(set) var nodes: [Node]
    /// Names of stored tensors that were read before, and are not now.
    private(set) var initializers: Set<String> = []
    /// Stored tensors that only nodes held that are gone.
    private(set) var tensors: Set<Int> = []

    /// `readBefore` names what was read in the graph as it came: what nobody read then is left as it is.
    init(_ nodes: [Node], of graph: Graph, readBefore: Set<String>) {
        var isAlive = [Bool](repeating: false, count: nodes.count)
        var read = Set(graph.outputs.map(\.name))
        // Readers come behind what they read, so from behind one round finds all; files that are out of order take more.
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in nodes.indices.reversed() where !isAlive[index] {
                let node = nodes[index]
                let isWanted = node.outputs.contains { read.contains($0) } || !node.outputs.contains { readBefore.contains($0) }
                guard isWanted else { continue }
                isAlive[index] = true
                hasChanged = true
                read.formUnion(node.hasSubgraphs ? node.valuesRead() : Set(node.inputs))
            }
        }
        self.nodes = nodes.indices.filter { isAlive[$0] }.map { nodes[$0] }
        let unread = readBefore.intersection(graph.initializers.keys).subtracting(read)
        initializers = unread
        let held = self.nodes.reduce(into: Set<Int>()) { $0.formUnion($1.heldTensors) }
        let named = Set(graph.initializers.lazy.filter { !unread.contains($0.key) }.map(\.value))
        for node in graph.nodes { tensors.formUnion(node.heldTensors) }
        for name in unread { if let tensor = graph.initializers[name] { tensors.insert(tensor) } }
        tensors.subtract(held)
        tensors.subtract(named)
    }

    static func read(_ nodes: [Node], _ graph: Graph) -> Set<String> {
        var names = Set(graph.outputs.map(\.name))
        for node in nodes {
            if node.hasSubgraphs { names.formUnion(node.valuesRead()) } else { names.formUnion(node.inputs) }
        }
        return names
    }
}

extension Node {
    /// Stored tensors in attributes and subgraphs.
    fileprivate var heldTensors: Set<Int> {
        var held: Set<Int> = []
        func visit(_ graph: Graph) {
            held.formUnion(graph.initializers.values)
            for node in graph.nodes { held.formUnion(node.heldTensors) }
        }
        for attribute in attributes.values {
            switch attribute {
            case .tensor(let index): held.insert(index)
            case .graph(let graph): visit(graph)
            case .graphs(let graphs): graphs.forEach(visit)
            default: break
            }
        }
        return held
    }
}
