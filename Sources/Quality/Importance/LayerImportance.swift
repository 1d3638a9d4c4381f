import Factorization

/// What the data says of one layer: what it reads, and how much a network's answers depend on what it gives.
///
/// Small changes of its weights, ΔW of the operator's matrices, cost about ½ Σ_o F_o ΔW_o Σ ΔW_oᵀ in loss an answer.
public struct LayerImportance: Sendable {
    /// Layer of the model.
    public let layer: Int
    /// Its weights as matrices.
    public let operation: LinearOperator
    /// Σ: second moments of its inputs, a set a group. Their trace is that of plain ones.
    public let moments: [InputMoments]
    /// E[x] of the inputs of all groups, one group's after the other's.
    public let means: [Float]
    /// Second moments of its inputs, a set a group, all places alike.
    public let plainMoments: [BlockMoments]
    /// F: for each output of all groups, one group's after the other's, how much an answer's loss depends on it: the squared gradient at its
    /// weights over the trace of Σ.
    public let outputs: [Double]
    /// The same without regard to what goes together: squared gradients at the output, summed over places.
    public let plainOutputs: [Double]

    /// The predicted rise of the loss an answer for each unit of squared error, of weights that change independently of each other.
    public var lossPerError: Double {
        var sum = 0.0
        for (group, moments) in moments.enumerated() {
            let power = moments.diagonal.reduce(0) { $0 + Double($1) }
            sum += power * outputs[group * operation.outputs..<(group + 1) * operation.outputs].reduce(0, +)
        }
        return 0.5 * sum * operation.scale * operation.scale / Double(max(1, operation.groups * operation.outputs * operation.inputs))
    }

    /// The predicted rise of the loss an answer for changes of the weights, in the order that they are stored in; with `meansStay` something
    /// that is added behind them takes up the shift of the outputs' means.
    public func loss(ofChanges changes: [Float], meansStay: Bool = false) -> Double {
        let size = operation.outputs * operation.inputs
        precondition(changes.count == operation.groups * size, "\(changes.count) changes of \(operation.shape)")
        var sum = 0.0
        for (group, moments) in moments.enumerated() {
            let matrix = [Float](unsafeUninitializedCapacity: size) { buffer, count in
                for output in 0..<operation.outputs {
                    for input in 0..<operation.inputs {
                        buffer[output * operation.inputs + input] = changes[operation.position(group, output, input)]
                    }
                }
                count = size
            }
            for (output, power) in moments.powers(matrix, aboutMeans: meansStay).enumerated() { sum += outputs[group * operation.outputs + output] * power }
        }
        return 0.5 * sum * operation.scale * operation.scale
    }
}
