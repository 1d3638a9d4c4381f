import CVectorMath
import NeuralNetwork

/// GRU through time. Gates in the order update, reset, candidate.
extension TrainingLowering {
    mutating func lowerGatedUnit(_ node: TracedNode) throws(ExecutionError) {
        let (shape, values) = try recurrent(node, gates: 3, activations: ["sigmoid", "tanh"])
        let operands = try operands(values, shape)
        let states = shape.directions * shape.sequence * shape.stateCount
        let gates = place(byteCount: states * 3 * 4)
        let kept = place(byteCount: states * 4)
        let result = place(byteCount: states * 4)
        let end = place(byteCount: shape.directions * shape.stateCount * 4)
        let bias = try plain(bias: values)
        let pass = GatedUnitPass(shape: shape, resetsProduct: (node.node.integer("linear_before_reset") ?? 0) != 0)
        routine(operands + [gates, kept, result, end] + bias) {
            pass.forward($0, hasBias: !bias.isEmpty)
        }
        for (output, slot) in zip(node.outputs, [result, end]) { hold(output, slot) }
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let given = try builder.gradients(ofOutputsOf: node, count: 2) else { return }
            let none = operands[0]
            // What reaches the gates through W, and through R.
            let gateGradients = builder.place(byteCount: states * 3 * 4)
            let recurrentGradients = builder.place(byteCount: states * 3 * 4)
            let work = builder.place(byteCount: shape.stateCount * 2 * 4)
            let gradients = builder.placeGradients(values, shape)
            builder.routine(
                operands + [gates, kept, result] + given.slots(or: none) + [gateGradients, recurrentGradients, work]
                    + gradients.slots(or: none)
            ) { pass.backward($0, isGiven: given.areThere, wantsData: gradients.data != nil) }
            builder.observe(node, gates: gateGradients, recurrent: recurrentGradients, states: result)
            builder.contribute(gradients, values)
        }
    }
}

private struct GatedUnitPass: Sendable {
    let shape: RecurrentTraining
    /// Whether the reset gate scales the recurrent product (linear_before_reset) rather than the state that goes into it.
    let resetsProduct: Bool

    /// Keeps in `memory[5]` the recurrent product of the candidate, or the state scaled by the reset gate.
    func forward(_ memory: RoutineMemory, hasBias: Bool) {
        let (width, batch, rows) = (shape.hidden, shape.batch, shape.rows)
        for direction in 0..<shape.directions {
            let bias = hasBias ? UnsafePointer(memory[8]) : nil
            shape.project(
                memory[0], memory[1], bias, withheld: resetsProduct ? width : 0, to: memory[4], direction: direction)
            let recurrence = memory[2] + direction * rows * width
            let candidateBias = bias.map { $0 + direction * 2 * rows + rows + 2 * width }
            for step in 0..<shape.sequence {
                let time = shape.time(step, direction)
                let gates = memory[4] + shape.gate(time, direction)
                let kept = memory[5] + shape.state(time, direction)
                let result = memory[6] + shape.output(time, direction)
                let before = shape.previous(step, direction, memory[6], memory[3], shape.output)
                multiply(
                    batch, 2 * width, width, before, lda: width, recurrence, transposeB: true, ldb: width, beta: 1, gates,
                    ldc: rows)
                for item in 0..<batch {
                    let row = gates + item * rows
                    pare_map(pare_sigmoid_function, row, row, 2 * width, 0, 0)
                    let own = kept + item * width
                    if !resetsProduct {
                        pare_zip(pare_multiply_function, row + width, 1, before + item * width, 1, own, width)
                    } else if let candidateBias {
                        own.update(from: candidateBias, count: width)
                    } else {
                        own.update(repeating: 0, count: width)
                    }
                }
                let candidates = recurrence + 2 * width * width
                if resetsProduct {
                    multiply(
                        batch, width, width, before, lda: width, candidates, transposeB: true, ldb: width, beta: 1, kept,
                        ldc: width)
                    for item in 0..<batch {
                        let (row, own) = (gates + item * rows, kept + item * width)
                        for unit in 0..<width { row[2 * width + unit] += row[width + unit] * own[unit] }
                    }
                } else {
                    multiply(
                        batch, width, width, kept, lda: width, candidates, transposeB: true, ldb: width, beta: 1,
                        gates + 2 * width, ldc: rows)
                }
                for item in 0..<batch {
                    let row = gates + item * rows
                    pare_map(pare_tanh_function, row + 2 * width, row + 2 * width, width, 0, 0)
                    pare_mix(row, before + item * width, row + 2 * width, result + item * width, width)
                }
            }
            let last = shape.time(shape.sequence - 1, direction)
            (memory[7] + direction * shape.stateCount).update(
                from: memory[6] + shape.output(last, direction), count: shape.stateCount)
        }
    }

