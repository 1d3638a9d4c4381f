import Basics
import Compression
import Datasets
import NeuralNetwork

/// What channels do while a network runs on data: the importance of filters that weights alone do not tell.
public struct ChannelActivity: Sendable, Hashable {
    /// The share of each channel's elements that are not zero where they are read: 1 − APoZ (Hu et al. 2016).
    public var activeShares: [Double]
    /// The mean square of each channel's elements.
    public var energies: [Double]
    /// The order in which channels go, 0 first, where each time the one goes without which the layers that read have the
    /// least squared error (ThiNet, Luo et al. 2017); the order of energies where no convolution or product reads.
    public var removalRanks: [Int]

    /// Scores by a criterion that needs data, higher for more important; nil for others.
    ///
    /// Among channels that are active equally often, as all are behind activations without zeros, the one with less energy
    /// scores lower.
    public func scores(by criterion: FilterCriterion) -> [Double]? {
        switch criterion {
        case .l1, .l2, .median, .fisher: return nil
        case .thinet: return removalRanks.map(Double.init)
        case .apoz:
            // Below what one element of a share could amount to.
            let largest = energies.max() ?? 0
            return zip(activeShares, energies).map { $0 + (largest > 0 ? $1 / largest * 1e-9 : 0) }
        }
    }

    public struct Options: Sendable {
        /// Samples (sequences of random symbols) to run; of a text, symbols.
        public var sampleLimit = 256
        public var seed: UInt64 = 0
        /// What is added to the niceness of the threads that compute.
        public var niceness: Int32 = 0

        public init() {}
    }

    /// Runs the network on data, or on seeded random inputs without, and tells of each group of channels what they do; nil
    /// where nothing of a group is read in the main graph. One pass for all groups; the same seed gives the same result on
    /// any number of threads.
    ///
    /// - Throws: `Cancelled`, or an `EvaluationError` where the model does not run.
    /// - Complexity: O(samples × network) and, for each group of C channels, O(C² × sampled positions).
    public static func measure(
        _ groups: [ReadChannels], of model: Model, data: DataSet?, options: Options = Options(),
        cancellation: CancellationToken = CancellationToken(), progress: (@Sendable (Double) -> Void)? = nil
    ) throws -> [ChannelActivity?] {
        let session = try ActivitySession(groups, model: model, data: data, options: options)
        let findings = try session.run(cancellation: cancellation, progress: progress)
        return try findings.map { finding in
            guard let finding else { return nil }
            let tally = finding.tally
            let ranks: [Int]
            if finding.contributions.isEmpty {
                ranks = ranksByValue(tally.energies)
            } else {
                ranks = try GreedyRemoval.ranks(
                    finding.contributions, channels: tally.energies.count, cancellation: cancellation)
            }
            return ChannelActivity(activeShares: tally.activeShares, energies: tally.energies, removalRanks: ranks)
        }
    }

    private static func ranksByValue(_ values: [Double]) -> [Int] {
        var ranks = [Int](repeating: 0, count: values.count)
        for (rank, index) in values.indices.sorted(by: { (values[$0], $0) < (values[$1], $1) }).enumerated() { ranks[index] = rank }
        return ranks
    }
}
