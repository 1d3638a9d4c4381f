/// A division of the surviving bins, which may be parts of those of the table, into clusters of neighbours, one shared value each.
struct Clustering: Sendable, Hashable {
    /// The rank of the least weight that belongs to each cluster, ascending; those of clusters without weights are the next
    /// one's.
    var firstRanks: [Int32]
    /// The mean of each cluster's weights, as it is stored; ascending.
    var centroids: [Float]
    /// Weights in each cluster.
    var counts: [Int]
    /// Σ(w − centroid)² over the survivors.
    var squaredError: Double
    /// Whether more patience would have found the same clusters.
    var isAtRest = true
    /// The grid on which the centroids lie, those without weights among them; nil where each is a number of its own.
    var grid: CentroidGrid?

    /// Clusters from their boundaries; those without a bin are dropped.
    init(boundaries: [Int], of survivors: SurvivingBins) {
        var firstRanks = [Int32]()
        var centroids = [Float]()
        var counts = [Int]()
        var error = 0.0
        for (start, end) in zip(boundaries, boundaries.dropFirst()) where start < end {
            var count = 0
            var sum = 0.0
            for position in start..<end {
                count += survivors.bins[position].count
                sum += survivors.bins[position].sum
            }
            let centroid = Float(sum / Double(count))
            for position in start..<end {
                let bin = survivors.bins[position]
                let offset = bin.mean - Double(centroid)
                error += bin.spread + Double(bin.count) * offset * offset
            }
            firstRanks.append(survivors.firstRank(from: start))
            centroids.append(centroid)
            counts.append(count)
        }
        self.firstRanks = firstRanks
        self.centroids = centroids
        self.counts = counts
        squaredError = error
    }

    /// Clusters of a grid's centroids.
    init(boundaries: [Int], on grid: CentroidGrid, of survivors: SurvivingBins) {
        var error = 0.0
        var counts = [Int]()
        let centroids = grid.centroids
        for (cluster, (start, end)) in zip(boundaries, boundaries.dropFirst()).enumerated() {
            var count = 0
            for position in start..<end {
                let bin = survivors.bins[position]
                let offset = bin.mean - Double(centroids[cluster])
                error += bin.spread + Double(bin.count) * offset * offset
                count += bin.count
            }
            counts.append(count)
        }
        firstRanks = boundaries.dropLast().map { survivors.firstRank(from: $0) }
        self.centroids = centroids
        self.counts = counts
        squaredError = error
        self.grid = grid
    }

    /// How many of the centroids are negative.
    var negativeCount: Int { centroids.partitioningIndex { $0 >= 0 } }

    var codebook: Codebook { Codebook(centroids: centroids, counts: counts) }
}

extension SurvivingBins {
    /// Clusters the survivors as a plan says. With as many clusters as bins or more, every bin is its own.
    ///
    /// Of methods that have no grid. A quick clustering that is not the one that a thorough one finds says so.
    func clustered(_ plan: SharePlan, patience: ContinuousLloyd.Patience) -> Clustering {
        var clustering = coarselyClustered(plan, patience: patience)
        if patience == .quick, clustering.isAtRest, isTooCoarse(for: plan, clustering) { clustering.isAtRest = false }
        return clustering
    }

    /// The rank of the least weight of the bins from a position on; that of none at the end.
    fileprivate func firstRank(from position: Int) -> Int32 { position < bins.count ? bins[position].ranks.lowerBound : .max }

    private func coarselyClustered(_ plan: SharePlan, patience: ContinuousLloyd.Patience) -> Clustering {
        if plan.clusters >= bins.count { return Clustering(boundaries: Array(0...bins.count), of: self) }
        switch plan.method {
        case .optimal:
            // The optimum is a fixed point of Lloyd's algorithm up to rounding: what is smaller than the rounding of the
            // whole layer's squared error is still assigned to its nearest centroid.
            let boundaries = OptimalClustering(self).boundaries(clusters: plan.clusters)
            return Clustering(boundaries: lloydBoundaries(from: means(boundaries)), of: self)
        default:
            let start = populated(initialCentroids(plan))
            let moved = ContinuousLloyd(self, from: start, patience: patience)
            var clustering = Clustering(boundaries: lloydBoundaries(from: moved.centroids), of: self)
            clustering.isAtRest = moved.isAtRest
            return clustering
        }
    }

    /// The mean of each cluster's weights.
    private func means(_ boundaries: [Int]) -> [Double] {
        zip(boundaries, boundaries.dropFirst()).map { start, end in
            (sumBefore[end] - sumBefore[start]) / (countBefore[end] - countBefore[start])
        }
    }
}
