import TensorCore

/// The extents of an LSTM, GRU or RNN node.
struct RecurrentExtents {
    var sequence: Int
    var batch: Int
    var input: Int
    var hidden: Int
    var directions: Int
    var gates: Int
    var isBatchFirst: Bool

    init(_ context: NodeContext, gates: Int) throws(ShapeFault) {
        let input = try context.shape(0, ranks: 3...3)
        let weights = try context.shape(1, ranks: 3...3)  // (directions, gates × hidden, input)
        let recurrence = try context.shape(2, ranks: 3...3)  // (directions, gates × hidden, hidden)
        self.gates = gates
        isBatchFirst = context.integer("layout", default: 0) == 1
        sequence = input[isBatchFirst ? 1 : 0]
        batch = input[isBatchFirst ? 0 : 1]
        self.input = input[2]
        hidden = recurrence[2]
        directions = recurrence[0]
        let named = context.text("direction") == "bidirectional" ? 2 : 1
        guard weights.dimensions == [named, try product([gates, hidden]), self.input],
            recurrence.dimensions == [named, try product([gates, hidden]), hidden],
            hidden == context.integer("hidden_size", default: hidden)
        else {
            throw ShapeFault("W of \(weights) and R of \(recurrence) do not fit an input of \(input)")
        }
    }

    /// Multiply-accumulates of the input weights over the whole sequence.
    func inputMACs() throws(ShapeFault) -> Int { try product([sequence, batch, directions, gates, hidden, input]) }

    /// Multiply-accumulates of the recurrent weights over the whole sequence.
    func recurrentMACs() throws(ShapeFault) -> Int { try product([sequence, batch, directions, gates, hidden, hidden]) }
}

extension OperatorRule {
    /// Gates of each recurrent operator: the rows of W and R in units of the hidden size.
    static let recurrentGates = ["LSTM": 4, "GRU": 3, "RNN": 1]

    static let recurrent: [String: OperatorRule] = recurrentGates.mapValues { gates in
        OperatorRule(
            { context throws(ShapeFault) in
                let extents = try RecurrentExtents(context, gates: gates)
                let state =
                    extents.isBatchFirst
                    ? [extents.batch, extents.directions, extents.hidden]
                    : [extents.directions, extents.batch, extents.hidden]
                let all =
                    extents.isBatchFirst
                    ? [extents.batch, extents.sequence, extents.directions, extents.hidden]
                    : [extents.sequence, extents.directions, extents.batch, extents.hidden]
                let last = try Shape(inferred: state)
                return [.known(try Shape(inferred: all)), .known(last), .known(last)]
            },
            macs: { context, _ throws(ShapeFault) in
                let extents = try RecurrentExtents(context, gates: gates)
                let (sum, overflow) = try extents.inputMACs().addingReportingOverflow(extents.recurrentMACs())
                guard !overflow else { throw ShapeFault("a count exceeds 63 bits") }
                return sum
            })
    }
}
