import NeuralNetwork
import TensorCore

/// Vectors of extents that operators take: what in them must follow the channels.
extension NodeVisit {
    /// The integers of a value that are in the file, not computed of the input's extents.
    func constantIntegers(_ name: String) -> [Int]? {
        if let tensor = tracer.stored[name] { return tracer.model.tensors[tensor].tensor.integers }
        let isConstant = tracer.producers[name].map { tracer.graph.nodes[$0].operation == "Constant" } ?? false
        guard isConstant || tracer.bases[name] != nil else { return nil }
        return tracer.analysis.integers[name]
    }

    func constantIntegers(_ input: Int) -> [Int]? { isPresent(input) ? constantIntegers(node.inputs[input]) : nil }

    /// The atoms that the rule gave an axis of the output.
    private func outputAtoms(_ axis: Int) -> [Atom]? {
        guard let name = node.outputs.first, let axes = tracer.labels[name], axes.indices.contains(axis) else { return nil }
        return axes[axis]
    }

    mutating func followReshapeTarget() {
        if node.attributes["allowzero"] != nil, integer("allowzero") != 0 {
            return fixOutput("\(title) takes 0 for an extent")
        }
        guard let output = outputShape() else { return }
        let given = isPresent(1) ? integers(1) : integers("shape")
        guard let given, given.count == output.rank else { return fixOutput("the target of \(title) is computed") }
        followTarget(isPresent(1) ? 1 : nil, attribute: "shape", given, axes: Array(0..<output.rank)) { visit, axis in
            let own = given[axis]
            if own == -1 { return true }
            guard own == 0 else { return false }
            // 0 copies the extent of the input's axis of this number, whatever becomes of it.
            let source = visit.labelledSource(axis)
            guard let atoms = visit.outputAtoms(axis) else { return source == nil }
            return source.map { visit.tracer.atoms.areSame($0, atoms) } ?? false
        }
    }

    /// Makes the entries of a vector of extents follow the output's channels; `follows` tells which do by themselves.
    mutating func followTarget(
        _ input: Int?, attribute: String, _ given: [Int], axes: [Int], follows: (NodeVisit, Int) -> Bool
    ) {
        var entries: [(position: Int, channels: [Atom])] = []
        let elements = input.flatMap { tracer.shapeElements[node.inputs[$0]] }.flatMap { $0.count == given.count ? $0 : nil }
        if let input { understand(input) }
        for (position, axis) in axes.enumerated() {
            let atoms = outputAtoms(axis)
            if let elements, case .extent(let list) = elements[position] {
                if let atoms, tracer.atoms.areSame(list, atoms) { continue }
                fix(list + (atoms ?? []), "its number of channels becomes another extent at \(title)")
            } else if !follows(self, axis) {
                if let atoms { entries.append((position, atoms)) } else if given[position] == 0 {
                    // What 0 copied changes, and this extent must not.
                    let source = labelledSource(position)
                    fix(source, "\(title) copies its extent")
                }
            }
        }
        guard !entries.isEmpty else { return }
        guard let input else { return addEdit(.integers(attribute), entries) }
        place(entries, in: input, given)
    }

    private func labelledSource(_ axis: Int) -> [Atom]? {
        guard isPresent(0) else { return nil }
        if let tensor = stored(0) { return tracer.storedLabels[StoredAxis(tensor: tensor, axis: axis)] }
        guard let axes = tracer.labels[node.inputs[0]], axes.indices.contains(axis) else { return nil }
        return axes[axis]
    }

    /// Finds where the file holds these entries of an input; where they are computed, the channels stay.
    mutating func place(_ entries: [(position: Int, channels: [Atom])], in input: Int, _ given: [Int]) {
        let name = node.inputs[input]
        if let constant = constantIntegers(name) {
            understand(input)
            return addEdit(.input(input), original: constant, entries)
        }
        guard let concat = tracer.producers[name], tracer.graph.nodes[concat].operation == "Concat" else {
            for entry in entries { fix(entry.channels, "the target of \(title) is computed") }
            return
        }
        var start = 0
        for (part, partName) in tracer.graph.nodes[concat].inputs.enumerated() {
            guard let length = tracer.analysis.shapes[partName]?.count else { break }
            let own = entries.filter { (start..<start + length).contains($0.position) }
            if !own.isEmpty {
                if let constant = constantIntegers(partName) {
                    addEdit(
                        .part(input: input, concat: concat, part: part), original: constant,
                        own.map { ($0.position - start, $0.channels) })
                } else {
                    for entry in own { fix(entry.channels, "the target of \(title) is computed") }
                }
            }
            start += length
        }
    }

    func fixOutput(_ reason: String) {
        for name in node.outputs { for axis in tracer.labels[name] ?? [] { fix(axis, reason) } }
    }
}

extension ChannelRule {
    /// What tells extents: their elements are known to be numbers of channels.
    static let shapes: [String: Rule] = [
        "Shape": { visit in
            guard let shape = visit.shape(0), visit.stored(0) == nil else { return }
            let start = visit.integer("start") ?? 0
            let end = visit.integer("end") ?? shape.rank
            func place(_ position: Int) -> Int { min(max(position < 0 ? position + shape.rank : position, 0), shape.rank) }
            var elements: [ChannelTracer.ShapeElement] = []
            for axis in 0..<min(64, shape.rank) {
                let atoms = visit.tracked(0, axis)
                if (place(start)..<max(place(start), place(end))).contains(axis) {
                    elements.append(atoms.map { .extent($0) } ?? .plain)
                }
            }
            visit.setElements(elements)
        },
        "ConstantOfShape": { visit in
            guard let elements = visit.elements(0) else { return }
            visit.understand(0)
            for (axis, element) in elements.enumerated() {
                if case .extent(let atoms) = element { visit.setOutput(0, axis, atoms) }
            }
        },
    ]
}

extension NodeVisit {
    func setElements(_ elements: [ChannelTracer.ShapeElement]) {
        let isPlain = elements.allSatisfy { if case .plain = $0 { true } else { false } }
        guard !isPlain, let output = node.outputs.first, !output.isEmpty else { return }
        tracer.shapeElements[output] = elements
    }

    /// The elements of an input that is a vector of extents, some of them numbers of channels.
    func elements(_ input: Int) -> [ChannelTracer.ShapeElement]? {
        isPresent(input) ? tracer.shapeElements[node.inputs[input]] : nil
    }

    /// Hands on extents whose order the operator keeps. False where the input holds none.
    mutating func passElements() -> Bool {
        guard let elements = elements(0) else { return false }
        if outputShape()?.count == elements.count {
            understand(0)
            setElements(elements)
        }
        return true
    }
}
