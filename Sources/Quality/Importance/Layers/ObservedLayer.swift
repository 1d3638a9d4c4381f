import NeuralNetwork
import TensorCore

extension LinearOperator {
    /// The one place where a layer's weights are multiplied.
    ///
    /// - Throws: an `Obstacle` where there are several or none, or what reads them is not linear in them.
    public init(layer: Layer, of model: Model, _ graph: Graph, _ uses: TensorUses, isWide: Bool = false) throws(Obstacle) {
        guard !uses.isInside(layer.weight) else { throw Obstacle(reason: "it is inside a branch or loop") }
        guard let use = uses.soleReader(ofTensor: layer.weight) else {
            throw Obstacle(reason: "its weights are used in several places")
        }
        let node = graph.nodes[use.node]
        guard node.operation != "Gather" else { throw Obstacle(reason: "no row that is looked up can make up for another") }
        guard use.input == 1 || use.input == 2 && Self.isRecurrent(node), model.tensors[layer.weight].tensor.elementType.isReadableAsFloat
        else { throw Obstacle(reason: "\(node.operation) is not linear in one matrix") }
        guard uses.tensor(node.inputs[0]) == nil else { throw Obstacle(reason: "its weights are multiplied by weights") }
        try self.init(node, index: use.node, place: use.input, weights: layer.shape, isWide: isWide)
    }
}

/// A layer of a network as its training program runs it.
struct ObservedLayer: Sendable {
    let layer: Int
    let operation: LinearOperator
    let node: Node
    /// The name that its node is observed under: its first output that has one.
    let observed: String

    /// The layers of a model that are linear in their weights, and why the others are not.
    static func all(of model: Model) -> (layers: [ObservedLayer], reasons: [Int: String]) {
        guard let graph = model.graph else { return ([], [:]) }
        let uses = TensorUses(graph)
        var (found, reasons): ([ObservedLayer], [Int: String]) = ([], [:])
        for (index, layer) in model.layers.enumerated() {
            do throws(LinearOperator.Obstacle) {
                let operation = try LinearOperator(layer: layer, of: model, graph, uses, isWide: true)
                let node = graph.nodes[operation.node]
                guard let name = node.outputs.first(where: { !$0.isEmpty }) else { throw .init(reason: "nothing reads its outputs") }
                found.append(ObservedLayer(layer: index, operation: operation, node: node, observed: name))
            } catch { reasons[index] = error.reason }
        }
        return (found, reasons)
    }
}
