import COneDNN
import NeuralNetwork

extension Lowering {
    /// A function of every element, in whatever layout the elements are.
    mutating func lowerPointwise(_ unit: Unit) throws(ExecutionError) -> Bool {
        guard let source = unit.main.inputs.first ?? nil, trace.values[source].isRuntime,
            let functions = Pointwise.functions(of: unit.main, in: trace), let layout = primaryLayout(source)
        else { return false }
        let operations = functions.compactMap { function in
            Operation(owning: pare_eltwise(layout.pointer, function.function, function.alpha, function.beta))
        }
        guard operations.count == functions.count else { return false }
        let shape = type(source).shape.dimensions
        var input = try argument(source, in: layout, dimensions: shape.isEmpty ? [1] : shape)
        for operation in operations {
            let slot = place(byteCount: layout.byteCount)
            emit(operation, [(.source, input), (.destination, .slot(slot))], cost: shape.reduce(1, *) * 8)
            input = .slot(slot)
            hold(unit.output, Location(layout: Layout.rowMajor(shape).flatMap { $0 == layout ? nil : layout }, slot: slot))
        }
        return true
    }

    /// Arithmetic on two values, of which one may broadcast.
    mutating func lowerBinary(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard let binary = BinaryOperator(node.node.operation), node.inputs.count == 2, var left = node.inputs[0],
            var right = node.inputs[1]
        else { return false }
        let shape = type(node.outputs[0]).shape.dimensions
        if type(left).shape.dimensions != shape || !trace.values[left].isRuntime, binary.isCommutative { swap(&left, &right) }
        guard type(left).shape.dimensions == shape, trace.values[left].isRuntime, type(left).elementType == .float32,
            type(right).elementType == .float32, let layout = primaryLayout(left)
        else { return false }
        let isWhole = type(right).shape.dimensions == shape
        let rightShape = type(right).shape.dimensions
        let padded = Array(repeating: 1, count: shape.count - rightShape.count) + rightShape
        let wholeLayout = isWhole && trace.values[right].isRuntime ? layout : Layout.rowMajor(padded)
        guard let rightLayout = wholeLayout else { return false }
        let posts = unit.postOperations.map(\.described)
        guard
            let operation = Operation(
                owning: pare_binary(binary.function, layout.pointer, rightLayout.pointer, posts, Int32(posts.count))),
            let made = operation.layout(.destination)
        else { return false }
        let first = try argument(left, in: layout, dimensions: shape)
        let second =
            isWhole && trace.values[right].isRuntime
            ? try argument(right, in: layout, dimensions: shape) : try plain(right)
        let slot = place(byteCount: made.byteCount)
        emit(
            operation, [(.source, first), (.source(1), second), (.destination, .slot(slot))],
            cost: shape.reduce(1, *) * 2)
        hold(unit.output, Location(layout: Layout.rowMajor(shape).flatMap { $0 == made ? nil : made }, slot: slot))
        return true
    }

    mutating func lowerConcatenation(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        let sources = node.inputs.compactMap { $0 }
        let shape = type(unit.output).shape.dimensions
        guard sources.count == node.inputs.count, (1...32).contains(sources.count),
            sources.allSatisfy({ trace.values[$0].isRuntime && type($0).shape.count > 0 && type($0).elementType == .float32 }),
            var axis = node.node.integer("axis"), let result = Layout.any(shape)
        else { return false }
        if axis < 0 { axis += shape.count }
        let layouts = sources.compactMap { primaryLayout($0) }
        guard layouts.count == sources.count,
            let operation = Operation(
                owning: pare_concatenation(
                    layouts.map { Optional($0.pointer) }, Int32(layouts.count), Int32(axis), result.pointer)),
            let made = operation.layout(.destination)
        else { return false }
        var arguments: [(role: Operation.Role, argument: Argument)] = []
        for (index, source) in sources.enumerated() {
            arguments.append(
                (.source(index), try argument(source, in: layouts[index], dimensions: type(source).shape.dimensions)))
        }
        let slot = place(byteCount: made.byteCount)
        arguments.append((.destination, .slot(slot)))
        emit(operation, arguments, cost: shape.reduce(1, *))
        hold(unit.output, Location(layout: Layout.rowMajor(shape).flatMap { $0 == made ? nil : made }, slot: slot))
        return true
    }
}
