import Compression
import Recipes

/// A reconstruction or fine-tuning that is wanted.
public struct RecoveryRequest: Sendable, Hashable {
    public enum Task: Sendable, Hashable {
        case reconstruct(ReconstructRule)
        /// Begins with a network that was reconstructed, where one is given.
        case finetune(FinetuningSettings, from: RecoveredNetwork?)
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

/// A compressed network that is to be written: the configuration in force when it was asked for.
public struct ExportRequest: Sendable, Hashable {
    /// The model that it is of.
    let open: OpenModel
    public let path: String
    public let plans: [LayerPlan]
    /// The recovered network in its place.
    public let recovered: RecoveredNetwork?
    public private(set) var overwrites: Bool

    init(path: String, of workspace: Workspace) {
        open = workspace.open
        self.path = path
        plans = workspace.plans
        recovered = workspace.recovered
        overwrites = false
    }

    /// The same, over whatever file is there.
    var overwriting: ExportRequest {
        var request = self
        request.overwrites = true
        return request
    }

    /// Asks for it, of its own model.
    var effect: Effect { .model(open, .export(self)) }
}
