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
    func outputAtoms(_ axis: Int) -> [Atom]? {
        guard let name = node.outputs.first, let axes = tracer.labels[name], axes.indices.contains(axis) else { return nil }
        return axes[axis]
    }

    /// Makes what a Reshape is told of its result's extents follow the channels.
    mutating func followReshapeTarget() {
        guard let output = outputShape() else { return }
        let given = isPresent(1) ? integers(1) : integers("shape")
        guard let given, given.count == output.rank else { return fixOutput("the target of \(title) is computed") }
        let zeroCopies = integer("allowzero") ?? 0 == 0
        if !zeroCopies, given.contains(0) { return fixOutput("\(title) takes 0 for an extent") }
        let wanted = given.enumerated().map { axis, extent -> [Atom]? in
            // −1 is worked out of what all other extents leave.
            if extent == -1 { return nil }
            guard extent == 0, zeroCopies else { return outputAtoms(axis) }
            // 0 copies the extent of the input's axis of this number, whatever becomes of it.
            let source = labelledSource(axis)
            guard let atoms = outputAtoms(axis) else {
                fix(source, "\(title) copies its extent")
                return nil
            }
            return source.map { tracer.atoms.areSame($0, atoms) } ?? false ? nil : atoms
        }
        if isPresent(1) { return follow(1, given, wanted: wanted) }
        let entries = wanted.enumerated().compactMap { position, atoms in atoms.map { (position, $0) } }
        if !entries.isEmpty { addEdit(.integers("shape"), entries) }
    }

    private func labelledSource(_ axis: Int) -> [Atom]? {
        guard isPresent(0) else { return nil }
        if let tensor = stored(0) { return tracer.storedLabels[StoredAxis(tensor: tensor, axis: axis)] }
        guard let axes = tracer.labels[node.inputs[0]], axes.indices.contains(axis) else { return nil }
        return axes[axis]
    }

    /// Makes some elements of a vector follow channels; the others stay what they are.
    mutating func place(_ entries: [(position: Int, channels: [Atom])], in input: Int, _ given: [Int]) {
        var wanted = [[Atom]?](repeating: nil, count: given.count)
        for entry in entries where wanted.indices.contains(entry.position) { wanted[entry.position] = entry.channels }
        follow(input, given, wanted: wanted)
    }

    /// Makes a vector of numbers that the node reads follow channels: `wanted` names, by position, those whose number an
    /// element is to be, and nil where it is to stay what it is.
    mutating func follow(_ input: Int, _ given: [Int], wanted: [[Atom]?]) {
        let name = node.inputs[input]
        understand(input)
        if let constant = constantIntegers(name) {
            let entries = wanted.enumerated().compactMap { position, atoms in atoms.map { (position, $0) } }
            return entries.isEmpty ? () : addEdit(.input(input), original: constant, entries)
        }
        let elements = elements(input)
        let open = tracer.openElements(name, given)
        var vector = ComputedVector()
        var entries: [(position: Int, channels: [Atom])] = []
        for (position, atoms) in wanted.enumerated() {
            let element = elements.flatMap { $0.indices.contains(position) ? $0[position] : nil } ?? .plain
            if open[position] != nil { vector.open.insert(position) }
            if let atoms {
                if element.isProportional, isProportional(atoms, to: element.channels) {
                    if open[position] == nil { entries.append((position, atoms)) }
                } else if let other = open[position] {
                    guard element.isPlain, let other, !atoms.isEmpty, other % atoms.count == 0, given[position] == atoms.count
                    else {
                        fix(atoms + element.channels, "its number of channels is reckoned with at \(title)")
                        continue
                    }
                    vector.scaled.insert(position)
                    entries.append((position, atoms))
                    vector.reasons += atoms
                } else {
                    entries.append((position, atoms))
                    vector.reasons += atoms + element.channels
                }
            } else if !element.isPlain {
                if open[position] != nil {
                    fix(element.channels, "its number of channels becomes another extent at \(title)")
                } else {
                    vector.reasons += element.channels
                }
            }
        }
        guard !vector.reasons.isEmpty else { return }
        vector.elementType = tracer.numberType(name) ?? .int64
        vector.parts = parts(of: name)
        addEdit(.vector(input: input, vector), original: given, entries)
    }

    /// Keeps a vector or scalar, that the node's rule knows nothing of, at what it is with all channels: whoever computes with
    /// their number then does the same as with zeros in the place of those that go. False where it is not known beforehand.
    func pin(_ input: Int) -> Bool {
        let name = node.inputs[input]
        guard let elements = elements(input), let shape = shape(input), shape.rank <= 1, let type = tracer.numberType(name) else {
            return false
        }
        let tensor: Tensor
        if let integers = tracer.analysis.integers[name], type != .float32 {
            guard tracer.openElements(name, integers).isEmpty else { return false }
            let vector = Tensor(integers: integers, type)
            tensor = Tensor(shape: shape, elementType: type, storage: vector.storage)
        } else if let numbers = tracer.analysis.numbers[name], type == .float32 {
            guard !tracer.areOpen(name, numbers) else { return false }
            tensor = Tensor(numbers.map { Float($0) }, shape: shape)
        } else {
            return false
        }
        addEdit(.pinned(input: input, tensor, reasons: elements.flatMap(\.channels)), [])
        return true
    }

    /// Whether as many of `atoms` stay as of `channels`, or a multiple of it, whichever these are.
    private func isProportional(_ atoms: [Atom], to channels: [Atom]) -> Bool {
        guard !atoms.isEmpty, !channels.isEmpty else { return atoms.isEmpty && channels.isEmpty }
        func counts(_ list: [Atom]) -> [Atom: Int] { list.reduce(into: [:]) { $0[tracer.atoms.root($1), default: 0] += 1 } }
        let (left, right) = (counts(atoms), counts(channels))
        return left.count == right.count
            && left.allSatisfy { atom, count in right[atom].map { $0 * atoms.count == count * channels.count } ?? false }
    }

    /// The values that a vector is joined of, with their positions; none where it is made otherwise.
    private func parts(of name: String) -> [(name: String, positions: Range<Int>)] {
        guard let concat = tracer.producers[name], tracer.graph.nodes[concat].operation == "Concat" else { return [] }
        var parts: [(name: String, positions: Range<Int>)] = []
        var start = 0
        for part in tracer.graph.nodes[concat].inputs {
            guard let length = tracer.analysis.shapes[part]?.count else { return [] }
            parts.append((part, start..<start + length))
            start += length
        }
        return parts
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
            // How many numbers there are of something is the same whatever they are.
            if visit.elements(0) != nil { visit.understand(0) }
            let start = visit.integer("start") ?? 0
            let end = visit.integer("end") ?? shape.rank
            func place(_ position: Int) -> Int { min(max(position < 0 ? position + shape.rank : position, 0), shape.rank) }
            var elements: [ShapeElement] = []
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
            var isFollowed = true
            for (axis, element) in elements.enumerated() where !element.isPlain {
                if element.isProportional, let shape = visit.outputShape(),
                    shape.dimensions.indices.contains(axis), shape[axis] == element.channels.count
                {
                    visit.setOutput(0, axis, element.channels)
                } else {
                    isFollowed = false
                }
            }
            if !isFollowed, !visit.pin(0) {
                visit.fix(elements.flatMap(\.channels), "its number of channels is reckoned with at \(visit.title)")
            }
        },
        "Size": { visit in
            guard let shape = visit.shape(0), visit.stored(0) == nil else { return }
            if visit.elements(0) != nil { return visit.understand(0) }
            let all = (0..<min(64, shape.rank)).flatMap { visit.tracked(0, $0) ?? [] }
            visit.setElements([.derived(all)])
        },
    ]
}

extension NodeVisit {
    func setElements(_ elements: [ShapeElement]) {
        guard elements.contains(where: { !$0.isPlain }), let output = node.outputs.first, !output.isEmpty else { return }
        tracer.shapeElements[output] = elements
    }

    /// The elements of an input that is a vector of extents, some of them numbers of channels.
    func elements(_ input: Int) -> [ShapeElement]? {
        isPresent(input) ? tracer.shapeElements[node.inputs[input]] : nil
    }

    /// Hands on extents whose order the operator keeps. False where the input holds none, or floating-point numbers made of them
    /// become more than a vector: no extents any longer.
    mutating func passElements() -> Bool {
        guard let elements = elements(0), outputShape()?.rank ?? 0 <= 1 || tracer.numberType(node.inputs[0]) != .float32 else { return false }
        if outputShape()?.count == elements.count {
            understand(0)
            setElements(elements)
        }
        return true
    }
}
