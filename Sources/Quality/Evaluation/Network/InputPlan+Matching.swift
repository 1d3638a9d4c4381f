import Datasets
import NeuralNetwork
import TensorCore

/// Which samples go where.
extension InputPlan {
    /// Samples go to the inputs of their names; where none has one, to the first input.
    mutating func match(
        _ source: any SampleSource, named name: String, _ graph: Graph, _ model: Model
    ) throws(EvaluationError) {
        let fields = source.fields
        let named = inputs.filter { fields[$0.name] != nil && !($0.dimensions ?? []).isEmpty }
        labels = source.labels
        guard !named.isEmpty else {
            guard !source.goesByName else {
                throw EvaluationError(
                    "\(name) holds \(fields.keys.sorted().joined(separator: ", ")), but the inputs of \(model.name) are "
                        + "\(inputs.map(\.written).joined(separator: ", ")): call arrays as the inputs, or say which are which in a YAML file (inputs:)")
            }
            return feeds = [try feed(data, [source], named: name, graph, model)]
        }
        for input in named {
            guard let field = fields[input.name] else { continue }
            var candidates: [any SampleSource] = []
            // An array of an input's name lies as the input does, if it can.
            if let axis = batchAxes[input.name], axis > 0, let turned = field.counted(along: axis) { candidates.append(turned) }
            candidates.append(field)
            if !source.goesByName, named.count == 1 { candidates.append(source) }
            feeds.append(try feed(input, candidates, named: name, graph, model))
            roles[input.name] = .data
        }
        let count = feeds[0].source.count
        if let other = feeds.first(where: { $0.source.count != count }) {
            throw EvaluationError("\(name) holds \(count) samples for \(feeds[0].input), but \(other.source.count) for \(other.input)")
        }
        if let labels, labels.count != count { self.labels = nil }
        data = named.contains { $0.name == data.name } ? data : named[0]
        for input in inputs where fields[input.name] == nil && ![.start, .data].contains(roles[input.name]) {
            switch roles[input.name] {
            case .ones?: assumed.append("\(input.name) = 1")
            default: break
            }
        }
    }

    /// The first of several ways to bring samples into the shape of an input.
    private func feed(
        _ input: ValueInfo, _ candidates: [any SampleSource], named name: String, _ graph: Graph, _ model: Model
    ) throws(EvaluationError) -> SampleFeed {
        let axis = batchAxes[input.name] ?? 0
        var wanted = input.dimensions ?? []
        if wanted.indices.contains(axis) { wanted.remove(at: axis) }
        let all = candidates
        var candidates = candidates
        if !input.takesNumbers {
            candidates.removeAll { $0.wholeNumbers == nil }
            guard let source = candidates.first else {
                throw EvaluationError(
                    "\(model.name) takes whole numbers (\(input.name)), such as the symbols of a text, not \(name) of \(all[0].shape)")
            }
            if let range = source.wholeNumbers, max(abs(range.lowerBound), range.upperBound) > 1 << 24 {
                throw EvaluationError("\(name) holds numbers beyond 2²⁴ for \(input.name), which Pare does not feed into whole numbers")
            }
        }
        var ways: [any SampleSource] = candidates.filter { Self.fits($0.shape, wanted) }
        for source in candidates where source.shape.rank == 3 && input.takesNumbers {
            let turned = source.channelsLast
            if Self.fits(turned.shape, wanted) { ways.append(turned) }
        }
        // Where extents are open, images may go in either way: the one that the network can do with.
        let chosen = ways.count > 1 ? ways.min { unknownShapes($0, input, axis, graph, model) < unknownShapes($1, input, axis, graph, model) } : ways.first
        if let chosen { return SampleFeed(input: input.name, source: chosen, batchAxis: axis) }
        // A flat input takes an image of as many pixels, and axes of 1 may be left out.
        let extents = wanted.compactMap { if case .fixed(let extent) = $0 { extent } else { nil } }
        if extents.count == wanted.count,
            let source = candidates.first(where: { source in
                source.shape.count == extents.reduce(1, *)
                    && (extents.count == 1 || extents.filter { $0 != 1 } == source.shape.dimensions.filter { $0 != 1 })
            })
        {
            return SampleFeed(input: input.name, source: source, batchAxis: axis)
        }
        throw EvaluationError(
            "the data's samples are \(candidates[0].shape), but the network takes \(input.written): "
                + "choose other data, or describe it with a YAML file that brings it to that shape")
    }

    private static func fits(_ shape: Shape, _ wanted: [Dimension]) -> Bool {
        shape.rank == wanted.count
            && zip(shape.dimensions, wanted).allSatisfy { extent, dimension in
                if case .fixed(let fixed) = dimension { fixed == extent } else { true }
            }
    }

    /// How many values have no shape where samples go in so.
    private func unknownShapes(_ source: any SampleSource, _ input: ValueInfo, _ axis: Int, _ graph: Graph, _ model: Model) -> Int {
        var extents = source.shape.dimensions
        extents.insert(1, at: axis)
        var asked = graph
        asked.inputShapes[input.name] = Shape(extents)
        return GraphAnalysis(asked, tensors: model.tensors).unknownShapes.count
    }
}
