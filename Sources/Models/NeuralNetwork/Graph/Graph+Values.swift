extension Graph {
    /// Names that nodes of the graph and its subgraphs read, and names of their outputs.
    public func namesRead() -> Set<String> {
        var names = Set(outputs.map(\.name))
        for node in nodes {
            names.formUnion(node.inputs)
            for (_, graph) in node.subgraphs { names.formUnion(graph.namesRead()) }
        }
        names.remove("")
        return names
    }

    /// Names that the graph itself defines: inputs, initializers, results of nodes.
    public func namesDefined() -> Set<String> {
        var names = Set(inputs.map(\.name)).union(initializers.keys).union(encodedInitializers.map(\.name))
        for node in nodes { names.formUnion(node.outputs) }
        names.remove("")
        return names
    }
}

extension Node {
    /// The node with another name for each input that `rename` maps, also where its subgraphs read the value from outside.
    func renamingInputs(_ rename: [String: String]) -> Node {
        var node = self
        node.inputs = inputs.map { rename[$0] ?? $0 }
        guard hasSubgraphs else { return node }
        node.attributes = attributes.mapValues { attribute in
            switch attribute {
            case .graph(let graph): .graph(graph.renamingInputs(rename))
            case .graphs(let graphs): .graphs(graphs.map { $0.renamingInputs(rename) })
            default: attribute
            }
        }
        return node
    }
}

extension Graph {
    fileprivate func renamingInputs(_ rename: [String: String]) -> Graph {
        var graph = self
        graph.nodes = nodes.map { $0.renamingInputs(rename) }
        return graph
    }

    /// Names that subgraphs, however deep, define or give as outputs: a value outside must not take such a name there.
    func namesOfSubgraphs() -> Set<String> {
        var names: Set<String> = []
        for node in nodes {
            for (_, graph) in node.subgraphs {
                names.formUnion(graph.namesDefined())
                names.formUnion(graph.outputs.map(\.name))
                names.formUnion(graph.namesOfSubgraphs())
            }
        }
        return names
    }
}
