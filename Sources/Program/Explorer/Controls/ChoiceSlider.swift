import Compression

/// A slider along a few words, each a notch.
struct ChoiceSlider<Choice: CaseIterable & RawRepresentable<String> & Hashable & Sendable>: LayerSlider {
    let label: String
    let explanation: String
    let keywords: String
    var scene = SliderScene.weights
    /// What a plan says; nil where it says nothing yet.
    let get: @Sendable (LayerPlan) -> Choice?
    let set: @Sendable (inout LayerPlan, Choice) -> Void
    /// What is in force where nothing is said.
    let usual: Choice
    /// What is to be set first where a plan says nothing yet: of what there is to be a number, and why the knob does not move till then.
    var needs = (first: "", obstacle: "")
    /// Why the choice means nothing for a plan; nil where it does.
    var obstacle: @Sendable (LayerPlan) -> String? = { _ in nil }
    /// What is said of a choice.
    let note: @Sendable (Choice, Workspace) -> String

    var typing: TypedForm { .word(Choice.allCases.map(\.rawValue)) }

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double {
        Double(index(in: plan)) / Double(max(1, Choice.allCases.count - 1))
    }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        choose(Int((min(1, max(0, position)) * Double(Choice.allCases.count - 1)).rounded()), in: &plan)
    }

    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) {
        choose(min(Choice.allCases.count - 1, max(0, index(in: plan) + steps.signum())), in: &plan)
    }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        let matches = Choice.allCases.filter { $0.rawValue.hasPrefix(text.lowercased()) }
        guard !text.isEmpty, matches.count == 1, let choice = matches.first else {
            throw TypedValueError("\(text) is none of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard get(plan) != nil else { throw TypedValueError("set a number of \(needs.first) first") }
        set(&plan, choice)
    }

    func copy(from source: LayerPlan, into plan: inout LayerPlan) {
        if let choice = get(source), get(plan) != nil { set(&plan, choice) }
    }

    func obstacle(in workspace: Workspace) -> String? { get(workspace.plan) == nil ? needs.obstacle : obstacle(workspace.plan) }

    func reading(in workspace: Workspace) -> ControlReading {
        guard let choice = get(workspace.plan) else { return ControlReading(value: usual.rawValue, note: needs.obstacle) }
        return ControlReading(value: choice.rawValue, note: note(choice, workspace))
    }

    private func index(in plan: LayerPlan) -> Int { Array(Choice.allCases).firstIndex(of: get(plan) ?? usual) ?? 0 }

    private func choose(_ index: Int, in plan: inout LayerPlan) {
        if get(plan) != nil { set(&plan, Array(Choice.allCases)[index]) }
    }
}
