import Factorization

extension LayerImportance {
    /// What the data makes of errors of the layer's weights, as factors are judged by it.
    var norm: DataNorm { DataNorm(plainMoments) }

    /// What the answers are predicted to lose without each index of the stored weights along an axis, the filters' one.
    func losses(without weights: [Float], along axis: Int) -> [Double] {
        let inner = operation.shape.dimensions[(axis + 1)...].reduce(1, *)
        var sums = [Double](repeating: 0, count: operation.shape[axis])
        let size = operation.outputs * operation.inputs
        for (group, moments) in moments.enumerated() {
            var matrix = [Float](repeating: 0, count: size)
            for output in 0..<operation.outputs {
                for input in 0..<operation.inputs { matrix[output * operation.inputs + input] = weights[operation.position(group, output, input)] }
            }
            for (output, power) in moments.powers(matrix).enumerated() {
                let index = operation.position(group, output, 0) / inner % operation.shape[axis]
                sums[index] += 0.5 * outputs[group * operation.outputs + output] * power * operation.scale * operation.scale
            }
        }
        return sums
    }
}
