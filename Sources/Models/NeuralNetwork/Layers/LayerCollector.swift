extension Graph {
    /// What a person would compress, in order of execution, subgraphs included; a weight of several nodes is one layer.
    ///
    /// Constant nodes' tensors that turn out to be weights, biases or norm statistics lose their mark as literals.
    public func layers(tensors: inout [StoredTensor], analysis: GraphAnalysis) -> [Layer] {
        var collector = LayerCollector(tensors: tensors)
        let macs = collector.collect(self, analysis, outer: nil)
        tensors = collector.tensors
        return collector.layers(macs: macs)
    }
}

/// Gathers the uses of stored weights over a graph and its subgraphs.
struct LayerCollector {
    private struct Candidate {
        var name: String
        var otherNames: [String]
        var operation: String
        var weight: Int
        var bias: Int?
    }

    private(set) var tensors: [StoredTensor]
    /// The analysis at other extents of what is open, once somebody asked for it.
    private var varied: GraphAnalysis?
    /// Whether it is a subgraph that is walked.
    private var isInside = false
    private var candidates: [Candidate] = []
    private var candidateOfTensor: [Int: Int] = [:]
    /// Recurrent nodes that were met of a module: its layers, one after the other.
    private var recurrentNodes: [String: [Int]] = [:]

    /// A Constant of no more elements is arithmetic (a colour matrix, a scale), not a trained weight, where the operator
    /// that reads it may be either.
    private static let largestLiteral = 16

    init(tensors: [StoredTensor]) {
        self.tensors = tensors
        for index in tensors.indices where tensors[index].isLiteral && tensors[index].tensor.count > Self.largestLiteral {
            self.tensors[index].isLiteral = false
        }
    }

    /// Registers the layers of a graph; returns the multiply-accumulates of each weight tensor in one run of the graph.
    mutating func collect(_ graph: Graph, _ analysis: GraphAnalysis, outer: StoredSource?) -> [Int: MACCount] {
        let source = StoredSource(graph, outer: outer)
        let wasInside = isInside
        isInside = outer != nil
        defer { isInside = wasInside }
        var macs: [Int: MACCount] = [:]
        let visited = Set(analysis.order)
        for index in analysis.order + graph.nodes.indices.filter({ !visited.contains($0) }) {
            let node = graph.nodes[index]
            if let inner = analysis.subgraphs[index] {
                macs.merge(collectSubgraphs(index, node, analysis, inner, source)) { $0 + $1 }
            } else if node.domain.isEmpty {
                for (weight, count) in collect(node, index, graph, analysis, source) {
                    macs[weight] = (macs[weight] ?? .counted(0)) + count
                }
            }
        }
        return macs
    }

    private mutating func collectSubgraphs(
        _ index: Int, _ node: Node, _ analysis: GraphAnalysis, _ inner: [String: GraphAnalysis], _ source: StoredSource
    ) -> [Int: MACCount] {
        var macs: [Int: MACCount] = [:]
        for (name, graph) in node.subgraphs {
            guard let body = inner[name] else { continue }
            var counts = collect(graph, body, outer: source)
            if node.operation == "If", node.domain.isEmpty {
                if let holds = analysis.conditions[index], holds != (name == "then_branch") {
                    counts = counts.mapValues { _ in .counted(0) }
                }
                macs.merge(counts, uniquingKeysWith: MACCount.either)
            } else {
                let times = analysis.iterations[index]
                counts = counts.mapValues { count in
                    if let times { return count * times }
                    return count == .counted(0) ? count : .unknown(reason: analysis.nodeMACs[index].reason ?? "unknown")
                }
                macs.merge(counts) { $0 + $1 }
            }
        }
        return macs
    }

    private mutating func collect(
        _ node: Node, _ index: Int, _ graph: Graph, _ analysis: GraphAnalysis, _ source: StoredSource
    ) -> [(Int, MACCount)] {
        func stored(_ input: Int) -> Int? { input < node.inputs.count ? source.tensor(node.inputs[input]) : nil }
        func parts(_ input: Int) -> [Int] { input < node.inputs.count ? source.tensors(node.inputs[input]) : [] }
        let macs = analysis.nodeMACs[index]
        switch node.operation {
        case "Conv", "ConvTranspose":
            return add(node, index, parts: parts(1), bias: stored(2), macs: macs)
        case "Gemm":
            return add(node, index, parts: parts(1).isEmpty ? parts(0) : parts(1), bias: stored(2), macs: macs)
        case "MatMul":
            // A product of two stored matrices stands for a matrix in factors.
            if let first = stored(0), let second = stored(1), first != second, isMatrix(first), isMatrix(second) {
                let isLeft = add(node, index, weight: first, bias: nil, suffix: "out")
                let isRight = add(node, index, weight: second, bias: nil, suffix: "in")
                return (isLeft ? [(first, macs)] : []) + (isRight ? [(second, macs)] : [])
            }
            for input in [1, 0] {
                let parts = parts(input)
                guard let first = parts.first, parts.contains(where: { !tensors[$0].isLiteral }) else { continue }
                let rank = analysis.shapes[node.inputs[input]]?.rank ?? tensors[first].tensor.shape.rank
                guard rank >= 2 else { continue }
                return add(node, index, parts: parts, bias: nil, macs: macs)
            }
            return []
        case "LSTM", "GRU", "RNN":
            return collectRecurrent(node, index, graph, analysis, weights: parts(1), parts(2), bias: stored(3))
        case "Gather":
            guard let weight = stored(0), tensors[weight].tensor.shape.rank == 2,
                !tensors[weight].isLiteral, node.isEmbedding, !isKnown(index, graph, analysis, indices: stored(1)),
                add(node, index, weight: weight, bias: nil)
            else { return [] }
            return [(weight, macs)]
        case "BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization", "PRelu",
            "RMSNormalization":
            for input in node.inputs.indices.dropFirst() { stored(input).map { tensors[$0].isLiteral = false } }
            return []
        default:
            return []
        }
    }

