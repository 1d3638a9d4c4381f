import Basics
import Compression

extension Control {
    static let rest = Control(RestSlider())
}

/// In how many bits the numbers beside a layer are kept.
struct RestSlider: LayerSlider {
    let label = "rest"
    let explanation = "bits of the numbers beside the layer: its bias and the norm behind it, which is folded; 32 folds alone"
    let keywords = "bias norm fold numbers bits float16"
    let typing = TypedForm.number("16, none", words: ["none"])

    /// From left to right; nil leaves the numbers as they came.
    private static let notches: [Int?] = [nil, 32] + RestRule.widths.reversed()

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double { Double(place(in: plan)) / Double(Self.notches.count - 1) }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        set(Int((min(1, max(0, position)) * Double(Self.notches.count - 1)).rounded()), in: &plan)
    }

    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) { set(place(in: plan) + steps, in: &plan) }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        if !text.isEmpty, "none".hasPrefix(text.lowercased()) { return plan.rest = nil }
        guard let bits = Int(text), Self.notches.contains(bits) else { throw TypedValueError("\(text) is no width: 4…24, 32, or none") }
        plan.rest = RestRule(bits: bits)
    }

    func copy(from source: LayerPlan, into plan: inout LayerPlan) { plan.rest = source.rest }

    func reading(in workspace: Workspace) -> ControlReading {
        let value = workspace.plan.rest.map { "\($0.bits) bits" } ?? "exact"
        let bytes = workspace.asked.total.map { "\(NumberText.bytes($0.numberByteCount)) in the file" }
        return ControlReading(value: value, note: bytes ?? "")
    }

    private func place(in plan: LayerPlan) -> Int { Self.notches.firstIndex(of: plan.rest?.bits) ?? 0 }

    private func set(_ place: Int, in plan: inout LayerPlan) {
        plan.rest = Self.notches[min(Self.notches.count - 1, max(0, place))].map { RestRule(bits: $0) }
    }
}
