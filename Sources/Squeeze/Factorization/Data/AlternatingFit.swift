import Basics
import COpenBLAS

/// Tucker-2 factors of one group under the moments of what it reads, by alternating least squares.
///
/// By turns the core is fitted and the output side becomes the best there is for it, both exactly; then the input side is improved by
/// conjugate gradients, preconditioned by what the core makes of each rank. All in coordinates of the decomposition.
struct AlternatingFit {
    private let ranks: Ranks
    private let out: Int
    private let `in`: Int
    private let window: Int
    private let workers: Workers
    private let cancellation: CancellationToken?
    /// (window · in)²: moments in the order place · in + channel.
    private let moments: Scratch<Double>
    /// (out, window · in): the kernels in that order, and times the moments.
    private let kernels: Scratch<Double>
    private let images: Scratch<Double>
    /// (rank in, in).
    private var input: Scratch<Double>
    /// (rank out, out): orthonormal rows.
    private var output: Scratch<Double>
    /// (rank out, window · rank in).
    private var core: Scratch<Double>
    /// What the kernels give, and how much of it the factors keep.
    private let power: Double
    private(set) var energy = 0.0

    private var extent: Int { window * `in` }

    /// Begins with the first ranks of both sides; the core is fitted to them.
    init(
        core values: UnsafeBufferPointer<Float>, _ window: WindowMoments, _ layout: KernelLayout, ranks: Ranks, workers: Workers,
        cancellation: CancellationToken?
    ) throws(FactorizationError) {
        (self.ranks, self.workers, self.cancellation) = (ranks, workers, cancellation)
        (out, `in`, self.window) = (layout.out, layout.in, layout.window)
        let extent = window.extent
        moments = Scratch(count: extent * extent)
        kernels = Scratch(count: out * extent)
        images = Scratch(count: out * extent)
        input = Scratch(count: ranks.in * `in`)
        output = Scratch(count: ranks.out * out)
        core = Scratch(count: ranks.out * ranks.in * layout.window)
        let order = (0..<extent).map { $0 % layout.in * layout.window + $0 / layout.in }
        for row in 0..<extent {
            for column in 0..<extent { moments.base[row * extent + column] = Double(window.moments[order[row] * extent + order[column]]) }
        }
        for row in 0..<out { for column in 0..<extent { kernels.base[row * extent + column] = Double(values[row * extent + order[column]]) } }
        try multiplyRows(
            of: MatrixView(kernels.base, rows: out, columns: extent), by: MatrixView(moments.base, rows: extent, columns: extent),
            into: images.base, columns: extent, workers: workers, cancellation: cancellation)
        power = (0..<out * extent).reduce(0) { [kernels, images] in $0 + kernels.base[$1] * images.base[$1] }
        input.base.update(repeating: 0, count: input.count)
        for row in 0..<ranks.in { input.base[row * `in` + row] = 1 }
        try fitCore()
    }

    /// Rounds until one takes less than `tolerance` of the error off, or `limit`. Gives their number.
    mutating func run(limit: Int, tolerance: Double, report: (Int) -> Void) throws(FactorizationError) -> Int {
        for round in 1...limit {
            let (before, input, output, core) = (energy, input, output, core)
            try improveInput()
            try fitCore()
            report(round)
            if energy < before {
                // Rounding: the factors of before were better.
                (self.energy, self.input, self.output, self.core) = (before, input, output, core)
                return round
            }
            if energy - before <= tolerance * max(0, power - before) { return round }
        }
        return limit
    }

