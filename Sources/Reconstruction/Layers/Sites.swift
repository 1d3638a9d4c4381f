import Composition
import Compression
import NeuralNetwork
import Structure

/// What of a compressed network can be fitted, in the order of execution, and why the rest cannot.
struct Sites {
    private(set) var sites: [Site] = []
    /// By layer of the opened model.
    private(set) var reasons: [Int: String] = [:]

    init(
        of shapes: ComposedModel, _ original: Model, plans: [LayerPlan], selections: [LayerSelection], frozen: Set<Int>
    ) {
        guard let graph = shapes.model.graph, let before = original.graph else { return }
        let uses = TensorUses(graph)
        let known = Set(before.nodes.flatMap(\.outputs))
        for (layer, composed) in shapes.layers.enumerated() {
            if frozen.contains(layer) { continue }
            do throws(LinearOperator.Obstacle) {
                sites += try Self.sites(layer, composed, plans[layer], selections[layer], shapes.model, graph, uses, known)
            } catch {
                reasons[layer] = error.reason
            }
        }
        let order = Dictionary(uniqueKeysWithValues: graph.executionOrder().enumerated().map { ($1, $0) })
        sites = sites.filter { order[$0.operation.node] != nil }
        sites.sort { (order[$0.operation.node] ?? 0) < (order[$1.operation.node] ?? 0) }
    }

    private static func sites(
        _ layer: Int, _ composed: ComposedLayer, _ plan: LayerPlan, _ selection: LayerSelection, _ model: Model, _ graph: Graph,
        _ uses: TensorUses, _ known: Set<String>
    ) throws(LinearOperator.Obstacle) -> [Site] {
        guard let lastPart = composed.parts.last else { throw .init(reason: "nothing is left of it") }
        let last = try linear(lastPart, model, graph, uses)
        guard known.contains(last.output) else { throw .init(reason: "the original has no output of the same name") }
        var kept: [Int]?
        switch last.form {
        case .convolution, .product(isTransposed: true): kept = selection.kept(along: 0)
        case .product(isTransposed: false): kept = selection.kept(along: 1)
        case .transposedConvolution:
            kept = selection.kept(along: 1)
            guard kept == nil || last.groups == 1 else { throw .init(reason: "its groups lost channels") }
        }
        let intercept = Site.Intercept(last, in: graph, uses, tensors: model.tensors)
        func site(_ part: ComposedPart, _ operation: LinearOperator, _ projection: Site.Projection?) -> Site {
            Site(
                layer: layer, weight: model.layers[part.layer].weight, operation: operation, target: last.output, kept: kept,
                projection: projection, intercept: intercept, isMasked: plan.weightPlan(for: part.role).prune != nil)
        }
        var sites = [site(lastPart, last, nil)]
        if composed.parts.count > 1, last.isPointwise(graph.nodes[last.node]),
            case let part = composed.parts[composed.parts.count - 2], let operation = try? linear(part, model, graph, uses),
            operation.output == last.input, operation.groups == last.groups, operation.outputs == last.inputs,
            uses.soleReader(of: operation.output) == last.node
        {
            let projection = Site.Projection(weight: model.layers[lastPart.layer].weight, operation: last)
            sites.insert(site(part, operation, projection), at: 0)
        }
        return sites
    }

    private static func linear(
        _ part: ComposedPart, _ model: Model, _ graph: Graph, _ uses: TensorUses
    ) throws(LinearOperator.Obstacle) -> LinearOperator {
        let layer = model.layers[part.layer]
        guard let use = uses.soleReader(ofTensor: layer.weight) else {
            throw .init(reason: "its weights are used in several places")
        }
        let node = graph.nodes[use.node]
        guard use.input == 1, model.tensors[layer.weight].tensor.elementType.isReadableAsFloat else {
            throw .init(reason: "\(node.operation) is not linear in one matrix")
        }
        guard uses.tensor(node.inputs[0]) == nil else { throw .init(reason: "its weights are multiplied by weights") }
        return try LinearOperator(node, index: use.node, weights: layer.shape)
    }
}
