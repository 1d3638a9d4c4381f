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
    public let making: Making
    /// A training of the configuration that is under way and not part of it.
    let leavesTrainingOut: Bool
    public private(set) var overwrites: Bool

    /// How the network comes about that is written.
    public enum Making: Sendable, Hashable {
        /// It is there.
        case recovered(RecoveredNetwork)
        /// The configuration is reconstructed first.
        case reconstruct(ReconstructRule)
        /// Its stages are all there is; where a reconstruction was wanted, why there is none.
        case plain(because: String?)
    }

    init(path: String, of workspace: Workspace) {
        open = workspace.open
        self.path = path
        plans = workspace.plans
        overwrites = false
        leavesTrainingOut =
            workspace.recovered?.kind != .finetuning
            && workspace.recovery.run.map {
                $0.kind == .finetuning && $0.isUnderWay && $0.plans == workspace.plans
            } ?? false
        if let recovered = workspace.recovered {
            making = .recovered(recovered)
        } else if let rule = workspace.recovery.rule, !workspace.changedPlans.isEmpty {
            let reason = workspace.reconstructionObstacle ?? workspace.rejectedRecovery
            making = reason.map { .plain(because: $0) } ?? .reconstruct(rule)
        } else {
            making = .plain(because: nil)
        }
    }

    /// What is written, in words for its message.
    var words: String? {
        let made: String? =
            switch making {
            case .recovered(let network): network.kind.participle
            case .reconstruct: "reconstructed"
            case .plain(let reason): reason.map { "not reconstructed (\($0))" }
            }
        let parts = [made, leavesTrainingOut ? "without the fine-tuning that is under way" : nil].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
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
