import Glibc
import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Attention with a state in place of the keys: S ← decay · S + k ⊗ v, o = scale · qᵀ·S, token by token.
    static let linearAttention: Maker = { context throws(KernelFault) in
        let (query, key, value) = (try context.floatShape(0), try context.floatShape(1), try context.floatShape(2))
        guard let queryHeads = context.integer("q_num_heads"), let heads = context.integer("kv_num_heads"), queryHeads > 0,
            heads > 0, queryHeads % heads == 0, query.rank == 3, query[2] % queryHeads == 0, value.rank == 3,
            value[2] % heads == 0, key.dimensions == [query[0], query[1], query[2] / queryHeads * heads],
            value[0] == query[0], value[1] == query[1]
        else { throw KernelFault("queries of \(query), keys of \(key) and values of \(value) do not fit") }
        let (batch, length) = (query[0], query[1])
        let (keySize, valueSize) = (query[2] / queryHeads, value[2] / heads)
        let rule = context.text("update_rule", default: "gated_delta")
        guard ["linear", "gated", "delta", "gated_delta"].contains(rule) else {
            throw KernelFault("update_rule \"\(rule)\" is not supported")
        }
        let (isGated, isDelta) = (rule.hasPrefix("gated"), rule.hasSuffix("delta"))
        guard context.hasInput(4) == isGated, context.hasInput(5) == isDelta else {
            throw KernelFault("update_rule \"\(rule)\" does not fit its inputs")
        }
        var decays = 0
        if isGated {
            let shape = try context.floatShape(4)
            decays = shape.dimensions.last ?? 0
            guard shape.dimensions == [batch, length, decays], decays == heads || decays == heads * keySize else {
                throw KernelFault("a decay of \(shape) does not fit")
            }
        }
        var rates = 0
        if isDelta {
            let shape = try context.floatShape(5)
            rates = shape.dimensions.last ?? 0
            guard shape.dimensions == [batch, length, rates], rates == heads || rates == 1 else {
                throw KernelFault("rates of \(shape) do not fit")
            }
        }
        let state = Shape([batch, heads, keySize, valueSize])
        if context.hasInput(3) {
            let past = try context.floatShape(3)
            guard past == state else { throw KernelFault("a state of \(past) is not \(state)") }
        }
        let given = context.float("scale", default: 0)
        let scale = given == 0 ? 1 / Float(max(keySize, 1)).squareRoot() : given
        let outputs = [
            ValueType(elementType: .float32, shape: try context.outputShape()), ValueType(elementType: .float32, shape: state),
        ]
        let scratch = try checkedProduct(max(valueSize, 1), 4)
        return Kernel(outputs: outputs, scratchByteCount: scratch) { [decays, rates] inputs, outputs, scratch in
            let states = outputs[1].floatPointer
            if let past = inputs.optionalFloats(3) {
                states.update(from: past, count: state.count)
            } else {
                states.update(repeating: 0, count: state.count)
            }
            let written = scratch.assumingMemoryBound(to: Float.self)
            let (queries, keys, values) = (inputs.floats(0), inputs.floats(1), inputs.floats(2))
            for sample in 0..<batch {
                for head in 0..<heads {
                    let state = states + (sample * heads + head) * keySize * valueSize
                    for token in 0..<length {
                        let row = sample * length + token
                        let key = keys + (row * heads + head) * keySize
                        let value = values + (row * heads + head) * valueSize
                        if let decay = inputs.optionalFloats(4) {
                            for line in 0..<keySize {
                                let gate = expf(decay[row * decays + (decays == heads ? head : head * keySize + line)])
                                for column in 0..<valueSize { state[line * valueSize + column] *= gate }
                            }
                        }
                        written.update(from: value, count: valueSize)
                        if let rate = inputs.optionalFloats(5) {
                            for line in 0..<keySize {
                                for column in 0..<valueSize { written[column] -= state[line * valueSize + column] * key[line] }
                            }
                            let rate = rate[row * rates + (rates == 1 ? 0 : head)]
                            for column in 0..<valueSize { written[column] *= rate }
                        }
                        for line in 0..<keySize {
                            for column in 0..<valueSize { state[line * valueSize + column] += key[line] * written[column] }
                        }
                        for shared in 0..<queryHeads / heads {
                            let reader = row * queryHeads + head * (queryHeads / heads) + shared
                            let target = outputs[0].floatPointer + reader * valueSize
                            target.update(repeating: 0, count: valueSize)
                            for line in 0..<keySize {
                                let factor = scale * queries[reader * keySize + line]
                                for column in 0..<valueSize { target[column] += factor * state[line * valueSize + column] }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A convolution over time, one filter a channel, that sees the past only; the last inputs are handed on as a state.
    static let causalConvolution: Maker = { context throws(KernelFault) in
        let input = try context.floatShape(0)
        let weight = try context.floatShape(1)
        guard input.rank == 3, weight.rank == 3, weight[0] == input[1], weight[1] == 1, weight[2] >= 1 else {
            throw KernelFault("weights of \(weight) do not fit an input of \(input)")
        }
        let (channels, length, width) = (input[1], input[2], weight[2])
        try context.checkVector(2, count: channels)
        let state = Shape([input[0], channels, width - 1])
        if context.hasInput(3) {
            let past = try context.floatShape(3)
            guard past == state else { throw KernelFault("a state of \(past) is not \(state)") }
        }
        let activation = context.text("activation", default: "none")
        guard ["none", "silu", "swish"].contains(activation) else {
            throw KernelFault("activation \"\(activation)\" is not supported")
        }
        let outputs = [ValueType(elementType: .float32, shape: input), ValueType(elementType: .float32, shape: state)]
        let scratch = try checkedProduct(length + width, 4)
        return Kernel(outputs: outputs, scratchByteCount: scratch) { inputs, outputs, scratch in
            let line = scratch.assumingMemoryBound(to: Float.self)
            for plane in 0..<input[0] * channels {
                if let past = inputs.optionalFloats(3) {
                    line.update(from: past + plane * (width - 1), count: width - 1)
                } else {
                    line.update(repeating: 0, count: width - 1)
                }
                (line + width - 1).update(from: inputs.floats(0) + plane * length, count: length)
                let filter = inputs.floats(1) + plane % channels * width
                let bias = inputs.optionalFloats(2)?[plane % channels] ?? 0
                let target = outputs[0].floatPointer + plane * length
                for place in 0..<length {
                    var sum = bias
                    for step in 0..<width { sum += filter[step] * line[place + step] }
                    target[place] = activation == "none" ? sum : sum / (1 + expf(-sum))
                }
                (outputs[1].floatPointer + plane * (width - 1)).update(from: line + length, count: width - 1)
            }
        }
    }
}
