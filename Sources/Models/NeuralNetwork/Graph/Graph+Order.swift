extension Graph {
    /// Node indices such that producers precede their consumers, and otherwise as in the file. Nodes on a cycle, and those
    /// behind one, are missing.
    ///
    /// - Complexity: O(nodes + values).
    public func executionOrder() -> [Int] {
        var producers: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
        }
        // ONNX asks for this order, so nearly every file has it.
        let isOrdered = nodes.enumerated().allSatisfy { index, node in
            node.allValuesRead { (producers[$0] ?? -1) < index }
        }
        if isOrdered { return Array(nodes.indices) }
        let dependencies = nodes.map { node in
            var needed: Set<Int> = []
            _ = node.allValuesRead { name in
                if let producer = producers[name] { needed.insert(producer) }
                return true
            }
            return needed
        }
        var isPlaced = [Bool](repeating: false, count: nodes.count)
        var missing = dependencies.map(\.count)
        var consumers: [Int: [Int]] = [:]
        for (index, needed) in dependencies.enumerated() {
            for producer in needed { consumers[producer, default: []].append(index) }
        }
        var order: [Int] = []
        order.reserveCapacity(nodes.count)
        for start in nodes.indices where missing[start] == 0 && !isPlaced[start] {
            var ready = [start]
            while let next = ready.popLast() {
                isPlaced[next] = true
                order.append(next)
                for consumer in (consumers[next] ?? []).reversed() {
                    missing[consumer] -= 1
                    // A later node without dependencies is left to the outer loop, which keeps the file's order.
                    if missing[consumer] == 0 && !isPlaced[consumer] { ready.append(consumer) }
                }
            }
        }
        return order
    }
}

extension Node {
    /// Whether `condition` holds for all values the node reads, those its subgraphs take from outside included.
    fileprivate func allValuesRead(_ condition: (String) -> Bool) -> Bool {
        hasSubgraphs ? valuesRead().allSatisfy(condition) : inputs.allSatisfy(condition)
    }

    /// Names of the values it reads, those its subgraphs take from outside included.
    public func valuesRead() -> Set<String> {
        var names = Set(inputs)
        for (_, graph) in subgraphs {
            var inner: Set<String> = []
            var defined = Set(graph.initializers.keys).union(graph.inputs.map(\.name))
            for node in graph.nodes {
                inner.formUnion(node.valuesRead())
                defined.formUnion(node.outputs)
            }
            inner.formUnion(graph.outputs.map(\.name))
            names.formUnion(inner.subtracting(defined))
        }
        names.remove("")
        return names
    }
}
