import Compression
import Evaluation

/// A configuration that a search came to.
public struct FoundNetwork: Sendable {
    public let plans: [LayerPlan]
    /// Bytes of its file.
    public let byteCount: Int
    /// Multiply-accumulates of its layers for one input.
    public let macs: Int
    /// What its answers are expected to lose, as losses were corrected by measurements until then; in nats, or half of the error's share of the
    /// variance of answers that are numbers. Nil of weights that are fitted: what those cost is only measured.
    public let predicted: Double?
    /// On all samples that are there to choose by, where it was run on them.
    public var report: QualityReport?

    /// What was found in another way.
    public init(plans: [LayerPlan], byteCount: Int, macs: Int, predicted: Double?, report: QualityReport? = nil) {
        (self.plans, self.byteCount, self.macs, self.predicted, self.report) = (plans, byteCount, macs, predicted, report)
    }

    func cost(in price: SearchPrice) -> Int {
        switch price {
        case .bytes: byteCount
        case .macs: macs
        }
    }

    /// How far its answers are from the original's, in the unit of what was predicted.
    public var measured: Double? { report.map(\.distances.mean) }
}
