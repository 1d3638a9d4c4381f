import NeuralNetwork

extension ChannelRule {
    static let products: [String: Rule] = ["Gemm": gemm, "MatMul": matMul]

    private static let gemm: Rule = { visit in
        guard let left = visit.shape(0), let right = visit.shape(1), left.rank == 2, right.rank == 2 else { return }
        let (rows, leftInner) = visit.integer("transA") ?? 0 == 0 ? (0, 1) : (1, 0)
        let (rightInner, columns) = visit.integer("transB") ?? 0 == 0 ? (0, 1) : (1, 0)
        visit.contract((0, leftInner), (1, rightInner))
        let rowAtoms = visit.pass(0, axis: rows, to: 0, isFilter: visit.isWeights(0) && !visit.isWeights(1))
        let columnAtoms = visit.pass(1, axis: columns, to: 1, isFilter: visit.isWeights(1))
        // The addend broadcasts to (rows, columns).
        guard let addend = visit.shape(2) else { return }
        for (axis, atoms) in [(0, rowAtoms), (1, columnAtoms)] {
            let own = axis - 2 + addend.rank
            guard let atoms, own >= 0, addend[own] > 1 || atoms.count == 1 else { continue }
            if let others = visit.claim(2, own) {
                visit.unify(atoms, others)
            } else {
                visit.fix(atoms, "\(visit.title) adds \(visit.node.inputs[2])")
            }
        }
    }

    /// NumPy's `matmul`: leading axes broadcast.
    private static let matMul: Rule = { visit in
        guard let left = visit.shape(0), let right = visit.shape(1), left.rank >= 2, right.rank >= 2,
            let output = visit.outputShape(), output.rank == max(left.rank, right.rank)
        else { return }
        visit.contract((0, left.rank - 1), (1, right.rank - 2))
        visit.pass(0, axis: left.rank - 2, to: output.rank - 2, isFilter: visit.isWeights(0) && !visit.isWeights(1))
        visit.pass(1, axis: right.rank - 1, to: output.rank - 1, isFilter: visit.isWeights(1))
        for axis in 0..<output.rank - 2 {
            let operands = [(0, axis - output.rank + left.rank), (1, axis - output.rank + right.rank)].filter { $0.1 >= 0 }
            visit.broadcast(operands, to: axis)
        }
    }
}

extension NodeVisit {
    /// Ties the axes over which a product sums; one side may be weights that read the other's channels.
    fileprivate mutating func contract(_ left: (input: Int, axis: Int), _ right: (input: Int, axis: Int)) {
        guard isTracked(left.input, left.axis) || isTracked(right.input, right.axis) else { return }
        let (first, second) = (claim(left.input, left.axis), claim(right.input, right.axis))
        guard let first, let second else {
            return fix(first ?? second, "\(title) multiplies it with what cannot be dropped")
        }
        unify(first, second)
        if isWeights(right.input) {
            consume(weights: right.input, value: left.input, axis: left.axis, atoms: first)
        } else if isWeights(left.input) {
            consume(weights: left.input, value: right.input, axis: right.axis, atoms: second)
        }
    }

    /// Hands an operand's outer axis on; filters are made where it belongs to weights.
    @discardableResult
    fileprivate mutating func pass(_ input: Int, axis: Int, to target: Int, isFilter: Bool) -> [Atom]? {
        guard let atoms = isFilter ? claim(input, axis) : tracked(input, axis) else {
            release(input, axis)
            return nil
        }
        if isFilter { produce(weights: input, axis: axis, filters: atoms) }
        setOutput(0, target, atoms)
        return atoms
    }
}
