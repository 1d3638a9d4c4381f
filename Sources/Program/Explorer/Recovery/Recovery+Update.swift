import Basics
import Compression
import Recipes
import Reports
import TerminalUI
import Workbench

/// What keys and results do to reconstruction, fine-tuning and the writing of networks.
extension ExplorerState {
    /// Fits what is left to the original's outputs from now on, or no more.
    mutating func toggleReconstruction() -> [Effect] {
        guard let workspace else { return [] }
        if workspace.recovery.rule != nil {
            self.workspace?.recovery.rule = nil
            self.workspace?.recovery.trainsNext = false
            self.workspace?.totalsChanged()
            say("not reconstructed any more")
            guard let run = workspace.recovery.run, run.isUnderWay, run.kind == .reconstruction else { return [] }
            self.workspace?.recovery.run?.state = .failed("")
            return ask([.stopRecovery])
        }
        self.workspace?.recovery.rule = workspace.recovery.savedRule ?? workspace.customaryRule
        self.workspace?.totalsChanged()
        let isTrained = workspace.recovered?.kind == .finetuning
        say("what is left is fitted to the original's outputs \(isTrained ? "with the next change; this stays fine-tuned" : "from now on")")
        return []
    }

    /// A key in the panel of fine-tuning.
    mutating func updateFinetuning(_ field: FinetuningSettings.Field, _ key: Key) -> [Effect] {
        guard let workspace else { return [] }
        let run = workspace.recovery.run.flatMap { $0.kind == .finetuning && $0.isUnderWay ? $0 : nil }
        switch key {
        case .escape, "q", .control("c"), "T": overlay = nil
        case .space:
            guard let run, run.state != .stopping else { return [] }
            let isHeld = run.state == .running
            self.workspace?.recovery.run?.state = isHeld ? .paused : .running
            return ask([.pauseRecovery(isHeld)])
        case "c":
            guard run != nil else { return [] }
            self.workspace?.recovery.run?.state = .stopping
            return ask([.stopRecovery])
        case "x" where run == nil:
            self.workspace?.recovery.forgetFinetuning(of: workspace.plans)
            self.workspace?.recovery.run = nil
            self.workspace?.recovery.continues = false
        case "X", "w":
            overlay = nil
            askForExport()
        case .enter where run == nil: return beginFinetuning()
        case "d" where run == nil: return browse(for: .trainingData)
        case "j", .down, .tab: step(field, by: 1)
        case "k", .up, .backTab: step(field, by: -1)
        case "l", .right: adjust(field, by: 1, unless: run != nil)
        case "h", .left: adjust(field, by: -1, unless: run != nil)
        default: break
        }
        return []
    }

    private mutating func step(_ field: FinetuningSettings.Field, by steps: Int) {
        let last = FinetuningSettings.Field.allCases.count - 1
        overlay = .finetuning(FinetuningSettings.Field(rawValue: min(last, max(0, field.rawValue + steps))) ?? field)
    }

    private mutating func adjust(_ field: FinetuningSettings.Field, by steps: Int, unless isUnderWay: Bool) {
        guard !isUnderWay, let settings = workspace?.recovery.settings else { return }
        workspace?.recovery.settings = settings.stepped(field, by: steps)
    }

    private mutating func beginFinetuning() -> [Effect] {
        guard let workspace else { return [] }
        guard !workspace.changedPlans.isEmpty else {
            complain("there is nothing to make up for: change a layer first")
            return []
        }
        if let run = workspace.recovery.run, run.isUnderWay, run.plans == workspace.plans {
            self.workspace?.recovery.trainsNext = true
            say("trains as soon as it is reconstructed")
            return []
        }
        let start = workspace.recovery.start(of: workspace.plans)
        return begin(.finetune(workspace.recovery.settings, from: start))
    }

    private mutating func begin(_ task: RecoveryRequest.Task) -> [Effect] {
        guard let request = workspace?.begin(task) else { return [] }
        return ask([.recover(request)])
    }

    mutating func take(_ network: RecoveredNetwork) -> [Effect] {
        guard let workspace else { return [] }
        self.workspace?.recovery.take(network)
        self.workspace?.totalsChanged()
        self.workspace?.updatePin()
        guard workspace.recovery.run?.number == network.number else { return [] }
        self.workspace?.recovery.run?.state = .finished
        self.workspace?.recovery.run?.fraction = 1
        self.workspace?.recovery.run?.secondsLeft = nil
        self.workspace?.recovery.run?.note = network.basis
        mention("\(network.kind.participle): \(network.basis)")
        return trainNext()
    }

