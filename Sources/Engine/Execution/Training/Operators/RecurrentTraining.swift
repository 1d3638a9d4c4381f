import CVectorMath
import NeuralNetwork

/// The extents of a recurrent node that is trained through time, and where its parts lie.
struct RecurrentTraining: Sendable {
    let gates: Int
    let sequence: Int
    let batch: Int
    let input: Int
    let hidden: Int
    /// For each direction whether time runs backward.
    let isReversed: [Bool]

    var directions: Int { isReversed.count }
    var rows: Int { gates * hidden }
    /// Elements of one direction's state.
    var stateCount: Int { batch * hidden }

    /// The time steps of a direction in its order.
    func time(_ step: Int, _ direction: Int) -> Int { isReversed[direction] ? sequence - 1 - step : step }

    /// Where a time step's results begin in Y (time, direction, item, hidden).
    func output(_ time: Int, _ direction: Int) -> Int { (time * directions + direction) * stateCount }

    /// Where a time step's gates begin (direction, time, item, rows).
    func gate(_ time: Int, _ direction: Int) -> Int { (direction * sequence + time) * batch * rows }

    /// Where a time step's kept state begins (direction, time, item, hidden).
    func state(_ time: Int, _ direction: Int) -> Int { (direction * sequence + time) * stateCount }

    /// The state before a step: what the step before left, or the initial one (direction, item, hidden).
    func previous(
        _ step: Int, _ direction: Int, _ results: UnsafePointer<Float>, _ initial: UnsafePointer<Float>,
        _ place: (Int, Int) -> Int
    ) -> UnsafePointer<Float> {
        step == 0 ? initial + direction * stateCount : results + place(time(step - 1, direction), direction)
    }

    /// gates = X · Wᵀ and the biases that are always added; the last `withheld` rows get no recurrent one.
    func project(
        _ data: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, withheld: Int,
        to gates: UnsafeMutablePointer<Float>, direction: Int
    ) {
        let count = sequence * batch
        let target = gates + gate(0, direction)
        if let bias {
            let own = bias + direction * 2 * rows
            for row in 0..<rows { target[row] = own[row] + (row < rows - withheld ? own[rows + row] : 0) }
            for item in 1..<max(1, count) { (target + item * rows).update(from: target, count: rows) }
        }
        multiply(
            count, rows, input, data, lda: input, weights + direction * rows * input, transposeB: true, ldb: input,
            beta: bias == nil ? 0 : 1, target, ldc: rows)
    }

    /// Gradients that follow from those at the gates: of the input (sums over directions), and of W.
    func backProject(
        _ gradients: UnsafePointer<Float>, _ data: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
        input inputGradient: UnsafeMutablePointer<Float>?, weights weightsGradient: UnsafeMutablePointer<Float>,
        direction: Int
    ) {
        let count = sequence * batch
        let own = gradients + gate(0, direction)
        multiply(
            rows, input, count, own, transposeA: true, lda: rows, data, ldb: input,
            weightsGradient + direction * rows * input, ldc: input)
        if let inputGradient {
            multiply(
                count, input, rows, own, lda: rows, weights + direction * rows * input, ldb: input,
                beta: direction == 0 ? 0 : 1, inputGradient, ldc: input)
        }
    }

    /// target (rows) = the sums of gate gradients over time and items.
    func sums(_ gradients: UnsafePointer<Float>, direction: Int, to target: UnsafeMutablePointer<Float>) {
        target.update(repeating: 0, count: rows)
        let own = gradients + gate(0, direction)
        for item in 0..<sequence * batch {
            pare_zip(pare_add_function, own + item * rows, 1, target, 1, target, rows)
        }
    }

    /// R's gradient for `width` gate rows from `first` on: gate gradientsᵀ times the states before each step.
    func recurrence(
        _ gradients: UnsafePointer<Float>, first: Int, width: Int, direction: Int, to target: UnsafeMutablePointer<Float>,
        states: (Int) -> UnsafePointer<Float>
    ) {
        let to = target + (direction * rows + first) * hidden
        for step in 0..<sequence {
            let from = gradients + gate(time(step, direction), direction) + first
            multiply(
                width, hidden, batch, from, transposeA: true, lda: rows, states(step), ldb: hidden, beta: step == 0 ? 0 : 1,
                to, ldc: hidden)
        }
    }
}

