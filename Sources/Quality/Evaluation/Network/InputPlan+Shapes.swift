import Datasets
import NeuralNetwork
import TensorCore

/// The extents of the inputs.
extension InputPlan {
    /// Finds the extents that the samples have, then those that were given, then those that are assumed.
    mutating func settleExtents(_ graph: Graph, _ model: Model, takesText: Bool) throws(EvaluationError) {
        var origins: [String: String] = [:]
        for feed in feeds {
            guard let input = inputs.first(where: { $0.name == feed.input }), let dimensions = input.dimensions else { continue }
            let extents = feed.extents(rank: dimensions.count)
            for (axis, dimension) in dimensions.enumerated() where axis != batchAxes[input.name] {
                guard case .symbol(let name) = dimension, let extents else { continue }
                if let known = symbols[name], known != extents[axis], let origin = origins[name] {
                    throw EvaluationError("\(name) is \(known) in the data for \(origin) and \(extents[axis]) in that for \(input.name)")
                }
                symbols[name] = extents[axis]
                origins[name] = input.name
            }
            if let own = graph.inputShapes[input.name], let extents, own.rank == extents.count,
                zip(own.dimensions, extents).enumerated().contains(where: { $0 != batchAxes[input.name] && $1.0 != $1.1 })
            {
                throw EvaluationError(
                    "the data's samples are \(feed.source.shape), but \(input.name) was given as \(own): leave the shape out, or choose other data")
            }
        }
        let analysis = GraphAnalysis(graph, tensors: model.tensors)
        let fed = Set(feeds.map(\.input))
        symbols.merge(analysis.assumptions) { own, _ in own }
        given = graph.knownShapes
        let samples = Set(batchAxes.compactMap { name, axis in inputs.first { $0.name == name }?.dimensions?[axis].symbol })
        assumed += analysis.assumed.filter { text in
            let known = Set(origins.keys).union(samples)
            guard !known.contains(where: { text.hasPrefix("\($0) = ") }) else { return false }
            guard !takesText || timeSymbol.map({ !text.hasPrefix("\($0) = ") }) ?? true else { return false }
            return !fed.contains { text.hasSuffix(" of \($0) = \(text.split(separator: " ").last ?? "")") }
        }
        if takesSymbols, !takesText, feeds.isEmpty, let name = timeSymbol, graph.openExtents().givenSymbols.contains(name) == false {
            symbols[name] = TextWorkload.stride
            assumed = assumed.map { $0.hasPrefix("\(name) = ") ? "\(name) = \(TextWorkload.stride)" : $0 }
        }
    }

    private var timeSymbol: String? {
        guard let timeAxis, let dimensions = data.dimensions, dimensions.indices.contains(timeAxis) else { return nil }
        return dimensions[timeAxis].symbol
    }

    /// Symbols of each sequence that random ones have: what was given, else as many as a text's runs take.
    var randomTime: Int? {
        guard takesSymbols, let timeAxis, let dimensions = data.dimensions else { return nil }
        switch dimensions[timeAxis] {
        case .fixed(let extent): return extent
        case .symbol(let name): return symbols[name] ?? TextWorkload.stride
        case .unspecified: return given[data.name].flatMap { $0.rank == dimensions.count ? $0[timeAxis] : nil } ?? TextWorkload.stride
        }
    }

    /// The shapes of all inputs for a number of samples a run and, in a text, symbols a run.
    public func shapes(batch: Int, time: Int? = nil) throws(EvaluationError) -> [String: Shape] {
        var symbols = symbols
        if let time, let timeSymbol { symbols[timeSymbol] = time }
        // What the data has along another axis does not count samples elsewhere: a mask of symbols by symbols.
        let others = Set((data.dimensions ?? []).enumerated().compactMap { $0 == batchAxis ? nil : $1.symbol })
        for input in inputs where roles[input.name] != .random || input.name == data.name {
            guard let axis = batchAxes[input.name], let name = input.dimensions?[axis].symbol, !others.contains(name) else { continue }
            symbols[name] = batch
        }
        let feeds = Dictionary(feeds.map { ($0.input, $0) }, uniquingKeysWith: { first, _ in first })
        let fixed = fixedBatch
        var shapes: [String: Shape] = [:]
        for input in inputs {
            let dimensions = input.dimensions ?? []
            let fed = feeds[input.name]?.extents(rank: dimensions.count)
            let batchAxis = batchAxes[input.name]
            let extents = dimensions.enumerated().map { axis, dimension -> Int in
                switch dimension {
                case .fixed(let extent): return axis == batchAxis && extent == fixed ? batch : extent
                case .symbol(let name): return symbols[name] ?? 1
                case .unspecified:
                    if axis == batchAxis { return batch }
                    if let fed { return fed[axis] }
                    if let shape = given[input.name], shape.rank == dimensions.count { return shape[axis] }
                    if let time, axis == timeAxis, !input.takesNumbers, dimensions.count == data.dimensions?.count { return time }
                    return input.imageAxes.contains(axis) ? OpenExtents.imageSide : 1
                }
            }
            guard let shape = Shape(checking: extents) else { throw EvaluationError("the shape of \(input.name) is impossible") }
            shapes[input.name] = shape
        }
        return shapes
    }
}

extension Dimension {
    var symbol: String? {
        if case .symbol(let name) = self { name } else { nil }
    }
}

extension SampleFeed {
    /// The extents of an input of so many axes, 0 for that of samples; nil where samples have other axes than the input.
    func extents(rank: Int) -> [Int]? {
        guard source.shape.rank == rank - 1, batchAxis < rank else { return nil }
        var extents = source.shape.dimensions
        extents.insert(0, at: batchAxis)
        return extents
    }
}
