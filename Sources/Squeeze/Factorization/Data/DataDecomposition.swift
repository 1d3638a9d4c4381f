import Basics
import COpenBLAS

/// The decomposition of one group in the data's norm, given as in the plain one: bases of both sides over the channels as they are, the
/// kernels between them, and energies.
///
/// Input bases are no unit vectors then. Of a matrix they are the best there is for every rank. Of kernels with a window they are those of
/// the whitened kernels, and the output's are turned once more to what the outputs really are; energies are exact for these bases, with
/// the core that fits them best.
func decomposeOnData(
    _ values: UnsafeBufferPointer<Float>, _ layout: KernelLayout, _ moments: BlockMoments, into target: GroupTarget, workers: Workers,
    cancellation: CancellationToken?
) throws(FactorizationError) -> GroupFigures {
    guard let kernel = KernelGroup(values, layout) else { return GroupFigures(eigenvaluesOut: []) }
    let trusted = moments.trusted(DataNorm.trust)
    let whitening = try Whitening(trusted, window: layout.window)
    let whitened = try whitening.whitened(kernel.ordered(), layout, workers: workers, cancellation: cancellation)
    var plain = layout
    (plain.groups, plain.order) = (1, .outFirst)
    let figures = try whitened.withUnsafeBufferPointer { whitened throws(FactorizationError) in
        try layout.isMatrix
            ? decomposeMatrix(whitened, plain, into: target, workers: workers, cancellation: cancellation)
            : decomposeKernel(whitened, plain, into: target, workers: workers, cancellation: cancellation)
    }
    try whitening.channels(target.in, count: target.in.count / layout.in, workers: workers, cancellation: cancellation)
    if layout.isMatrix {
        let ranks = target.out.count / layout.out
        let powers = moments.powers(target.in.map(Double.init))
        // Output vectors stand upright on each other, so what ranks give adds up.
        let energies = (0..<ranks).map { rank in
            powers[rank] * target.out[rank * layout.out..<(rank + 1) * layout.out].reduce(0.0) { $0 + Double($1) * Double($1) }
        }
        balance(target, rank: ranks)
        return GroupFigures(eigenvaluesOut: energies)
    }
    guard moments.isWhole, let basis = target.in.baseAddress else { return figures }
    func turned(_ moments: BlockMoments) throws(FactorizationError) -> WindowMoments {
        try WindowMoments(
            moments.blocks[0], basis: basis, channels: layout.in, window: layout.window, workers: workers, cancellation: cancellation)
    }
    return try turnOutputs(try turned(trusted), actual: try turned(moments), layout, target, workers: workers, cancellation: cancellation)
}

extension KernelGroup {
    /// The kernels as (out, in, window).
    fileprivate func ordered() -> Scratch<Double> {
        let result = Scratch<Double>(count: out * `in` * window)
        let (outStride, inStride) = order == .outFirst ? (`in` * window, window) : (window, out * window)
        // Bounds: as in `gather`.
        for s in 0..<out {
            for t in 0..<`in` {
                let (from, to) = (base + s * outStride + t * inStride, result.base + (s * `in` + t) * window)
                for d in 0..<window { to[d] = Double(from[d]) }
            }
        }
        return result
    }
}

