import Basics
import Compression
import Factorization
import NeuralNetwork
import Reports

extension ControlReading {
    /// What the controls of a layer's shape say.
    static func structure(_ control: Control, plan: LayerPlan, workspace: Workspace) -> ControlReading {
        if let obstacle = workspace.obstacle(of: control) {
            let value = control == .criterion ? (plan.filters?.criterion ?? .l1).rawValue : "whole"
            return ControlReading(value: control == .filters ? "all" : value, note: obstacle)
        }
        switch control {
        case .filters: return filters(plan, workspace)
        case .criterion:
            let criterion = plan.filters?.criterion ?? .l1
            let isAwaited = workspace.composed?.isAwaitingData == true
            return ControlReading(value: criterion.rawValue, note: isAwaited ? "running the network" : criterion.explanation)
        default: return rank(control, plan, workspace)
        }
    }

    /// How many stay, and who else changes.
    private static func filters(_ plan: LayerPlan, _ workspace: Workspace) -> ControlReading {
        guard let composed = workspace.composed else { return ControlReading(value: "all") }
        let kept = plan.filters.map { $0.amount.kept(of: composed.filterCount) } ?? composed.filtersKept
        let value = kept == composed.filterCount ? "all \(kept)" : "\(kept)/\(composed.filterCount)"
        return ControlReading(value: value, note: group(workspace))
    }

    /// Whom a layer's filters go together with, and whom they feed: `with conv2, feeds conv3 and 2 more`.
    private static func group(_ workspace: Workspace) -> String {
        guard let group = workspace.channels.group(ofLayer: workspace.selected) else { return "" }
        func names(_ layers: [Int]) -> String {
            guard let first = layers.first else { return "" }
            let name = workspace.model.layers[first].name
            return layers.count == 1 ? name : "\(name) +\(layers.count - 1)"
        }
        var words: [String] = []
        let others = group.producers.filter { $0 != workspace.selected }
        if !others.isEmpty { words.append("with \(names(others))") }
        if !group.consumers.isEmpty { words.append("feeds \(names(group.consumers))") }
        if !group.states.isEmpty { words.append("states \(group.states.joined(separator: ", "))") }
        return words.joined(separator: ", ")
    }

    private static func rank(_ control: Control, _ plan: LayerPlan, _ workspace: Workspace) -> ControlReading {
        let context = workspace.controlContext.structure
        let full = control == .rankIn ? context.full.in : context.full.out
        let rank = Int((RankControl.position(of: plan.factorize, control, context) * Double(full)).rounded())
        // How the ranks are chosen, where they are.
        var (choice, chosen) = ("", "\(rank)/\(full)")
        switch plan.factorize {
        case .automatic: (choice, chosen) = ("auto", "auto \(rank)")
        case .energy(let part):
            choice = "\(NumberText.fixed(part * 100, 0))%"
            chosen = "\(rank) (\(choice))"
        case .rank, .tucker, nil: break
        }
        guard plan.factorize != nil else {
            return ControlReading(value: "whole", note: automaticNote(control, workspace))
        }
        if workspace.composed?.isAwaitingRanks == true, !choice.isEmpty { return ControlReading(value: choice, note: "being chosen") }
        if let objection = workspace.composed?.objection { return ControlReading(value: "whole", note: objection) }
        var note = automaticNote(control, workspace)
        if let layout = context.layout, let ranks = context.ranks, layout.factorCount(ranks) >= layout.count {
            note = "larger than the layer"
        }
        return ControlReading(value: chosen, note: note)
    }

    /// What the automatic choice would be, where the spectra are known.
    private static func automaticNote(_ control: Control, _ workspace: Workspace) -> String {
        guard let automatic = workspace.currentPicture?.factors?.automatic else { return "" }
        let rank = control == .rankIn ? automatic.ranks.in : automatic.ranks.out
        return automatic.isWorthwhile ? "auto would be \(rank)" : "auto: better left whole"
    }
}

extension FilterCriterion {
    /// The criterion in words.
    var explanation: String {
        switch self {
        case .l1: "sum of magnitudes"
        case .l2: "root of sum of squares"
        case .median: "distance to the others"
        case .apoz: "activations not zero"
        case .thinet: "the next layer's input"
        }
    }
}
