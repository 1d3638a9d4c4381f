import CVectorMath
import NeuralNetwork

/// LSTM through time. Gates in the order input, output, forget, candidate.
extension TrainingLowering {
    mutating func lowerLongShortTermMemory(_ node: TracedNode) throws(ExecutionError) {
        let (shape, values) = try recurrent(node, gates: 4, activations: ["sigmoid", "tanh", "tanh"])
        let operands = try operands(values, shape)
        let cell = try initialState(values.initialCell, shape)
        let states = shape.directions * shape.sequence * shape.stateCount
        let gates = place(byteCount: states * 4 * 4)
        let cells = place(byteCount: states * 4)
        let squashed = place(byteCount: states * 4)
        let result = place(byteCount: states * 4)
        var ends: [Int] = []
        for _ in 0..<2 { ends.append(place(byteCount: shape.directions * shape.stateCount * 4)) }
        let bias = try plain(bias: values)
        let pass = LongShortTermMemoryPass(shape: shape)
        routine(operands + [cell, gates, cells, squashed, result, ends[0], ends[1]] + bias) {
            pass.forward($0, hasBias: !bias.isEmpty)
        }
        for (output, slot) in zip(node.outputs, [result] + ends) { hold(output, slot) }
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let given = try builder.gradients(ofOutputsOf: node, count: 3) else { return }
            let none = operands[0]
            let gateGradients = builder.place(byteCount: states * 4 * 4)
            let stateGradients = builder.place(byteCount: shape.directions * shape.stateCount * 2 * 4)
            let gradients = builder.placeGradients(values, shape)
            let cellGradient = builder.place(byteCount: shape.directions * shape.stateCount * 4)
            builder.routine(
                operands + [cell, gates, cells, squashed, result] + given.slots(or: none) + [gateGradients, stateGradients]
                    + gradients.slots(or: none) + [cellGradient]
            ) { pass.backward($0, isGiven: given.areThere, wantsData: gradients.data != nil) }
            builder.observe(node, gates: gateGradients, recurrent: gateGradients, states: result)
            builder.contribute(gradients, values)
            if let value = values.initialCell { builder.contribute(value, cellGradient) }
        }
    }
}

private struct LongShortTermMemoryPass: Sendable {
    let shape: RecurrentTraining

    func forward(_ memory: RoutineMemory, hasBias: Bool) {
        let (width, batch) = (shape.hidden, shape.batch)
        for direction in 0..<shape.directions {
            shape.project(
                memory[0], memory[1], hasBias ? UnsafePointer(memory[11]) : nil, withheld: 0, to: memory[5],
                direction: direction)
            for step in 0..<shape.sequence {
                let time = shape.time(step, direction)
                let gates = memory[5] + shape.gate(time, direction)
                let before = shape.previous(step, direction, memory[8], memory[3], shape.output)
                multiply(
                    batch, shape.rows, width, before, lda: width, memory[2] + direction * shape.rows * width,
                    transposeB: true, ldb: width, beta: 1, gates, ldc: shape.rows)
                let previous = shape.previous(step, direction, memory[6], memory[4], shape.state)
                let cells = memory[6] + shape.state(time, direction)
                let squashed = memory[7] + shape.state(time, direction)
                let result = memory[8] + shape.output(time, direction)
                for item in 0..<batch {
                    let row = gates + item * shape.rows
                    pare_map(pare_sigmoid_function, row, row, 3 * width, 0, 0)
                    pare_map(pare_tanh_function, row + 3 * width, row + 3 * width, width, 0, 0)
                    let cell = cells + item * width
                    cell.update(from: previous + item * width, count: width)
                    pare_update_cell(row, row + 2 * width, row + 3 * width, cell, width)
                    let bent = squashed + item * width
                    pare_map(pare_tanh_function, cell, bent, width, 0, 0)
                    pare_zip(pare_multiply_function, row + width, 1, bent, 1, result + item * width, width)
                }
            }
            let last = shape.time(shape.sequence - 1, direction)
            let (start, count) = (direction * shape.stateCount, shape.stateCount)
            (memory[9] + start).update(from: memory[8] + shape.output(last, direction), count: count)
            (memory[10] + start).update(from: memory[6] + shape.state(last, direction), count: count)
        }
    }

    func backward(_ memory: RoutineMemory, isGiven: [Bool], wantsData: Bool) {
        let (width, batch, rows, count) = (shape.hidden, shape.batch, shape.rows, shape.stateCount)
        for direction in 0..<shape.directions {
            let hidden = memory[13] + direction * 2 * count
            let cell = hidden + count
            let start = direction * count
            shape.begin(hidden, with: isGiven[1] ? memory[10] + start : nil)
            shape.begin(cell, with: isGiven[2] ? memory[11] + start : nil)
            shape.stepBack(direction, hidden, results: isGiven[0] ? memory[9] : nil) { step, time in
                let previous = shape.previous(step, direction, memory[6], memory[4], shape.state)
                let gates = memory[5] + shape.gate(time, direction)
                let target = memory[12] + shape.gate(time, direction)
                let squashed = memory[7] + shape.state(time, direction)
                for item in 0..<batch {
                    let (gate, to) = (gates + item * rows, target + item * rows)
                    let base = item * width
                    for unit in 0..<width {
                        let (i, o, f, g) = (gate[unit], gate[width + unit], gate[2 * width + unit], gate[3 * width + unit])
                        let (bent, slope) = (squashed[base + unit], hidden[base + unit])
                        let change = slope * o * (1 - bent * bent) + cell[base + unit]
                        to[unit] = change * g * i * (1 - i)
                        to[width + unit] = slope * bent * o * (1 - o)
                        to[2 * width + unit] = change * previous[base + unit] * f * (1 - f)
                        to[3 * width + unit] = change * i * (1 - g * g)
                        cell[base + unit] = change * f
                    }
                }
                multiply(
                    batch, width, rows, target, lda: rows, memory[2] + direction * rows * width, ldb: width, hidden,
                    ldc: width)
            }
            (memory[18] + start).update(from: hidden, count: count)
            (memory[19] + start).update(from: cell, count: count)
            shape.recurrence(memory[12], first: 0, width: rows, direction: direction, to: memory[15]) { step in
                shape.previous(step, direction, memory[8], memory[3], shape.output)
            }
            shape.backProject(
                memory[12], memory[0], memory[1], input: wantsData ? memory[17] : nil, weights: memory[14],
                direction: direction)
            let bias = memory[16] + direction * 2 * rows
            shape.sums(memory[12], direction: direction, to: bias)
            (bias + rows).update(from: bias, count: rows)
        }
    }
}
