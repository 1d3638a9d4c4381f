import NeuralNetwork

extension ChannelRule {
    static let reduction: [String: Rule] = {
        var rules: [String: Rule] = [:]
        for name in ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"] {
            rules["Reduce" + name] = { visit in
                guard let shape = visit.shape(0) else { return }
                var axes: [Int] = []
                if visit.isPresent(1) {
                    guard let known = visit.integers(1) else { return }
                    axes = known
                } else {
                    axes = visit.integers("axes") ?? []
                }
                if axes.isEmpty, visit.integer("noop_with_empty_axes") ?? 0 == 0 { axes = Array(0..<shape.rank) }
                visit.reduce(axes, mayMix: name == "Mean" && visit.normalizes())
            }
        }
        for name in ["ArgMax", "ArgMin"] { rules[name] = { $0.reduce([$0.integer("axis") ?? 0]) } }
        return rules
    }()
}

extension NodeVisit {
    /// Whether a mean is a normalization's, written out in simple operators as exporters did before operator set 17: it is
    /// taken off what it is of, or is of squares and divides what these are of. Like the operator it goes over what stays.
    fileprivate func normalizes() -> Bool {
        guard integer("keepdims") ?? 1 != 0, let source = node.inputs.first, let mean = node.outputs.first,
            let readers = tracer.readers[mean], !readers.isEmpty, tracer.finalOutputs.isDisjoint(with: [mean])
        else { return false }
        let nodes = tracer.graph.nodes
        if readers.allSatisfy({ nodes[$0].operation == "Sub" && nodes[$0].inputs == [source, mean] }) { return true }
        guard let squares = tracer.producers[source].map({ nodes[$0] }),
            squares.operation == "Pow" || squares.operation == "Mul" && Set(squares.inputs).count == 1
        else { return false }
        return readers.allSatisfy { index in
            guard nodes[index].operation == "Add", let sum = nodes[index].outputs.first, let next = tracer.readers[sum] else {
                return false
            }
            return next.allSatisfy { ["Sqrt", "Pow"].contains(nodes[$0].operation) && nodes[$0].inputs.first == sum }
        }
    }

    /// Drops the given axes, or keeps them at 1; the others go on. Over channels it `mayMix` the mean goes over those that stay.
    fileprivate mutating func reduce(_ axes: [Int], mayMix: Bool = false) {
        guard let shape = shape(0) else { return }
        let reduced = Set(axes.map { $0 < 0 ? $0 + shape.rank : $0 })
        let keepsAxes = integer("keepdims") ?? 1 != 0
        var target = 0
        for axis in 0..<min(64, shape.rank) {
            if reduced.contains(axis) {
                if let atoms = tracked(0, axis), !mayMix { fix(atoms, "\(title) mixes the channels") }
                if keepsAxes { target += 1 }
                continue
            }
            if let atoms = tracked(0, axis) { setOutput(0, target, atoms) }
            target += 1
        }
    }
}