/// A recurrent node's values, with zeros where initial states are not given.
struct RecurrentValues {
    var data: ValueID
    var weights: ValueID
    var recurrence: ValueID
    var bias: ValueID?
    var initialHidden: ValueID?
    var initialCell: ValueID?
}

/// The slots of what a recurrent node's gradients add up in.
struct RecurrentGradients {
    var weights: Int
    var recurrence: Int
    var bias: Int
    /// Nil where nobody wants it.
    var data: Int?
    var hidden: Int

    /// The slots in the order in which passes find them, `none` for one that is not there.
    func slots(or none: Int) -> [Int] { [weights, recurrence, bias, data ?? none, hidden] }
}

extension TrainingLowering {
    /// Makes room for the gradients of a recurrent node.
    mutating func placeGradients(_ values: RecurrentValues, _ shape: RecurrentTraining) -> RecurrentGradients {
        RecurrentGradients(
            weights: place(like: values.weights), recurrence: place(like: values.recurrence),
            bias: place(byteCount: shape.directions * 2 * shape.rows * 4), data: wants(values.data) ? place(like: values.data) : nil,
            hidden: place(byteCount: shape.directions * shape.stateCount * 4))
    }

    /// Adds the gradients to those of the values that they are of.
    mutating func contribute(_ gradients: RecurrentGradients, _ values: RecurrentValues) {
        contribute(values.weights, gradients.weights)
        contribute(values.recurrence, gradients.recurrence)
        if let bias = values.bias { contribute(bias, gradients.bias) }
        if let data = gradients.data { contribute(values.data, data) }
        if let value = values.initialHidden { contribute(value, gradients.hidden) }
    }

    /// Reads a recurrent node that has nothing unusual.
    func recurrent(_ node: TracedNode, gates: Int, activations: [String]) throws(ExecutionError) -> (RecurrentTraining, RecurrentValues) {
        func value(_ index: Int) -> ValueID? { index < node.inputs.count ? node.inputs[index] : nil }
        guard let data = value(0), let weights = value(1), let recurrence = value(2), dimensions(data).count == 3,
            dimensions(weights).count == 3, dimensions(recurrence).count == 3
        else { throw refusal(node, "it lacks an operand") }
        guard node.node.integer("layout") ?? 0 == 0 else { throw refusal(node, "layout 1 is not supported") }
        guard node.node.float("clip") ?? 0 <= 0 else { throw refusal(node, "clip is not supported") }
        guard node.node.integer("input_forget") ?? 0 == 0 else { throw refusal(node, "input_forget is not supported") }
        guard value(7) == nil else { throw refusal(node, "peepholes are not supported") }
        let isReversed: [Bool]
        switch node.node.text("direction") ?? "forward" {
        case "reverse": isReversed = [true]
        case "bidirectional": isReversed = [false, true]
        default: isReversed = [false]
        }
        if case .texts(let names)? = node.node.attributes["activations"],
            names.map({ $0.lowercased() }) != isReversed.flatMap({ _ in activations })
        {
            throw refusal(node, "activations \(names) are not supported")
        }
        let sequence = dimensions(data)[0]
        if let lengths = value(4) {
            guard let numbers = trace.values[lengths].literal?.integers(), numbers.allSatisfy({ $0 == sequence }) else {
                throw refusal(node, "sequences of different lengths are not supported")
            }
        }
        let shape = RecurrentTraining(
            gates: gates, sequence: sequence, batch: dimensions(data)[1], input: dimensions(data)[2],
            hidden: dimensions(recurrence)[2], isReversed: isReversed)
        let values = RecurrentValues(
            data: data, weights: weights, recurrence: recurrence, bias: value(3), initialHidden: value(5),
            initialCell: value(6))
        return (shape, values)
    }

    /// The slot of an initial state.
    mutating func initialState(_ value: ValueID?, _ shape: RecurrentTraining) throws(ExecutionError) -> Int {
        if let value { return try plain(value) }
        return permanent(byteCount: shape.directions * shape.stateCount * 4)
    }

    /// The gradient of an output that may be missing or unused; nil where there is none.
    mutating func gradient(ofOutput index: Int, _ node: TracedNode) throws(ExecutionError) -> Int? {
        node.outputs.indices.contains(index) ? try gradient(node.outputs[index]) : nil
    }
}