    /// Whether a table is looked up at the same places whatever the network is run on. Then its rows are an addend as a bias is,
    /// which PyTorch's default exporter stores in the table's place.
    private mutating func isKnown(_ index: Int, _ graph: Graph, _ analysis: GraphAnalysis, indices: Int?) -> Bool {
        if indices != nil { return true }
        guard let places = analysis.lookups[index], !isInside else { return false }
        let other = varied ?? analysis.varied(graph, tensors: tensors) ?? analysis
        varied = other
        return other.lookups[index] == places
    }

    private func isMatrix(_ tensor: Int) -> Bool { !tensors[tensor].isLiteral && tensors[tensor].tensor.shape.rank >= 2 }

    /// W and R are two layers, or as many as the tensors they are joined of; B holds the biases of both and is kept with W.
    private mutating func collectRecurrent(
        _ node: Node, _ index: Int, _ graph: Graph, _ analysis: GraphAnalysis, weights: [Int], _ recurrence: [Int], bias: Int?
    ) -> [(Int, MACCount)] {
        var inputMACs = analysis.nodeMACs[index]
        var recurrentMACs = inputMACs
        if case .counted(let total) = inputMACs {
            // Of each gate's row, `input` weights are W's and `hidden` are R's.
            let hidden = weights.first.map { tensors[$0].tensor.shape.dimensions.last ?? 0 } ?? 0
            let recurrent = recurrence.first.map { tensors[$0].tensor.shape.dimensions.last ?? 0 } ?? 0
            let shares = recurrentShares(node, analysis, fallback: (hidden, recurrent))
            let width = shares.input &+ shares.hidden
            if width > 0, shares.input >= 0, shares.hidden >= 0 {
                inputMACs = .counted(total / width * shares.input)
                recurrentMACs = .counted(total / width * shares.hidden)
            }
        }
        return add(node, index, parts: weights, bias: bias, macs: inputMACs, suffix: "W")
            + add(node, index, parts: recurrence, bias: nil, macs: recurrentMACs, suffix: "R")
    }

    /// The last extents of W and R as the node reads them, for they may be stored in another shape.
    private func recurrentShares(
        _ node: Node, _ analysis: GraphAnalysis, fallback: (Int, Int)
    ) -> (input: Int, hidden: Int) {
        guard node.inputs.count > 2 else { return fallback }
        return (
            analysis.shapes[node.inputs[1]]?.dimensions.last ?? fallback.0,
            analysis.shapes[node.inputs[2]]?.dimensions.last ?? fallback.1
        )
    }

    /// Registers the stored tensors that weights are joined of, a layer each: their work is that of their elements. The
    /// second direction's are called as PyTorch calls them, `W_reverse`.
    private mutating func add(
        _ node: Node, _ index: Int, parts: [Int], bias: Int?, macs: MACCount, suffix: String? = nil
    ) -> [(Int, MACCount)] {
        guard parts.count > 1 else {
            guard let weight = parts.first, add(node, index, weight: weight, bias: bias, suffix: suffix) else { return [] }
            return [(weight, macs)]
        }
        let weights = parts.filter { tensors.indices.contains($0) && !tensors[$0].isLiteral }
        let total = parts.reduce(0) { $0 &+ (tensors.indices.contains($1) ? tensors[$1].tensor.count : 0) }
        var counts: [(Int, MACCount)] = []
        for (position, weight) in weights.enumerated() {
            let isReverse = suffix != nil && parts.count == 2 && position == 1
            let suffix = suffix.map { isReverse ? "\($0)_reverse" : $0 }
            guard add(node, index, weight: weight, bias: position == 0 ? bias : nil, suffix: suffix) else { continue }
            counts.append((weight, macs.share(tensors[weight].tensor.count, of: total)))
        }
        return counts
    }

