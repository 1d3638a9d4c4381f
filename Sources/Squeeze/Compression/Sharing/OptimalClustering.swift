/// The global optimum of one-dimensional k-means over the surviving bins.
///
/// A clustering is a path 0 = b₀ < b₁ < … < bₖ = m through the positions between bins, an edge (i, j) costing the squared
/// error of bins i..<j. That cost has the Monge property, so the least error f(k) is convex in the number of edges, and
/// instead of a table of k × m states it suffices to charge λ for every edge and to find the λ at which the cheapest
/// path has k of them. For a given λ, one pass with a queue of candidates takes O(m log m) time and O(m) memory,
/// whatever k is. Where f is straight around k, no λ singles it out: then a path with fewer and one with more edges, both
/// cheapest, cross in such a way that a prefix of one and a suffix of the other make a cheapest path with k edges.
///
/// - Aggarwal, Schieber, Tokuyama: Finding a minimum-weight k-link path in graphs with the concave Monge property (1994).
/// - Galil, Park: A linear-time algorithm for concave one-dimensional dynamic programming (1990).
/// - Grønlund et al.: Fast exact k-means, k-medians and Bregman divergence clustering in 1D (2017), arXiv:1701.07204.
struct OptimalClustering {
    /// Σn, Σw and Σn·mean² of the bins before each position, about the mean of all.
    private let countBefore: [Double]
    private let sumBefore: [Double]
    private let powerBefore: [Double]
    private let binCount: Int

    /// A cheapest path at some λ.
    private struct Path {
        var lambda: Double
        /// The positions the path goes through, 0 and m included.
        var positions: [Int]
        /// Its squared error, without λ.
        var error: Double
        var edgeCount: Int { positions.count - 1 }
    }

    init(_ survivors: SurvivingBins) {
        binCount = survivors.bins.count
        let sum = survivors.sumBefore[binCount] - survivors.sumBefore[0]
        let mean = sum / max(survivors.countBefore[binCount], 1)
        var sums = [0.0]
        var powers = [0.0]
        sums.reserveCapacity(binCount + 1)
        powers.reserveCapacity(binCount + 1)
        var (moment, power) = (0.0, 0.0)
        for bin in survivors.bins {
            let offset = bin.mean - mean
            moment += Double(bin.count) * offset
            power += Double(bin.count) * offset * offset
            sums.append(moment)
            powers.append(power)
        }
        countBefore = survivors.countBefore
        sumBefore = sums
        powerBefore = powers
    }

    /// The boundaries of the best `k` clusters, where there are more bins than that.
    func boundaries(clusters k: Int) -> [Int] {
        precondition(k >= 1 && k < binCount, "\(k) clusters of \(binCount) bins")
        // f(1) and f(m) are known without a search.
        var fewer = Path(lambda: .infinity, positions: [0, binCount], error: cost(0, binCount))
        var more = Path(lambda: 0, positions: Array(0...binCount), error: 0)
        guard fewer.edgeCount < k, fewer.error > 0 else { return fewer.positions }
        // At high resolution f falls as 1/k², so λ = −f′ as 1/k³.
        var guess = fewer.error / Double(k) / Double(k) / Double(k)
        var steps = 0
        while true {
            let chord = (fewer.error - more.error) / Double(more.edgeCount - fewer.edgeCount)
            // The power law mostly lands within a few steps; the chord always makes progress.
            let isGuess = steps % 4 != 3 && guess > more.lambda && guess < fewer.lambda
            let path = cheapestPath(lambda: isGuess ? guess : chord)
            if path.edgeCount == k { return path.positions }
            if path.edgeCount > fewer.edgeCount && path.edgeCount < more.edgeCount {
                if path.edgeCount < k { fewer = path } else { more = path }
            } else if !isGuess {
                return splice(fewer, more, edgeCount: k)
            } else if path.edgeCount < k {
                fewer.lambda = path.lambda
            } else {
                more.lambda = path.lambda
            }
            let ratio = Double(path.edgeCount) / (Double(k) + (path.edgeCount < k ? -0.25 : 0.25))
            guess = path.lambda * ratio * ratio * ratio
            steps += 1
        }
    }

