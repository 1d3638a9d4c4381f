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

    /// The distance between two sets of features of the same latents: a group holds the same samples of both.
    public init(_ first: FeatureSet, _ second: FeatureSet, estimatesError: Bool = true) {
        precondition(first.count == second.count, "\(first.count) and \(second.count) samples")
        let groups = Self.groups(of: first.count)
        let left = groups.map { FeatureMoments(of: first, samples: $0) }
        let right = groups.map { FeatureMoments(of: second, samples: $0) }
        func distance(without omitted: Int?) -> Double {
            FrechetReference(Self.merged(left, without: omitted)).distance(to: Self.merged(right, without: omitted))
        }
        self.init(of: first.count, dimension: first.dimension, estimatesError: estimatesError, distance)
    }

    /// The distance of samples from a fixed set, such as real images; the error is that of the samples alone.
    public init(_ features: FeatureSet, from reference: FrechetReference, estimatesError: Bool = true) {
        let moments = Self.groups(of: features.count).map { FeatureMoments(of: features, samples: $0) }
        self.init(of: features.count, dimension: features.dimension, estimatesError: estimatesError) { omitted in
            reference.distance(to: Self.merged(moments, without: omitted))
        }
    }

    /// How much farther `changed` is from a fixed set than `original`, whose samples have the same latents.
    public static func difference(
        _ changed: FeatureSet, _ original: FeatureSet, from reference: FrechetReference, estimatesError: Bool = true
    ) -> FrechetEstimate {
        precondition(changed.count == original.count, "\(changed.count) and \(original.count) samples")
        let groups = groups(of: changed.count)
        let after = groups.map { FeatureMoments(of: changed, samples: $0) }
        let before = groups.map { FeatureMoments(of: original, samples: $0) }
        return FrechetEstimate(of: changed.count, dimension: changed.dimension, estimatesError: estimatesError) { omitted in
            reference.distance(to: merged(after, without: omitted)) - reference.distance(to: merged(before, without: omitted))
        }
    }

    private init(of count: Int, dimension: Int, estimatesError: Bool, _ distance: (_ omitted: Int?) -> Double) {
        self.distance = distance(nil)
        // With fewer samples than features the covariances have directions that no sample shows.
        guard estimatesError, count > max(dimension, 2 * Self.groupCount), self.distance.isFinite else { return }
        let groups = Double(Self.groupCount)
        let distances = (0..<Self.groupCount).map(distance)
        let mean = distances.reduce(0, +) / groups
        bias = (groups - 1) * (mean - self.distance)
        standardError = ((groups - 1) / groups * distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    }

    private static func groups(of count: Int) -> [Range<Int>] {
        (0..<groupCount).map { count * $0 / groupCount..<count * ($0 + 1) / groupCount }
    }

    private static func merged(_ groups: [FeatureMoments], without omitted: Int?) -> FeatureMoments {
        var all = FeatureMoments(dimension: groups[0].dimension)
        for (index, group) in groups.enumerated() where index != omitted { all.merge(group) }
        return all
    }
}
