import NeuralNetwork

extension ChannelRule {
    static let indexing: [String: Rule] = ["Gather": gather, "Slice": slice]

    private static let gather: Rule = { visit in
        guard let data = visit.shape(0), let indices = visit.shape(1) else { return }
        let given = visit.integer("axis") ?? 0
        let axis = given < 0 ? given + data.rank : given
        if let elements = visit.elements(0) {
            guard let places = visit.constantIntegers(1) ?? visit.integers(1) else { return }
            let picked = places.map { $0 < 0 ? $0 + elements.count : $0 }
            guard picked.allSatisfy(elements.indices.contains) else { return }
            visit.understand(0)
            return visit.setElements(picked.map { elements[$0] })
        }
        // A table that is looked up at places known beforehand is no layer, and goes with what it is added to.
        if visit.isTable(0), data.rank == 2, axis == 0 {
            guard let columns = visit.claim(0, 1) else { return }
            visit.setOutput(0, indices.rank, columns)
            return visit.produce(weights: 0, axis: 1, filters: columns)
        }
        for other in 0..<min(64, data.rank) where other != axis {
            guard let atoms = visit.tracked(0, other) else { continue }
            visit.setOutput(0, other < axis ? other : other + indices.rank - 1, atoms)
        }
        if indices.rank <= 1, visit.isTracked(0, axis) { visit.pickChannels(axis, isScalar: indices.rank == 0) }
    }

    private static let slice: Rule = { visit in
        guard let shape = visit.shape(0) else { return }
        let isOld = !visit.isPresent(1)
        func vector(_ input: Int, _ name: String) -> [Int]? {
            visit.isPresent(input) ? visit.integers(input) : visit.integers(name)
        }
        guard let starts = vector(1, "starts"), let ends = vector(2, "ends"), starts.count == ends.count else { return }
        let axes: [Int]
        if visit.isPresent(3) || visit.integers("axes") != nil {
            guard let given = vector(3, "axes") else { return }
            axes = given.map { $0 < 0 ? $0 + shape.rank : $0 }
        } else {
            axes = Array(0..<starts.count)
        }
        let steps = visit.isPresent(4) ? visit.integers(4) : Array(repeating: 1, count: starts.count)
        guard let steps, axes.count == starts.count, steps.count == starts.count else { return }
        if let elements = visit.elements(0) {
            guard axes == [0], steps == [1] else { return }
            let range = Self.range(starts[0], ends[0], extent: elements.count)
            visit.understand(0)
            return visit.setElements(Array(elements[range]))
        }
        visit.keepBase()
        if let stepped = steps.indices.first(where: { steps[$0] != 1 }), steps.count == 1, visit.isTracked(0, axes[stepped]),
            abs(steps[stepped]) < 1 << 24
        {
            return visit.stepOverChannels(axes[stepped], starts[stepped], ends[stepped], by: steps[stepped])
        }
        var (first, last): ([(position: Int, channels: [Atom])], [(position: Int, channels: [Atom])]) = ([], [])
        for axis in 0..<min(64, shape.rank) {
            guard let atoms = visit.sourceAtoms(0, axis) else { continue }
            guard let place = axes.firstIndex(of: axis) else {
                visit.setOutput(0, axis, atoms)
                continue
            }
            guard steps[place] == 1 else {
                visit.fix(atoms, "\(visit.title) steps over channels")
                continue
            }
            let range = Self.range(starts[place], ends[place], extent: atoms.count)
            visit.setOutput(0, axis, Array(atoms[range]))
            if range.lowerBound > 0 || visit.elements(1) != nil { first.append((place, Array(atoms[..<range.lowerBound]))) }
            if range.upperBound < atoms.count || visit.elements(2) != nil {
                last.append((place, Array(atoms[..<range.upperBound])))
            }
        }
        for (input, name, entries) in [(1, "starts", first), (2, "ends", last)] {
            if !isOld {
                visit.place(entries, in: input, input == 1 ? starts : ends)
            } else if !entries.isEmpty {
                visit.addEdit(.integers(name), entries)
            }
        }
    }

    /// The positions that a slice visits along an axis.
    static func places(_ start: Int, _ end: Int, by step: Int, extent: Int) -> [Int] {
        func counted(_ position: Int) -> Int { position < 0 ? position &+ extent : position }
        if step > 0 { return Array(stride(from: max(counted(start), 0), to: min(counted(end), extent), by: step)) }
        return Array(stride(from: min(counted(start), extent - 1), to: max(counted(end), -1), by: step))
    }

    /// Negative positions count from the end; both ends are clamped.
    private static func range(_ start: Int, _ end: Int, extent: Int) -> Range<Int> {
        func clamp(_ position: Int) -> Int { min(max(position < 0 ? position &+ extent : position, 0), extent) }
        return clamp(start)..<max(clamp(start), clamp(end))
    }
}

extension NodeVisit {
    fileprivate func isTable(_ input: Int) -> Bool {
        isWeights(input) || stored(input).map { tracer.model.tensors[$0].tensor.elementType.isReadableAsFloat } ?? false
    }

    /// A Gather with known indices along the channels: what it picks is picked of those that stay.
    fileprivate mutating func pickChannels(_ axis: Int, isScalar: Bool) {
        guard let atoms = tracked(0, axis), let given = constantIntegers(1) else { return release(0, axis) }
        let places = given.map { $0 < 0 ? $0 + atoms.count : $0 }
        guard places.allSatisfy(atoms.indices.contains) else { return fix(atoms, "\(title) is not followed") }
        let picked = places.map { atoms[$0] }
        if isScalar { fix(picked, "\(title) picks it alone") } else { setOutput(0, axis, picked) }
        addEdit(.pick(source: node.inputs[0], axis: axis, order: places, Picked(source: atoms, isScalar: isScalar)), [])
    }

    /// A Slice that visits every second channel, say, or turns them round, along one axis and no other.
    fileprivate mutating func stepOverChannels(_ axis: Int, _ start: Int, _ end: Int, by step: Int) {
        guard let shape = shape(0), let atoms = tracked(0, axis) else { return }
        for other in 0..<min(64, shape.rank) where other != axis {
            if let atoms = tracked(0, other) { setOutput(0, other, atoms) }
        }
        // The bounds are no longer read once channels go.
        guard (1...4).allSatisfy({ elements($0) == nil }) else { return fix(atoms, "\(title) steps over channels") }
        let places = ChannelRule.places(start, end, by: step, extent: atoms.count)
        setOutput(0, axis, places.map { atoms[$0] })
        addEdit(.pick(source: node.inputs[0], axis: axis, order: places, Picked(source: atoms)), [])
    }
}
