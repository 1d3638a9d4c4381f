import NeuralNetwork
import TensorCore

extension ChannelRule {
    /// Operators that keep the elements and their order, but for Transpose and the two that move space into channels.
    static let shaping: [String: Rule] = [
        "Identity": { $0.keepAxes() }, "Cast": { $0.keepAxes() },
        "Reshape": { visit in
            guard !visit.passElements() else { return }
            visit.regroup()
            visit.followReshapeTarget()
        },
        "Flatten": { $0.regroup() },
        "Squeeze": squeeze, "Unsqueeze": unsqueeze, "Transpose": transpose,
        "DepthToSpace": depthToSpace, "SpaceToDepth": spaceToDepth,
    ]

    private static let transpose: Rule = { visit in
        guard let shape = visit.shape(0) else { return }
        let order = visit.integers("perm")?.map { $0 < 0 ? $0 + shape.rank : $0 } ?? Array((0..<shape.rank).reversed())
        visit.moveAxes { axis in order.firstIndex(of: axis) }
    }

    private static let unsqueeze: Rule = { visit in
        guard !visit.passElements() else { return }
        guard let output = visit.outputShape(), let given = visit.integers("axes") ?? visit.integers(1) else { return }
        let added = Set(given.map { $0 < 0 ? $0 + output.rank : $0 })
        let kept = (0..<output.rank).filter { !added.contains($0) }
        visit.moveAxes { $0 < kept.count ? kept[$0] : nil }
    }

    /// Without axes, what is squeezed could come to depend on how many channels stay.
    private static let squeeze: Rule = { visit in
        guard !visit.passElements() else { return }
        guard let shape = visit.shape(0), let given = visit.integers("axes") ?? visit.integers(1) else { return }
        let removed = Set(given.map { $0 < 0 ? $0 + shape.rank : $0 })
        let kept = (0..<shape.rank).filter { !removed.contains($0) }
        visit.moveAxes { kept.firstIndex(of: $0) }
    }

    private static let depthToSpace: Rule = { visit in
        guard let size = visit.integer("blocksize"), (1...1 << 10).contains(size), let atoms = visit.tracked(0, 1) else { return }
        let blocks = size * size
        guard atoms.count % blocks == 0 else { return visit.fix(atoms, "\(visit.title) is not followed") }
        let count = atoms.count / blocks
        if visit.text("mode") == "CRD" {
            for index in atoms.indices { visit.tracer.atoms.unify(atoms[index / blocks * blocks], atoms[index]) }
            visit.setOutput(0, 1, (0..<count).map { atoms[$0 * blocks] })
        } else {
            visit.tieBlocks(atoms, count: blocks)
            visit.setOutput(0, 1, Array(atoms[..<count]))
        }
    }

    private static let spaceToDepth: Rule = { visit in
        guard let size = visit.integer("blocksize"), (1...1 << 10).contains(size), let atoms = visit.tracked(0, 1),
            atoms.count <= AtomTable.largestAxis / (size * size)
        else { return visit.fix(visit.tracked(0, 1), "\(visit.title) is not followed") }
        let isChannelFirst = visit.text("mode") == "CRD"
        visit.setOutput(
            0, 1, isChannelFirst ? atoms.flatMap { Array(repeating: $0, count: size * size) } : (0..<size * size).flatMap { _ in atoms })
    }
}

extension NodeVisit {
    /// The atoms along an axis of the first input; weights on their way to an operator have some on every axis.
    mutating func sourceAtoms(_ input: Int, _ axis: Int) -> [Atom]? {
        guard let tensor = stored(input) else { return tracked(input, axis) }
        let weights = tracer.model.tensors[tensor].tensor
        guard weights.elementType.isReadableAsFloat, axis < weights.shape.rank, weights.shape[axis] > 1 else { return nil }
        return claim(input, axis)
    }

    /// The output is a rearrangement of the stored tensor that the first input is.
    func keepBase(_ input: Int = 0) {
        guard isPresent(input), let base = tracer.bases[node.inputs[input]] else { return }
        for output in node.outputs where !output.isEmpty { tracer.bases[output] = base }
    }

