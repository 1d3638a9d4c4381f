import Basics
import Compression
import Glibc

extension Control {
    static let lambda = Control(LambdaSlider())
}

/// What a bit may cost, for methods on a grid: the same in all layers, none could spend a bit better than another.
struct LambdaSlider: LayerSlider {
    let label = "lambda"
    let explanation = "what a bit may cost in nats of an answer's loss; the same in all layers, each gets the step that this is worth"
    let keywords = "price rate slope bits quantize grid"
    let isPredicted = true
    let typing = TypedForm.number("1e-7, off", words: ["off"])

    /// Tenths of powers of ten, from 10⁻¹¹ up; the first notch is off.
    private static let lowest = -11.0
    private static let notches = 90

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double { Double(notch(of: plan)) / Double(Self.notches) }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        set(Int((min(1, max(0, position)) * Double(Self.notches)).rounded()), in: &plan, context)
    }

    /// The first step from none begins where small networks do.
    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) {
        let now = notch(of: plan)
        set(now == 0 && steps > 0 ? 40 + steps : now + steps, in: &plan, context)
    }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        guard plan.share?.method.isOnGrid == true else { throw TypedValueError("choose the method entropy or trellis first") }
        if !text.isEmpty, "off".hasPrefix(text.lowercased()) { return set(0, in: &plan, context) }
        guard let lambda = Double(text), lambda > 0, lambda.isFinite else {
            throw TypedValueError("\(text) is not a price: a number above 0, or off")
        }
        plan.share?.set(lambda: lambda)
    }

    /// The price goes with its method, so that one can be had in all layers.
    func copy(from source: LayerPlan, into plan: inout LayerPlan) {
        if source.share?.lambda != nil { plan.share = source.share }
    }

    func isShown(in workspace: Workspace) -> Bool { workspace.plan.share?.method.isOnGrid == true }

    func reading(in workspace: Workspace) -> ControlReading {
        guard let lambda = workspace.plan.share?.lambda else { return ControlReading(value: "off", note: "the step says") }
        return ControlReading(value: NumberText.weight(lambda), note: "nats a bit")
    }

    private func notch(of plan: LayerPlan) -> Int {
        guard let lambda = plan.share?.lambda else { return 0 }
        return min(Self.notches, max(1, Int(((log10(lambda) - Self.lowest) * 10).rounded())))
    }

    private func set(_ notch: Int, in plan: inout LayerPlan, _ context: ControlContext) {
        guard plan.share?.method.isOnGrid == true else { return }
        guard notch > 0 else {
            // Back to the step that stands for a usual number of clusters.
            if plan.share?.lambda != nil { plan.share?.set(clusters: 32) }
            return
        }
        let lambda = pow(10, Self.lowest + Double(min(Self.notches, notch)) / 10)
        plan.share?.set(lambda: PruneControl.significant(lambda, digits: 2))
    }
}