    /// Registers a layer, or another use of one; false where the tensor holds no weights Pare compresses.
    private mutating func add(_ node: Node, _ index: Int, weight: Int, bias: Int?, suffix: String? = nil) -> Bool {
        guard tensors.indices.contains(weight) else { return false }
        let tensor = tensors[weight].tensor
        guard tensor.elementType.isReadableAsFloat, tensor.count > 0 else { return false }
        tensors[weight].isLiteral = false
        if let bias { tensors[bias].isLiteral = false }
        guard candidateOfTensor[weight] == nil else { return true }
        candidateOfTensor[weight] = candidates.count
        var name = node.name.isEmpty ? tensors[weight].name : node.name
        if name.isEmpty { name = "\(node.operation)_\(index)" }
        if let suffix, !node.name.isEmpty { name += "/\(suffix)" }
        var otherNames: [String] = []
        let module =
            tensors[weight].layerName ?? bias.flatMap { suffix == nil ? tensors[$0].moduleOfBias : nil } ?? notedName(node, index, suffix)
        if node.isNumbered, let own = module, own != name {
            otherNames = [name]
            name = own
        }
        if tensors[weight].name != name, !tensors[weight].name.isEmpty { otherNames.append(tensors[weight].name) }
        candidates.append(
            Candidate(name: name, otherNames: otherNames, operation: node.operation, weight: weight, bias: bias))
        return true
    }

    /// What the exporter notes that the weights are called; those of recurrent layers as PyTorch calls them, `lstm.weight_ih_l0`.
    private mutating func notedName(_ node: Node, _ index: Int, _ suffix: String?) -> String? {
        guard let noted = node.weightName else { return nil }
        guard let suffix else { return noted.hasSuffix(".weight") ? String(noted.dropLast(7)) : noted }
        guard suffix.hasPrefix("W") || suffix.hasPrefix("R") else { return nil }
        if recurrentNodes[noted, default: []].last != index { recurrentNodes[noted, default: []].append(index) }
        let layer = recurrentNodes[noted, default: []].count - 1
        return "\(noted).weight_\(suffix.hasPrefix("W") ? "ih" : "hh")_l\(layer)\(suffix.hasSuffix("_reverse") ? "_reverse" : "")"
    }

    /// The layers, named uniquely: the second `fc` becomes `fc#2`.
    func layers(macs: [Int: MACCount]) -> [Layer] {
        var taken: Set<String> = []
        var copies: [String: Int] = [:]
        var ownedBiases: Set<Int> = []
        return candidates.map { candidate in
            var name = candidate.name
            while !taken.insert(name).inserted {
                let copy = copies[candidate.name, default: 1] + 1
                copies[candidate.name] = copy
                name = "\(candidate.name)#\(copy)"
            }
            // A bias of two nodes belongs to the first; a tensor that is a layer itself is nobody's bias.
            var bias = candidate.bias
            if let index = bias, candidateOfTensor[index] != nil || !ownedBiases.insert(index).inserted { bias = nil }
            let shape = tensors[candidate.weight].tensor.shape
            return Layer(
                name: name, otherNames: candidate.otherNames, operation: candidate.operation, weight: candidate.weight, bias: bias, shape: shape,
                macs: macs[candidate.weight] ?? .counted(0), matrix: MatrixView(shape: shape))
        }
    }
}

extension MACCount {
    /// What `part` of `whole` elements take of the count, rounded down.
    fileprivate func share(_ part: Int, of whole: Int) -> MACCount {
        guard case .counted(let count) = self, whole > 0, part >= 0, part <= whole else { return self }
        // Bounds: count ÷ whole · part stays below count.
        return .counted(count / whole * part + Int(Double(count % whole) * (Double(part) / Double(whole))))
    }
}

extension StoredTensor {
    /// What the layer of the weights is called in the module they come from: `layer4.0.conv1` of `layer4.0.conv1.weight`. Nil where
    /// the name says nothing, as that of a tensor which the exporter computed: `val_28`, `onnx::MatMul_12`.
    fileprivate var layerName: String? {
        let own = name.hasSuffix(".weight") ? String(name.dropLast(7)) : name
        // Names in modules have a path or say that they are weights; those of computed values are words such as `mul_1`.
        guard !own.isEmpty, !own.contains("::"), name.contains(".") || name.contains("weight") else { return nil }
        return own
    }

    /// The module that a bias belongs to: `layer4.0.conv1` of `layer4.0.conv1.bias`.
    fileprivate var moduleOfBias: String? { name.hasSuffix(".bias") ? String(name.dropLast(5)) : nil }
}

extension Node {
    /// Whether PyTorch's exporter named the node after its operator rather than after a module: `node_Conv_292`.
    fileprivate var isNumbered: Bool { name.hasPrefix("node_") }

    /// Whether a Gather looks rows up.
    var isEmbedding: Bool {
        if case .integer(let axis) = attributes["axis"] { return axis == 0 || axis == -2 }
        return true
    }
}
