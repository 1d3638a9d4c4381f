extension Node {
    /// Points attributes and subgraphs to where stored tensors have gone.
    public mutating func moveTensors(_ places: [Int?]) {
        for (name, attribute) in attributes {
            switch attribute {
            case .tensor(let index) where places.indices.contains(index):
                attributes[name] = .tensor(places[index] ?? index)
            case .graph(let graph): attributes[name] = .graph(graph.movingTensors(places))
            case .graphs(let graphs): attributes[name] = .graphs(graphs.map { $0.movingTensors(places) })
            default: break
            }
        }
    }
}

extension Graph {
    /// The graph with its stored tensors at other places; nil where one is gone.
    public func movingTensors(_ places: [Int?]) -> Graph {
        var graph = self
        graph.initializers = initializers.compactMapValues { places.indices.contains($0) ? places[$0] : nil }
        for index in graph.nodes.indices { graph.nodes[index].moveTensors(places) }
        return graph
    }
}