    func backward(_ memory: RoutineMemory, isGiven: [Bool], wantsData: Bool) {
        let (width, batch, rows, count) = (shape.hidden, shape.batch, shape.rows, shape.stateCount)
        let (hidden, product) = (memory[11], memory[11] + count)
        for direction in 0..<shape.directions {
            let recurrence = memory[2] + direction * rows * width
            let start = direction * count
            shape.begin(hidden, with: isGiven[1] ? memory[8] + start : nil)
            shape.stepBack(direction, hidden, results: isGiven[0] ? memory[7] : nil) { step, time in
                let before = shape.previous(step, direction, memory[6], memory[3], shape.output)
                let gates = memory[4] + shape.gate(time, direction)
                let target = memory[9] + shape.gate(time, direction)
                let recurrent = memory[10] + shape.gate(time, direction)
                let kept = memory[5] + shape.state(time, direction)
                for item in 0..<batch {
                    let (gate, to, base) = (gates + item * rows, target + item * rows, item * width)
                    for unit in 0..<width {
                        let (z, n, slope) = (gate[unit], gate[2 * width + unit], hidden[base + unit])
                        to[unit] = slope * (before[base + unit] - n) * z * (1 - z)
                        to[2 * width + unit] = slope * (1 - z) * (1 - n * n)
                        hidden[base + unit] = slope * z
                    }
                }
                if !resetsProduct {
                    multiply(
                        batch, width, width, target + 2 * width, lda: rows, recurrence + 2 * width * width, ldb: width, product,
                        ldc: width)
                }
                for item in 0..<batch {
                    let (gate, to, through) = (gates + item * rows, target + item * rows, recurrent + item * rows)
                    let base = item * width
                    for unit in 0..<width {
                        let (r, candidate) = (gate[width + unit], to[2 * width + unit])
                        if resetsProduct {
                            to[width + unit] = candidate * kept[base + unit] * r * (1 - r)
                            through[2 * width + unit] = candidate * r
                        } else {
                            to[width + unit] = product[base + unit] * before[base + unit] * r * (1 - r)
                            through[2 * width + unit] = candidate
                            hidden[base + unit] += product[base + unit] * r
                        }
                        through[unit] = to[unit]
                        through[width + unit] = to[width + unit]
                    }
                }
                multiply(
                    batch, width, resetsProduct ? rows : 2 * width, recurrent, lda: rows, recurrence, ldb: width, beta: 1,
                    hidden, ldc: width)
            }
            (memory[16] + start).update(from: hidden, count: count)
            let states: (Int) -> UnsafePointer<Float> = { step in
                shape.previous(step, direction, memory[6], memory[3], shape.output)
            }
            if resetsProduct {
                shape.recurrence(memory[10], first: 0, width: rows, direction: direction, to: memory[13], states: states)
            } else {
                shape.recurrence(memory[10], first: 0, width: 2 * width, direction: direction, to: memory[13], states: states)
                shape.recurrence(memory[10], first: 2 * width, width: width, direction: direction, to: memory[13]) { step in
                    UnsafePointer(memory[5] + shape.state(shape.time(step, direction), direction))
                }
            }
            shape.backProject(
                memory[9], memory[0], memory[1], input: wantsData ? memory[15] : nil, weights: memory[12],
                direction: direction)
            let bias = memory[14] + direction * 2 * rows
            shape.sums(memory[9], direction: direction, to: bias)
            shape.sums(memory[10], direction: direction, to: bias + rows)
        }
    }
}