    mutating func keepAxes() {
        if !passElements() { moveAxes { $0 } }
    }

    /// Hands each axis on as another one; where there is none, it stays.
    fileprivate mutating func moveAxes(_ target: (Int) -> Int?) {
        keepBase()
        guard let shape = shape(0) else { return }
        for axis in 0..<min(64, shape.rank) {
            guard let atoms = sourceAtoms(0, axis) else { continue }
            if let moved = target(axis) { setOutput(0, moved, atoms) } else { fix(atoms, "\(title) removes its axis") }
        }
    }

    /// Finds where the channels lie after the axes were merged and split anew, the elements' order being the same.
    fileprivate mutating func regroup() {
        keepBase()
        guard let input = shape(0), let output = outputShape(), input.count == output.count, input.count > 0 else { return }
        for (from, to) in Self.segments(input.dimensions, output.dimensions) {
            var source: (axis: Int, atoms: [Atom])?
            for axis in from {
                guard let atoms = sourceAtoms(0, axis) else { continue }
                if source == nil, atoms.count > 1 {
                    source = (axis, atoms)
                } else {
                    fix(atoms, "\(title) merges it with others")
                }
            }
            guard let source else { continue }
            let targets = to.filter { output[$0] > 1 }
            if targets.count == 1, output[targets[0]] == source.atoms.count {
                setOutput(0, targets[0], source.atoms)
            } else {
                let inner = input.dimensions[(source.axis + 1)..<from.upperBound].reduce(1, *)
                let all = from.reduce(1) { $0 * input[$1] }
                guard all <= AtomTable.largestAxis else {
                    fix(source.atoms, "\(title) merges it with too many others")
                    continue
                }
                split((0..<all).map { source.atoms[$0 / inner % source.atoms.count] }, among: targets, of: output)
            }
        }
    }

    /// Gives the axis that tells the channels apart their atoms; where none does, blocks of the outermost are tied: heads, where
    /// a projection is divided into heads.
    private mutating func split(_ flat: [Atom], among targets: [Int], of output: Shape) {
        let roots = flat.map { tracer.atoms.root($0) }
        var inner = roots.count
        for axis in targets {
            inner /= output[axis]
            let own = (0..<output[axis]).map { roots[$0 * inner] }
            if roots.indices.allSatisfy({ roots[$0] == own[$0 / inner % own.count] }) {
                return setOutput(0, axis, own)
            }
        }
        // An axis that is taken apart again (queries, keys and values side by side) is no unit, for its parts go separate ways.
        guard let unit = targets.first(where: { !tracer.isTakenApart(node.outputs[0], $0) }) ?? targets.first,
            let place = targets.firstIndex(of: unit)
        else { return fix(flat, "\(title) is not followed") }
        let length = targets[(place + 1)...].reduce(1) { $0 * output[$1] }
        for index in roots.indices { tracer.atoms.unify(roots[index / length % output[unit] * length], roots[index]) }
        setOutput(0, unit, (0..<output[unit]).map { roots[$0 * length] })
    }

    /// The shortest runs of axes on both sides that hold as many elements.
    static func segments(_ input: [Int], _ output: [Int]) -> [(from: Range<Int>, to: Range<Int>)] {
        var segments: [(Range<Int>, Range<Int>)] = []
        var (i, j) = (0, 0)
        while i < input.count || j < output.count {
            let (startI, startJ) = (i, j)
            var (left, right) = (1, 1)
            if i < input.count {
                left *= input[i]
                i += 1
            }
            if j < output.count {
                right *= output[j]
                j += 1
            }
            while left != right {
                if left < right {
                    guard i < input.count else { break }
                    left *= input[i]
                    i += 1
                } else {
                    guard j < output.count else { break }
                    right *= output[j]
                    j += 1
                }
            }
            segments.append((startI..<i, startJ..<j))
        }
        return segments
    }
}
