import Basics
import COneDNN
import NeuralNetwork

extension TrainingLowering {
    /// Emits a node's forward steps and notes its backward ones.
    mutating func lower(_ node: TracedNode, at index: Int) throws(ExecutionError) {
        guard let output = node.outputs.first else { return }
        guard type(output).elementType == .float32, type(output).shape.count > 0 else { return try emitKernel(node) }
        let operation = node.node.operation
        switch operation {
        case "Conv", "ConvTranspose": try lowerConvolution(node)
        case "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool": try lowerPooling(node)
        case "LRN": try lowerLocalResponseNormalization(node)
        case "BatchNormalization": try lowerBatchNormalization(node, at: index)
        case "LayerNormalization", "InstanceNormalization", "GroupNormalization": try lowerRowNormalization(node)
        case "Gemm": try lowerGemm(node)
        case "MatMul": try lowerMatMul(node)
        case "Softmax", "LogSoftmax": try lowerSoftmax(node)
        case "LSTM": try lowerLongShortTermMemory(node)
        case "GRU": try lowerGatedUnit(node)
        case "Concat": try lowerConcatenation(node)
        case "Gather": try lowerGather(node)
        case "Dropout": try lowerDropout(node)
        case "RNN": try lowerSimpleUnit(node)
        case "Where": try lowerChoice(node)
        case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast": try lowerAlias(node)
        default:
            if let kind = ReductionKind(operation: operation) { return try lowerReduction(node, kind) }
            if let rule = BinaryRule(operation), node.inputs.count == 2 { return try lowerBinary(node, rule) }
            if let rule = VariadicRule(rawValue: operation) { return try lowerVariadic(node, rule) }
            if let slope = Slope(node) { return try lowerSlope(node, slope) }
            if let derivative = Derivative.of(node, in: trace) { return try lowerUnary(node, derivative) }
            if let wayBack = node.kernel.wayBack { return try lowerKernel(node, wayBack) }
            try lowerMovement(node)
        }
    }

    /// An operator whose kernel knows its own way back.
    private mutating func lowerKernel(_ node: TracedNode, _ wayBack: WayBack) throws(ExecutionError) {
        guard node.outputs.dropFirst().allSatisfy({ uses[$0] == nil }) else { throw refusal(node, "its further outputs are read") }
        try emitKernel(node)
        let output = node.outputs[0]
        let operands = try node.inputs.map { input throws(ExecutionError) in
            try input.map { value throws(ExecutionError) in (type: type(value), slot: try plain(value)) }
        }
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            let targets = node.inputs.map { input in builder.wants(input) ? input.map { builder.place(like: $0) } : nil }
            let scratch = builder.place(byteCount: max(wayBack.scratchByteCount, 4))
            let read = operands.compactMap { $0?.slot }
            builder.routine([gradient, scratch] + read + targets.compactMap { $0 }) { memory in
                var next = 2
                let inputs = operands.map { operand in
                    operand.map { operand in
                        defer { next += 1 }
                        return TensorView(type: operand.type, bytes: memory.pointers[next])
                    }
                }
                let results = targets.map { target in
                    target.map { _ in
                        defer { next += 1 }
                        return memory[next]
                    }
                }
                wayBack.run(inputs, memory[0], results, memory[1])
            }
            for (input, target) in zip(node.inputs, targets) {
                if let input, let target { builder.contribute(input, target) }
            }
        }
    }

    /// A value that shares the elements of the first input.
    private mutating func lowerAlias(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        guard let source = node.inputs[0], type(source).elementType == .float32 else { return try emitKernel(node) }
        hold(output, try plain(source))
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            builder.contribute(source, gradient, isOwned: try builder.total(output)?.isOwned ?? false)
        }
    }

    /// Each element is dropped with the node's probability and the others grow, by numbers that follow from the pass's seed.
    private mutating func lowerDropout(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        var ratio = node.node.float("ratio") ?? 0.5
        if node.inputs.count > 1, let given = node.inputs[1] {
            guard let literal = trace.values[given].literal, let number = literal.numbers()?.first else {
                throw refusal(node, "its ratio is computed")
            }
            ratio = Float(number)
        }
        guard options.drops, ratio > 0, ratio < 1, node.outputs.count == 1 else { return try lowerAlias(node) }
        guard let source = node.inputs[0] else { throw refusal(node, "it has no input") }
        let count = type(output).shape.count
        let salt = UInt64(steps.count)
        let (kept, scale) = (1 - ratio, 1 / (1 - ratio))
        let drop: Routine = { memory in
            var random = SeededRandom(seed: memory.seed ^ (salt &* 0x9e37_79b9_7f4a_7c15))
            let bound = UInt32(min(Double(kept) * 0x1p32, 0x1p32 - 1))
            for index in 0..<count {
                memory[1][index] = UInt32(truncatingIfNeeded: random.next() >> 32) < bound ? memory[0][index] * scale : 0
            }
        }
        let input = try plain(source)
        let result = place(like: output)
        routine([input, result], drop)
        hold(output, result)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            let target = builder.place(like: source)
            builder.routine([gradient, target], drop)
            builder.contribute(source, target)
        }
    }
}
