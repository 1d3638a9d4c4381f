import NeuralNetwork

extension KernelLibrary {
    /// Attention over sequences, and what goes with it.
    static let attention: [String: Maker] = [
        "Attention": scaledAttention, "RotaryEmbedding": rotaryEmbedding, "LinearAttention": linearAttention,
        "CausalConvWithState": causalConvolution,
    ]

    /// softmax(scale · Q·Kᵀ + bias)·V, head by head; keys and values of the past come first.
    private static let scaledAttention: Maker = { context throws(KernelFault) in
        let shapes = [try context.floatShape(0), try context.floatShape(1), try context.floatShape(2)]
        let past = context.hasInput(4) ? try context.floatShape(4) : nil
        guard
            let extents = AttentionExtents(
                shapes, past: past, queryHeads: context.integer("q_num_heads"), keyHeads: context.integer("kv_num_heads"))
        else { throw KernelFault("queries of \(shapes[0]), keys of \(shapes[1]) and values of \(shapes[2]) do not fit") }
        guard context.hasInput(4) == context.hasInput(5) else { throw KernelFault("of the past, keys or values are missing") }
        if past != nil {
            let values = try context.floatShape(5)
            guard values.dimensions == [extents.batch, extents.keyHeads, extents.pastKeys, extents.valueSize] else {
                throw KernelFault("values of the past are \(values)")
            }
        }
        let count = context.usesOutput(3) ? 4 : past != nil || context.usesOutput(1) || context.usesOutput(2) ? 3 : 1
        var outputs: [ValueType] = []
        for index in 0..<max(count, context.outputCount) {
            outputs.append(ValueType(elementType: .float32, shape: try context.outputShape(index)))
        }
        let run = AttentionRun(
            extents: extents, mask: try AttentionMask(context, extents),
            scale: context.float("scale") ?? 1 / Float(max(extents.headSize, 1)).squareRoot(),
            cap: context.float("softcap", default: 0), shown: context.integer("qk_matmul_output_mode", default: 0),
            showsScores: context.usesOutput(3))
        let scratch = try checkedProduct(2, extents.queries, max(extents.keys, 1), 4)
        var kernel = Kernel(outputs: outputs, scratchByteCount: scratch) { inputs, outputs, scratch in
            run.run(inputs, outputs, scratch.assumingMemoryBound(to: Float.self))
        }
        if past == nil {
            kernel.wayBack = WayBack(scratchByteCount: try checkedProduct(4, extents.queries, max(extents.keys, 1), 4), run: run.back)
        }
        return kernel
    }
}
