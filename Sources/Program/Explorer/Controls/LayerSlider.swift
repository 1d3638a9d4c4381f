import Compression

/// A slider of the controls pane: what of a layer's plan it sets, and all that is said of it.
protocol LayerSlider: Sendable {
    /// Its name, by which it is told from all others.
    var label: String { get }
    /// What it does, for the help.
    var explanation: String { get }
    /// Words by which it is found besides.
    var keywords: String { get }
    /// What can be typed for it.
    var typing: TypedForm { get }
    /// Whether what the network loses along its track is predicted and painted.
    var isPredicted: Bool { get }
    /// What is shown of the layer while it is held.
    var scene: SliderScene { get }

    /// The knob's position in 0…1.
    func position(in plan: LayerPlan, _ context: ControlContext) -> Double
    /// Moves the knob to a position.
    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext)
    /// Moves the knob so many steps.
    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext)
    /// Takes a typed value.
    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError)
    /// Copies what it sets from one plan into another.
    func copy(from source: LayerPlan, into plan: inout LayerPlan)

    /// Its name beside the knob.
    func name(_ context: ControlContext) -> String
    /// What is being typed.
    func typedName(_ context: ControlContext) -> String
    /// Whether the layer on screen has it.
    func isShown(in workspace: Workspace) -> Bool
    /// Why it cannot be moved; nil where it can.
    func obstacle(in workspace: Workspace) -> String?
    /// What is said of its value.
    func reading(in workspace: Workspace) -> ControlReading
}

/// What a slider brings on screen.
enum SliderScene: Sendable, Hashable {
    /// The weights.
    case weights
    /// What becomes of the layer's shape; weights or factors, whichever is shown.
    case shape
    /// Spectra and energies.
    case factors
}

extension LayerSlider {
    var keywords: String { "" }
    var scene: SliderScene { .weights }
    var isPredicted: Bool { false }
    func name(_ context: ControlContext) -> String { label }
    func typedName(_ context: ControlContext) -> String { label }
    func isShown(in workspace: Workspace) -> Bool { true }
    func obstacle(in workspace: Workspace) -> String? { nil }
}

/// What a control says of its value: the reading, and a note beside it.
struct ControlReading {
    var value: String
    var note = ""
}

/// One of the sliders there are.
public struct Control: Sendable, Hashable {
    let slider: any LayerSlider

    init(_ slider: any LayerSlider) { self.slider = slider }

    /// All sliders, in the order in which the pane lists them; no two have one name.
    static let all: [Control] = [
        filters, criterion, rankOut, rankIn, prune, clusters, method, step, lambda, gapBits, layout, entropy, rest,
    ]

    var label: String { slider.label }

    public static func == (left: Control, right: Control) -> Bool { left.slider.label == right.slider.label }
    public func hash(into hasher: inout Hasher) { hasher.combine(slider.label) }

    /// The plan with the knob moved to `position`.
    func moved(to position: Double, in plan: LayerPlan, _ context: ControlContext) -> LayerPlan {
        var plan = plan
        slider.move(&plan, to: position, context)
        return plan
    }

    /// The plan with the knob `steps` steps further.
    func stepped(by steps: Int, in plan: LayerPlan, _ context: ControlContext) -> LayerPlan {
        var plan = plan
        slider.step(&plan, by: steps, context)
        return plan
    }

    /// The plan with a typed value.
    func typed(_ text: String, in plan: LayerPlan, _ context: ControlContext) throws(TypedValueError) -> LayerPlan {
        var plan = plan
        try slider.type(text, into: &plan, context)
        return plan
    }

    /// A plan with what this slider sets taken from another.
    func copied(from source: LayerPlan, into plan: LayerPlan) -> LayerPlan {
        var plan = plan
        slider.copy(from: source, into: &plan)
        return plan
    }
}
