import Composition
import Compression
import Evaluation
import NeuralNetwork
import Recipes

/// The header's figures of the whole model.
public struct Totals: Sendable, Hashable {
    public var originalByteCount: Int
    public var compressedByteCount: Int
    /// Whether every layer's part is exact.
    public var isExact: Bool
    /// Layers whose tables are not there yet, and of how many.
    public var unprepared: Int

    public init(originalByteCount: Int, compressedByteCount: Int, isExact: Bool, unprepared: Int) {
        self.originalByteCount = originalByteCount
        self.compressedByteCount = compressedByteCount
        self.isExact = isExact
        self.unprepared = unprepared
    }

    /// Takes the size of what was recovered, which is that of its file.
    mutating func take(_ network: RecoveredNetwork) {
        compressedByteCount = network.byteCount
        isExact = true
    }

    public var ratio: Double {
        compressedByteCount == 0 ? 1 : Double(originalByteCount) / Double(compressedByteCount)
    }
}

/// A configuration kept for comparison: what the deltas are counted against.
public struct Pin: Sendable, Hashable {
    public var plans: [LayerPlan]
    /// The plans, as far as they change the network.
    public var changedPlans: ChangedPlans
    public var figures: [LayerFigures]
    public var totals: Totals
    /// As far as it was measured, unfitted.
    public var quality: QualityReport?
    /// How it was reconstructed; nil where it was not.
    var rule: ReconstructRule?
    /// What reconstruction or fine-tuning made of it, which then is what is compared with.
    public var recovered: RecoveredNetwork?

    /// Bytes of the file that it would be.
    public var byteCount: Int { recovered?.byteCount ?? totals.compressedByteCount }

    /// The quality of that file.
    public var report: QualityReport? { recovered == nil ? quality : recovered?.report }
}