    /// The best core and output side for the input side.
    private mutating func fitCore() throws(FactorizationError) {
        let kept = window * ranks.in
        // What the inputs have in common with the kept ones, (extent, window · rank in), and those with each other.
        let common = Scratch<Double>(count: extent * kept)
        let own = Scratch<Double>(count: kept * kept)
        let basis = MatrixView(input.base, rows: ranks.in, columns: `in`)
        nonisolated(unsafe) let (moments, shared, inner) = (moments.base, common.base, own.base)
        let (extent, `in`, rank) = (extent, `in`, ranks.in)
        nonisolated(unsafe) let view = basis
        try workers.split(window, cancellation: cancellation) { place in
            multiply(
                MatrixView(moments + place * `in`, rows: extent, columns: `in`, stride: extent), by: view.transposed,
                into: shared + place * rank, stride: kept)
        }
        try workers.split(window, cancellation: cancellation) { place in
            multiply(
                view, by: MatrixView(shared + place * `in` * kept, rows: `in`, columns: kept), into: inner + place * rank * kept, stride: kept)
        }
        let mean = (0..<kept).reduce(0) { $0 + own.base[$1 * kept + $1] } / Double(kept)
        for index in 0..<kept { own.base[index * kept + index] += max(mean * 1e-7, Self.least) }
        let cross = Scratch<Double>(count: out * kept)
        try multiplyRows(
            of: MatrixView(kernels.base, rows: out, columns: extent), by: MatrixView(common.base, rows: extent, columns: kept),
            into: cross.base, columns: kept, workers: workers, cancellation: cancellation)
        let fitted = Scratch<Double>(count: out * kept)
        fitted.base.update(from: cross.base, count: out * kept)
        let code = pare_lapack_cholesky_solve(Int32(kept), own.base, Int32(out), fitted.base)
        guard code == 0 else { throw .noDecomposition(code: Int(code)) }
        let gram = Scratch<Double>(count: out * out)
        try multiplyRows(
            of: MatrixView(fitted.base, rows: out, columns: kept), by: MatrixView(cross.base, rows: out, columns: kept).transposed,
            into: gram.base, columns: out, workers: workers, cancellation: cancellation)
        let eigen = try SymmetricEigen(gram, extent: out, workers: workers, cancellation: cancellation)
        energy = eigen.values[..<ranks.out].reduce(0, +)
        output = Scratch(count: ranks.out * out)
        output.base.update(from: eigen.vectors.base, count: ranks.out * out)
        core = Scratch(count: ranks.out * kept)
        try multiplyRows(
            of: MatrixView(output.base, rows: ranks.out, columns: out), by: MatrixView(fitted.base, rows: out, columns: kept),
            into: core.base, columns: kept, workers: workers, cancellation: cancellation)
    }

    private static let steps = 8
    /// What is added along the diagonal of a matrix that is all zero.
    private static let least = 1e-200

    /// Some steps toward the best input side for core and output side.
    private mutating func improveInput() throws(FactorizationError) {
        let count = ranks.in * `in`
        let target = Scratch<Double>(count: ranks.out * extent)
        try multiplyRows(
            of: MatrixView(output.base, rows: ranks.out, columns: out), by: MatrixView(images.base, rows: out, columns: extent),
            into: target.base, columns: extent, workers: workers, cancellation: cancellation)
        let inverse = try inverseOfCore()
        let found = Scratch<Double>(count: count)
        found.base.update(from: input.base, count: count)
        let residual = gathered(target)
        let image = try applied(found)
        for index in 0..<count { residual.base[index] -= image.base[index] }
        let conditioned = Scratch<Double>(count: count)
        let direction = Scratch<Double>(count: count)
        var power = 0.0
        for step in 0..<Self.steps {
            multiply(
                MatrixView(inverse.base, rows: ranks.in, columns: ranks.in), by: MatrixView(residual.base, rows: ranks.in, columns: `in`),
                into: conditioned.base, stride: `in`)
            let next = dot(residual, conditioned)
            guard next > 0, next.isFinite else { break }
            let turn = step == 0 ? 0 : next / power
            for index in 0..<count { direction.base[index] = conditioned.base[index] + (step == 0 ? 0 : turn * direction.base[index]) }
            power = next
            let image = try applied(direction)
            let curvature = dot(direction, image)
            guard curvature > 0 else { break }
            let length = power / curvature
            for index in 0..<count {
                found.base[index] += length * direction.base[index]
                residual.base[index] -= length * image.base[index]
            }
        }
        input = found
    }

