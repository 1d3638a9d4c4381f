import TensorCore

/// What the open dimensions of a graph's inputs count as: what somebody gave, else what is assumed.
public struct OpenExtents: Sendable, Hashable {
    /// By the dimension's name.
    public var symbols: [String: Int] = [:]
    /// Which of the named dimensions were given.
    public var givenSymbols: Set<String> = []
    /// Whole shapes of the inputs, by name.
    public var shapes: [String: Shape] = [:]
    /// What nobody gave, first axes left out, for one input goes in: `height = 224`.
    public var assumed: [String] = []
    /// Named dimensions that may be taken larger where a window does not fit.
    var growing: Set<String> = []

    /// Height and width that images are assumed to have: most networks were trained on it, and it divides by 32.
    public static let imageSide = 224
}

extension Graph {
    /// What the inputs' open dimensions count as where `grown` is for those of no known meaning.
    ///
    /// Height and width of images count as `OpenExtents.imageSide`.
    public func openExtents(grown: Int = 1) -> OpenExtents {
        var open = OpenExtents()
        let known = knownShapes
        for input in inputs {
            guard let shape = known[input.name], let dimensions = input.dimensions, dimensions.count == shape.rank else { continue }
            for (axis, dimension) in dimensions.enumerated() {
                if case .symbol(let name) = dimension, open.symbols[name] == nil {
                    open.symbols[name] = shape[axis]
                    open.givenSymbols.insert(name)
                }
            }
        }
        // Samples come first; in states of recurrent layers, which are layers × sequences × units, before the last axis.
        let starts = startStates
        let batches = Set(
            inputs.flatMap { input -> [String] in
                let dimensions = input.dimensions ?? []
                let places = starts.contains(input.name) && dimensions.count >= 2 ? [0, dimensions.count - 2] : [0]
                return places.compactMap { place in
                    if dimensions.indices.contains(place), case .symbol(let name) = dimensions[place] { name } else { nil }
                }
            })
        for input in inputs {
            guard let dimensions = input.dimensions else { continue }
            let images = input.imageAxes
            var extents: [Int] = []
            for (axis, dimension) in dimensions.enumerated() {
                let given = known[input.name].flatMap { $0.rank == dimensions.count ? $0[axis] : nil }
                switch dimension {
                case .fixed(let extent): extents.append(extent)
                case .symbol(let name):
                    if open.symbols[name] == nil {
                        let isGrowing = !images.contains(axis) && !batches.contains(name)
                        open.symbols[name] = images.contains(axis) ? OpenExtents.imageSide : isGrowing ? grown : 1
                        if isGrowing { open.growing.insert(name) }
                        if !batches.contains(name) { open.assumed.append("\(name) = \(open.symbols[name] ?? 1)") }
                    }
                    extents.append(open.symbols[name] ?? 1)
                case .unspecified:
                    let extent = given ?? (images.contains(axis) ? OpenExtents.imageSide : 1)
                    if given == nil, axis > 0 { open.assumed.append("axis \(axis) of \(input.name) = \(extent)") }
                    extents.append(extent)
                }
            }
            if let shape = Shape(checking: extents) { open.shapes[input.name] = shape }
        }
        return open
    }
}

extension ValueInfo {
    /// Axes of an input that are an image's height and width: the last of four, or where channels come last those before them.
    public var imageAxes: Range<Int> {
        guard let dimensions, dimensions.count == 4, elementType?.isReadableAsFloat ?? true || elementType == .uint8 else { return 0..<0 }
        if case .fixed(1...4) = dimensions[3] {
            if case .fixed = dimensions[1] { return 2..<4 }
            return 1..<3
        }
        guard case .fixed = dimensions[1] else { return 0..<0 }
        return 2..<4
    }
}

extension Model {
    /// Why a shape cannot be given to an input.
    public struct InputShapeFault: Error, Hashable, Sendable {
        public let message: String
    }

    /// The model with its multiply-accumulates counted for inputs of the given shapes, by name, all samples of
    /// them; extents along the first axis are free, for they count samples.
    ///
    /// - Throws: where there is no such input, or its fixed extents are others.
    public func given(inputShapes: [String: Shape]) throws(InputShapeFault) -> Model {
        guard !inputShapes.isEmpty else { return self }
        guard var graph else { throw InputShapeFault(message: "\(name) holds weights without a graph, so it has no inputs") }
        for (input, shape) in inputShapes.sorted(by: { $0.key < $1.key }) {
            guard let declared = graph.inputs.first(where: { $0.name == input }) else {
                let known = graph.inputs.map(\.written).joined(separator: ", ")
                throw InputShapeFault(message: "\(name) has no input \(input): it has \(known)")
            }
            guard let dimensions = declared.dimensions else { continue }
            let fits =
                dimensions.count == shape.rank
                && dimensions.enumerated().dropFirst().allSatisfy { axis, dimension in
                    if case .fixed(let extent) = dimension { extent == shape[axis] } else { true }
                }
            guard fits else {
                let given = shape.dimensions.map(String.init).joined(separator: "×")
                throw InputShapeFault(message: "\(given) is no shape of the input \(declared.written) of \(name)")
            }
        }
        graph.inputShapes.merge(inputShapes) { $1 }
        return counted(for: graph)
    }

    /// The model with its multiply-accumulates counted for samples of these shapes, by input, where nobody gave others.
    public func counted(forSamples shapes: [String: Shape]) -> Model {
        guard var graph, graph.sampleShapes != shapes else { return self }
        graph.sampleShapes = shapes
        return counted(for: graph)
    }

    /// The model with this graph, which differs from its own in what is known of the inputs' shapes.
    private func counted(for graph: Graph) -> Model {
        var model = self
        model.graph = graph
        let analysis = GraphAnalysis(graph, tensors: tensors)
        var tensors = tensors
        let macs = Dictionary(
            graph.layers(tensors: &tensors, analysis: analysis).map { ($0.weight, $0.macs) }, uniquingKeysWith: { first, _ in first })
        for index in model.layers.indices { model.layers[index].macs = macs[model.layers[index].weight] ?? model.layers[index].macs }
        model.macs = analysis.macs
        model.assumptions = analysis.assumed
        return model
    }
}

extension ValueInfo {
    /// Name and shape as messages have it: `x (N×3×height×width)`.
    public var written: String {
        guard let dimensions, !dimensions.isEmpty else { return name }
        let extents = dimensions.map { dimension in
            switch dimension {
            case .fixed(let extent): String(extent)
            case .symbol(let name): name
            case .unspecified: "?"
            }
        }
        return "\(name) (\(extents.joined(separator: "×")))".asReason
    }
}
