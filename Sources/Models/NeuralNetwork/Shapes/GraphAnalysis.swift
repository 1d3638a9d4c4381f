import TensorCore

/// What a graph tells before it runs: the shape of every value, and the multiply-accumulates of every node.
public struct GraphAnalysis: Sendable {
    /// Shapes of the values defined in the graph, as far as they are known.
    public internal(set) var shapes: [String: Shape] = [:]
    /// Why a value has no shape: the first cause on the way to it.
    public internal(set) var unknownShapes: [String: String] = [:]
    /// Node indices such that producers come first; nodes on a cycle are missing.
    public internal(set) var order: [Int] = []
    /// Multiply-accumulates of each node for one sample; a node with subgraphs counts what they execute.
    public internal(set) var nodeMACs: [MACCount] = []
    /// Multiply-accumulates of the whole graph.
    public internal(set) var macs = MACCount.counted(0)
    /// Analyses of the subgraphs: node index, then the attribute's name (`then_branch`, `body`, `graphs[1]`).
    public internal(set) var subgraphs: [Int: [String: GraphAnalysis]] = [:]
    /// For an `If` whose condition is known beforehand, whether it holds.
    public internal(set) var conditions: [Int: Bool] = [:]
    /// For a `Loop` or `Scan`, how often its body runs, where that is known beforehand.
    public internal(set) var iterations: [Int: Int] = [:]
    /// Vectors and scalars of integers that are computed, but known before the network runs: shapes and what is made of them.
    public internal(set) var integers: [String: [Int]] = [:]
    /// The same of floating-point numbers: what is reckoned of shapes before it is rounded, or scales values.
    public internal(set) var numbers: [String: [Double]] = [:]
    /// The places that a Gather picks, where they are known before the network runs: by node.
    var lookups: [Int: [Int]] = [:]
    /// Whether at the extents assumed for symbolic dimensions a window found too little room, or shapes did not meet.
    var lacksRoom = false

    /// The extents assumed for the inputs' symbolic dimensions.
    public internal(set) var assumptions: [String: Int] = [:]
    /// What nobody gave of the inputs' shapes, but for samples, as it is told: `height = 224`.
    public internal(set) var assumed: [String] = []
}

extension GraphAnalysis {
    /// Infers shapes and counts for one input, of the shape that was given or is assumed (`Graph.openExtents`).
    ///
    /// Where a window (of a convolution over time, say) does not fit at 1, or what is joined again after it was halved does not, the dimensions that are not the first of an
    /// input count as the least power of two at which all fit, and `assumptions` tells which.
    public init(_ graph: Graph, tensors: [StoredTensor]) {
        let open = graph.openExtents()
        self.init(graph, tensors: tensors, open)
        guard lacksRoom, !open.growing.isEmpty else { return }
        for exponent in 1...12 {
            let larger = GraphAnalysis(graph, tensors: tensors, graph.openExtents(grown: 1 << exponent), stopsWithoutRoom: true)
            if !larger.lacksRoom {
                self = larger
                return
            }
        }
    }

    private init(_ graph: Graph, tensors: [StoredTensor], _ open: OpenExtents, stopsWithoutRoom: Bool = false) {
        self.init(graph, tensors: tensors, extents: open.symbols, shapes: open.shapes, stopsWithoutRoom: stopsWithoutRoom)
        assumed = open.assumed
    }

    /// Infers shapes and counts at the given extents of the symbolic dimensions; `shapes` are those of whole inputs, by name.
    public init(
        _ graph: Graph, tensors: [StoredTensor], extents: [String: Int], shapes: [String: Shape]? = nil, stopsWithoutRoom: Bool = false
    ) {
        var analyzer = GraphAnalyzer(
            tensors: tensors, extents: extents, shapes: shapes ?? graph.knownShapes, stopsWithoutRoom: stopsWithoutRoom)
        self = analyzer.analyze(graph, outer: nil)
        share(among: graph.fixedSamples(giving: self.shapes))
        assumptions = extents
    }
}

