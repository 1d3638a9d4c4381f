import Composition
import Compression
import Importance
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
        let teachers = Teachers(original)
        for (layer, composed) in shapes.layers.enumerated() {
            if frozen.contains(layer) { continue }
            do throws(LinearOperator.Obstacle) {
                sites += try Self.sites(layer, composed, plans[layer], selections[layer], shapes.model, graph, uses, known, teachers)
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
        _ uses: TensorUses, _ known: Set<String>, _ teachers: Teachers
    ) throws(LinearOperator.Obstacle) -> [Site] {
        guard let lastPart = composed.parts.last else { throw .init(reason: "nothing is left of it") }
        let last = try linear(lastPart, model, graph, uses)
        let teacher = try teachers.teacher(of: layer)
        guard teacher != nil || known.contains(last.output) else {
            throw .init(reason: "the original has no output of the same name")
        }
        var kept: [Int]?
        switch last.form {
        case .product where teacher != nil: kept = teacher?.kept(selection)
        case .convolution, .product(isTransposed: true): kept = selection.kept(along: 0)
        case .product(isTransposed: false): kept = selection.kept(along: 1)
        case .transposedConvolution:
            kept = selection.kept(along: 1)
            guard kept == nil || last.groups == 1 else { throw .init(reason: "its groups lost channels") }
        }
        let intercept = Site.Intercept(last, in: graph, uses, tensors: model.tensors)
        func site(_ part: ComposedPart, _ operation: LinearOperator, _ projection: Site.Projection?) -> Site {
            Site(
                layer: layer, weight: model.layers[part.layer].weight, operation: operation,
                target: teacher?.operation.input ?? last.output, teacher: teacher, kept: kept,
                keptStates: operation.reading == .value ? nil : selection.kept(along: 2), projection: projection,
                intercept: intercept, isMasked: plan.weightPlan(for: part.role).prune != nil,
                place: part.layer)
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
        try LinearOperator(layer: model.layers[part.layer], of: model, graph, uses)
    }
}

/// The matrices of the original's recurrent layers.
private struct Teachers {
    let model: Model
    let uses: TensorUses?

    init(_ model: Model) {
        self.model = model
        uses = model.graph.map { TensorUses($0) }
    }

    /// What computes the wanted outputs of a layer; nil where it is not of a recurrent operator.
    func teacher(of layer: Int) throws(LinearOperator.Obstacle) -> Site.Teacher? {
        let (weight, shape) = (model.layers[layer].weight, model.layers[layer].shape)
        guard let graph = model.graph, let use = uses?.soleReader(ofTensor: weight), use.node < graph.nodes.count,
            LinearOperator.isRecurrent(graph.nodes[use.node])
        else { return nil }
        return Site.Teacher(
            weight: weight,
            operation: try LinearOperator(graph.nodes[use.node], index: use.node, place: use.input, weights: shape))
    }
}

extension Site.Teacher {
    /// Which of its outputs a selection leaves: the same of both directions.
    fileprivate func kept(_ selection: LayerSelection) -> [Int]? {
        guard let rows = selection.kept(along: 1) else { return nil }
        return (0..<operation.shape[0]).flatMap { direction in rows.map { direction * operation.shape[1] + $0 } }
    }
}
