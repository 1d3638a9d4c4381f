import Basics
import Compression

extension Control {
    static let gapBits = Control(GapBitsSlider())
    static let layout = Control(
        ChoiceSlider<LayoutChoice>(
            label: "layout", explanation: "survivors with gaps, a code for every weight, or the numbers as they were",
            keywords: "sparse dense raw storage", get: { $0.code.layout }, set: { $0.code.layout = $1 }, usual: .automatic,
            obstacle: \.denseObstacle,
            note: { choice, workspace in
                guard choice == .automatic, let chosen = workspace.status?.figures.account.layout else { return "" }
                return "is \(chosen.rawValue)"
            }))
    static let entropy = Control(
        ChoiceSlider<EntropyCoder>(
            label: "entropy",
            explanation: "fields of fixed width, Huffman, or arithmetic: by frequencies (range), by neighbours (context)",
            keywords: "code coder huffman arithmetic bits", get: { $0.code.entropy }, set: { $0.code.entropy = $1 }, usual: .huffman,
            note: { choice, workspace in
                guard let coder = workspace.status?.figures.account.coder, coder != choice else { return "" }
                return "is \(coder.rawValue)"
            }))
}

/// The width of the distance between survivors.
struct GapBitsSlider: LayerSlider {
    let label = "gap bits"
    let explanation = "width of the distance between survivors"
    let keywords = "index sparse fillers"
    let typing = TypedForm.number("4, auto", words: ["automatic"])

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double { Double(bits(plan)) / 16 }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        set(Int((min(1, max(0, position)) * 16).rounded()), in: &plan)
    }

    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) { set(min(16, max(0, bits(plan) + steps)), in: &plan) }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        let text = text.lowercased()
        if "automatic".hasPrefix(text) || text == "0" { return set(0, in: &plan) }
        guard let bits = Int(text), (1...16).contains(bits) else { throw TypedValueError("\(text) is not a gap width: 1…16, or auto") }
        set(bits, in: &plan)
    }

    func copy(from source: LayerPlan, into plan: inout LayerPlan) { plan.code.gapBits = source.code.gapBits }

    func obstacle(in workspace: Workspace) -> String? { workspace.plan.denseObstacle }

    func reading(in workspace: Workspace) -> ControlReading {
        let bits = bits(workspace.plan)
        var reading = ControlReading(value: bits == 0 ? "auto" : String(bits))
        if let figures = workspace.status?.figures, let width = figures.account.gapBits {
            let fillers = Double(figures.account.fillers) / Double(max(1, figures.nonzeros + figures.account.fillers))
            reading.note = (bits == 0 ? "\(width) bits, " : "") + "fillers \(NumberText.percent(fillers))"
        }
        return reading
    }

    /// 0 stands for the cheapest width.
    private func bits(_ plan: LayerPlan) -> Int { if case .fixed(let bits) = plan.code.gapBits { bits } else { 0 } }

    private func set(_ bits: Int, in plan: inout LayerPlan) { plan.code.gapBits = bits == 0 ? .automatic : .fixed(bits) }
}

extension LayerPlan {
    /// Why there is no choice of layout and gaps; nil where there is.
    fileprivate var denseObstacle: String? {
        share?.method == .trellis || share != nil && code.entropy.isArithmetic ? "every weight is coded" : nil
    }
}
