/// Lloyd's algorithm as if weights could change clusters one by one.
///
/// Over whole bins it stops early: once centroids move by less than a bin an iteration, no bin changes sides, though
/// hundreds of small moves would still have added up. Here every bin is spread evenly about its mean, as wide as its
/// spread tells (a bin of equal weights is a point), and a boundary may cut through it, so an iteration does what it would
/// do over the weights themselves.
struct ContinuousLloyd {
    /// Boundaries that are looked at before the centroids are taken as they are.
    enum Patience: Int {
        /// Half a millisecond, for a slider. Few clusters come to rest within it, or many over pruned weights.
        case quick = 16_000
        /// Ten milliseconds or so; only hundreds of clusters over unpruned weights would move on.
        case thorough = 400_000
    }

    let centroids: [Double]
    /// Whether the centroids came to rest, or would only move on with more patience than anyone has.
    let isAtRest: Bool

    /// The fall of the squared error in one iteration, as a fraction of it, at which the centroids are at rest.
    private static let tolerance = 1e-6

    /// Moves ascending centroids to the means of their weights until they rest, or until the patience is at its end.
    init(_ survivors: SurvivingBins, from initial: [Double], patience: Patience) {
        var centroids = initial
        var isAtRest = patience == .thorough
        let power = survivors.bins.reduce(0) { $0 + Double($1.count) * $1.mean * $1.mean }
        survivors.withCuts { cuts in
            var previous = Double.infinity
            var boundaryCount = 0
            while boundaryCount < patience.rawValue {
                let error = power + ContinuousLloyd.iterate(&centroids, cuts)
                boundaryCount += centroids.count
                guard previous - error >= ContinuousLloyd.tolerance * error else {
                    isAtRest = true
                    break
                }
                previous = error
            }
        }
        self.centroids = centroids
        self.isAtRest = isAtRest
    }

    /// One iteration; answers with the squared error of the centroids it began with, less Σw².
    private static func iterate(_ centroids: inout [Double], _ cuts: Cuts) -> Double {
        var error = 0.0
        var below = cuts.start
        var position = 0
        for i in centroids.indices {
            let centroid = centroids[i]
            let above =
                i + 1 < centroids.count ? cuts.cut(at: (centroid + centroids[i + 1]) / 2, from: &position) : cuts.end
            let count = max(0, above.count - below.count)
            let sum = above.sum - below.sum
            error += (count * centroid - 2 * sum) * centroid
            // A cluster that lost its weights stays where it is: the assignment of bins will find it others.
            if count > 0.5 { centroids[i] = sum / count }
            below = above
        }
        return error
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
