import CVectorMath
import Glibc
import NeuralNetwork
import TensorCore

/// Reductions along axes.
extension TrainingLowering {
    mutating func lowerReduction(_ node: TracedNode, _ kind: ReductionKind) throws(ExecutionError) {
        let output = node.outputs[0]
        try emitKernel(node)
        guard let source = node.inputs[0], wants(source) else { return }
        let shape = type(source).shape
        let reduced = try reducedAxes(node, rank: shape.rank)
        let kept = Shape(shape.dimensions.enumerated().map { reduced.contains($0.offset) ? 1 : $0.element })
        let broadcast: Broadcast
        do throws(KernelFault) {
            broadcast = Broadcast(
                loop: try StridedLoop(broadcasting: [kept], to: shape), count: shape.count, counts: [kept.count])
        } catch {
            throw refusal(node, error.reason)
        }
        if kind == .sum || kind == .mean {
            let factor = kind == .mean ? Float(kept.count) / Float(shape.count) : 1
            onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
                guard let gradient = try builder.gradient(output) else { return }
                let target = builder.place(like: source)
                builder.routine([gradient, target]) { broadcast.stretch($0[0], factor: factor, to: $0[1]) }
                builder.contribute(source, target)
            }
            return
        }
        let (x, y) = (try plain(source), try plain(output))
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            let target = builder.place(like: source)
            let work = builder.place(byteCount: kept.count * 2 * 4)
            builder.routine([x, y, gradient, target, work]) { kind.backward(broadcast, $0) }
            builder.contribute(source, target)
        }
    }

    /// The axes that a node reduces; none where it takes each element alone.
    private func reducedAxes(_ node: TracedNode, rank: Int) throws(ExecutionError) -> Set<Int> {
        var axes = node.node.integers("axes") ?? []
        if node.inputs.count > 1, let given = node.inputs[1] {
            guard let numbers = trace.values[given].literal?.integers() else { throw refusal(node, "its axes are computed") }
            axes = numbers
        }
        if axes.isEmpty { return node.node.integer("noop_with_empty_axes") ?? 0 != 0 ? [] : Set(0..<rank) }
        return Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    }
}

extension ReductionKind {
    /// The argument's gradient; arguments: the argument, the result, its gradient, the target, two numbers for each result.
    fileprivate func backward(_ broadcast: Broadcast, _ memory: RoutineMemory) {
        let (x, y, dy, dx) = (memory[0], memory[1], memory[2], memory[3])
        let (first, second) = (memory[4], memory[4] + broadcast.counts[0])
        switch self {
        case .maximum, .minimum:
            // Where several are the largest, each gets an equal part.
            first.update(repeating: 0, count: broadcast.counts[0])
            broadcast.forEach { if x[$0] == y[$1] { first[$1] += 1 } }
            broadcast.forEach { dx[$0] = x[$0] == y[$1] ? dy[$1] / first[$1] : 0 }
        case .product:
            // A zero's own derivative is the product of the others.
            first.update(repeating: 0, count: broadcast.counts[0])
            second.update(repeating: 1, count: broadcast.counts[0])
            broadcast.forEach { if x[$0] == 0 { first[$1] += 1 } else { second[$1] *= x[$0] } }
            broadcast.forEach { place, result in
                let others: Float =
                    first[result] == 0 ? second[result] / x[place] : first[result] == 1 && x[place] == 0 ? second[result] : 0
                dx[place] = dy[result] * others
            }
        case .magnitudes: broadcast.forEach { dx[$0] = x[$0] > 0 ? dy[$1] : x[$0] < 0 ? -dy[$1] : 0 }
        case .squares: broadcast.forEach { dx[$0] = 2 * x[$0] * dy[$1] }
        case .norm: broadcast.forEach { dx[$0] = y[$1] == 0 ? 0 : dy[$1] * x[$0] / y[$1] }
        case .logSum: broadcast.forEach { dx[$0] = dy[$1] * exp(-y[$1]) }
        case .logSumExp: broadcast.forEach { dx[$0] = dy[$1] * exp(x[$0] - y[$1]) }
        case .sum, .mean: broadcast.forEach { dx[$0] = dy[$1] }
        }
    }
}
