import COneDNN
import NeuralNetwork

extension Lowering {
    mutating func lowerPooling(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard let source = node.inputs[0], trace.values[source].isRuntime, node.outputs.count == 1 else { return false }
        let shape = type(source).shape.dimensions
        let result = type(unit.output).shape.dimensions
        let spatial = shape.count - 2
        guard (1...3).contains(spatial), result.count == shape.count, let layout = primaryLayout(source),
            let anyResult = Layout.any(result), let (kind, kernel, window) = Self.poolingWindow(node, shape, result)
        else { return false }
        var described = window.described
        guard
            let operation = Operation(
                owning: pare_pooling(kind, layout.pointer, anyResult.pointer, kernel.map(Int64.init), &described)),
            let wanted = operation.layout(.source), let made = operation.layout(.destination)
        else { return false }
        let input = try argument(source, in: wanted, dimensions: shape)
        let slot = place(byteCount: made.byteCount)
        emit(operation, [(.source, input), (.destination, .slot(slot))], cost: result.reduce(1, *) * kernel.reduce(1, *))
        hold(unit.output, Location(layout: Layout.rowMajor(result).flatMap { $0 == made ? nil : made }, slot: slot))
        return true
    }

    /// nil where oneDNN's pooling is another.
    static func poolingWindow(
        _ node: TracedNode, _ shape: [Int], _ result: [Int]
    ) -> (pare_pool_kind, kernel: [Int], SlidingWindow)? {
        let isMaximum = node.node.operation.hasSuffix("MaxPool")
        if node.node.operation.hasPrefix("Global") {
            return (isMaximum ? pare_pool_max : pare_pool_average, Array(shape[2...]), SlidingWindow(axes: shape.count - 2))
        }
        guard let kernel = node.node.integers("kernel_shape"),
            let window = SlidingWindow(node.node, kernel: kernel, over: Array(shape[2...]), results: Array(result[2...]))
        else { return nil }
        let countsPadding = (node.node.integer("count_include_pad") ?? 0) != 0
        for axis in kernel.indices {
            let extent = window.extent(axis, kernel)
            // A window that hangs over the declared padding (ceil mode) is averaged differently.
            guard window.begins[axis] < extent, window.ends[axis] < extent, window.dilations[axis] == 1 || isMaximum,
                isMaximum || !countsPadding || window.ends[axis] <= window.declaredEnds[axis]
            else { return nil }
        }
        let kind = isMaximum ? pare_pool_max : countsPadding ? pare_pool_average_padded : pare_pool_average
        return (kind, kernel, window)
    }

    mutating func lowerLRN(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard let source = node.inputs[0], trace.values[source].isRuntime, let size = node.node.integer("size"),
            size > 0, size % 2 == 1, type(source).shape.rank == 4, let layout = primaryLayout(source)
        else { return false }
        let operation = Operation(
            owning: pare_lrn(
                layout.pointer, Int64(size), node.node.float("alpha") ?? 0.0001, node.node.float("beta") ?? 0.75,
                node.node.float("bias") ?? 1))
        return try emitInPlaceShape(unit, source, operation, cost: size)
    }

    mutating func lowerSoftmax(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard let source = node.inputs[0], trace.values[source].isRuntime else { return false }
        let shape = type(source).shape.dimensions
        let isOld = node.operatorSet < 13
        var axis = node.node.integer("axis") ?? (isOld ? 1 : -1)
        if axis < 0 { axis += shape.count }
        // Before opset 13 everything behind the axis is one vector.
        guard shape.indices.contains(axis), !isOld || shape[(axis + 1)...].allSatisfy({ $0 == 1 }),
            let layout = Layout.rowMajor(shape),
            let operation = Operation(
                owning: pare_softmax(layout.pointer, Int32(axis), node.node.operation == "LogSoftmax"))
        else { return false }
        let input = try plain(source)
        let slot = place(byteCount: layout.byteCount)
        emit(operation, [(.source, input), (.destination, .slot(slot))], cost: shape.reduce(1, *) * 8)
        hold(unit.output, Location(layout: nil, slot: slot))
        return true
    }

    /// An operation whose result has the shape and layout of its source.
    mutating func emitInPlaceShape(
        _ unit: Unit, _ source: ValueID, _ operation: Operation?, cost: Int
    ) throws(ExecutionError) -> Bool {
        let shape = type(source).shape.dimensions
        guard let operation, let wanted = operation.layout(.source), let made = operation.layout(.destination) else {
            return false
        }
        let input = try argument(source, in: wanted, dimensions: shape.isEmpty ? [1] : shape)
        let slot = place(byteCount: made.byteCount)
        emit(operation, [(.source, input), (.destination, .slot(slot))], cost: shape.reduce(1, *) * cost)
        hold(unit.output, Location(layout: Layout.rowMajor(shape).flatMap { $0 == made ? nil : made }, slot: slot))
        return true
    }
}
