extension SurvivingBins {
    func optimalBoundaries(clusters k: Int) -> [Int] {
        lloydBoundaries(from: initialCentroids(SharePlan(clusters: k, initialization: .density)))
    }
}
