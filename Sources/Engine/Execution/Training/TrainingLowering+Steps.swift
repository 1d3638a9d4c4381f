import NeuralNetwork

extension TrainingLowering {
    /// Appends a step that runs an operation, with working memory where it needs some.
    mutating func emit(_ operation: Operation, _ arguments: [(role: Operation.Role, slot: Int)]) {
        var arguments = arguments
        if let scratch = operation.layout(.scratch), scratch.byteCount > 0 {
            arguments.append((.scratch, place(byteCount: scratch.byteCount)))
        }
        append(.operation(operation, arguments), arguments.map(\.slot))
    }

    mutating func routine(_ arguments: [Int], _ body: @escaping Routine) { append(.routine(body, arguments), arguments) }

    /// Runs a node's kernel on dense row-major values.
    mutating func emitKernel(_ node: TracedNode) throws(ExecutionError) {
        var inputs: [(type: ValueType, slot: Int)?] = []
        for input in node.inputs {
            guard let input else {
                inputs.append(nil)
                continue
            }
            inputs.append((type(input), try plain(input)))
        }
        var results: [Int] = []
        for (position, type) in node.kernel.outputs.enumerated() {
            let slot = place(byteCount: type.byteCount)
            results.append(slot)
            if position < node.outputs.count { hold(node.outputs[position], slot) }
        }
        let scratch = node.kernel.scratchByteCount > 0 ? place(byteCount: node.kernel.scratchByteCount) : nil
        append(
            .kernel(node.kernel, inputs: inputs, outputs: results, scratch: scratch),
            inputs.compactMap { $0?.slot } + results + (scratch.map { [$0] } ?? []))
    }

    private mutating func append(_ body: TrainingStep.Body, _ arguments: [Int]) {
        for slot in arguments { slots[slot].last = max(slots[slot].last, steps.count) }
        steps.append(TrainingStep(body: body, title: title))
    }
}
