import Compression
import Glibc
import TensorCore

/// How the values of a site are shared, decided with feedback.
struct SharedSite {
    /// What is left to do: to read off what was decided.
    let settled: SharePlan
    private let step: Float?

    /// Nil where values come out as near without feedback: there are too many to choose from. On a grid `plan` names a step.
    init?(_ plan: SharePlan, _ problem: FeedbackProblem) {
        var settled = plan
        settled.isSettled = true
        self.settled = settled
        if plan.method.isOnGrid {
            guard let step = plan.step.map({ Float($0) }),
                FeedbackQuantizer.canDecide(problem, step: step, isTrellis: plan.method == .trellis)
            else { return nil }
            self.step = step
        } else {
            guard plan.clusters <= FeedbackQuantizer.largestCodebook else { return nil }
            step = nil
        }
    }

    /// The stored weights; nil where it was cancelled.
    func values(_ problem: FeedbackProblem, isStopped: () -> Bool) -> [Float]? {
        if let step {
            return FeedbackQuantizer.values(problem, step: step, isTrellis: settled.method == .trellis, isStopped: isStopped)
        }
        let codebook = WeightedCodebook(problem, clusters: settled.clusters).values
        guard !codebook.isEmpty else { return [Float](repeating: 0, count: problem.shape.count) }
        return FeedbackQuantizer.values(problem, codebook: codebook, isStopped: isStopped)
    }
}

/// k-means of a layer's weights, each counting as much as its errors cost: Lloyd's algorithm from values spread evenly over the range.
struct WeightedCodebook {
    /// Ascending, without zero, no two in the same bin of a layer's tables.
    let values: [Float]

    private static let rounds = 100

    init(_ problem: FeedbackProblem, clusters: Int) {
        var points: [(value: Double, cost: Double)] = []
        points.reserveCapacity(problem.shape.count)
        for (index, group) in problem.groups.enumerated() {
            for output in 0..<problem.outputs {
                let importance = Double(problem.importance[index * problem.outputs + output])
                for input in 0..<problem.inputs {
                    let value = Double(group.wanted[output * problem.inputs + input])
                    guard value != 0 || !problem.keepsZeros, value.isFinite else { continue }
                    points.append((value, max(importance * Double(group.curvature[input]), .leastNormalMagnitude)))
                }
            }
        }
        points.sort { $0.value < $1.value }
        var (costs, sums) = ([0.0], [0.0])
        for point in points {
            costs.append(costs[costs.count - 1] + point.cost)
            sums.append(sums[sums.count - 1] + point.cost * point.value)
        }
        let total = costs[costs.count - 1]
        guard total > 0, total.isFinite, !points.isEmpty else {
            values = []
            return
        }
        let (low, high) = (points[0].value, points[points.count - 1].value)
        var centers = (0..<clusters).map { low + (high - low) * (Double($0) + 0.5) / Double(clusters) }
        for _ in 0..<Self.rounds {
            var next: [Double] = []
            var start = 0
            for index in centers.indices {
                let edge = index + 1 < centers.count ? (centers[index] + centers[index + 1]) / 2 : .infinity
                var (below, above) = (start, points.count)
                while below < above {
                    let middle = (below + above) / 2
                    if points[middle].value < edge { below = middle + 1 } else { above = middle }
                }
                if below > start { next.append((sums[below] - sums[start]) / (costs[below] - costs[start])) }
                start = below
            }
            if next == centers { break }
            centers = next
        }
        var kept: [Float] = []
        for center in centers.map({ Float($0) }) where center.bitPattern & 0x7fff_ffff >= 1 << 16 {
            if let last = kept.last, last.bitPattern >> 16 == center.bitPattern >> 16 { continue }
            kept.append(center)
        }
        values = kept
    }
}
