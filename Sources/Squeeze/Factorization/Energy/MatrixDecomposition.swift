import Basics

/// The singular value decomposition of one group of a matrix, through the Gram matrix of its smaller side.
///
/// Both sides' vectors come scaled by √σ, so that rank r is the product of the first r of each.
func decomposeMatrix(
    _ values: UnsafeBufferPointer<Float>, _ layout: KernelLayout, into target: GroupTarget, workers: Workers,
    cancellation: CancellationToken?
) throws(FactorizationError) -> GroupFigures {
    guard let base = values.baseAddress else { return GroupFigures(eigenvaluesOut: []) }
    // As stored: rows × columns.
    let (rows, columns) = layout.order == .outFirst ? (layout.out, layout.in) : (layout.in, layout.out)
    let matrix = MatrixView(base, rows: rows, columns: columns)
    let (rowTarget, columnTarget) = layout.order == .outFirst ? (target.out, target.in) : (target.in, target.out)
    let areRowsFewer = rows <= columns
    let (small, large) = areRowsFewer ? (rows, columns) : (columns, rows)
    let gram = try gramOfSmallerSide(matrix, workers: workers, cancellation: cancellation)
    let eigen = try SymmetricEigen(gram, extent: small, workers: workers, cancellation: cancellation)
    let (smallTarget, largeTarget) = areRowsFewer ? (rowTarget, columnTarget) : (columnTarget, rowTarget)
    guard let vectors = smallTarget.baseAddress, let products = largeTarget.baseAddress else {
        return GroupFigures(eigenvaluesOut: [])
    }
    for index in 0..<small * small { vectors[index] = Float(eigen.vectors.base[index]) }

    // products (small, large): row k = Σ vectors[k][i] · (row or column i of the matrix) = σ_k · the other side's vector k.
    let height = Workers.blockLength(of: small, most: 128)
    let values = eigen.values
    // Bounds: blocks of rows of the small × small vectors and the small × large products.
    nonisolated(unsafe) let (from, to) = (vectors, products)
    try workers.split((small + height - 1) / height, cancellation: cancellation) { block in
        let range = block * height..<min((block + 1) * height, small)
        let start = to + range.lowerBound * large
        multiply(
            MatrixView(from + range.lowerBound * small, rows: range.count, columns: small),
            by: areRowsFewer ? matrix : matrix.transposed, into: start, stride: large)
        for rank in range {
            // A singular value that is lost in rounding has no direction on the other side.
            let root = values[rank].squareRoot().squareRoot()
            let isLost = values[rank] <= values[0] * 1e-28
            scale(to + rank * large, count: large, by: isLost ? 0 : Float(1 / root))
        }
    }
    for rank in 0..<small { scale(vectors + rank * small, count: small, by: Float(values[rank].squareRoot().squareRoot())) }
    return GroupFigures(eigenvaluesOut: values)
}

private func scale(_ row: UnsafeMutablePointer<Float>, count: Int, by factor: Float) {
    for index in 0..<count { row[index] *= factor }
}

/// Gathers the matrix in slabs of float64, so that no more than one of them is held besides the float32.
private func gramOfSmallerSide(
    _ matrix: MatrixView<Float>, workers: Workers, cancellation: CancellationToken?
) throws(FactorizationError) -> Scratch<Double> {
    let areRowsFewer = matrix.rows <= matrix.columns
    let (small, large) = areRowsFewer ? (matrix.rows, matrix.columns) : (matrix.columns, matrix.rows)
    var gram = GramAccumulator(rows: areRowsFewer ? small : nil, columns: areRowsFewer ? nil : small)
    let depth = max(1, min(large, slabCount / small))
    let slab = Scratch<Double>(count: depth * small)
    var start = 0
    while start < large {
        let length = min(depth, large - start)
        let (rowCount, columnCount) = areRowsFewer ? (small, length) : (length, small)
        let source = areRowsFewer ? matrix.base + start : matrix.base + start * matrix.stride
        let height = 64
        nonisolated(unsafe) let target = slab.base
        // Bounds: rowCount × columnCount elements of the slab, and that block of the matrix.
        try workers.split((rowCount + height - 1) / height, cancellation: cancellation) { block in
            for row in block * height..<min((block + 1) * height, rowCount) {
                let (from, to) = (source + row * matrix.stride, target + row * columnCount)
                for column in 0..<columnCount { to[column] = Double(from[column]) }
            }
        }
        try gram.add(
            slab.base, rowCount: rowCount, slices: 1, columnCount: columnCount, workers: workers, cancellation: cancellation)
        start += length
    }
    return gram.takeSums(of: areRowsFewer ? .rows : .columns)
}

/// Elements of a slab of float64: 64 MB.
let slabCount = 1 << 23