    /// Squared error of bins i..<j about their mean.
    private func cost(_ i: Int, _ j: Int) -> Double {
        let sum = sumBefore[j] - sumBefore[i]
        return powerBefore[j] - powerBefore[i] - sum * sum / (countBefore[j] - countBefore[i])
    }

    /// The cheapest path when an edge costs λ more.
    ///
    /// The best predecessor of j does not fall as j rises. The queue holds predecessors with the position from which on
    /// each is the best of those seen; a new one takes over from the back.
    private func cheapestPath(lambda: Double) -> Path {
        let m = binCount
        var predecessors = [Int](repeating: 0, count: m + 1)
        // Bounds: positions are 0…m; the queue gets each of 0..<m at most once.
        countBefore.withUnsafeBufferPointer { countBefore in
            sumBefore.withUnsafeBufferPointer { sumBefore in
                powerBefore.withUnsafeBufferPointer { powerBefore in
                    predecessors.withUnsafeMutableBufferPointer { predecessors in
                        withUnsafeTemporaryAllocation(of: Double.self, capacity: m + 1) { best in
                            withUnsafeTemporaryAllocation(of: (candidate: Int, from: Int).self, capacity: m + 1) { queue in
                                @inline(__always)
                                func value(_ i: Int, _ j: Int) -> Double {
                                    let sum = sumBefore[j] - sumBefore[i]
                                    return best[i] - powerBefore[i]
                                        - sum * sum / (countBefore[j] - countBefore[i])
                                }
                                best[0] = 0
                                queue[0] = (0, 1)
                                var head = 0
                                var tail = 1
                                for j in 1...m {
                                    while head + 1 < tail, queue[head + 1].from <= j { head += 1 }
                                    let predecessor = queue[head].candidate
                                    predecessors[j] = predecessor
                                    best[j] = value(predecessor, j) + powerBefore[j] + lambda
                                    guard j < m else { break }
                                    // Candidates that j beats from where they begin on are never the best again.
                                    while tail > head, queue[tail - 1].from > j,
                                        value(j, queue[tail - 1].from) < value(queue[tail - 1].candidate, queue[tail - 1].from)
                                    {
                                        tail -= 1
                                    }
                                    guard tail > head else {
                                        queue[tail] = (j, j + 1)
                                        tail += 1
                                        continue
                                    }
                                    // The first position at which j beats the last candidate: doubled steps, then halved.
                                    let last = queue[tail - 1].candidate
                                    var low = max(queue[tail - 1].from, j)
                                    var high = low
                                    var step = 4
                                    while high < m {
                                        high = min(m, low + step)
                                        if value(j, high) < value(last, high) { break }
                                        low = high
                                        step *= 2
                                        if high == m { high = m + 1 }
                                    }
                                    guard high <= m, low < m else { continue }
                                    while high - low > 1 {
                                        let middle = (low + high) / 2
                                        if value(j, middle) < value(last, middle) { high = middle } else { low = middle }
                                    }
                                    queue[tail] = (j, high)
                                    tail += 1
                                }
                            }
                        }
                    }
                }
            }
        }
        var positions = [m]
        while let last = positions.last, last > 0 { positions.append(predecessors[last]) }
        positions.reverse()
        let error = zip(positions, positions.dropFirst()).reduce(0) { $0 + cost($1.0, $1.1) }
        return Path(lambda: lambda, positions: positions, error: error)
    }

    /// A path of `edgeCount` edges out of two cheapest ones with fewer and more: where an edge of the longer path lies
    /// within an edge of the shorter, the shorter path's beginning continues as the longer path's end.
    private func splice(_ fewer: Path, _ more: Path, edgeCount: Int) -> [Int] {
        let (p, q) = (fewer.positions, more.positions)
        for i in 0..<fewer.edgeCount {
            let j = i + more.edgeCount - edgeCount
            guard j < more.edgeCount else { break }
            if p[i] <= q[j], q[j + 1] <= p[i + 1] { return Array(p[...i]) + Array(q[(j + 1)...]) }
        }
        return p
    }
}
