import CVectorMath
import Glibc
import NeuralNetwork

/// Functions of two numbers that can be trained through.
enum BinaryRule: String, Sendable {
    case add = "Add"
    case subtract = "Sub"
    case multiply = "Mul"
    case divide = "Div"
    case power = "Pow"
    case parametricRelu = "PRelu"
    case maximum = "Max"
    case minimum = "Min"

    init?(_ operation: String) { self.init(rawValue: operation) }
}

extension TrainingLowering {
    mutating func lowerBinary(_ node: TracedNode, _ rule: BinaryRule) throws(ExecutionError) {
        let output = node.outputs[0]
        guard let left = node.inputs[0], let right = node.inputs[1] else { throw refusal(node, "it lacks an operand") }
        guard type(left).elementType == .float32, type(right).elementType == .float32 else {
            throw refusal(node, "its operands are of different element types")
        }
        if rule == .add, type(left).shape == type(right).shape { return try lowerSum(node, left, right, output) }
        let sides = try broadcasting([left, right], to: output)
        try emitKernel(node)
        let (a, b, y) = (try plain(left), try plain(right), try plain(output))
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            for (side, operand) in [left, right].enumerated() where builder.wants(operand) {
                if rule == .add || (rule == .subtract && side == 0), builder.type(operand).shape == builder.type(output).shape {
                    builder.contribute(operand, gradient, isOwned: false)
                    continue
                }
                let target = builder.place(like: operand)
                if rule == .add || rule == .subtract {
                    let broadcast = try builder.broadcasting([operand], to: output)
                    let factor: Float = rule == .subtract && side == 1 ? -1 : 1
                    builder.routine([gradient, target]) { broadcast.gather($0[0], factor: factor, to: $0[1]) }
                } else {
                    builder.routine([a, b, y, gradient, target]) { rule.accumulate(sides, side: side, $0) }
                }
                builder.contribute(operand, target)
            }
        }
    }

    /// A sum of values of one shape, in whatever layout the first is in.
    private mutating func lowerSum(
        _ node: TracedNode, _ left: ValueID, _ right: ValueID, _ output: ValueID
    ) throws(ExecutionError) {
        if trace.values[left].literal != nil || layout(of: left) == nil { _ = try plain(left) }
        guard let layout = layout(of: left) else {
            try emitKernel(node)
            return noteSum(node, left, right, output)
        }
        let (a, b) = (try argument(left, in: layout), try argument(right, in: layout))
        let result = place(byteCount: layout.byteCount)
        let (count, threads) = (layout.byteCount / 4, threads)
        routine([a, b, result]) { memory in
            inParallelRanges(threads, count) { range in
                let start = range.lowerBound
                pare_zip(
                    pare_add_function, memory[0] + start, 1, memory[1] + start, 1, memory[2] + start, range.count)
            }
        }
        hold(output, result, layout: layout)
        noteSum(node, left, right, output)
    }

    private mutating func noteSum(_ node: TracedNode, _ left: ValueID, _ right: ValueID, _ output: ValueID) {
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.total(output) else { return }
            let isShared = builder.wants(left) && builder.wants(right)
            for operand in [left, right] {
                builder.contribute(
                    operand, gradient.slot, layout: gradient.layout, isOwned: gradient.isOwned && !isShared)
            }
        }
    }
}

extension BinaryRule {
    /// Sums the partial derivatives by one operand times the result's gradient; arguments: both operands, the result, its gradient,
    /// the target.
    func accumulate(_ broadcast: Broadcast, side: Int, _ memory: RoutineMemory) {
        let (a, b, y, dy, target) = (memory[0], memory[1], memory[2], memory[3], memory[4])
        switch (self, side) {
        case (.multiply, 0): broadcast.accumulate(side: 0, a, b, y, dy, to: target) { _, b, _, dy in dy * b }
        case (.multiply, _): broadcast.accumulate(side: 1, a, b, y, dy, to: target) { a, _, _, dy in dy * a }
        case (.divide, 0): broadcast.accumulate(side: 0, a, b, y, dy, to: target) { _, b, _, dy in dy / b }
        case (.divide, _): broadcast.accumulate(side: 1, a, b, y, dy, to: target) { _, b, y, dy in -dy * y / b }
        case (.power, 0):
            broadcast.accumulate(side: 0, a, b, y, dy, to: target) { a, b, _, dy in b == 0 ? 0 : dy * b * pow(a, b - 1) }
        case (.power, _):
            broadcast.accumulate(side: 1, a, b, y, dy, to: target) { a, _, y, dy in y == 0 ? 0 : dy * y * log(a) }
        case (.parametricRelu, 0):
            broadcast.accumulate(side: 0, a, b, y, dy, to: target) { a, b, _, dy in a > 0 ? dy : dy * b }
        case (.parametricRelu, _):
            broadcast.accumulate(side: 1, a, b, y, dy, to: target) { a, _, _, dy in a > 0 ? 0 : dy * a }
        // Where both are equal, each gets half.
        case (.maximum, _), (.minimum, _):
            let sign: Float = self == .maximum ? 1 : -1
            let s = side
            broadcast.accumulate(side: s, a, b, y, dy, to: target) { a, b, _, dy in
                let difference = s == 0 ? a - b : b - a
                return difference == 0 ? dy / 2 : difference * sign > 0 ? dy : 0
            }
        case (.add, _), (.subtract, _): preconditionFailure("sums are gathered")
        }
    }
}
