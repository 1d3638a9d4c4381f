import NeuralNetwork

/// Which channels of a model go together, and who makes and reads them: what filter pruning must respect.
///
/// A channel is what can be dropped on its own: an index along an axis of values and stored tensors, wherever an addition, a
/// norm, a depthwise convolution or a join carries it. Complexity: near linear in nodes and channels.
public struct ChannelAnalysis: Sendable {
    /// Layers with the same set of channels, in order of execution.
    public let groups: [ChannelGroup]
    /// Channels of the whole model.
    public let channelCount: Int
    /// By layer: each filter's channel, where it is followed.
    let filters: [[Int]?]
    /// Where the filters lie in the weights, for layers whose operators read them as stored.
    let filterAxes: [Int?]
    /// By value and axis: each index' channel.
    let values: [String: [[Int]?]]
    let stored: [StoredAxis: [Int]]
    /// Stored tensors that values are, by name.
    let storedTensors: [String: Int]
    let edits: [NodeEdit]
    /// Sets of which at least one channel must stay: no tensor may lose an axis.
    let blocks: [[Int]]
    /// Which of the blocks a channel is in.
    let blocksOfChannel: [[Int]]
    /// How many filters of which layers a channel is.
    let filtersOfChannel: [[(layer: Int, count: Int)]]
    private let groupOfLayer: [Int?]
    private let obstacles: [String?]

    public init(_ model: Model) {
        guard let graph = model.graph else {
            self.init(withoutGraph: model)
            return
        }
        self.init(model, graph: graph, analysis: GraphAnalysis(graph, tensors: model.tensors))
    }

    private init(withoutGraph model: Model) {
        groups = []
        channelCount = 0
        filters = model.layers.map { _ in nil }
        filterAxes = filters.map { _ in nil }
        storedTensors = [:]
        (values, stored, edits, blocks, blocksOfChannel, filtersOfChannel) = ([:], [:], [], [], [], [])
        groupOfLayer = filters.map { _ in nil }
        obstacles = filters.map { _ in "the file holds no graph, so who reads its filters is not known" }
    }

    init(_ model: Model, graph: Graph, analysis: GraphAnalysis) {
        let tracer = ChannelTracer(model: model, graph: graph, analysis: analysis)
        tracer.run()
        var numbering = ChannelNumbering(tracer.atoms)
        values = tracer.labels.mapValues { axes in axes.map { $0.map { numbering.channels($0) } } }
        stored = tracer.storedLabels.mapValues { numbering.channels($0) }
        storedTensors = tracer.stored
        edits = tracer.edits.map { edit in
            var edit = edit
            edit.entries = edit.entries.map { ($0.position, numbering.channels($0.channels).map { Atom($0) }) }
            if case .vector(let input, var vector) = edit.place {
                vector.reasons = numbering.channels(Array(Set(vector.reasons))).map { Atom($0) }
                edit.place = .vector(input: input, vector)
            }
            if case .pinned(let input, let tensor, let reasons) = edit.place {
                edit.place = .pinned(input: input, tensor, reasons: numbering.channels(Array(Set(reasons))).map { Atom($0) })
            }
            if case .pick(let source, let axis, let order, var picked) = edit.place {
                picked.source = numbering.channels(picked.source).map { Atom($0) }
                edit.place = .pick(source: source, axis: axis, order: order, picked)
            }
            return edit
        }
        filters = model.layers.indices.map { layer in tracer.productions[layer].map { numbering.channels($0.filters) } }
        filterAxes = model.layers.indices.map { tracer.productions[$0]?.axis }
        let grouping = ChannelGrouping(
            model, filters: filters, consumptions: tracer.consumptions, states: tracer.states, numbering: &numbering)
        groups = grouping.groups
        groupOfLayer = grouping.groupOfLayer
        channelCount = numbering.count
        (blocks, blocksOfChannel) = Self.blocks(values, stored, count: numbering.count, reasons: numbering.reasons)
        var owned = [[(layer: Int, count: Int)]](repeating: [], count: numbering.count)
        for (layer, list) in filters.enumerated() {
            for channel in list ?? [] {
                if owned[channel].last?.layer == layer {
                    owned[channel][owned[channel].count - 1].count += 1
                } else {
                    owned[channel].append((layer, 1))
                }
            }
        }
        filtersOfChannel = owned
        let groups = groups
        let followed = Set(tracer.bases.values.joined())
        obstacles = model.layers.enumerated().map { index, layer in
            if let group = grouping.groupOfLayer[index] { return groups[group].obstacle }
            guard followed.contains(layer.weight), let reader = graph.reader(of: layer.weight) else { return "it is inside a branch or loop" }
            if let fault = graph.operatorSetFault { return fault }
            let unknown = reader.inputs.lazy.compactMap { analysis.unknownShapes[$0] }.first
            return unknown.map { "the shape of what it reads is not known: \($0)" } ?? "its weights are computed before they are used"
        }
    }

    /// The distinct sets of channels that make up an axis, but those with a channel that stays anyway.
    private static func blocks(
        _ values: [String: [[Int]?]], _ stored: [StoredAxis: [Int]], count: Int, reasons: [String?]
    ) -> ([[Int]], [[Int]]) {
        var sets: Set<[Int]> = []
        for list in values.values.lazy.flatMap({ $0 }).compactMap({ $0 }) + Array(stored.values) {
            guard !list.contains(where: { reasons[$0] != nil }) else { continue }
            sets.insert(list.isAscending ? list : Array(Set(list)).sorted())
        }
        let blocks = sets.filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
        var ofChannel = [[Int]](repeating: [], count: count)
        for (index, block) in blocks.enumerated() { for channel in block { ofChannel[channel].append(index) } }
        return (blocks, ofChannel)
    }
}

extension ChannelAnalysis {
    /// The group a layer's filters are pruned in; nil where they are not followed.
    public func group(ofLayer layer: Int) -> ChannelGroup? { groupOfLayer[layer].map { groups[$0] } }

    /// Why no filter of a layer can be dropped; nil where some can.
    public func obstacle(ofLayer layer: Int) -> String? { obstacles[layer] }

    /// Filters of a layer; nil where they are not followed.
    public func filterCount(ofLayer layer: Int) -> Int? { filters[layer]?.count }
}

extension Graph {
    /// A node of the graph itself that reads a tensor; nil where subgraphs hide it.
    fileprivate func reader(of tensor: Int) -> Node? {
        let names = Set(initializers.lazy.filter { $0.value == tensor }.map(\.key))
        return nodes.first { node in !node.hasSubgraphs && node.inputs.contains { names.contains($0) } }
    }
}

extension [Int] {
    /// Whether each element is greater than the one before, so that none repeats.
    var isAscending: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}

/// Numbers for the sets of a finished table, in the order of their first atoms.
struct ChannelNumbering {
    private var atoms: AtomTable
    /// By atom, where it is the root of its set.
    private var numbers: [Int]
    /// Why a channel stays, by number.
    private(set) var reasons: [String?] = []

    init(_ atoms: AtomTable) {
        self.atoms = atoms
        numbers = Array(repeating: 0, count: atoms.count)
        for atom in 0..<Atom(atoms.count) where self.atoms.root(atom) == atom {
            numbers[Int(atom)] = reasons.count
            reasons.append(self.atoms.reason(atom))
        }
    }

    var count: Int { reasons.count }

    mutating func channels(_ list: [Atom]) -> [Int] { list.map { numbers[Int(atoms.root($0))] } }
}
