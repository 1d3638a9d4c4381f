import CVectorMath
import NeuralNetwork

/// The plain recurrent network (RNN) through time, with tanh or Relu.
extension TrainingLowering {
    mutating func lowerSimpleUnit(_ node: TracedNode) throws(ExecutionError) {
        var isRectified = false
        if case .texts(let names)? = node.node.attributes["activations"] {
            isRectified = names.first?.lowercased() == "relu"
        }
        let (shape, values) = try recurrent(node, gates: 1, activations: [isRectified ? "relu" : "tanh"])
        let operands = try operands(values, shape)
        let states = shape.directions * shape.sequence * shape.stateCount
        let gates = place(byteCount: states * 4)
        let result = place(byteCount: states * 4)
        let end = place(byteCount: shape.directions * shape.stateCount * 4)
        let bias = try plain(bias: values)
        let pass = SimpleUnitPass(shape: shape, isRectified: isRectified)
        routine(operands + [gates, result, end] + bias) { pass.forward($0, hasBias: !bias.isEmpty) }
        for (output, slot) in zip(node.outputs, [result, end]) { hold(output, slot) }
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let given = try builder.gradients(ofOutputsOf: node, count: 2) else { return }
            let none = operands[0]
            let gateGradients = builder.place(byteCount: states * 4)
            let gradients = builder.placeGradients(values, shape)
            builder.routine(
                operands + [result] + given.slots(or: none) + [gateGradients] + gradients.slots(or: none)
            ) { pass.backward($0, isGiven: given.areThere, wantsData: gradients.data != nil) }
            builder.observe(node, gates: gateGradients, recurrent: gateGradients, states: result)
            builder.contribute(gradients, values)
        }
    }
}

private struct SimpleUnitPass: Sendable {
    let shape: RecurrentTraining
    /// Whether states go through Relu instead of tanh.
    let isRectified: Bool

    func forward(_ memory: RoutineMemory, hasBias: Bool) {
        let (width, batch, count) = (shape.hidden, shape.batch, shape.stateCount)
        for direction in 0..<shape.directions {
            shape.project(
                memory[0], memory[1], hasBias ? UnsafePointer(memory[7]) : nil, withheld: 0, to: memory[4], direction: direction)
            for step in 0..<shape.sequence {
                let time = shape.time(step, direction)
                let gates = memory[4] + shape.gate(time, direction)
                let before = shape.previous(step, direction, memory[5], memory[3], shape.output)
                multiply(
                    batch, width, width, before, lda: width, memory[2] + direction * width * width, transposeB: true, ldb: width,
                    beta: 1, gates, ldc: width)
                pare_map(
                    isRectified ? pare_relu_function : pare_tanh_function, gates, memory[5] + shape.output(time, direction), count,
                    0, 0)
            }
            let last = shape.time(shape.sequence - 1, direction)
            (memory[6] + direction * count).update(from: memory[5] + shape.output(last, direction), count: count)
        }
    }

    func backward(_ memory: RoutineMemory, isGiven: [Bool], wantsData: Bool) {
        let (width, batch, count) = (shape.hidden, shape.batch, shape.stateCount)
        for direction in 0..<shape.directions {
            let hidden = memory[12] + direction * count
            shape.begin(hidden, with: isGiven[1] ? memory[6] + direction * count : nil)
            shape.stepBack(direction, hidden, results: isGiven[0] ? memory[5] : nil) { step, time in
                let state = memory[4] + shape.output(time, direction)
                let target = memory[7] + shape.gate(time, direction)
                for unit in 0..<count {
                    let slope: Float = isRectified ? (state[unit] > 0 ? 1 : 0) : 1 - state[unit] * state[unit]
                    target[unit] = hidden[unit] * slope
                }
                multiply(
                    batch, width, width, target, lda: width, memory[2] + direction * width * width, ldb: width, hidden, ldc: width)
            }
            shape.recurrence(memory[7], first: 0, width: width, direction: direction, to: memory[9]) { step in
                shape.previous(step, direction, memory[4], memory[3], shape.output)
            }
            shape.backProject(
                memory[7], memory[0], memory[1], input: wantsData ? memory[11] : nil, weights: memory[8], direction: direction)
            let bias = memory[10] + direction * 2 * width
            shape.sums(memory[7], direction: direction, to: bias)
            (bias + width).update(from: bias, count: width)
        }
    }
}
