import Basics

extension SurvivingBins {
    /// Where Lloyd's algorithm starts: ascending, one number a cluster.
    func initialCentroids(_ plan: SharePlan) -> [Double] {
        let k = plan.clusters
        switch plan.method {
        case .linear, .optimal:
            guard k > 1 else { return [(minimum + maximum) / 2] }
            let step = (maximum - minimum) / Double(k - 1)
            return (0..<k).map { minimum + Double($0) * step }
        case .density:
            return densityQuantiles(k)
        case .random:
            return randomBins(k, seed: plan.seed).map { bins[$0].mean }
        case .entropy, .trellis:
            preconditionFailure("\(plan.method) has its centroids on a grid")
        }
    }

    /// The means of the bins in which the cumulative distribution reaches (i + ½)/k.
    private func densityQuantiles(_ k: Int) -> [Double] {
        var position = 0
        return (0..<k).map { index in
            let rank = (Double(index) + 0.5) / Double(k) * Double(count)
            while position + 1 < bins.count, countBefore[position + 1] <= rank { position += 1 }
            return bins[position].mean
        }
    }

    /// The bins of k weights drawn without regard to value, all different, in ascending order.
    ///
    /// A bin drawn before is drawn again; after 16·k draws the fullest bins not drawn yet make up the number.
    private func randomBins(_ k: Int, seed: UInt64) -> [Int] {
        var random = SeededRandom(seed: seed)
        var isTaken = [Bool](repeating: false, count: bins.count)
        var taken = 0
        for _ in 0..<16 * k where taken < k {
            let rank = Double(random.next() % UInt64(count))
            let position = countBefore.partitioningIndex { $0 > rank } - 1
            if !isTaken[position] {
                isTaken[position] = true
                taken += 1
            }
        }
        if taken < k {
            let rest = bins.indices.filter { !isTaken[$0] }
                .sorted { (bins[$1].count, $0) < (bins[$0].count, $1) }
            for position in rest.prefix(k - taken) { isTaken[position] = true }
        }
        return bins.indices.filter { isTaken[$0] }
    }
}
