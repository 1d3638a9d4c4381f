import Basics
import Composition
import Compression
import Evaluation
import Importance
import NeuralNetwork

extension Reconstructor {
    /// Decides the shared values of tables whose rows are looked up, before anything that reads them is fitted.
    func decideLookups(
        in model: inout Model, _ decided: inout Decided, _ found: inout [Int: LayerReconstruction], _ inputs: CalibrationInputs,
        _ cancellation: CancellationToken
    ) throws {
        guard let graph = model.graph else { return }
        let uses = TensorUses(graph)
        for layer in shapes.placedLayers where !frozen.contains(layer.number) && layer.refusal == nil {
            guard let part = layer.parts.first,
                let lookup = Lookup(layer, graph, uses, isMasked: plans[layer.number].weightPlan(for: part.role).prune != nil),
                let errors = try decide(lookup, part, graph, &model, &decided, inputs, cancellation)
            else { continue }
            found[layer.number] = LayerReconstruction(
                layer: layer.number, name: composer.model.layers[layer.number].name, errorBefore: errors.before,
                errorAfter: errors.after)
        }
    }

    /// Errors are fractions of the power of what is looked up; nil where the table is left for later.
    private func decide(
        _ lookup: Lookup, _ part: PlacedPart, _ graph: Graph, _ model: inout Model, _ decided: inout Decided, _ inputs: CalibrationInputs,
        _ cancellation: CancellationToken
    ) throws -> (before: Double, after: Double)? {
        guard plans[lookup.layer].weightPlan(for: part.role).share != nil, inputs.bound[lookup.indices] == nil else { return nil }
        let network = StagedNetwork(graph, wants: [[lookup.indices]], inputs: inputs, memoryLimit: Team.memoryLimit / 2)
        let indices = try network.advance(to: 0, model, wanting: lookup.indices, cancellation: cancellation)
        guard let frequencies = lookup.frequencies(indices, of: inputs) else { return nil }
        let table = try model.tensors[lookup.weight].tensor.floats()
        let width = lookup.shape[1]
        func power(_ values: [Float]) -> Double {
            frequencies.indices.reduce(0) { sum, row in
                sum + frequencies[row] * values[row * width..<(row + 1) * width].reduce(0) { $0 + Double($1) * Double($1) }
            }
        }
        let whole = max(power(table), .leastNormalMagnitude)
        let costs = lookup.costs(importance, in: composer.model) ?? Array(repeating: 0.5 / whole, count: width)
        let shared = try share(lookup.layer, part, &decided, cancellation) {
            FeedbackProblem(lookup, table, frequencies: frequencies, costs: costs)
        }
        guard let shared else { return nil }
        model.store(shared.after, at: lookup.weight)
        return (power(zip(shared.before, table).map { $0 - $1 }) / whole, power(zip(shared.after, table).map { $0 - $1 }) / whole)
    }
}
