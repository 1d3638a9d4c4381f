/// What keeps a graph from ever running, whatever its operators are.
public enum GraphFault: Error, Hashable, Sendable {
    /// Nodes that wait for each other, by title, each for the one before it and the first for the last.
    case cycle([String])
    /// A value that two nodes make, or a node although it is given.
    case madeTwice(value: String, by: String)
}

extension Graph {
    /// The graph's own fault, those of subgraphs left out; nil where it has none.
    ///
    /// - Complexity: O(nodes + values).
    public func fault() -> GraphFault? {
        var made = Set(inputs.map(\.name)).union(initializers.keys)
        for (index, node) in nodes.enumerated() {
            for output in node.outputs where !output.isEmpty && !made.insert(output).inserted {
                return .madeTwice(value: output, by: title(ofNode: index))
            }
        }
        let order = executionOrder()
        return order.count < nodes.count ? .cycle(cycle(outside: Set(order)).map { title(ofNode: $0) }) : nil
    }

    /// The nodes of one cycle among those that are not in `order`, each of which waits for another of them.
    private func cycle(outside order: Set<Int>) -> [Int] {
        var producers: [String: Int] = [:]
        for (index, node) in nodes.enumerated() where !order.contains(index) {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
        }
        guard var node = nodes.indices.first(where: { !order.contains($0) }) else { return [] }
        // Whoever follows what is waited for comes by some node a second time, and has then gone round.
        var places: [Int: Int] = [:]
        var path: [Int] = []
        while places[node] == nil {
            places[node] = path.count
            path.append(node)
            guard let producer = nodes[node].valuesRead().sorted().lazy.compactMap({ producers[$0] }).first else { return path }
            node = producer
        }
        return Array(path[(places[node] ?? 0)...].reversed())
    }
}