extension GraphAnalysis {
    /// The analysis at other extents of what the inputs' shapes leave open, and at twice the samples that a file fixes where its graph
    /// goes with any: what is other there follows from what the network is run on. nil where nothing is open.
    ///
    /// Twice the extents, or where the graph does not go with those, as when a table of positions ends before, half of them.
    public func varied(_ graph: Graph, tensors: [StoredTensor]) -> GraphAnalysis? {
        var graph = graph
        var open = Dictionary(uniqueKeysWithValues: graph.symbols.map { ($0, assumptions[$0] ?? 1) })
        for index in graph.inputs.indices {
            graph.inputs[index].dimensions = graph.inputs[index].dimensions?.map { dimension in
                guard case .unspecified = dimension else { return dimension }
                let name = "?\(open.count)"
                open[name] = 1
                return .symbol(name)
            }
        }
        let doubled = open.mapValues { 2 * $0 }
        for extents in [doubled, open.mapValues { $0 == 1 ? 2 : $0 / 2 }] {
            for graph in [graph.withTwiceTheSamples, extents.isEmpty ? nil : graph].compactMap({ $0 }) {
                let analysis = GraphAnalysis(graph, tensors: tensors, extents: extents)
                if analysis.unknownShapes.count <= unknownShapes.count { return analysis }
            }
        }
        return open.isEmpty ? nil : GraphAnalysis(graph, tensors: tensors, extents: doubled)
    }

    /// Infers shapes and counts for inputs of whole shapes, by name, whatever the graph declares of them.
    public init(_ graph: Graph, tensors: [StoredTensor], inputs: [String: Shape]) {
        var analyzer = GraphAnalyzer(tensors: tensors, extents: [:])
        self = analyzer.analyze(
            graph, outer: nil,
            inputs: graph.inputs.map { input in
                inputs[input.name].map { .known($0) } ?? .unknown("nothing is known of the shape of \(input.name)".asReason)
            })
    }
}

extension GraphAnalysis {
    /// Counts for one of so many samples; what is not done for each of them is counted whole.
    private mutating func share(among samples: Int) {
        guard samples > 1 else { return }
        nodeMACs = nodeMACs.map { count in
            guard case .counted(let all) = count, all % samples == 0 else { return count }
            return .counted(all / samples)
        }
        macs = nodeMACs.reduce(.counted(0), +)
        for node in subgraphs.keys { for name in subgraphs[node, default: [:]].keys { subgraphs[node]?[name]?.share(among: samples) } }
    }
}

extension Graph {
    /// Samples of a run, where the file fixes them: as many in all inputs, states aside, and in what is made of them. Otherwise 1.
    fileprivate func fixedSamples(giving shapes: [String: Shape]) -> Int {
        let starts = startStates
        let counts = inputs.filter { !starts.contains($0.name) && !($0.dimensions ?? []).isEmpty }.map { input -> Int? in
            let axis = readsTimeFirst(input.name) ? 1 : 0
            guard let dimensions = input.dimensions, axis < dimensions.count, case .fixed(let samples) = dimensions[axis] else { return nil }
            return samples
        }
        guard let samples = counts.first ?? nil, counts.allSatisfy({ $0 == samples }), let output = outputs.first,
            let made = shapes[output.name], made.dimensions.prefix(max(1, made.rank - 1)).contains(samples)
        else { return 1 }
        return samples
    }

    /// The graph with inputs of twice the first extents that its file fixes; nil where it fixes none.
    fileprivate var withTwiceTheSamples: Graph? {
        var wide = self
        for index in inputs.indices {
            guard case .fixed(let samples)? = inputs[index].dimensions?.first, inputs[index].dimensions?.count ?? 0 > 1 else { continue }
            wide.inputs[index].dimensions?[0] = .fixed(2 * samples)
        }
        // What the file declares of computed values is of its own number of samples.
        for node in wide.nodes { for output in node.outputs { wide.valueInfos[output] = nil } }
        return wide.inputs == inputs ? nil : wide
    }
}

extension MACCount {
    /// The sum of two counts; unknown where one is, with the first reason.
    public static func + (left: MACCount, right: MACCount) -> MACCount {
        guard case .counted(let first) = left else { return left }
        guard case .counted(let second) = right else { return right }
        let (sum, overflow) = first.addingReportingOverflow(second)
        return overflow ? .unknown(reason: "the count exceeds 63 bits") : .counted(sum)
    }

    /// The count of `times` repetitions.
    public static func * (count: MACCount, times: Int) -> MACCount {
        guard case .counted(let once) = count else { return count }
        let (result, overflow) = once.multipliedReportingOverflow(by: times)
        return overflow ? .unknown(reason: "the count exceeds 63 bits") : .counted(result)
    }

    /// The larger of two counts, of which only one happens; unknown where one is.
    static func either(_ left: MACCount, _ right: MACCount) -> MACCount {
        guard case .counted(let first) = left else { return left }
        guard case .counted(let second) = right else { return right }
        return .counted(max(first, second))
    }
}
