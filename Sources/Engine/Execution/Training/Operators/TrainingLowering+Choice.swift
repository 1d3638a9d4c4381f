import CVectorMath
import NeuralNetwork

/// Functions of any number of values that can be trained through.
enum VariadicRule: String, Sendable {
    case sum = "Sum"
    case mean = "Mean"
    case maximum = "Max"
    case minimum = "Min"
}

extension TrainingLowering {
    /// Sums and extremes of several values, broadcast to one shape.
    mutating func lowerVariadic(_ node: TracedNode, _ rule: VariadicRule) throws(ExecutionError) {
        let output = node.outputs[0]
        try emitKernel(node)
        let operands = node.inputs.compactMap { $0 }
        let sides = try operands.map { operand throws(ExecutionError) in try broadcasting([operand], to: output) }
        switch rule {
        case .sum, .mean:
            let factor = rule == .mean ? 1 / Float(operands.count) : 1
            onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
                guard let gradient = try builder.gradient(output) else { return }
                for (operand, side) in zip(operands, sides) where builder.wants(operand) {
                    let target = builder.place(like: operand)
                    builder.routine([gradient, target]) { side.gather($0[0], factor: factor, to: $0[1]) }
                    builder.contribute(operand, target)
                }
            }
        case .maximum, .minimum:
            let slots = try operands.map { operand throws(ExecutionError) in try plain(operand) }
            let result = try plain(output)
            let count = type(output).shape.count
            onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
                guard let gradient = try builder.gradient(output) else { return }
                // Where several are the largest, each gets an equal part.
                let parts = builder.place(like: output)
                builder.routine([gradient, result, parts] + slots) { memory in
                    memory[2].update(repeating: 0, count: count)
                    for (index, side) in sides.enumerated() {
                        side.forEach { if memory[3 + index][$1] == memory[1][$0] { memory[2][$0] += 1 } }
                    }
                    for place in 0..<count { memory[2][place] = memory[0][place] / max(memory[2][place], 1) }
                }
                for (index, operand) in operands.enumerated() where builder.wants(operand) {
                    let (target, side) = (builder.place(like: operand), sides[index])
                    builder.routine([parts, result, slots[index], target]) { memory in
                        memory[3].update(repeating: 0, count: side.counts[0])
                        side.forEach { if memory[2][$1] == memory[1][$0] { memory[3][$1] += memory[0][$0] } }
                    }
                    builder.contribute(operand, target)
                }
            }
        }
    }

    /// Elements of one value or of another, as a condition says.
    mutating func lowerChoice(_ node: TracedNode) throws(ExecutionError) {
        guard node.inputs.count == 3, let condition = node.inputs[0], let left = node.inputs[1], let right = node.inputs[2] else {
            throw refusal(node, "it lacks an operand")
        }
        guard trace.values[condition].literal == nil else { return try lowerMovement(node) }
        let output = node.outputs[0]
        try emitKernel(node)
        let chosen = try plain(condition)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            for (side, operand) in [left, right].enumerated() where builder.wants(operand) {
                let broadcast = try builder.broadcasting([operand, condition], to: output)
                let target = builder.place(like: operand)
                builder.routine([chosen, gradient, target]) { memory in
                    let flags = UnsafeRawPointer(memory.pointers[0]).assumingMemoryBound(to: UInt8.self)
                    memory[2].update(repeating: 0, count: broadcast.counts[0])
                    let (step, flagStep) = (broadcast.loop.runStrides[0], broadcast.loop.runStrides[1])
                    broadcast.loop.forEachRun { place, operands in
                        for index in 0..<broadcast.loop.runCount
                        where (flags[operands[1] + index * flagStep] != 0) == (side == 0) {
                            memory[2][operands[0] + index * step] += memory[1][place + index]
                        }
                    }
                }
                builder.contribute(operand, target)
            }
        }
    }
}
