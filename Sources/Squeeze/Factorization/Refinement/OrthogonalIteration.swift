import Basics

/// Higher-order orthogonal iteration on one group, in the coordinates of its higher-order decomposition.
///
/// By turns one side's basis becomes the best there is for the other's (De Lathauwer et al. 2000,
/// doi:10.1137/S0895479898346995); from the truncated decomposition as a start, which here is a corner of the core. Where the
/// sides hardly depend on each other that takes few rounds, else many; so the output side then goes some way beyond its best,
/// ever further as long as that pays (Nesterov's momentum, with restarts). Half the rounds or fewer reach the same error.
struct OrthogonalIteration {
    private let ranks: Ranks
    private let out: Int
    private let `in`: Int
    private let window: Int
    /// (out, window, in): the core, each matrix of a window's element apart.
    private let core: Scratch<Double>
    private var outSide: LeadingSubspace
    private var inSide: LeadingSubspace
    private let workers: Workers
    private let power: Double
    /// Rounds since the momentum was last dropped.
    private var momentum = 0
    /// Σ of what the last round lost.
    private(set) var squaredError = Double.infinity

    init(core values: UnsafeBufferPointer<Float>, _ layout: KernelLayout, ranks: Ranks, workers: Workers) {
        (out, `in`, window) = (layout.out, layout.in, layout.window)
        self.ranks = ranks
        self.workers = workers
        core = Scratch(count: values.count)
        power = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        // Bounds: both hold out × in × window.
        for s in 0..<out {
            for d in 0..<window {
                for t in 0..<`in` {
                    core.base[(s * window + d) * `in` + t] = Double(values[(s * `in` + t) * window + d])
                }
            }
        }
        outSide = LeadingSubspace(rank: ranks.out, extent: out, support: ranks.in * window)
        inSide = LeadingSubspace(rank: ranks.in, extent: `in`, support: ranks.out * window)
    }

    /// Improves one side after the other; never for the worse.
    mutating func step(cancellation: CancellationToken?) throws(FactorizationError) {
        let earlier = outSide.vectors
        let narrow = try projectedIn(cancellation)
        var gram = GramAccumulator(rows: out, columns: nil)
        try gram.add(
            narrow.base, rowCount: out, slices: window, columnCount: ranks.in, workers: workers, cancellation: cancellation)
        _ = try outSide.update(gram.takeSums(of: .rows), workers: workers, cancellation: cancellation)

        let (best, others) = (outSide, inSide)
        let factor = 2 * Double(momentum) / Double(momentum + 3)
        if factor > 0 {
            try outSide.extrapolate(from: earlier, by: factor, workers: workers, cancellation: cancellation)
        }
        var error = power - (try improveIn(cancellation))
        if factor > 0, error > squaredError {
            (outSide, inSide) = (best, others)
            error = power - (try improveIn(cancellation))
            momentum = 0
        }
        momentum += 1
        squaredError = error
    }

    /// The best input side for the output side as it is. Gives the energy kept.
    private mutating func improveIn(_ cancellation: CancellationToken?) throws(FactorizationError) -> Double {
        let low = try projectedOut(cancellation)
        var gram = GramAccumulator(rows: nil, columns: `in`)
        try gram.add(
            low.base, rowCount: ranks.out, slices: window, columnCount: `in`, workers: workers, cancellation: cancellation)
        return try inSide.update(gram.takeSums(of: .columns), workers: workers, cancellation: cancellation)
    }

    /// Rounds until one takes less than `tolerance` of the squared error off, two times running, or `limit`.
    ///
    /// - Parameter report: called after each round with the number of rounds.
    mutating func run(
        limit: Int, tolerance: Double, cancellation: CancellationToken?, report: (Int) -> Void
    ) throws(FactorizationError) -> Int {
        var idle = 0
        for round in 1...limit {
            let last = squaredError
            try step(cancellation: cancellation)
            report(round)
            idle = last - squaredError <= tolerance * squaredError ? idle + 1 : 0
            // Where rounding is all that is left of the error, nothing more is to be had.
            if idle == 2 || squaredError <= 1e-13 * power { return round }
        }
        return limit
    }

    /// (out, window, rank in): the core with its input side projected.
    private func projectedIn(_ cancellation: CancellationToken?) throws(FactorizationError) -> Scratch<Double> {
        let result = Scratch<Double>(count: out * window * ranks.in)
        let height = 128
        let rows = out * window
        // Bounds: blocks of rows of core and result, (out · window) × in and × rank in.
        nonisolated(unsafe) let (from, to, vectors) = (core.base, result.base, inSide.vectors.base)
        let (ranks, `in`) = (ranks, `in`)
        try workers.split((rows + height - 1) / height, cancellation: cancellation) { block in
            let start = block * height
            multiply(
                MatrixView(from + start * `in`, rows: min(height, rows - start), columns: `in`),
                by: MatrixView(vectors, rows: ranks.in, columns: `in`).transposed, into: to + start * ranks.in,
                stride: ranks.in)
        }
        return result
    }

    /// (rank out, window, in): the core with its output side projected.
    private func projectedOut(_ cancellation: CancellationToken?) throws(FactorizationError) -> Scratch<Double> {
        let width = window * `in`
        let result = Scratch<Double>(count: ranks.out * width)
        let length = 256
        // Bounds: blocks of columns of out × width and rank out × width.
        nonisolated(unsafe) let (from, to, vectors) = (core.base, result.base, outSide.vectors.base)
        let (ranks, out) = (ranks, out)
        try workers.split((width + length - 1) / length, cancellation: cancellation) { block in
            let start = block * length
            multiply(
                MatrixView(vectors, rows: ranks.out, columns: out),
                by: MatrixView(from + start, rows: out, columns: min(length, width - start), stride: width),
                into: to + start, stride: width)
        }
        return result
    }

    /// Both bases turned back to the layer's channels, and the core between them.
    ///
    /// - Parameters:
    ///   - outBasis: (out, out), rows the unit vectors whose coordinates were used; `inBasis` (in, in) likewise.
    func result(
        outBasis: UnsafeBufferPointer<Float>, inBasis: UnsafeBufferPointer<Float>, cancellation: CancellationToken?
    ) throws(FactorizationError) -> (output: [Float], core: [Float], input: [Float]) {
        let narrow = try projectedIn(cancellation)
        let final = Scratch<Double>(count: ranks.out * window * ranks.in)
        multiply(
            MatrixView(outSide.vectors.base, rows: ranks.out, columns: out),
            by: MatrixView(narrow.base, rows: out, columns: window * ranks.in), into: final.base, stride: window * ranks.in)
        var coreValues = [Float](repeating: 0, count: final.count)
        for p in 0..<ranks.out {
            for d in 0..<window {
                for q in 0..<ranks.in {
                    coreValues[(p * ranks.in + q) * window + d] = Float(final.base[(p * window + d) * ranks.in + q])
                }
            }
        }
        let outRows = turnedBack(outSide.vectors, rank: ranks.out, basis: outBasis, extent: out)
        var output = [Float](repeating: 0, count: outRows.count)
        for p in 0..<ranks.out { for s in 0..<out { output[s * ranks.out + p] = outRows[p * out + s] } }
        return (output, coreValues, turnedBack(inSide.vectors, rank: ranks.in, basis: inBasis, extent: `in`))
    }
}
