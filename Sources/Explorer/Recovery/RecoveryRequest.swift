import Compression
import Recipes

/// A reconstruction or fine-tuning that is wanted.
public struct RecoveryRequest: Sendable, Hashable {
    public enum Task: Sendable, Hashable {
        case reconstruct(ReconstructRule)
        /// Begins with a network that was reconstructed, where its number is given.
        case finetune(FinetuningSettings, from: Int?)
    }

    public var number: Int
    public var task: Task
    public var plans: [LayerPlan]
    /// Whether a training of the same that was interrupted goes on where it was.
    public var continues = true

    public var kind: RecoveryKind {
        if case .reconstruct = task { .reconstruction } else { .finetuning }
    }
}

/// A compressed network that is to be written.
public struct ExportRequest: Sendable, Hashable {
    public var path: String
    public var plans: [LayerPlan]
    /// The recovered network in its place.
    public var recovered: Int?
    public var overwrites: Bool
}
