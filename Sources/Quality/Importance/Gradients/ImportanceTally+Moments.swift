import Factorization

extension ImportanceTally {
    /// A group's moments as `InputMoments` has them: as large as the plain ones of its inputs.
    func moments(_ group: Int) -> InputMoments {
        let operation = layer.operation
        let own = group * operation.outputs..<(group + 1) * operation.outputs
        let total = sums.powers[own].reduce(0, +)
        let places = Double(max(1, sums.places))
        let scale = total > 0 ? sums.inputPowers[group] / places / total : 0
        let count = (operation.inputs + blockWidth - 1) / blockWidth
        let blocks = (0..<count).map { whole(seconds[group * count + $0], of: $0, by: scale) }
        let common = (sums.commons[group] * scale).squareRoot()
        return InputMoments(
            inputs: operation.inputs, blockWidth: blockWidth,
            common: sums.means[group * operation.inputs..<(group + 1) * operation.inputs].map { Float($0 / places * common) }, blocks: blocks)
    }

    /// A block whose upper triangle is given, times a number.
    private func whole(_ triangle: [Float], of block: Int, by scale: Double) -> [Float] {
        var matrix = triangle.map { Float(Double($0) * scale) }
        let width = min(blockWidth, layer.operation.inputs - block * blockWidth)
        for row in 0..<width { for column in 0..<row { matrix[row * width + column] = matrix[column * width + row] } }
        return matrix
    }

    /// A group's second moments of what it reads, all places alike.
    func plainMoments(_ group: Int) -> BlockMoments {
        let count = (layer.operation.inputs + blockWidth - 1) / blockWidth
        return BlockMoments((0..<count).map { whole(plainSeconds[group * count + $0], of: $0, by: 1 / Double(max(1, sums.plainPlaces))) })
    }

    /// For each output of a group what its moments are to be multiplied by to give its weights' squared gradients, summed over samples.
    func importance(_ group: Int) -> [Double] {
        let power = sums.inputPowers[group] / Double(max(1, sums.places))
        return sums.powers[group * layer.operation.outputs..<(group + 1) * layer.operation.outputs].map { power > 0 ? $0 / power : 0 }
    }
}
