import COneDNN
import CVectorMath
import NeuralNetwork
import TensorCore

/// Normalizations.
extension TrainingLowering {
    /// A batch normalization, together with the Relu that alone reads its result.
    mutating func lowerBatchNormalization(_ node: TracedNode, at index: Int) throws(ExecutionError) {
        var output = node.outputs[0]
        guard node.inputs.count >= 5, let source = node.inputs[0], let scale = node.inputs[1], let shift = node.inputs[2],
            let mean = node.inputs[3], let variance = node.inputs[4], (2...5).contains(dimensions(source).count),
            let layout = layout(of: source)
        else { throw refusal(node, "its input has too few or too many axes") }
        let channels = dimensions(source)[1]
        let frozen = options.statistics == .frozen
        guard frozen || type(source).shape.count > channels else {
            throw refusal(node, "a batch of one element a channel has no variance")
        }
        var relu = false
        if uses[output] == 1, let reader = trace.nodes.indices.first(where: { trace.nodes[$0].inputs.contains(output) }),
            trace.nodes[reader].node.operation == "Relu"
        {
            joined.insert(reader)
            relu = true
            passGradient(from: output, to: trace.nodes[reader].outputs[0])
            output = trace.nodes[reader].outputs[0]
        }
        let epsilon = node.node.float("epsilon") ?? 1e-5
        func operation(backward: Bool) -> Operation? {
            Operation(
                owning: pare_batch_normalization(backward, layout.pointer, Int64(channels), epsilon, frozen, relu))
        }
        guard let forward = operation(backward: false), let backward = operation(backward: true) else {
            throw refusal(node, "oneDNN has no implementation for it")
        }
        let input = try argument(source, in: layout)
        let (scaleSlot, shiftSlot) = (try plain(scale), try plain(shift))
        let result = place(byteCount: layout.byteCount)
        let running = (mean: try plain(mean), variance: try plain(variance))
        let used = frozen ? running : (mean: place(byteCount: channels * 4), variance: place(byteCount: channels * 4))
        var arguments: [(role: Operation.Role, slot: Int)] = [
            (.source, input), (.scale, scaleSlot), (.shift, shiftSlot), (.mean, used.mean), (.variance, used.variance),
            (.destination, result),
        ]
        let workspace = forward.layout(.workspace).map { place(byteCount: $0.byteCount) }
        if let workspace { arguments.append((.workspace, workspace)) }
        emit(forward, arguments)
        if !frozen, trace.values[mean].isRuntime, trace.values[variance].isRuntime {
            // As PyTorch does it: the running variance is of the population, estimated from the batch's.
            let momentum = node.node.float("momentum") ?? 0.9
            let count = Float(type(source).shape.count / channels)
            let unbiased = count / (count - 1)
            routine([used.mean, used.variance, running.mean, running.variance]) { memory in
                for channel in 0..<channels {
                    memory[2][channel] = momentum * memory[2][channel] + (1 - momentum) * memory[0][channel]
                    memory[3][channel] = momentum * memory[3][channel] + (1 - momentum) * unbiased * memory[1][channel]
                }
            }
        }
        hold(output, result, layout: layout)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output, in: layout) else { return }
            let target = builder.place(byteCount: layout.byteCount)
            let scaleGradient = builder.place(byteCount: channels * 4)
            let shiftGradient = builder.place(byteCount: channels * 4)
            var arguments: [(role: Operation.Role, slot: Int)] = [
                (.source, input), (.scale, scaleSlot), (.shift, shiftSlot), (.mean, used.mean), (.variance, used.variance),
                (.destinationGradient, gradient), (.sourceGradient, target), (.scaleGradient, scaleGradient),
                (.shiftGradient, shiftGradient),
            ]
            if let workspace { arguments.append((.workspace, workspace)) }
            builder.emit(backward, arguments)
            builder.contribute(source, target, layout: layout)
            builder.contribute(scale, scaleGradient)
            builder.contribute(shift, shiftGradient)
        }
    }

    /// Rows of elements brought to mean 0 and variance 1, then scaled and shifted by parameters.
    mutating func lowerRowNormalization(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        guard let source = node.inputs[0], node.inputs.count >= 2, let scale = node.inputs[1], node.outputs.count == 1,
            let rows = NormalizedRows(node, type(source).shape, scaleCount: type(scale).shape.count)
        else { throw refusal(node, "its parameters are of unusual shapes") }
        let shift = node.inputs.count > 2 ? node.inputs[2] : nil
        guard shift == nil || shift.map({ type($0).shape.count }) == type(scale).shape.count else {
            throw refusal(node, "its parameters are of unusual shapes")
        }
        let input = try plain(source)
        let factors = try plain(scale)
        let moments = place(byteCount: rows.rowCount * 8)
        let result = place(like: output)
        let threads = threads
        let forwardArguments = [input, factors, result, moments] + (try shift.map { value throws(ExecutionError) in [try plain(value)] } ?? [])
        routine(forwardArguments) { [hasShift = shift != nil] memory in
            inParallelRanges(threads, rows.rowCount, leastCount: 1) { range in
                for row in range {
                    rows.forward(row, memory[0], memory[1], hasShift ? memory[4] : nil, memory[2], memory[3])
                }
            }
        }
        hold(output, result)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            let target = builder.place(like: source)
            let scaleGradient = builder.place(like: scale)
            let shiftGradient = builder.place(like: scale)
            builder.routine([input, factors, moments, gradient, target, scaleGradient, shiftGradient]) { memory in
                memory[5].update(repeating: 0, count: rows.parameterCount)
                memory[6].update(repeating: 0, count: rows.parameterCount)
                for row in 0..<rows.rowCount {
                    rows.backward(row, memory[0], memory[1], memory[2], memory[3], memory[4], memory[5], memory[6])
                }
            }
            builder.contribute(source, target)
            builder.contribute(scale, scaleGradient)
            if let shift { builder.contribute(shift, shiftGradient) }
        }
    }
}

