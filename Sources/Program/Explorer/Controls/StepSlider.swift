import Basics
import Compression
import Glibc

extension Control {
    static let step = Control(StepSlider())
}

/// The distance of neighbouring values, for methods on a grid.
struct StepSlider: LayerSlider {
    let label = "step"
    let explanation = "distance of neighbouring values on the grid; the same in all layers spends bits best"
    let keywords = "quantize grid delta"
    let isPredicted = true
    let typing = TypedForm.number(".02, 1e-3")

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double { StepControl.position(of: plan.share, context.scale) }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        plan.share?.set(step: StepControl.step(at: position, context.scale))
    }

    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) {
        let step = StepControl.stepped(plan.share, by: steps, context.scale)
        plan.share?.set(step: step)
    }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        guard plan.share?.method.isOnGrid == true else { throw TypedValueError("choose the method entropy or trellis first") }
        plan.share?.set(step: try StepControl.parse(text).get())
    }

    /// The step goes with its method, so that one step can be had in all layers.
    func copy(from source: LayerPlan, into plan: inout LayerPlan) {
        if source.share?.method.isOnGrid == true { plan.share = source.share }
    }

    func isShown(in workspace: Workspace) -> Bool { workspace.plan.share?.method.isOnGrid == true }

    func reading(in workspace: Workspace) -> ControlReading {
        let scale = workspace.controlContext.scale
        guard let step = workspace.plan.share?.step(at: scale) else {
            return ControlReading(value: workspace.plan.share?.lambda == nil ? "" : "by lambda")
        }
        let note = scale.sigma.map { $0 > 0 ? NumberText.fixed(step / $0, 2) + " σ" : "" }
        return ControlReading(value: NumberText.weight(step), note: note ?? "")
    }
}

/// Steps along a slider: eighths of a doubling, from a 256th of the weights' standard deviation to four of it.
public enum StepControl {
    private static let doublings = 10.0

    /// Knob position 0…1.
    public static func position(of share: SharePlan?, _ scale: LayerScale) -> Double {
        guard let step = share?.step(at: scale) else { return 0 }
        return min(1, max(0, log2(step / least(scale)) / doublings))
    }

    /// The step at a position, rounded to what a person would type.
    public static func step(at position: Double, _ scale: LayerScale) -> Double {
        let step = least(scale) * exp2(min(1, max(0, position)) * doublings)
        return PruneControl.significant(step, digits: 3)
    }

    /// The step `steps` eighths of a doubling away.
    public static func stepped(_ share: SharePlan?, by steps: Int, _ scale: LayerScale) -> Double {
        let eighths = (position(of: share, scale) * doublings * 8).rounded() + Double(steps)
        return step(at: eighths / 8 / doublings, scale)
    }

    /// Reads a typed step.
    public static func parse(_ text: String) -> Result<Double, TypedValueError> {
        guard let step = Double(text), step > 0, step.isFinite else {
            return .failure(TypedValueError("\(text) is not a step: a number above 0"))
        }
        return .success(step)
    }

    private static func least(_ scale: LayerScale) -> Double {
        guard let sigma = scale.sigma, sigma > 0 else { return 1 / 256 }
        return sigma / 256
    }
}

extension SharePlan {
    /// The number of clusters, where it is what was asked for.
    var namedClusters: Int? { if case .clusters(let clusters) = amount { clusters } else { nil } }

    /// The step in force, or nearly: a number of clusters divides the range of the survivors, of which the range of all weights is known.
    func step(at scale: LayerScale) -> Double? {
        guard method.isOnGrid else { return nil }
        switch amount {
        case .step(let step): return step
        case .lambda: return nil
        case .clusters(let clusters): return scale.range.map { ($0.upperBound - $0.lowerBound) / Double(max(1, clusters)) }
        }
    }

    /// How many clusters a step comes to, or nearly.
    func clusters(at scale: LayerScale) -> Int? {
        guard let step, let range = scale.range else { return nil }
        return max(1, min(65_535, Int(((range.upperBound - range.lowerBound) / step).rounded())))
    }
}
