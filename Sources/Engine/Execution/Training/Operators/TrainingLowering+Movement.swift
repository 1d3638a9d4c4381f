import CVectorMath
import Glibc
import NeuralNetwork
import TensorCore

/// Operators that move elements and join them.
extension TrainingLowering {
    /// Operators whose results are elements of their inputs, or constants, at places that are known beforehand.
    private static let movements: Set<String> = [
        "Transpose", "Slice", "Pad", "Expand", "Tile", "Split", "DepthToSpace", "SpaceToDepth", "Resize", "Upsample", "Gather",
        "GatherElements", "GatherND", "Trilu", "ScatterElements", "ScatterND", "Scatter", "Where",
    ]

    /// Where each result comes from is found by running the node on the places' numbers.
    mutating func lowerMovement(_ node: TracedNode) throws(ExecutionError) {
        try emitKernel(node)
        guard node.inputs.contains(where: { wants($0) }) else { return }
        guard Self.movements.contains(node.node.operation), node.node.text("reduction") ?? "none" == "none" else {
            throw refusal(node, "its derivative is not known")
        }
        let sources = node.inputs.compactMap { $0 }.filter { trace.values[$0].literal == nil }
        guard let first = node.inputs.first ?? nil, wants(first) || node.inputs.count > 1,
            sources.allSatisfy({ type($0).elementType == .float32 })
        else { throw refusal(node, "it depends on computed places") }
        if let adjoint = node.kernel.adjoint { return lowerLinear(node, first, adjoint) }
        let tables = try places(node)
        let outputs = node.outputs
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            var gradients: [(slot: Int, table: [Int32])] = []
            for (output, table) in zip(outputs, tables) {
                if let gradient = try builder.gradient(output) { gradients.append((gradient, table)) }
            }
            guard !gradients.isEmpty else { return }
            let tables = gradients.map(\.table)
            var start = 0
            for source in sources {
                let count = builder.type(source).shape.count
                let own = start..<start + count
                start += count
                guard builder.wants(source) else { continue }
                let target = builder.place(like: source)
                builder.routine([target] + gradients.map(\.slot)) { memory in
                    memory[0].update(repeating: 0, count: count)
                    for (index, table) in tables.enumerated() {
                        let (to, from) = (memory[0] - own.lowerBound, memory[1 + index])
                        table.withUnsafeBufferPointer { table in
                            for (place, element) in table.enumerated() where own.contains(Int(element)) {
                                to[Int(element)] += from[place]
                            }
                        }
                    }
                }
                builder.contribute(source, target)
            }
        }
    }

    /// An operator that is linear in its first input, and whose kernel knows the way back.
    private mutating func lowerLinear(_ node: TracedNode, _ source: ValueID, _ adjoint: @escaping Kernel.Adjoint) {
        let output = node.outputs[0]
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            let target = builder.place(like: source)
            builder.routine([gradient, target]) { adjoint($0[0], $0[1]) }
            builder.contribute(source, target)
        }
    }

    /// For each output the place that each of its elements comes from, in the inputs that are not known beforehand one behind the
    /// other; −1 for constants.
    private func places(_ node: TracedNode) throws(ExecutionError) -> [[Int32]] {
        func run(_ number: (Int) -> Float) throws(ExecutionError) -> [[Float]] {
            var start = 0
            var inputs: [Tensor?] = []
            for input in node.inputs {
                guard let input, trace.values[input].literal == nil else {
                    inputs.append(input.flatMap { trace.values[$0].literal })
                    continue
                }
                let shape = type(input).shape
                inputs.append(Tensor((start..<start + shape.count).map(number), shape: shape))
                start += shape.count
                guard start < 1 << 31 else { throw refusal(node, "it has too many elements") }
            }
            guard let results = node.kernel.evaluate(inputs) else { throw ExecutionError("\(node.title): out of memory") }
            return results.map { $0.floats() }
        }
        let (zeros, ones) = (try run { _ in 0 }, try run { _ in 1 })
        // Float32 holds integers up to 2²⁴.
        let (low, high) = (try run { Float($0 & 0xffff) }, try run { Float($0 >> 16) })
        return zeros.indices.map { output in
            zeros[output].indices.map { place in
                zeros[output][place] == ones[output][place]
                    ? -1 : Int32(high[output][place]) << 16 | Int32(low[output][place])
            }
        }
    }

    mutating func lowerConcatenation(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        try emitKernel(node)
        let rank = dimensions(output).count
        var axis = node.node.integer("axis") ?? 1
        if axis < 0 { axis += rank }
        let (outer, extent, inner) = type(output).shape.split(at: axis)
        let parts = node.inputs.compactMap { $0 }
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            var start = 0
            for part in parts {
                let length = builder.dimensions(part)[axis]
                defer { start += length }
                guard builder.wants(part) else { continue }
                let target = builder.place(like: part)
                let (offset, run, stride, threads) = (start * inner, length * inner, extent * inner, builder.threads)
                builder.routine([gradient, target]) { memory in
                    inParallelRanges(threads, outer, leastCount: max(1, (1 << 14) / max(run, 1))) { range in
                        for item in range {
                            (memory[1] + item * run).update(from: memory[0] + item * stride + offset, count: run)
                        }
                    }
                }
                builder.contribute(part, target)
            }
        }
    }

    /// Rows looked up by computed numbers: an embedding.
    mutating func lowerGather(_ node: TracedNode) throws(ExecutionError) {
        guard let table = node.inputs[0], node.inputs.count == 2, let indices = node.inputs[1],
            trace.values[indices].isRuntime
        else { return try lowerMovement(node) }
        let output = node.outputs[0]
        try emitKernel(node)
        guard wants(table) else { return }
        let rank = dimensions(table).count
        var axis = node.node.integer("axis") ?? 0
        if axis < 0 { axis += rank }
        let (outer, extent, inner) = type(table).shape.split(at: axis)
        let (count, isWide) = (type(indices).shape.count, type(indices).elementType == .int64)
        let total = type(table).shape.count
        guard isWide || type(indices).elementType == .int32 else { throw refusal(node, "its indices are no integers") }
        let numbers = try plain(indices)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            let target = builder.place(like: table)
            builder.routine([numbers, gradient, target]) { memory in
                memory[2].update(repeating: 0, count: total)
                let raw = UnsafeRawPointer(memory.pointers[0])
                for item in 0..<outer {
                    for position in 0..<count {
                        var index =
                            isWide
                            ? Int(raw.load(fromByteOffset: position * 8, as: Int64.self))
                            : Int(raw.load(fromByteOffset: position * 4, as: Int32.self))
                        if index < 0 { index += extent }
                        guard (0..<extent).contains(index) else { continue }
                        let to = memory[2] + (item * extent + index) * inner
                        let from = memory[1] + (item * count + position) * inner
                        pare_zip(pare_add_function, from, 1, to, 1, to, inner)
                    }
                }
            }
            builder.contribute(table, target)
        }
    }

    mutating func lowerSoftmax(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        try emitKernel(node)
        guard let source = node.inputs[0], wants(source) else { return }
        let shape = type(source).shape
        let isOld = node.operatorSet < 13
        var axis = node.node.integer("axis") ?? (isOld ? 1 : -1)
        if axis < 0 { axis += shape.rank }
        // Before opset 13 everything behind the axis is one vector.
        let parts = shape.split(at: axis)
        let (outer, extent, inner) = isOld ? (parts.outer, parts.extent * parts.inner, 1) : parts
        let result = try plain(output)
        let isLogarithm = node.node.operation == "LogSoftmax"
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            let target = builder.place(like: source)
            builder.routine([result, gradient, target]) { memory in
                for item in 0..<outer {
                    for lane in 0..<inner {
                        let start = item * extent * inner + lane
                        let (y, dy, dx) = (memory[0] + start, memory[1] + start, memory[2] + start)
                        var sum: Float = 0
                        for index in 0..<extent {
                            sum += isLogarithm ? dy[index * inner] : dy[index * inner] * y[index * inner]
                        }
                        for index in 0..<extent {
                            let (value, slope) = (y[index * inner], dy[index * inner])
                            dx[index * inner] = isLogarithm ? slope - exp(value) * sum : value * (slope - sum)
                        }
                    }
                }
            }
            builder.contribute(source, target)
        }
    }
}
