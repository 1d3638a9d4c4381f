import COpenBLAS

/// Second moments of what a group of a layer's outputs reads, each place counting by how much the answers depend on what is given there, and
/// places of a sample together: whole, or of wide layers in blocks along the diagonal, what is off them as the inputs' means have it.
public struct InputMoments: Sendable {
    /// Inputs of the group.
    public let inputs: Int
    /// Inputs of a block; the last one may have fewer.
    public let blockWidth: Int
    /// The vector whose products with itself stand for what is off the blocks.
    public let common: [Float]
    /// The moments of each block, row-major and symmetric.
    public let blocks: [[Float]]

    /// Inputs up to which moments are whole, and those of a block beyond.
    static let wholeWidth = 2048
    static let partWidth = 512

    /// Whether one block holds everything.
    public var isWhole: Bool { blocks.count == 1 }

    /// Inputs of a block of an operator with so many inputs, those of a window's channels together.
    static func blockWidth(inputs: Int, window: Int) -> Int {
        inputs <= wholeWidth ? inputs : max(1, partWidth / window) * window
    }

    init(inputs: Int, blockWidth: Int, common: [Float], blocks: [[Float]]) {
        (self.inputs, self.blockWidth, self.common, self.blocks) = (inputs, blockWidth, common, blocks)
    }

    /// Of each input with itself.
    public var diagonal: [Float] {
        blocks.flatMap { block in
            let width = Int(Double(block.count).squareRoot().rounded())
            return (0..<width).map { block[$0 * width + $0] }
        }
    }

    /// v Σ vᵀ for each of the rows v of a matrix (rows × inputs); with `aboutMeans` without what comes of the inputs' means, which a constant can
    /// make up for.
    public func powers(_ matrix: [Float], aboutMeans: Bool = false) -> [Double] {
        let rows = matrix.count / max(1, inputs)
        precondition(rows * inputs == matrix.count, "\(matrix.count) numbers are no rows of \(inputs)")
        _ = Team.openBLASOnOneThread
        var sums = [Double](repeating: 0, count: rows)
        var shifts = sums
        matrix.withUnsafeBufferPointer { matrix in
            guard let base = matrix.baseAddress else { return }
            for (index, block) in blocks.enumerated() {
                let first = index * blockWidth
                let width = min(blockWidth, inputs - first)
                var product = [Float](repeating: 0, count: rows * width)
                pare_blas_sgemm(
                    false, false, Int32(rows), Int32(width), Int32(width), base + first, Int32(inputs), block, Int32(width), 0, &product,
                    Int32(width))
                for row in 0..<rows {
                    let (own, image) = (row * inputs + first, row * width)
                    var (sum, shift) = (0.0, 0.0)
                    for column in 0..<width {
                        sum += Double(matrix[own + column]) * Double(product[image + column])
                        shift += Double(matrix[own + column]) * Double(common[first + column])
                    }
                    // Within a block the common part is among its moments.
                    sums[row] += isWhole ? sum : sum - shift * shift
                    shifts[row] += shift
                }
            }
        }
        // The sums of whole moments hold the common part, those of blocks do not.
        let share = (isWhole ? 0.0 : 1) - (aboutMeans ? 1 : 0)
        return sums.indices.map { max(0, sums[$0] + share * shifts[$0] * shifts[$0]) }
    }
}
