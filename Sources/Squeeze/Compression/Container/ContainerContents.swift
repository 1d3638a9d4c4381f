import NeuralNetwork

/// What of a model goes into its compressed file: tensors under their names there, and the graph.
public struct ContainerContents: Sendable, Hashable {
    /// Indices in `Model.tensors`, rising.
    public var tensors: [Int]
    /// The name in the file of each of the model's tensors, whether it goes there or not.
    public var names: [String]
    /// Bytes of the graph; nil where the model has none.
    public var graphByteCount: Int?

    public init(tensors: [Int], names: [String], graphByteCount: Int?) {
        self.tensors = tensors
        self.names = names
        self.graphByteCount = graphByteCount
    }

    /// All tensors of a model, and its graph as `structure` encodes it: its bytes, and the tensors it refers to.
    public init(of model: Model, structure: (_ names: [String]) -> (tensors: [Int], byteCount: Int)?) {
        var taken: Set = ["__metadata__", Self.graphName]
        let names = model.tensors.map { taken.insertUnique($0.name) }
        let structure = structure(names)
        self.init(
            tensors: structure?.tensors ?? Array(model.tensors.indices), names: names, graphByteCount: structure?.byteCount)
    }

    /// The name of the graph.
    public static let graphName = "pare.graph"
}

extension Set<String> {
    /// Inserts a name, followed by `#2`, `#3`, … where it was there before.
    mutating func insertUnique(_ name: String) -> String {
        var candidate = name
        var number = 2
        while !insert(candidate).inserted {
            candidate = "\(name)#\(number)"
            number += 1
        }
        return candidate
    }
}