/// Which elements a normalization takes together, and which of its parameters each has.
struct NormalizedRows: Sendable {
    let rowCount: Int
    /// Elements of a row.
    let count: Int
    let parameterCount: Int
    let epsilon: Float
    /// The parameter of element i of row r is (r % modulus) · factor + i / run.
    private let modulus: Int
    private let factor: Int
    private let run: Int

    init?(_ node: TracedNode, _ shape: Shape, scaleCount: Int) {
        epsilon = node.node.float("epsilon") ?? 1e-5
        parameterCount = scaleCount
        if node.node.operation == "LayerNormalization" {
            var axis = node.node.integer("axis") ?? -1
            if axis < 0 { axis += shape.rank }
            guard (0..<shape.rank).contains(axis) else { return nil }
            count = shape.dimensions[axis...].reduce(1, *)
            rowCount = shape.dimensions[..<axis].reduce(1, *)
            (modulus, factor, run) = (1, 0, 1)
            guard scaleCount == count else { return nil }
            return
        }
        guard shape.rank >= 2, scaleCount == shape[1] else { return nil }
        let inner = shape.dimensions[2...].reduce(1, *)
        let groups = node.node.operation == "InstanceNormalization" ? shape[1] : node.node.integer("num_groups") ?? 0
        guard groups > 0, shape[1] % groups == 0 else { return nil }
        rowCount = shape[0] * groups
        (modulus, factor, run) = (groups, shape[1] / groups, inner)
        count = inner * factor
    }

    func forward(
        _ row: Int, _ source: UnsafePointer<Float>, _ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>?,
        _ target: UnsafeMutablePointer<Float>, _ moments: UnsafeMutablePointer<Float>
    ) {
        let (x, y) = (source + row * count, target + row * count)
        let mean = pare_sum(x, count) / Float(count)
        let inverse = 1 / (pare_sum_of_squares(x, mean, count) / Float(count) + epsilon).squareRoot()
        moments[2 * row] = mean
        moments[2 * row + 1] = inverse
        let base = row % modulus * factor
        for index in 0..<count {
            let parameter = base + index / run
            y[index] = (x[index] - mean) * inverse * scale[parameter] + (shift?[parameter] ?? 0)
        }
    }

    func backward(
        _ row: Int, _ source: UnsafePointer<Float>, _ scale: UnsafePointer<Float>, _ moments: UnsafePointer<Float>,
        _ gradient: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
        _ scaleGradient: UnsafeMutablePointer<Float>, _ shiftGradient: UnsafeMutablePointer<Float>
    ) {
        let (x, dy, dx) = (source + row * count, gradient + row * count, target + row * count)
        let (mean, inverse) = (moments[2 * row], moments[2 * row + 1])
        let base = row % modulus * factor
        var sum: Float = 0
        var product: Float = 0
        for index in 0..<count {
            let parameter = base + index / run
            let normalized = (x[index] - mean) * inverse
            scaleGradient[parameter] += dy[index] * normalized
            shiftGradient[parameter] += dy[index]
            sum += dy[index] * scale[parameter]
            product += dy[index] * scale[parameter] * normalized
        }
        sum /= Float(count)
        product /= Float(count)
        for index in 0..<count {
            let normalized = (x[index] - mean) * inverse
            dx[index] = inverse * (dy[index] * scale[base + index / run] - sum - normalized * product)
        }
    }
}
