/// A Fréchet distance with what is known of its error, by a jackknife over groups of samples.
///
/// At n samples the distance is too large by about a constant over n (M. J. Chong and D. Forsyth, Effectively unbiased FID, 2020).
/// Leaving out one of g groups at a time tells both: bias ≈ (g − 1)(mean of the g distances − distance), and variance ≈
/// (g − 1)/g · Σ (distance − their mean)². (J. W. Tukey, 1958; B. Efron, The jackknife, 1982.)
public struct FrechetEstimate: Sendable, Hashable {
    /// The distance of all samples.
    public var distance: Double
    /// How much of it is due to the number of samples; nil of too few.
    public var bias: Double?
    /// Its standard error; nil of too few samples.
    public var standardError: Double?

    /// Groups that are left out in turn.
    public static let groupCount = 10

    /// From the distance of all samples, followed by those without each group where the error is to be told.
    public init(_ distances: [Double]) {
        precondition([1, Self.groupCount + 1].contains(distances.count), "\(distances.count) distances of \(Self.groupCount) groups")
        distance = distances[0]
        guard distances.count > 1, distances.allSatisfy(\.isFinite) else { return }
        let groups = Double(Self.groupCount)
        let leftOut = distances.dropFirst()
        let mean = leftOut.reduce(0, +) / groups
        bias = (groups - 1) * (mean - distance)
        standardError = ((groups - 1) / groups * leftOut.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    }

    /// The moments of all samples, followed by those without each group where there are enough to tell the error; a group
    /// holds the same samples of every set.
    public static func moments(of features: FeatureSet, estimatesError: Bool = true) -> [FeatureMoments] {
        let count = features.count
        let groups = (0..<groupCount).map {
            FeatureMoments(of: features, samples: count * $0 / groupCount..<count * ($0 + 1) / groupCount)
        }
        func merged(without omitted: Int?) -> FeatureMoments {
            var all = FeatureMoments(dimension: features.dimension)
            for (index, group) in groups.enumerated() where index != omitted { all.merge(group) }
            return all
        }
        // With fewer samples than features the covariances have directions that no sample shows.
        let tellsError = estimatesError && count > max(features.dimension, 2 * groupCount)
        return [merged(without: nil)] + (tellsError ? (0..<groupCount).map { merged(without: $0) } : [])
    }
}
