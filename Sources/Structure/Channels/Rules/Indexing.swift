import NeuralNetwork
import TensorCore

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
        if visit.isWeights(0), data.rank == 2, axis == 0 {
            guard let columns = visit.claim(0, 1) else { return }
            visit.setOutput(0, indices.rank, columns)
            return visit.produce(weights: 0, axis: 1, filters: columns)
        }
        for other in 0..<min(64, data.rank) where other != axis {
            guard let atoms = visit.tracked(0, other) else { continue }
            visit.setOutput(0, other < axis ? other : other + indices.rank - 1, atoms)
        }
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
            if range.lowerBound > 0 { first.append((place, Array(atoms[..<range.lowerBound]))) }
            if range.upperBound < atoms.count { last.append((place, Array(atoms[..<range.upperBound]))) }
        }
        for (input, name, entries) in [(1, "starts", first), (2, "ends", last)] where !entries.isEmpty {
            if isOld { visit.addEdit(.integers(name), entries) } else {
                visit.place(entries, in: input, input == 1 ? starts : ends)
            }
        }
    }

    /// Negative positions count from the end; both ends are clamped.
    private static func range(_ start: Int, _ end: Int, extent: Int) -> Range<Int> {
        func clamp(_ position: Int) -> Int { min(max(position < 0 ? position &+ extent : position, 0), extent) }
        return clamp(start)..<max(clamp(start), clamp(end))
    }
}
