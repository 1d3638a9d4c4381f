/// The lower convex hull of points: what nothing between two others is better than.
enum Hull {
    /// The points on the hull from the most expensive to the cheapest, losses rising; `points` are costs and losses.
    static func lower(_ points: [(cost: Int, loss: Double)]) -> [Int] {
        let order = points.indices.filter { points[$0].loss.isFinite }.sorted { left, right in
            let (a, b) = (points[left], points[right])
            return (a.cost, a.loss, left) < (b.cost, b.loss, right)
        }
        var hull: [Int] = []
        for index in order {
            let point = points[index]
            if let last = hull.last, points[last].cost == point.cost || points[last].loss <= point.loss { continue }
            while hull.count > 1, slope(points, hull[hull.count - 2], hull[hull.count - 1]) <= slope(points, hull[hull.count - 1], index) {
                hull.removeLast()
            }
            hull.append(index)
        }
        return hull.reversed()
    }

    /// What a unit of cost saves between two points, the cheaper one first.
    private static func slope(_ points: [(cost: Int, loss: Double)], _ cheap: Int, _ dear: Int) -> Double {
        (points[cheap].loss - points[dear].loss) / Double(points[dear].cost - points[cheap].cost)
    }
}
