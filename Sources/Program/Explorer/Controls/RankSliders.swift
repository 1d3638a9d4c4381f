import Basics
import Compression
import Factorization

extension Control {
    static let rankOut = Control(RankSlider(isIn: false))
    static let rankIn = Control(RankSlider(isIn: true))
}

/// The ranks of a layer in factors, at its output or its input; a matrix has one.
struct RankSlider: LayerSlider {
    let isIn: Bool
    let keywords = "factorize decompose tucker svd low-rank"
    let isPredicted = true
    let typing = TypedForm.number("8, 90%, auto, off", words: ["automatic", "whole", "off"], units: "%")
    let scene = SliderScene.factors

    var label: String { isIn ? "rank in" : "rank out" }
    var explanation: String {
        isIn ? "so many channels between input and core" : "split the layer into factors, so many channels between core and output"
    }

    private var control: RankControl { RankControl(isIn: isIn) }

    func name(_ context: ControlContext) -> String { context.structure.layout?.isMatrix == true ? "rank" : label }

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double { control.position(of: plan.factorize, context.structure) }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        plan.factorize = control.rule(at: position, plan.factorize, context.structure)
    }

    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) {
        plan.factorize = control.stepped(plan.factorize, by: steps, context.structure)
    }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        plan.factorize = try control.parse(text, plan.factorize, context.structure).get()
    }

    func copy(from source: LayerPlan, into plan: inout LayerPlan) { plan.factorize = source.factorize }

    func isShown(in workspace: Workspace) -> Bool {
        !isIn || workspace.factorObstacle == nil && workspace.layouts[workspace.selected]?.isMatrix == false
    }

    func obstacle(in workspace: Workspace) -> String? { workspace.factorObstacle }

    func reading(in workspace: Workspace) -> ControlReading {
        if let obstacle = workspace.obstacle(of: Control(self)) { return ControlReading(value: "whole", note: obstacle) }
        let plan = workspace.plan
        let context = workspace.controlContext.structure
        let full = isIn ? context.full.in : context.full.out
        let rank = Int((control.position(of: plan.factorize, context) * Double(full)).rounded())
        // How the ranks are chosen, where they are.
        var (choice, chosen) = ("", "\(rank)/\(full)")
        switch plan.factorize?.ranks {
        case .automatic: (choice, chosen) = ("auto", "auto \(rank)")
        case .energy(let part):
            choice = "\(NumberText.fixed(part * 100, 0))%"
            chosen = "\(rank) (\(choice))"
        case .rank, .tucker, nil: break
        }
        guard plan.factorize != nil else {
            return ControlReading(value: "whole", note: automaticNote(workspace))
        }
        if workspace.composed?.isAwaitingRanks == true, !choice.isEmpty { return ControlReading(value: choice, note: "being chosen") }
        if let objection = workspace.composed?.objection { return ControlReading(value: "whole", note: objection) }
        var note = workspace.composed?.remark ?? automaticNote(workspace)
        if let layout = context.layout, let ranks = context.ranks, layout.factorCount(ranks) >= layout.count {
            note = "larger than the layer"
        }
        return ControlReading(value: chosen, note: note)
    }

    /// What the automatic choice would be, where the spectra are known.
    private func automaticNote(_ workspace: Workspace) -> String {
        guard let automatic = workspace.currentPicture?.factors?.automatic else { return "" }
        let rank = isIn ? automatic.ranks.in : automatic.ranks.out
        return automatic.isWorthwhile ? "auto would be \(rank)" : "auto: better left whole"
    }
}

/// Ranks along a slider: whole at its right end.
struct RankControl {
    let isIn: Bool

    func position(of rule: FactorRule?, _ context: StructureContext) -> Double {
        let full = side(of: context.full)
        return Double(side(of: ranks(rule, context))) / Double(max(1, full))
    }

    func rule(at position: Double, _ now: FactorRule?, _ context: StructureContext) -> FactorRule? {
        let full = side(of: context.full)
        return setting(Int((position * Double(full)).rounded()), now, context)
    }

    func stepped(_ now: FactorRule?, by steps: Int, _ context: StructureContext) -> FactorRule? {
        setting(side(of: ranks(now, context)) + steps, now, context)
    }

    /// Reads a rank, a part of the energy such as `90%`, `auto`, or `off` for a layer left whole.
    func parse(
        _ text: String, _ now: FactorRule?, _ context: StructureContext
    ) -> Result<FactorRule?, TypedValueError> {
        let text = text.lowercased()
        if text == "off" || text == "whole" { return .success(nil) }
        if !text.isEmpty, "automatic".hasPrefix(text) { return .success(FactorRule(.automatic, norm: context.norm)) }
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent <= 100 {
            return .success(percent == 100 ? nil : .energy(percent / 100, norm: context.norm))
        }
        guard let rank = Int(text), rank >= 1 else {
            return .failure(TypedValueError("\(text) is no rank: type a number, 90% of the energy, auto, or whole"))
        }
        return .success(setting(rank, now, context))
    }

    /// The ranks of a rule; all where the layer is whole.
    private func ranks(_ rule: FactorRule?, _ context: StructureContext) -> Ranks {
        let full = context.full
        switch rule?.ranks {
        case nil: return full
        case .automatic, .energy: return context.ranks ?? full
        case .rank(let rank): return Ranks(out: min(rank, full.out), in: min(rank, full.in))
        case .tucker(let out, let `in`): return Ranks(out: min(out, full.out), in: min(`in`, full.in))
        }
    }

    private func side(of ranks: Ranks) -> Int { isIn ? ranks.in : ranks.out }

    private func setting(_ rank: Int, _ now: FactorRule?, _ context: StructureContext) -> FactorRule? {
        let full = context.full
        var ranks = ranks(now, context)
        let rank = min(side(of: full), max(1, rank))
        if context.layout?.isMatrix ?? true {
            ranks = Ranks(rank)
        } else if isIn {
            ranks.in = rank
        } else {
            ranks.out = rank
        }
        guard ranks != full else { return nil }
        return context.layout?.isMatrix ?? true ? .rank(ranks.out, norm: context.norm) : .tucker(out: ranks.out, in: ranks.in, norm: context.norm)
    }
}
