import COneDNN
import NeuralNetwork

extension Lowering {
    /// alpha · A · B + beta · C with weights as B.
    mutating func lowerGemm(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard node.inputs.count >= 2, let source = node.inputs[0], let weights = node.inputs[1],
            trace.values[source].isRuntime, !trace.values[weights].isRuntime, (node.node.integer("transA") ?? 0) == 0
        else { return false }
        let shape = type(source).shape.dimensions
        let isTransposed = (node.node.integer("transB") ?? 0) != 0
        let count = type(unit.output).shape[1]
        var bias: [Float]?
        if node.inputs.count > 2, let value = node.inputs[2] {
            guard let literal = trace.values[value].literal, literal.count == 1 || literal.shape.dimensions.last == count,
                literal.count == 1 || literal.count == count
            else { return false }
            let beta = node.node.float("beta") ?? 1
            let values = literal.floats().map { $0 * beta }
            bias = values.count == 1 ? Array(repeating: values[0], count: count) : values
        }
        return try emitProduct(
            unit, source: source, weights: weights, rows: shape[0], inputs: shape[1], outputs: count,
            strides: isTransposed ? [shape[1], 1] : [1, count], alpha: node.node.float("alpha") ?? 1, bias: bias)
    }

    mutating func lowerMatMul(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard node.inputs.count == 2, let left = node.inputs[0], let right = node.inputs[1] else { return false }
        let leftShape = type(left).shape.dimensions
        let rightShape = type(right).shape.dimensions
        guard leftShape.count >= 2, rightShape.count >= 2 else { return false }
        if rightShape.count == 2, trace.values[left].isRuntime, !trace.values[right].isRuntime {
            let inputs = leftShape[leftShape.count - 1]
            return try emitProduct(
                unit, source: left, weights: right, rows: leftShape.dropLast().reduce(1, *), inputs: inputs,
                outputs: rightShape[1], strides: [1, rightShape[1]], alpha: 1, bias: nil)
        }
        return try emitMatrixProduct(unit, left, right)
    }

    /// A product with weights, which are rearranged beforehand. `strides` are those of (outputs, inputs) as stored.
    private mutating func emitProduct(
        _ unit: Unit, source: ValueID, weights: ValueID, rows: Int, inputs: Int, outputs: Int, strides: [Int], alpha: Float,
        bias: [Float]?
    ) throws(ExecutionError) -> Bool {
        var bias = bias
        if let shift = unit.shift { bias = bias.map { zip($0, shift).map(+) } ?? shift }
        guard bias?.count ?? outputs == outputs, let sourceLayout = Layout.rowMajor([rows, inputs]),
            let anyWeights = Layout.any([outputs, inputs]), let biasLayout = Layout.rowMajor([outputs]),
            let result = Layout.rowMajor([rows, outputs]), let stored = Layout.strided([outputs, inputs], strides)
        else { return false }
        let posts = unit.postOperations.map(\.described)
        guard
            let operation = Operation(
                owning: pare_inner_product(
                    sourceLayout.pointer, anyWeights.pointer, bias == nil ? nil : biasLayout.pointer, result.pointer, posts,
                    Int32(posts.count))),
            let wanted = operation.layout(.weights)
        else { return false }
        let scale = alpha == 1 ? nil : ChannelScale(factors: [alpha], run: .max, channels: 1, repetitions: 1)
        let packed = pack(weights, .arranged(from: stored, to: wanted, scale: scale), byteCount: wanted.byteCount)
        var arguments: [(role: Operation.Role, argument: Argument)] = [(.source, try plain(source)), (.weights, packed)]
        if let bias { arguments.append((.bias, pack(nil, .numbers(bias), byteCount: bias.count * 4))) }
        let slot = place(byteCount: result.byteCount)
        arguments.append((.destination, .slot(slot)))
        emit(operation, arguments, cost: rows * inputs * outputs)
        hold(unit.output, Location(layout: nil, slot: slot))
        return true
    }

    /// A product of computed matrices, batches of them included.
    private mutating func emitMatrixProduct(_ unit: Unit, _ left: ValueID, _ right: ValueID) throws(ExecutionError) -> Bool {
        guard unit.shift == nil else { return false }
        let shape = type(unit.chain[0].outputs[0]).shape.dimensions
        func padded(_ shape: [Int], to rank: Int) -> [Int] { Array(repeating: 1, count: rank - shape.count) + shape }
        let leftShape = padded(type(left).shape.dimensions, to: shape.count)
        let rightShape = padded(type(right).shape.dimensions, to: shape.count)
        guard let leftLayout = Layout.rowMajor(leftShape), let rightLayout = Layout.rowMajor(rightShape),
            let result = Layout.rowMajor(shape)
        else { return false }
        let posts = unit.postOperations.map(\.described)
        guard
            let operation = Operation(
                owning: pare_matrix_product(
                    leftLayout.pointer, rightLayout.pointer, nil, result.pointer, posts, Int32(posts.count)))
        else { return false }
        let arguments = [try plain(left), try plain(right)]
        let slot = place(byteCount: result.byteCount)
        emit(
            operation, [(.source, arguments[0]), (.weights, arguments[1]), (.destination, .slot(slot))],
            cost: shape.reduce(1, *) * (leftShape.last ?? 1))
        hold(unit.output, Location(layout: nil, slot: slot))
        return true
    }
}
