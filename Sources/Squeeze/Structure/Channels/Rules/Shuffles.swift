import NeuralNetwork

/// Channels put into another order by a Reshape that splits their axis, a Transpose, and a Reshape that merges it again: the
/// channel shuffle of ShuffleNet. As long as all channels stay the three run; otherwise one Gather does the same for those that
/// stay, so no channel is bound to another.
struct ChannelShuffle {
    /// The value that is shuffled.
    var source: String
    var axis: Int
    /// For each place, the channel that comes to it.
    var order: [Int]
    /// Nodes between the value and the last Reshape.
    var inner: [Int]
    /// The node that makes the shuffled value.
    var last: Int
}

extension ChannelTracer {
    /// The shuffle that a Reshape begins; nil where it is none, or where somebody else looks into it.
    func shuffle(at index: Int) -> ChannelShuffle? {
        let split = graph.nodes[index]
        guard split.operation == "Reshape", split.domain.isEmpty, let source = split.inputs.first, let parted = split.outputs.first,
            let turn = onlyReader(of: parted), graph.nodes[turn].operation == "Transpose", graph.nodes[turn].domain.isEmpty,
            let turned = graph.nodes[turn].outputs.first, let last = onlyReader(of: turned),
            graph.nodes[last].operation == "Reshape", graph.nodes[last].domain.isEmpty, graph.nodes[last].inputs.first == turned,
            let shape = analysis.shapes[source], let middle = analysis.shapes[parted],
            let merged = graph.nodes[last].outputs.first, analysis.shapes[merged] == shape,
            case .integers(let given) = graph.nodes[turn].attributes["perm"], given.count == middle.rank
        else { return nil }
        let order = given.map { $0 < 0 ? $0 + middle.rank : $0 }
        let segments = NodeVisit.segments(shape.dimensions, middle.dimensions)
        guard let (from, to) = segments.first(where: { $0.to.count > 1 && $0.from.count == 1 }),
            shape[from.lowerBound] <= AtomTable.largestAxis,
            order.indices.allSatisfy({ to.contains($0) ? to.contains(order[$0]) : order[$0] == $0 }),
            Array(to.map { order[$0] }) != Array(to),
            // An extent of 1 may be one that is open: at others the same axes must be split and merged.
            varied.map({ $0.shapes[merged] == $0.shapes[source] && $0.shapes[parted].map { Array($0.dimensions[to]) } == Array(middle.dimensions[to]) })
                ?? true
        else { return nil }
        // Places of the merged axis in the order in which they are laid out, as places before the axes were exchanged.
        var places = [0]
        for axis in to.map({ order[$0] }) {
            let stride = middle.dimensions[(axis + 1)..<to.upperBound].reduce(1, *)
            places = places.flatMap { place in (0..<middle[axis]).map { place + $0 * stride } }
        }
        return ChannelShuffle(source: source, axis: from.lowerBound, order: places, inner: [index, turn], last: last)
    }

    /// The node that alone reads a value; nil where others do, or the caller gets it.
    private func onlyReader(of name: String) -> Int? {
        guard let nodes = readers[name], nodes.count == 1, !finalOutputs.contains(name) else { return nil }
        return nodes[0]
    }
}

extension NodeVisit {
    /// Hands channels on in the order into which a shuffle, whose last node this is, brings them.
    mutating func shuffle(_ shuffle: ChannelShuffle) {
        understandAll()
        for (axis, atoms) in (tracer.labels[shuffle.source] ?? []).enumerated() {
            guard let atoms else { continue }
            guard axis == shuffle.axis else {
                setOutput(0, axis, atoms)
                continue
            }
            setOutput(0, axis, shuffle.order.map { atoms[$0] })
            addEdit(.pick(source: shuffle.source, axis: axis, order: shuffle.order, Picked(source: atoms)), [])
        }
    }
}
