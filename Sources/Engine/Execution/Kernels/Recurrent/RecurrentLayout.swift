/// The extents of an LSTM, GRU or RNN node, checked, and what its attributes say of all three.
struct RecurrentLayout: Sendable {
    let gates: Int
    let sequence: Int
    let batch: Int
    let input: Int
    let hidden: Int
    let directions: Int
    /// For each direction whether time runs backward.
    let isReversed: [Bool]
    let isBatchFirst: Bool
    let clip: Float?
    let functions: [[GateFunction]]
    /// Whether computed or given sequence lengths cut sequences short.
    let hasLengths: Bool

    init(_ context: KernelContext, gates: Int, defaults: [GateFunction]) throws(KernelFault) {
        let data = try context.floatShape(0)
        let weights = try context.floatShape(1)
        let recurrence = try context.floatShape(2)
        guard data.rank == 3, weights.rank == 3, recurrence.rank == 3 else {
            throw KernelFault("W of \(weights) and R of \(recurrence) do not fit an input of \(data)")
        }
        self.gates = gates
        let layout = context.integer("layout", default: 0)
        guard layout == 0 || layout == 1 else { throw KernelFault("layout \(layout) is not supported") }
        isBatchFirst = layout == 1
        sequence = data[isBatchFirst ? 1 : 0]
        batch = data[isBatchFirst ? 0 : 1]
        input = data[2]
        hidden = recurrence[2]
        switch context.text("direction", default: "forward") {
        case "forward": isReversed = [false]
        case "reverse": isReversed = [true]
        case "bidirectional": isReversed = [false, true]
        case let other: throw KernelFault("direction \"\(other)\" is not supported")
        }
        directions = isReversed.count
        let rows = try checkedProduct(gates, hidden)
        guard weights.dimensions == [directions, rows, input], recurrence.dimensions == [directions, rows, hidden] else {
            throw KernelFault("W of \(weights) and R of \(recurrence) do not fit an input of \(data)")
        }
        try context.checkVector(3, count: try checkedProduct(directions, 2, rows))
        let stateCount = try checkedProduct(directions, batch, hidden)
        try context.checkVector(5, count: stateCount)
        try context.checkVector(6, count: stateCount)
        try context.checkVector(7, count: try checkedProduct(directions, 3, hidden))
        hasLengths = context.hasInput(4)
        if hasLengths {
            let type = try context.input(4).type
            guard type.elementType == .int32, type.shape.count == batch else {
                throw KernelFault("sequence_lens are \(type.shape) of \(type.elementType)")
            }
        }
        clip = context.float("clip").flatMap { $0 > 0 ? $0 : nil }
        functions = try GateFunction.read(context, directions: directions, defaults: defaults)
    }

    /// Numbers in a row of gates.
    var rowCount: Int { gates * hidden }
    /// Numbers of one direction's state.
    var stateCount: Int { batch * hidden }

    /// Time steps whose share of X · Wᵀ is computed at a time: all, unless they are very many.
    var stepsAtATime: Int { max(1, min(sequence, (1 << 22) / max(batch * rowCount, 1))) }

    /// The time steps a direction takes, in its order.
    func steps(of direction: Int) -> [Int] {
        isReversed[direction] ? (0..<sequence).reversed() : Array(0..<sequence)
    }

    /// Where a step's output of a batch item begins in Y.
    func outputOffset(step: Int, direction: Int, item: Int) -> Int {
        isBatchFirst
            ? ((item * sequence + step) * directions + direction) * hidden
            : ((step * directions + direction) * batch + item) * hidden
    }

    /// Where the state of a batch item begins in Y_h, Y_c and the initial states.
    func stateOffset(direction: Int, item: Int) -> Int {
        (isBatchFirst ? item * directions + direction : direction * batch + item) * hidden
    }

    /// The lengths of the sequences, within the extent; all of it where none are given.
    @inline(__always)
    func length(_ lengths: UnsafePointer<Int32>?, _ item: Int) -> Int {
        lengths.map { min(max(Int($0[item]), 0), sequence) } ?? sequence
    }
}