/// Turns the output side to the principal axes of what the outputs are on data; gives the energies of kernels and moments together: those of
/// `actual` moments where cores are fitted by `moments`.
private func turnOutputs(
    _ moments: WindowMoments, actual: WindowMoments, _ layout: KernelLayout, _ target: GroupTarget, workers: Workers,
    cancellation: CancellationToken?
) throws(FactorizationError) -> GroupFigures {
    let (rows, columns, extent) = (layout.out, layout.in, moments.extent)
    guard let out = target.out.baseAddress, let core = target.core.baseAddress else { return GroupFigures(eigenvaluesOut: []) }
    func product(
        _ left: Scratch<Double>, _ height: Int, _ inner: Int, by right: MatrixView<Double>, _ width: Int
    ) throws(FactorizationError) -> Scratch<Double> {
        let result = Scratch<Double>(count: height * width)
        try multiplyRows(
            of: MatrixView(left.base, rows: height, columns: inner), by: right, into: result.base, columns: width, workers: workers,
            cancellation: cancellation)
        return result
    }
    let root = Scratch<Double>(count: extent * extent)
    for (index, value) in try moments.root().enumerated() { root.base[index] = value }
    let upper = MatrixView(root.base, rows: extent, columns: extent)
    // What the kernels give in uncorrelated coordinates: core · K, whose first ones are what the first inputs can give.
    let wide = Scratch<Double>(count: rows * extent)
    for index in 0..<rows * extent { wide.base[index] = Double(core[index]) }
    let given = try product(wide, rows, extent, by: upper.transposed, extent)
    var gram = GramAccumulator(rows: rows, columns: nil)
    try gram.add(given.base, rowCount: rows, slices: 1, columnCount: extent, workers: workers, cancellation: cancellation)
    let eigen = try SymmetricEigen(gram.takeSums(of: .rows), extent: rows, workers: workers, cancellation: cancellation)
    let turn = eigen.vectors
    let own = try product(turn, rows, rows, by: MatrixView(given.base, rows: rows, columns: extent), extent)
    let kernels = try product(turn, rows, rows, by: MatrixView(wide.base, rows: rows, columns: extent), extent)
    for index in 0..<rows * extent { core[index] = Float(kernels.base[index]) }
    let axes = Scratch<Double>(count: rows * rows)
    for index in 0..<rows * rows { axes.base[index] = Double(out[index]) }
    let turned = try product(turn, rows, rows, by: MatrixView(axes.base, rows: rows, columns: rows), rows)
    for index in 0..<rows * rows { out[index] = Float(turned.base[index]) }

    // The actual moments of those coordinates, N = K⁻¹ M K⁻ᵀ. A residual is what is left from some coordinate on, so it costs what lies
    // below and right of it in N: what each coordinate adds is its own square and twice what it has in common with later ones.
    guard pare_lapack_upper_inverse(Int32(extent), root.base) == 0 else { throw .noDecomposition(code: 0) }
    let measured = Scratch<Double>(count: extent * extent)
    for (index, value) in actual.moments.enumerated() { measured.base[index] = Double(value) }
    let half = try product(measured, extent, extent, by: upper, extent)
    let common = Scratch<Double>(count: extent * extent)
    nonisolated(unsafe) let (from, by, to) = (root.base, half.base, common.base)
    let height = Workers.blockLength(of: extent, most: 256)
    try workers.split((extent + height - 1) / height, cancellation: cancellation) { block in
        let (start, count) = (block * height, min(height, extent - block * height))
        multiply(
            MatrixView(from + start, rows: extent, columns: count, stride: extent).transposed,
            by: MatrixView(by, rows: extent, columns: extent), into: to + start * extent, stride: extent)
    }
    for row in 0..<extent {
        for column in 0..<extent { common.base[row * extent + column] *= column == row ? 1 : column < row ? 2 : 0 }
    }
    let shared = try product(own, rows, extent, by: MatrixView(common.base, rows: extent, columns: extent), extent)
    var energies = [Double](repeating: 0, count: rows * columns)
    var outward = [Double](repeating: 0, count: rows)
    var inward = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
        for column in 0..<columns {
            var sum = 0.0
            for place in 0..<layout.window {
                let index = row * extent + column * layout.window + place
                sum += own.base[index] * shared.base[index]
            }
            energies[row * columns + column] = sum
            outward[row] += sum
            inward[column] += sum
        }
    }
    return GroupFigures(
        eigenvaluesOut: outward.map { max(0, $0) }, eigenvaluesIn: inward.map { max(0, $0) }, coreEnergies: energies, window: moments)
}

/// Gives both sides' vectors of each rank the same length, as the roots of singular values would.
private func balance(_ target: GroupTarget, rank: Int) {
    func power(_ side: UnsafeMutableBufferPointer<Float>, _ row: Int) -> Double {
        let length = side.count / rank
        return side[row * length..<(row + 1) * length].reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    func scale(_ side: UnsafeMutableBufferPointer<Float>, _ row: Int, by factor: Double) {
        let length = side.count / rank
        for index in row * length..<(row + 1) * length { side[index] *= Float(factor) }
    }
    for row in 0..<rank {
        let (out, inward) = (power(target.out, row), power(target.in, row))
        guard out > 0, inward > 0 else { continue }
        let factor = (inward / out).squareRoot().squareRoot()
        scale(target.out, row, by: factor)
        scale(target.in, row, by: 1 / factor)
    }
}