    /// Σ over places of Gᵀ · part: (rank out, window · in) → (rank in, in).
    private func gathered(_ rows: Scratch<Double>) -> Scratch<Double> {
        let result = Scratch<Double>(count: ranks.in * `in`)
        for place in 0..<window {
            multiply(
                MatrixView(core.base + place * ranks.in, rows: ranks.out, columns: ranks.in, stride: window * ranks.in).transposed,
                by: MatrixView(rows.base + place * `in`, rows: ranks.out, columns: `in`, stride: extent), into: result.base, stride: `in`,
                scale: place == 0 ? 0 : 1)
        }
        return result
    }

    /// What the normal equations make of an input side (rank in, in).
    private func applied(_ side: Scratch<Double>) throws(FactorizationError) -> Scratch<Double> {
        let given = Scratch<Double>(count: ranks.out * extent)
        for place in 0..<window {
            multiply(
                MatrixView(core.base + place * ranks.in, rows: ranks.out, columns: ranks.in, stride: window * ranks.in),
                by: MatrixView(side.base, rows: ranks.in, columns: `in`), into: given.base + place * `in`, stride: extent)
        }
        let weighed = Scratch<Double>(count: ranks.out * extent)
        try multiplyRows(
            of: MatrixView(given.base, rows: ranks.out, columns: extent), by: MatrixView(moments.base, rows: extent, columns: extent),
            into: weighed.base, columns: extent, workers: workers, cancellation: cancellation)
        return gathered(weighed)
    }

    /// (rank in)²: the inverse of Σ over places of Gᵀ · G.
    private func inverseOfCore() throws(FactorizationError) -> Scratch<Double> {
        let rank = ranks.in
        let gram = Scratch<Double>(count: rank * rank)
        for place in 0..<window {
            let part = MatrixView(core.base + place * rank, rows: ranks.out, columns: rank, stride: window * rank)
            multiply(part.transposed, by: part, into: gram.base, stride: rank, scale: place == 0 ? 0 : 1)
        }
        let mean = (0..<rank).reduce(0) { $0 + gram.base[$1 * rank + $1] } / Double(rank)
        let inverse = Scratch<Double>(count: rank * rank)
        inverse.base.update(repeating: 0, count: rank * rank)
        for index in 0..<rank {
            gram.base[index * rank + index] += max(mean * 1e-6, Self.least)
            inverse.base[index * rank + index] = 1
        }
        let code = pare_lapack_cholesky_solve(Int32(rank), gram.base, Int32(rank), inverse.base)
        guard code == 0 else { throw .noDecomposition(code: Int(code)) }
        return inverse
    }

    private func dot(_ left: Scratch<Double>, _ right: Scratch<Double>) -> Double {
        (0..<left.count).reduce(0) { $0 + left.base[$1] * right.base[$1] }
    }

    /// The factors over the channels as they are: `outBasis` (out, out) and `inBasis` (in, in) are the rows whose coordinates were used.
    func result(
        outBasis: UnsafeBufferPointer<Float>, inBasis: UnsafeBufferPointer<Float>
    ) -> (output: [Float], core: [Float], input: [Float]) {
        let outRows = turnedBack(output, rank: ranks.out, basis: outBasis, extent: out)
        var output = [Float](repeating: 0, count: outRows.count)
        for p in 0..<ranks.out { for s in 0..<out { output[s * ranks.out + p] = outRows[p * out + s] } }
        var values = [Float](repeating: 0, count: core.count)
        for p in 0..<ranks.out {
            for q in 0..<ranks.in {
                for d in 0..<window { values[(p * ranks.in + q) * window + d] = Float(core.base[(p * window + d) * ranks.in + q]) }
            }
        }
        return (output, values, turnedBack(input, rank: ranks.in, basis: inBasis, extent: `in`))
    }
}
