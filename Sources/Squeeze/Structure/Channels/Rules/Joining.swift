import NeuralNetwork

extension ChannelRule {
    static let joining: [String: Rule] = ["Concat": concat, "Split": split, "Expand": expand, "Tile": tile, "Pad": pad]

    private static let concat: Rule = { visit in
        guard let output = visit.outputShape() else { return }
        let inputs = visit.node.inputs.indices.filter { visit.isPresent($0) }
        if inputs.contains(where: { visit.elements($0) != nil }) { return visit.joinElements(inputs) }
        let given = visit.integer("axis") ?? 1
        let target = given < 0 ? given + output.rank : given
        visit.joinBases(inputs)
        for axis in 0..<output.rank {
            guard axis == target else {
                visit.broadcast(inputs.map { ($0, axis) }, to: axis)
                continue
            }
            let parts = inputs.map { visit.sourceAtoms($0, axis) }
            guard parts.contains(where: { $0 != nil }) else { continue }
            var joined: [Atom] = []
            for (input, part) in zip(inputs, parts) {
                if let part {
                    joined += part
                    continue
                }
                let extent = visit.shape(input).flatMap { axis < $0.rank ? $0[axis] : nil } ?? 0
                let atoms = visit.tracer.atoms.make(min(extent, AtomTable.largestAxis))
                visit.fix(atoms, "it comes from \(visit.node.inputs[input]), whose channels stay")
                joined += atoms
            }
            // Where the parts are not what the result holds, this keeps them all.
            visit.setOutput(0, axis, joined)
        }
    }

    private static let split: Rule = { visit in
        visit.keepBase()
        guard let shape = visit.shape(0) else { return }
        let given = visit.integer("axis") ?? 0
        let target = given < 0 ? given + shape.rank : given
        for axis in 0..<min(64, shape.rank) {
            guard let atoms = visit.sourceAtoms(0, axis) else { continue }
            guard axis == target else {
                for output in visit.node.outputs.indices { visit.setOutput(output, axis, atoms) }
                continue
            }
            let extents = visit.node.outputs.indices.compactMap { output -> Int? in
                guard let shape = visit.outputShape(output), axis < shape.rank else { return nil }
                return min(shape[axis], AtomTable.largestAxis)
            }
            guard extents.count == visit.node.outputs.count, extents.reduce(0, +) == atoms.count else {
                visit.fix(atoms, "\(visit.title) is not followed")
                continue
            }
            var entries: [(position: Int, channels: [Atom])] = []
            var start = 0
            for (output, extent) in extents.enumerated() {
                let part = Array(atoms[start..<start + extent])
                entries.append((output, part))
                visit.setOutput(output, axis, part)
                start += extent
            }
            if visit.isPresent(1) {
                visit.place(entries, in: 1, extents)
            } else if visit.operatorSet >= 13 {
                visit.addEdit(.input(1), original: extents, entries)
            } else {
                visit.addEdit(.integers("split"), original: extents, entries)
            }
        }
    }

    private static let expand: Rule = { visit in
        guard let shape = visit.shape(0), let output = visit.outputShape() else { return }
        var isOneForAll = true
        for axis in 0..<min(64, shape.rank) {
            guard let atoms = visit.sourceAtoms(0, axis) else { continue }
            isOneForAll = false
            let target = axis - shape.rank + output.rank
            if target >= 0, output[target] == atoms.count {
                visit.setOutput(0, target, atoms)
            } else {
                visit.fix(atoms, "\(visit.title) spreads it over all channels")
            }
        }
        if isOneForAll {
            // What is the same for all channels, as a mask is for all heads, has as many as there are.
            for target in 0..<output.rank where (2...AtomTable.largestAxis).contains(output[target]) {
                let axis = target - output.rank + shape.rank
                if axis >= 0, shape[axis] == 1 { visit.setOutput(0, target, visit.tracer.atoms.make(output[target])) }
            }
        }
        guard let given = visit.integers(1), given.count <= output.rank else {
            return visit.fixOutput("the target of \(visit.title) is computed")
        }
        visit.follow(
            1, given,
            wanted: given.indices.map { position in
                let axis = position - given.count + output.rank
                // 1 takes the extent that is there.
                return given[position] == 1 && output[axis] > 1 ? nil : visit.outputAtoms(axis)
            })
    }

    private static let tile: Rule = { visit in
        guard let shape = visit.shape(0), let repeats = visit.constantIntegers(1), repeats.count == shape.rank else { return }
        for axis in 0..<min(64, shape.rank) {
            guard let atoms = visit.tracked(0, axis) else { continue }
            guard (1...AtomTable.largestAxis / max(1, atoms.count)).contains(repeats[axis]) else {
                visit.fix(atoms, "\(visit.title) is not followed")
                continue
            }
            visit.setOutput(0, axis, (0..<repeats[axis]).flatMap { _ in atoms })
        }
    }

    /// Padding makes channels that no layer produces; they go with what they are joined to.
    private static let pad: Rule = { visit in
        guard let shape = visit.shape(0), let pads = visit.isPresent(1) ? visit.integers(1) : visit.integers("pads")
        else { return }
        var axes = Array(0..<shape.rank)
        if visit.isPresent(3) {
            guard let known = visit.integers(3) else { return }
            axes = known.map { $0 < 0 ? $0 + shape.rank : $0 }
        }
        guard pads.count == 2 * axes.count else { return }
        var entries: [(position: Int, channels: [Atom])] = []
        for axis in 0..<min(64, shape.rank) {
            guard let atoms = visit.tracked(0, axis) else { continue }
            guard let place = axes.firstIndex(of: axis), pads[place] != 0 || pads[place + axes.count] != 0 else {
                visit.setOutput(0, axis, atoms)
                continue
            }
            let (before, after) = (pads[place], pads[place + axes.count])
            let range = 0...AtomTable.largestAxis
            guard range.contains(before), range.contains(after), visit.text("mode") ?? "constant" == "constant" else {
                visit.fix(atoms, "\(visit.title) crops or mirrors its channels")
                continue
            }
            let (front, back) = (visit.tracer.atoms.make(before), visit.tracer.atoms.make(after))
            entries += [(place, front), (place + axes.count, back)]
            visit.setOutput(0, axis, front + atoms + back)
        }
        guard !entries.isEmpty else { return }
        if visit.isPresent(1) { visit.place(entries, in: 1, pads) } else { visit.addEdit(.integers("pads"), entries) }
    }
}

extension NodeVisit {
    /// The output is made of the stored tensors that the inputs are, where all are.
    fileprivate func joinBases(_ inputs: [Int]) {
        var joined: [Int] = []
        for input in inputs {
            guard let bases = tracer.bases[node.inputs[input]] else { return }
            joined += bases.filter { !joined.contains($0) }
        }
        for output in node.outputs where !output.isEmpty { tracer.bases[output] = joined }
    }

    /// Joins vectors of extents.
    fileprivate mutating func joinElements(_ inputs: [Int]) {
        var joined: [ShapeElement] = []
        for input in inputs {
            guard let count = shape(input)?.count else { return }
            joined += elements(input) ?? Array(repeating: .plain, count: count)
        }
        for input in inputs { understand(input) }
        setElements(joined)
    }
}
