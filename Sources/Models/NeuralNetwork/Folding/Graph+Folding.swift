extension Graph {
    /// The graph with weights that it computes of stored tensors alone (weight norm, pruning masks, scales) stored as they come
    /// out: one tensor each, in the place of what it was made of. Their elements are worked out when they are read.
    ///
    /// Tensors that nothing reads any more are dropped from `tensors`.
    public func foldingStoredArithmetic(_ tensors: inout [StoredTensor]) -> Graph {
        var arithmetic = StoredArithmetic(self, tensors: tensors)
        let roots = arithmetic.roots()
        guard !roots.isEmpty else { return self }
        var graph = self
        let readBefore = namesRead()
        graph.nodes.removeAll { node in
            StoredArithmetic.operations.contains(node.operation) && node.outputs.contains { roots[$0] != nil }
        }
        for (name, expression) in roots.sorted(by: { $0.key < $1.key }) {
            graph.initializers[name] = tensors.count
            tensors.append(StoredTensor(name: name, tensor: expression.tensor))
        }
        // What only the arithmetic read is of no use any more.
        while true {
            let read = graph.namesRead()
            let count = graph.nodes.count
            graph.nodes.removeAll { node in
                !node.outputs.contains(where: read.contains) && node.outputs.contains(where: readBefore.contains)
                    && !node.hasSubgraphs
            }
            for name in graph.initializers.keys where readBefore.contains(name) && !read.contains(name) {
                graph.initializers[name] = nil
                graph.valueInfos[name] = nil
            }
            if graph.nodes.count == count { break }
        }
        let left = graph.tensorsHeld()
        let held = tensorsHeld()
        var places: [Int?] = []
        var kept: [StoredTensor] = []
        for (index, stored) in tensors.enumerated() {
            let isGone = held.contains(index) && !left.contains(index)
            places.append(isGone ? nil : kept.count)
            if !isGone { kept.append(stored) }
        }
        tensors = kept
        return graph.movingTensors(places)
    }

    /// Indices of the stored tensors that the graph and its subgraphs refer to.
    private func tensorsHeld() -> Set<Int> {
        var held = Set(initializers.values)
        for node in nodes {
            for attribute in node.attributes.values {
                switch attribute {
                case .tensor(let index): held.insert(index)
                case .graph(let graph): held.formUnion(graph.tensorsHeld())
                case .graphs(let graphs): for graph in graphs { held.formUnion(graph.tensorsHeld()) }
                default: break
                }
            }
        }
        return held
    }
}
