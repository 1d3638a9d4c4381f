/// Lloyd's algorithm in one dimension.
///
/// Centroids in ascending order own runs of neighbouring bins, so an assignment is a list of boundaries, a centroid is a
/// difference of prefix sums, and an iteration moves each boundary a few bins from where it was.
extension SurvivingBins {
    /// Iterations after which the assignment is taken as it is; the error no longer falls measurably long before.
    static let iterationLimit = 10_000

    /// The boundaries of the clusters when the assignment no longer changes, from ascending initial centroids.
    func lloydBoundaries(from initial: [Double]) -> [Int] {
        var centroids = initial
        let k = centroids.count
        var boundaries = [Int](repeating: 0, count: k + 1)
        boundaries[k] = bins.count
        assign(centroids, &boundaries)
        for _ in 0..<SurvivingBins.iterationLimit {
            let previous = centroids
            let isComplete = update(&centroids, boundaries)
            if !isComplete { relocateEmptyClusters(&centroids, previous, boundaries) }
            let changed = assign(centroids, &boundaries)
            if !changed && isComplete { break }
        }
        return boundaries
    }

    /// Ascending centroids after as many iterations as it takes until each has weights.
    func populated(_ initial: [Double]) -> [Double] {
        var centroids = initial
        var boundaries = [Int](repeating: 0, count: centroids.count + 1)
        boundaries[centroids.count] = bins.count
        for _ in 0..<1_000 {
            assign(centroids, &boundaries)
            let previous = centroids
            if update(&centroids, boundaries) { break }
            relocateEmptyClusters(&centroids, previous, boundaries)
        }
        return centroids
    }

    /// Moves each boundary to the first bin that is nearer to the upper of two centroids; ties stay with the lower (of
    /// two equal centroids, the upper takes what lies above them).
    @discardableResult
    private func assign(_ centroids: [Double], _ boundaries: inout [Int]) -> Bool {
        var changed = false
        let bins = bins
        for cluster in 1..<max(centroids.count, 1) {
            let lower = centroids[cluster - 1]
            let upper = centroids[cluster]
            var boundary = max(boundaries[cluster], boundaries[cluster - 1])
            let before = boundaries[cluster]
            while boundary > boundaries[cluster - 1], bins[boundary - 1].mean - lower > upper - bins[boundary - 1].mean {
                boundary -= 1
            }
            while boundary < bins.count, bins[boundary].mean - lower <= upper - bins[boundary].mean { boundary += 1 }
            if boundary != before {
                boundaries[cluster] = boundary
                changed = true
            }
        }
        return changed
    }

    /// Moves each centroid to the mean of its weights; says whether every cluster has some.
    private func update(_ centroids: inout [Double], _ boundaries: [Int]) -> Bool {
        var isComplete = true
        for cluster in centroids.indices {
            let start = boundaries[cluster]
            let end = boundaries[cluster + 1]
            if start < end {
                centroids[cluster] = (sumBefore[end] - sumBefore[start]) / (countBefore[end] - countBefore[start])
            } else {
                isComplete = false
            }
        }
        return isComplete
    }

    /// Gives each empty cluster the bin that lay farthest from the centroid it was assigned to, as scikit-learn does, and
    /// takes that bin out of the mean of the cluster it was in.
    private func relocateEmptyClusters(_ centroids: inout [Double], _ previous: [Double], _ boundaries: [Int]) {
        var owner = [Int](repeating: 0, count: bins.count)
        var distance = [Double](repeating: 0, count: bins.count)
        var remaining = [Int](repeating: 0, count: centroids.count)
        var counts = [Double](repeating: 0, count: centroids.count)
        var sums = counts
        var empty = [Int]()
        for cluster in centroids.indices {
            let range = boundaries[cluster]..<max(boundaries[cluster], boundaries[cluster + 1])
            if range.isEmpty { empty.append(cluster) }
            remaining[cluster] = range.count
            counts[cluster] = countBefore[range.upperBound] - countBefore[range.lowerBound]
            sums[cluster] = sumBefore[range.upperBound] - sumBefore[range.lowerBound]
            for position in range {
                owner[position] = cluster
                distance[position] = abs(bins[position].mean - previous[cluster])
            }
        }
        let farthest = bins.indices.sorted { (distance[$1], $0) < (distance[$0], $1) }
        var candidates = farthest.makeIterator()
        for cluster in empty {
            while let position = candidates.next() {
                let from = owner[position]
                guard remaining[from] > 1 else { continue }
                remaining[from] -= 1
                counts[from] -= Double(bins[position].count)
                sums[from] -= bins[position].sum
                centroids[from] = sums[from] / counts[from]
                centroids[cluster] = bins[position].mean
                break
            }
        }
        centroids.sort()
    }
}
