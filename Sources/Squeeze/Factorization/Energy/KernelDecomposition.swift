import Basics

/// One group of a stack of kernels as stored, read slice by slice of the window as matrices out × in.
struct KernelGroup {
    let base: UnsafePointer<Float>
    let out: Int
    let `in`: Int
    let window: Int
    let order: KernelLayout.Order

    init?(_ values: UnsafeBufferPointer<Float>, _ layout: KernelLayout) {
        guard let base = values.baseAddress else { return nil }
        self.base = base
        out = layout.out
        self.in = layout.in
        window = layout.window
        order = layout.order
    }

    /// Copies `rows` of the slices in `slices` to `target`: rows × slices × in.
    func gather<Element: BinaryFloatingPoint>(
        rows: Range<Int>, slices: Range<Int>, to target: UnsafeMutablePointer<Element>
    ) {
        // Bounds: (s · in + t) · window + d, or (t · out + s) · window + d, stay within out · in · window.
        let (outStride, inStride) = order == .outFirst ? (`in` * window, window) : (window, out * window)
        var to = target
        for s in rows {
            for d in slices {
                let source = base + s * outStride + d
                for t in 0..<`in` { to[t] = Element(source[t * inStride]) }
                to += `in`
            }
        }
    }
}

/// The higher-order decomposition of one group: bases of both sides, the rotated core, and its energies.
func decomposeKernel(
    _ values: UnsafeBufferPointer<Float>, _ layout: KernelLayout, into target: GroupTarget, workers: Workers,
    cancellation: CancellationToken?
) throws(FactorizationError) -> GroupFigures {
    guard let kernel = KernelGroup(values, layout), let out = target.out.baseAddress, let `in` = target.in.baseAddress else {
        return GroupFigures(eigenvaluesOut: [])
    }
    let gram = try gramOfBothSides(kernel, workers: workers, cancellation: cancellation)
    let (outEigen, inEigen) = try eigenOfBothSides(gram, kernel, workers: workers, cancellation: cancellation)
    for index in 0..<layout.out * layout.out { out[index] = Float(outEigen.vectors.base[index]) }
    for index in 0..<layout.in * layout.in { `in`[index] = Float(inEigen.vectors.base[index]) }
    return GroupFigures(
        eigenvaluesOut: outEigen.values, eigenvaluesIn: inEigen.values,
        coreEnergies: try rotate(kernel, into: target, workers: workers, cancellation: cancellation))
}

private func gramOfBothSides(
    _ kernel: KernelGroup, workers: Workers, cancellation: CancellationToken?
) throws(FactorizationError) -> GramAccumulator {
    let (rows, columns) = (kernel.out, kernel.in)
    var gram = GramAccumulator(rows: rows, columns: columns)
    let depth = max(1, min(kernel.window, slabCount / (rows * columns)))
    let slab = Scratch<Double>(count: depth * rows * columns)
    nonisolated(unsafe) let target = slab.base
    for start in stride(from: 0, to: kernel.window, by: depth) {
        let slices = start..<min(start + depth, kernel.window)
        let height = 16
        // Bounds: rows × columns elements of each of the slab's slices.
        try workers.split((rows + height - 1) / height, cancellation: cancellation) { block in
            let range = block * height..<min((block + 1) * height, rows)
            kernel.gather(rows: range, slices: slices, to: target + range.lowerBound * slices.count * columns)
        }
        try gram.add(
            slab.base, rowCount: rows, slices: slices.count, columnCount: columns, workers: workers, cancellation: cancellation)
    }
    return gram
}

/// Both eigenproblems side by side, each on one thread; one after the other where one of them is most of the work.
private func eigenOfBothSides(
    _ gram: GramAccumulator, _ kernel: KernelGroup, workers: Workers, cancellation: CancellationToken?
) throws(FactorizationError) -> (out: SymmetricEigen, in: SymmetricEigen) {
    let isSideBySide = workers.count > 1 && max(kernel.out, kernel.in) <= 2 * min(kernel.out, kernel.in)
    let inside = isSideBySide ? Workers.one : workers
    var results = [Result<SymmetricEigen, FactorizationError>?](repeating: nil, count: 2)
    try results.withUnsafeMutableBufferPointer { buffer throws(FactorizationError) in
        // Each of the two pieces writes its own element.
        nonisolated(unsafe) let results = buffer
        nonisolated(unsafe) let gram = gram
        try (isSideBySide ? workers : .one).split(2, cancellation: cancellation) { side in
            results[side] = Result { () throws(FactorizationError) in
                try SymmetricEigen(
                    gram.takeSums(of: side == 0 ? .rows : .columns), extent: side == 0 ? kernel.out : kernel.in,
                    workers: inside, cancellation: cancellation)
            }
        }
    }
    guard let out = try results[0]?.get(), let `in` = try results[1]?.get() else { throw .cancelled }
    return (out, `in`)
}

/// Rotates both sides; gives the squares of the core, summed over the window: out × in.
private func rotate(
    _ kernel: KernelGroup, into target: GroupTarget, workers: Workers, cancellation: CancellationToken?
) throws(FactorizationError) -> [Double] {
    guard let out = target.out.baseAddress, let `in` = target.in.baseAddress, let core = target.core.baseAddress else {
        return []
    }
    let (rows, columns, window) = (kernel.out, kernel.in, kernel.window)
    let height = Workers.blockLength(of: rows, most: 256)
    let blockCount = (rows + height - 1) / height
    // halfway (out, window, in): input side rotated, output side not yet.
    let halfway = Scratch<Float>(count: rows * columns * window)
    // Bounds: blocks of rows of out × (window · in).
    nonisolated(unsafe) let (outVectors, inVectors, middle) = (out, `in`, halfway.base)
    try workers.split(blockCount, cancellation: cancellation) { block in
        let range = block * height..<min((block + 1) * height, rows)
        let gathered = Scratch<Float>(count: range.count * window * columns)
        kernel.gather(rows: range, slices: 0..<window, to: gathered.base)
        multiply(
            MatrixView(gathered.base, rows: range.count * window, columns: columns),
            by: MatrixView(inVectors, rows: columns, columns: columns).transposed,
            into: middle + range.lowerBound * window * columns, stride: columns)
    }
    let energies = Scratch<Double>(count: rows * columns)
    // Bounds: as above; a block writes its own rows of the core and of the energies.
    nonisolated(unsafe) let (result, sums) = (core, energies.base)
    try workers.split(blockCount, cancellation: cancellation) { block in
        let range = block * height..<min((block + 1) * height, rows)
        let product = Scratch<Float>(count: range.count * window * columns)
        multiply(
            MatrixView(outVectors + range.lowerBound * rows, rows: range.count, columns: rows),
            by: MatrixView(middle, rows: rows, columns: window * columns), into: product.base, stride: window * columns)
        var to = result + range.lowerBound * columns * window
        for row in 0..<range.count {
            let from = product.base + row * window * columns
            let ownSums = sums + (range.lowerBound + row) * columns
            for t in 0..<columns {
                var sum = 0.0
                for d in 0..<window {
                    let value = from[d * columns + t]
                    to[d] = value
                    sum += Double(value) * Double(value)
                }
                ownSums[t] = sum
                to += window
            }
        }
    }
    return Array(UnsafeBufferPointer(start: energies.base, count: rows * columns))
}
