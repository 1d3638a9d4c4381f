import Composition
import Compression
import Factorization
import Structure

/// What became of the layers' shapes, and which controls there are for it.
extension Workspace {
    /// Whether the shapes are those of the plans in force.
    public var isComposed: Bool { plans.elementsEqual(composedStages) { $0.shapes == $1 } }

    /// Whether the pictures are to show spectra and energies: they are asked for, and the layer has some.
    var drawsFactors: Bool { showsFactors && factorObstacle == nil }

    /// By what the ranks of the layer on screen are judged: as its plan says or, where it is whole, as they would be.
    var norm: ErrorNorm {
        let isKnown = losses.curves.indices.contains(selected) && losses.curves[selected] != nil
        return plan.factorize?.norm ?? wantedNorm ?? (isKnown ? .data : .weights)
    }

    /// Why the layer on screen cannot be split into factors; nil where it can.
    var factorObstacle: String? { layer == nil ? "no layer" : factorObstacles[selected] }

    /// What became of the layer on screen.
    public var composed: ComposedLayer? { shapes.layers.indices.contains(selected) ? shapes.layers[selected] : nil }

    /// The tensor that the pictures show.
    public var subject: Subject? { composed.map { Subject(layer: selected, composed: $0, position: part) } }

    /// Asks for the shapes anew where filters stay by what the network does on data, which is other data now.
    mutating func composeAnewForData() {
        guard plans.contains(where: \.choosesByData) else { return }
        composedStages = plans.map { _ in LayerPlan() }
        asked.stages = nil
        asked.screen = nil
    }

    /// Takes shapes, where they are those of the plans in force; asks for the ranks that they wait for.
    mutating func take(_ composed: ComposedModel, of plans: [LayerPlan]) -> [ModelEffect] {
        guard plans.elementsEqual(self.plans, by: { $0.shapes == $1.shapes }) else { return [] }
        for (layer, shape) in composed.layers.enumerated() where !shape.isLike(shapes.layers[layer]) {
            statuses[layer].shapeChanged()
        }
        shapes = composed
        composedStages = plans.map(\.shapes)
        totalsChanged()
        if let matrix = subject?.matrix, !region.fits(matrix) { region = MapRegion(all: matrix) }
        guard composed.isProvisional, asked.stages != composedStages else { return [] }
        asked.stages = composedStages
        return [.compose(plans)]
    }

    /// What the controls need to know of the layer on screen.
    public var controlContext: ControlContext {
        guard statuses.indices.contains(selected) else { return ControlContext(unit: unit) }
        // Sliders are of the plan, whatever a network holds that was fitted under it.
        let status = statuses[selected]
        var context = ControlContext(
            unit: unit, scale: status.scale, sparsity: status.figures.sparsity, threshold: status.figures.threshold)
        context.structure.norm = norm
        if let composed {
            context.structure.filterCount = composed.filterCount
            context.structure.filtersKept = composed.filtersKept
            context.structure.layout = factorObstacle == nil ? composed.layout ?? layouts[selected] : nil
            context.structure.ranks = composed.ranks
        }
        return context
    }

    /// The sliders of the layer on screen.
    var controls: [Control] { Control.all.filter { $0.slider.isShown(in: self) } }

    /// Why a control cannot be moved; nil where it can.
    func obstacle(of control: Control) -> String? { layerObstacle ?? control.slider.obstacle(in: self) }

    /// The same, in words that stand alone.
    func complaint(of control: Control) -> String? {
        layerObstacle ?? control.slider.obstacle(in: self).map { "\(control.label): \($0)" }
    }

    /// Why no control can be moved.
    private var layerObstacle: String? { layer == nil ? "there is no layer" : status?.refusal }
}