    mutating func recoveryEnded(_ number: Int, _ reason: String) -> [Effect] {
        guard let run = workspace?.recovery.run, run.number == number, run.isUnderWay else { return [] }
        workspace?.recovery.run?.state = .failed(reason)
        complain("not \(run.kind.participle): \(reason)")
        return trainNext()
    }

    /// Begins the training that waited for a reconstruction to end, unless the configuration is another one by now.
    private mutating func trainNext() -> [Effect] {
        guard let recovery = workspace?.recovery, recovery.trainsNext else { return [] }
        workspace?.recovery.trainsNext = false
        return recovery.run?.plans == workspace?.plans ? beginFinetuning() : []
    }
}

// MARK: - Writing networks

extension ExplorerState {
    mutating func askForExport() {
        guard let workspace else { return }
        let recipe = workspace.recipePath ?? workspace.suggestedRecipeName
        let name = [".yaml", ".yml"].reduce(recipe) { $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0 }
        prompt = Prompt(.export, text: name + ".pare")
    }

    mutating func export(to path: String) -> [Effect] {
        guard let workspace else { return [] }
        let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        guard ["pare", "onnx", "safetensors", "npz"].contains(ending), path.contains(".") else {
            complain("\(fileName(of: path)): a name that ends in .pare, .onnx, .safetensors or .npz says what to write")
            return []
        }
        return write(ExportRequest(path: path, of: workspace))
    }

    mutating func write(_ request: ExportRequest) -> [Effect] {
        if case .reconstruct = request.making {
            say("writing \(fileName(of: request.path)) as soon as it is reconstructed")
        } else {
            say("writing \(fileName(of: request.path))")
        }
        return [request.effect]
    }

    /// Tells what was written; `rejection` says why a network that was to be reconstructed first is not.
    mutating func exported(_ request: ExportRequest, _ byteCount: Int, rejection: String?) -> [Effect] {
        if case .recovered(let network) = request.making { workspace?.recovery.noteWritten(network.number) }
        let words = rejection.map { "not reconstructed (\($0))" } ?? request.words
        report("wrote \(request.path): \(NumberText.bytes(byteCount))\(words.map { ", \($0)" } ?? "")")
        return carryOutAfterSaving()
    }
}

extension Workspace {
    /// Why nothing can be run to bring quality back; nil where it can.
    var recoveryObstacle: String? {
        if model.layers.isEmpty { return "there is no layer to compress, so nothing to make up for" }
        if model.graph == nil { return DataChoice.missingGraph }
        return quality.isReady ? nil : quality.reason ?? "the network is not ready to run yet"
    }

    /// Why the configuration in force cannot be reconstructed; nil also while that is not known yet.
    var reconstructionObstacle: String? { model.graph == nil ? DataChoice.missingGraph : quality.reason }

    /// The recovered network of the configuration in force.
    public var recovered: RecoveredNetwork? { recovery.network(of: plans) }

    /// Why the configuration in force is not reconstructed though the recipe asks for it; nil where it is, or will be.
    var rejectedRecovery: String? {
        guard recovery.rule != nil, recovered == nil, let run = recovery.run, run.kind == .reconstruction, run.plans == plans,
            case .failed(let reason) = run.state, !reason.isEmpty
        else { return nil }
        return reason
    }

    /// The rule that a person begins with: of few samples, two fifths are fitted, so that most are left to judge and to measure by.
    var customaryRule: ReconstructRule {
        let usual = ReconstructRule()
        guard case .file? = quality.data, let report = quality.newest?.report, report.headline.metric != .bitsPerCharacter else { return usual }
        return ReconstructRule(samples: min(usual.samples, max(1, report.total * 2 / 5)))
    }

    /// Begins a run of the configuration in force.
    mutating func begin(_ task: RecoveryRequest.Task) -> RecoveryRequest {
        // A training that waited was for the configuration before.
        recovery.trainsNext = false
        var request = RecoveryRequest(number: recovery.nextNumber(), task: task, plans: plans)
        if request.kind == .finetuning {
            request.continues = recovery.continues
            recovery.continues = true
        }
        recovery.run = RecoveryRun(number: request.number, kind: request.kind, plans: plans)
        return request
    }

    /// Asks for the reconstruction of the configuration in force, once its own quality is known, where the recipe wants it.
    mutating func askForReconstruction() -> [ModelEffect] {
        guard let rule = recovery.rule, !changedPlans.isEmpty, isComposed, quality.report(of: changedPlans)?.isComplete == true,
            recovered == nil
        else { return [] }
        // A training is not ended for it; what failed for a configuration is not tried again.
        if let run = recovery.run {
            if run.isUnderWay, run.kind == .finetuning { return [] }
            if run.kind == .reconstruction, run.plans == plans, run.state != .finished { return [] }
        }
        return [.recover(begin(.reconstruct(rule)))]
    }
}
