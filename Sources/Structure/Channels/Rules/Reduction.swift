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
                visit.reduce(axes)
            }
        }
        for name in ["ArgMax", "ArgMin"] { rules[name] = { $0.reduce([$0.integer("axis") ?? 0]) } }
        return rules
    }()
}

extension NodeVisit {
    /// Drops the given axes, or keeps them at 1; the others go on.
    fileprivate mutating func reduce(_ axes: [Int]) {
        guard let shape = shape(0) else { return }
        let reduced = Set(axes.map { $0 < 0 ? $0 + shape.rank : $0 })
        let keepsAxes = integer("keepdims") ?? 1 != 0
        var target = 0
        for axis in 0..<min(64, shape.rank) {
            if reduced.contains(axis) {
                if let atoms = tracked(0, axis) { fix(atoms, "\(title) mixes the channels") }
                if keepsAxes { target += 1 }
                continue
            }
            if let atoms = tracked(0, axis) { setOutput(0, target, atoms) }
            target += 1
        }
    }
}
