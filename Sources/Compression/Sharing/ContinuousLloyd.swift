/// The fixed point of Lloyd's algorithm as if weights could change clusters one by one.
///
/// Over bins Lloyd's algorithm stops early: once centroids move by less than a bin an iteration, no bin changes sides,
/// though hundreds of small moves would still have added up. Here every bin is spread evenly about its mean, as wide as
/// its spread tells (a bin of equal weights is a point), and a boundary may cut through it. The squared error is then a
/// smooth function of the centroids cᵢ with the gradient 2(Nᵢcᵢ − Sᵢ), N and S being a cluster's count and sum. With a
/// density of p at the boundary between two centroids 2h apart, half of its Hessian is tridiagonal: Nᵢ − wᵢ − wᵢ₊₁ on the
/// diagonal and −wᵢ beside it, w = p·h/2, for which an eighth of the weights of the two clusters is a steadier
/// estimate than the density of one bin. Lloyd's step is the solution without the w; Newton's takes dozens of iterations
/// where Lloyd's takes thousands.
struct ContinuousLloyd {
    private let survivors: SurvivingBins
    private(set) var centroids: [Double]
    private var cells: Cells
    /// Levenberg's: 0 is Newton's step, a large number a short one of Lloyd's.
    private var damping = 0.01

    /// Boundaries that are looked at before the centroids are taken as they are, half a millisecond or so. Hundreds of
    /// clusters spread over unpruned weights do not come to rest within it: a slider does not wait, and `optimal` is at hand.
    private static let boundaryLimit = 3_000
    private var boundaryCount = 0

    /// What the boundaries between centroids cut out.
    private struct Cells {
        var counts: [Double]
        var sums: [Double]
        /// w of the boundary below each centroid; 0 for the first.
        var couplings: [Double]
        /// The squared error, less Σw².
        var error: Double
    }

    /// Starts from ascending centroids with weights in each cluster; `squaredError` is the scale of convergence.
    init(_ survivors: SurvivingBins, from centroids: [Double], squaredError: Double) {
        self.survivors = survivors
        self.centroids = centroids
        cells = ContinuousLloyd.cells(of: centroids, in: survivors)
        while boundaryCount < ContinuousLloyd.boundaryLimit {
            let gain = descend()
            guard gain > 1e-7 * squaredError else { break }
        }
    }

    /// Takes Newton's step, damped until the error falls; returns by how much it fell, or 0.
    private mutating func descend() -> Double {
        for _ in 0..<8 {
            if let step = newtonStep(), let gain = accept(zip(centroids, step).map { $0 + $1 }) {
                damping /= 6
                return gain
            }
            damping *= 6
        }
        return 0
    }

    private mutating func accept(_ moved: [Double]) -> Double? {
        for i in moved.indices.dropFirst() where moved[i - 1] > moved[i] { return nil }
        let next = ContinuousLloyd.cells(of: moved, in: survivors)
        boundaryCount += moved.count
        guard next.error < cells.error else { return nil }
        defer {
            centroids = moved
            cells = next
        }
        return cells.error - next.error
    }

    /// Solves the tridiagonal system, with a damped diagonal, by elimination; nil where it is not positive definite.
    private func newtonStep() -> [Double]? {
        let k = centroids.count
        var pivots = [Double](repeating: 0, count: k)
        var step = pivots
        for i in 0..<k {
            let above = i + 1 < k ? cells.couplings[i + 1] : 0
            var pivot = cells.counts[i] * (1 + damping) - cells.couplings[i] - above
            var residual = cells.sums[i] - cells.counts[i] * centroids[i]
            if i > 0 {
                let factor = cells.couplings[i] / pivots[i - 1]
                pivot -= factor * cells.couplings[i]
                residual += factor * step[i - 1]
            }
            guard pivot > 1e-4 * cells.counts[i] else { return nil }
            pivots[i] = pivot
            step[i] = residual
        }
        for i in stride(from: k - 1, through: 0, by: -1) {
            step[i] = (step[i] + (i + 1 < k ? cells.couplings[i + 1] * step[i + 1] : 0)) / pivots[i]
        }
        return step
    }

    private static func cells(of centroids: [Double], in survivors: SurvivingBins) -> Cells {
        let k = centroids.count
        let zeros = [Double](repeating: 0, count: k)
        var cells = Cells(counts: zeros, sums: zeros, couplings: zeros, error: 0)
        survivors.withCuts { cuts in
            var below = cuts.start
            var position = 0
            for i in 0..<k {
                let above =
                    i + 1 < k ? cuts.cut(at: (centroids[i] + centroids[i + 1]) / 2, from: &position) : cuts.end
                let count = max(0, above.count - below.count)
                let sum = above.sum - below.sum
                cells.counts[i] = count
                cells.sums[i] = sum
                if i > 0 { cells.couplings[i] = (cells.counts[i - 1] + count) / 8 }
                cells.error += (count * centroids[i] - 2 * sum) * centroids[i]
                below = above
            }
        }
        return cells
    }
}

extension SurvivingBins {
    fileprivate func withCuts(_ body: (Cuts) -> Void) {
        bins.withUnsafeBufferPointer { bins in
            countBefore.withUnsafeBufferPointer { countBefore in
                sumBefore.withUnsafeBufferPointer { sumBefore in
                    body(Cuts(bins: bins, countBefore: countBefore, sumBefore: sumBefore))
                }
            }
        }
    }
}

/// The distribution of evenly spread bins. Bounds: the sums have one element more than there are bins.
private struct Cuts {
    let bins: UnsafeBufferPointer<BinSummary>
    let countBefore: UnsafeBufferPointer<Double>
    let sumBefore: UnsafeBufferPointer<Double>

    typealias Cut = (count: Double, sum: Double)

    var start: Cut { (countBefore[0], sumBefore[0]) }
    var end: Cut { (countBefore[bins.count], sumBefore[bins.count]) }

    /// Count and sum of the weights below `value`. The search starts at `position`, whose bins before lie below the value,
    /// and leaves it at the first bin that does not.
    @inline(__always)
    func cut(at value: Double, from position: inout Int) -> Cut {
        // Bounds: doubled steps from `position`, then halving; low and high stay in 0...bins.count.
        var low = position
        var step = 16
        var high = min(low + step, bins.count)
        while high < bins.count, bins[high].mean < value {
            low = high
            step *= 2
            high = min(low + step, bins.count)
        }
        while low < high {
            let middle = (low + high) / 2
            if bins[middle].mean < value { low = middle + 1 } else { high = middle }
        }
        position = low
        var result = (count: countBefore[low], sum: sumBefore[low])
        // The bin above may reach below the value, and the one below above it.
        if low < bins.count {
            let halfWidth = bins[low].halfWidth
            let lowest = bins[low].mean - halfWidth
            if value > lowest {
                let part = Double(bins[low].count) * (value - lowest) / (2 * halfWidth)
                result.count += part
                result.sum += part * (value + lowest) / 2
            }
        }
        if low > 0 {
            let halfWidth = bins[low - 1].halfWidth
            let highest = bins[low - 1].mean + halfWidth
            if value < highest {
                let part = Double(bins[low - 1].count) * (highest - value) / (2 * halfWidth)
                result.count -= part
                result.sum -= part * (value + highest) / 2
            }
        }
        return result
    }
}

extension BinSummary {
    /// Half the width of an even distribution with the bin's spread.
    fileprivate var halfWidth: Double { (3 * spread / Double(count)).squareRoot() }
}
