import Basics
/// The mode product of every group's core (p, q, d) along p (`isOut`) or q with a matrix (rows, columns), or its transpose.
///
/// Along p: result[i, q, d] = Σ_p matrix[i, p] · core[p, q, d]; along q likewise.
func productOverGroups(
    _ core: [Float], _ ranks: Ranks, isOut: Bool, with matrices: [Float], rows: Int, columns: Int, transposed: Bool,
    window: Int, groups: Int
) -> [Float] {
    let (extent, inner) = transposed ? (columns, rows) : (rows, columns)
    precondition(inner == (isOut ? ranks.out : ranks.in), "\(rows)×\(columns) does not fit ranks \(ranks.out)·\(ranks.in)")
    let coreCount = ranks.out * ranks.in * window
    let resultCount = isOut ? extent * ranks.in * window : ranks.out * extent * window
    return [Float](unsafeUninitializedCapacity: groups * resultCount) { result, count in
        core.withUnsafeBufferPointer { core in
            matrices.withUnsafeBufferPointer { matrices in
                guard let core = core.baseAddress, let matrices = matrices.baseAddress, let result = result.baseAddress else {
                    return
                }
                // Bounds: groups × (p, q, d), groups × (rows, columns) and groups × the result; blocks lie within.
                nonisolated(unsafe) let (from, by, to) = (core, matrices, result)
                let blockLength = 64
                let blocks = isOut ? (extent + blockLength - 1) / blockLength : (ranks.out + blockLength - 1) / blockLength
                try? Workers.available.split(groups * blocks, cancellation: nil) { piece in
                    let (group, block) = (piece / blocks, piece % blocks)
                    let matrix = MatrixView(by + group * rows * columns, rows: rows, columns: columns)
                    let start = block * blockLength
                    let source = from + group * coreCount
                    let target = to + group * resultCount
                    if isOut {
                        let length = min(blockLength, extent - start)
                        let width = ranks.in * window
                        let part =
                            transposed
                            ? MatrixView(matrix.base + start, rows: rows, columns: length, stride: columns)
                            : MatrixView(matrix.base + start * columns, rows: length, columns: columns)
                        multiply(
                            transposed ? part.transposed : part, by: MatrixView(source, rows: ranks.out, columns: width),
                            into: target + start * width, stride: width)
                    } else {
                        for row in start..<min(start + blockLength, ranks.out) {
                            multiply(
                                transposed ? matrix.transposed : matrix,
                                by: MatrixView(source + row * ranks.in * window, rows: ranks.in, columns: window),
                                into: target + row * extent * window, stride: window)
                        }
                    }
                }
            }
        }
        count = groups * resultCount
    }
}
