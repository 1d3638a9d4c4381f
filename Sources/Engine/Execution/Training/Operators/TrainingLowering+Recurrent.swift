import NeuralNetwork

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

/// The gradients of a recurrent node's outputs, of which one at least is there.
struct GivenGradients {
    private let given: [Int?]

    init?(_ given: [Int?]) {
        guard given.contains(where: { $0 != nil }) else { return nil }
        self.given = given
    }

    var areThere: [Bool] { given.map { $0 != nil } }

    /// The slots in the order of the outputs, `none` for one that is not there.
    func slots(or none: Int) -> [Int] { given.map { $0 ?? none } }
}

extension TrainingLowering {
    /// The slots that every pass begins with: data, weights, recurrence and the initial hidden state.
    mutating func operands(_ values: RecurrentValues, _ shape: RecurrentTraining) throws(ExecutionError) -> [Int] {
        [
            try plain(values.data), try plain(values.weights), try plain(values.recurrence),
            try initialState(values.initialHidden, shape),
        ]
    }

    /// The slot of the biases, where there are any.
    mutating func plain(bias values: RecurrentValues) throws(ExecutionError) -> [Int] {
        if let bias = values.bias { [try plain(bias)] } else { [] }
    }

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

    /// The gradients of outputs that may be missing or unused; nil where there are none.
    mutating func gradients(ofOutputsOf node: TracedNode, count: Int) throws(ExecutionError) -> GivenGradients? {
        var given: [Int?] = []
        for index in 0..<count { given.append(node.outputs.indices.contains(index) ? try gradient(node.outputs[index]) : nil) }
        return GivenGradients(given)
    }
}
