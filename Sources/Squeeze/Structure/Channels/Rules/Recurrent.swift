import NeuralNetwork

extension ChannelRule {
    static let recurrent: [String: Rule] = ["LSTM": recur(gates: 4), "GRU": recur(gates: 3), "RNN": recur(gates: 1)]

    /// A hidden unit is one row of each gate in W and R (both directions alike), a column of R, and an element of the state.
    private static func recur(gates: Int) -> Rule {
        { visit in
            guard let input = visit.shape(0), input.rank == 3, let recurrence = visit.shape(2), recurrence.rank == 3,
                let weights = visit.shape(1), weights.rank == 3, weights[1] == gates * recurrence[2],
                let rows = visit.claim(1, 1), let recurrentRows = visit.claim(2, 1), let columns = visit.claim(2, 2),
                rows.count == gates * columns.count, rows.count == recurrentRows.count
            else { return }
            visit.tieBlocks(rows, count: gates)
            visit.tieBlocks(recurrentRows, count: gates)
            visit.unify(rows, recurrentRows)
            visit.unify(Array(rows[..<columns.count]), columns)
            for (index, blocks) in [(3, 2 * gates), (7, 3)] where visit.isPresent(index) {
                guard let vector = visit.claim(index, 1), vector.count == blocks * columns.count else {
                    visit.fix(columns, "\(visit.title) computes its \(visit.node.inputs[index])")
                    continue
                }
                visit.tieBlocks(vector, count: blocks)
                visit.unify(Array(vector[..<columns.count]), columns)
            }
            if let read = visit.tracked(0, 2) {
                visit.consume(weights: 1, value: 0, axis: 2, atoms: read)
                if let claimed = visit.claim(1, 2) {
                    visit.unify(read, claimed)
                } else {
                    visit.fix(read, "\(visit.title) computes its weights")
                }
            }
            for index in [5, 6] where visit.isPresent(index) { visit.startState(index, columns) }
            if visit.integer("hidden_size") != nil { visit.addEdit(.integer("hidden_size"), [(0, columns)]) }
            visit.setOutput(0, 3, columns)
            visit.setOutput(1, 2, columns)
            visit.setOutput(2, 2, columns)
            for output in [1, 2] { visit.endState(output) }
            visit.produce(weights: 1, axis: 1, filters: columns)
            visit.produce(weights: 2, axis: 1, filters: columns)
        }
    }
}

extension NodeVisit {
    /// Ties what a state starts from to the units; what others read too is picked from.
    fileprivate mutating func startState(_ input: Int, _ units: [Atom]) {
        let name = node.inputs[input]
        if tracer.initialStates.contains(name), let shape = shape(input), shape.rank == 3, shape[2] == units.count {
            if tracer.labels[name] == nil {
                tracer.labels[name] = [nil, nil, units]
                tracer.states.append((name, units))
            }
        }
        // One stored state that several layers start from does not tie them to each other: each picks its own.
        let isShared = stored(input) != nil && Set(tracer.readers[name] ?? []).count > 1
        if !isShared, let state = claim(input, 2) {
            unify(state, units)
        } else {
            addEdit(.selection(input: input, axis: 2), [(0, units)])
        }
    }

    /// A state that the caller brought is the caller's to take back.
    fileprivate func endState(_ output: Int) {
        guard output < node.outputs.count, !node.outputs[output].isEmpty, isPresent(output + 4),
            tracer.initialStates.contains(node.inputs[output + 4])
        else { return }
        tracer.finalStates.insert(node.outputs[output])
    }
}
