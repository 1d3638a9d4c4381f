import NeuralNetwork

extension ChannelRule {
    static let normalization: [String: Rule] = [
        "BatchNormalization": { $0.scaleChannels(parameters: 1...4, outputs: 1) },
        "InstanceNormalization": { visit in
            visit.scaleChannels(parameters: 1...2, outputs: 1)
            // Where groups of channels are normalized as if each were one, the channels lie along a further axis.
            for axis in 2..<max(2, min(64, visit.shape(0)?.rank ?? 0)) {
                if let atoms = visit.tracked(0, axis) { visit.setOutput(0, axis, atoms) }
            }
        },
        "GroupNormalization": groups,
        "LayerNormalization": layer, "RMSNormalization": layer,
        "LRN": { visit in
            if let atoms = visit.tracked(0, 1) { visit.setOutput(0, 1, atoms) }
        },
        "MeanVarianceNormalization": { visit in
            let axes = visit.integers("axes") ?? [0, 2, 3]
            visit.passAxes { rank in Set(axes.map { $0 < 0 ? $0 + rank : $0 }) }
        },
        "LpNormalization": { visit in
            let axis = visit.integer("axis") ?? -1
            visit.passAxes(named: "mixes the channels") { [axis < 0 ? axis + $0 : axis] }
        },
        "Softmax": soft, "LogSoftmax": soft, "Hardmax": soft,
    ]

    /// Before operator set 13 everything from the axis on was one axis.
    private static let soft: Rule = { visit in
        let isOld = visit.operatorSet < 13
        let given = visit.integer("axis") ?? (isOld ? 1 : -1)
        visit.passAxes(named: "mixes the channels") { rank in
            let axis = given < 0 ? given + rank : given
            return isOld ? Set(max(0, min(axis, rank))..<rank) : [axis]
        }
    }

    /// Groups of equal length: index i of each stays or goes with the others'.
    private static let groups: Rule = { visit in
        guard let atoms = visit.tracked(0, 1), let parameters = visit.shape(1), parameters.rank == 1 else { return }
        let count = visit.integer("num_groups") ?? 1
        guard count >= 1, atoms.count % count == 0 else { return visit.fix(atoms, "\(visit.title) is not followed") }
        visit.tieBlocks(atoms, count: count)
        visit.setOutput(0, 1, atoms)
        // Until operator set 21 there was one scale a group, and groups stay.
        guard parameters[0] == atoms.count else { return }
        visit.joinBias(1, atoms)
        visit.joinBias(2, atoms)
    }

    /// Normalizes over the last axes together, with parameters for each of their elements.
    private static let layer: Rule = { visit in
        guard let shape = visit.shape(0) else { return }
        let given = visit.integer("axis") ?? -1
        let first = given < 0 ? given + shape.rank : given
        for axis in 0..<shape.rank {
            guard let atoms = visit.tracked(0, axis) else { continue }
            visit.setOutput(0, axis, atoms)
            if axis < first {
                for output in 1..<max(visit.node.outputs.count, 1) { visit.setOutput(output, axis, atoms) }
                continue
            }
            for input in [1, 2] {
                guard let parameters = visit.shape(input) else { continue }
                let own = axis - shape.rank + parameters.rank
                guard own >= 0, parameters[own] > 1 || atoms.count == 1 else { continue }
                if let others = visit.claim(input, own) {
                    visit.unify(atoms, others)
                } else {
                    visit.fix(atoms, "\(visit.title) computes its \(visit.node.inputs[input])")
                }
            }
        }
    }
}

extension NodeVisit {
    /// Passes axis 1 on, with a parameter for each channel. Statistics as further outputs are not followed.
    fileprivate mutating func scaleChannels(parameters: ClosedRange<Int>, outputs: Int) {
        guard let atoms = tracked(0, 1) else { return }
        if node.outputs.dropFirst(outputs).contains(where: { !$0.isEmpty }) { fix(atoms, "\(title) gives out its statistics") }
        for input in parameters { joinBias(input, atoms) }
        setOutput(0, 1, atoms)
    }

    /// Passes all axes on but those over which the operator works; these stay.
    mutating func passAxes(named reason: String = "normalizes over the channels", except: (Int) -> Set<Int>) {
        guard let shape = shape(0) else { return }
        let mixed = except(shape.rank)
        for axis in 0..<min(64, shape.rank) {
            guard let atoms = tracked(0, axis) else { continue }
            if mixed.contains(axis) { fix(atoms, "\(title) \(reason)") }
            setOutput(0, axis, atoms)
        }
    }
}
