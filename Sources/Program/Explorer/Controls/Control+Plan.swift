import Compression

/// What the controls must know beside the plan: the prune unit in force and the layer's measured figures.
public struct ControlContext: Sendable, Hashable {
    public var unit: PruneUnit
    public var scale: LayerScale
    /// Measured sparsity and threshold under the plan; what the last figures said while new ones are computed.
    public var sparsity: Double
    public var threshold: Double
    /// What the layer's shape is and can be.
    public var structure = StructureContext()

    public init(unit: PruneUnit, scale: LayerScale = LayerScale(), sparsity: Double = 0, threshold: Double = 0) {
        self.unit = unit
        self.scale = scale
        self.sparsity = sparsity
        self.threshold = threshold
    }
}

extension Control {
    /// The knob's position in 0…1.
    public func position(in plan: LayerPlan, _ context: ControlContext) -> Double {
        switch self {
        case .filters: FilterControl.position(of: plan.filters, context.structure)
        case .criterion: Self.position(of: plan.filters?.criterion ?? .l1)
        case .rankOut, .rankIn: RankControl.position(of: plan.factorize, self, context.structure)
        case .prune:
            PruneControl.position(
                of: plan.prune, unit: context.unit, scale: context.scale, sparsity: context.sparsity,
                threshold: context.threshold)
        case .clusters: ClusterControl.position(of: plan.share?.namedClusters ?? plan.share?.clusters(at: context.scale))
        case .method: Self.position(of: plan.share?.method ?? .linear)
        case .step: StepControl.position(of: plan.share, context.scale)
        case .gapBits:
            if case .fixed(let bits) = plan.code.gapBits { Double(bits) / 16 } else { 0 }
        case .layout: Self.position(of: plan.code.layout)
        case .entropy: Self.position(of: plan.code.entropy)
        }
    }

    /// The plan with the knob moved to `position`.
    public func moved(to position: Double, in plan: LayerPlan, _ context: ControlContext) -> LayerPlan {
        var plan = plan
        switch self {
        case .filters: plan.filters = FilterControl.rule(at: position, plan.filters, context.structure)
        case .criterion: plan.filters?.criterion = Self.choice(at: position)
        case .rankOut, .rankIn: plan.factorize = RankControl.rule(at: position, plan.factorize, self, context.structure)
        case .prune: plan.prune = PruneControl.rule(at: position, unit: context.unit, scale: context.scale)
        case .clusters: plan.setClusters(ClusterControl.clusters(at: position))
        case .method: plan.share?.method = Self.choice(at: position)
        case .step: plan.share?.set(step: StepControl.step(at: position, context.scale))
        case .gapBits:
            let bits = Int((min(1, max(0, position)) * 16).rounded())
            plan.code.gapBits = bits == 0 ? .automatic : .fixed(bits)
        case .layout: plan.code.layout = Self.choice(at: position)
        case .entropy: plan.code.entropy = Self.choice(at: position)
        }
        return plan
    }

    /// The plan with the knob `steps` steps further.
    public func stepped(by steps: Int, in plan: LayerPlan, _ context: ControlContext) -> LayerPlan {
        var plan = plan
        switch self {
        case .filters: plan.filters = FilterControl.stepped(plan.filters, by: steps, context.structure)
        case .criterion:
            let now = plan.filters?.criterion ?? .l1
            plan.filters?.criterion = Self.neighbour(of: now, by: steps)
        case .rankOut, .rankIn:
            plan.factorize = RankControl.stepped(plan.factorize, by: steps, self, context.structure)
        case .prune:
            plan.prune = PruneControl.stepped(
                plan.prune, by: steps, unit: context.unit, scale: context.scale, sparsity: context.sparsity,
                threshold: context.threshold)
        case .clusters: plan.setClusters(ClusterControl.stepped(plan.share?.namedClusters ?? plan.share?.clusters(at: context.scale), by: steps))
        case .step:
            let step = StepControl.stepped(plan.share, by: steps, context.scale)
            plan.share?.set(step: step)
        case .method:
            let now = plan.share?.method ?? .linear
            plan.share?.method = Self.neighbour(of: now, by: steps)
        case .gapBits:
            let now = if case .fixed(let bits) = plan.code.gapBits { bits } else { 0 }
            let bits = min(16, max(0, now + steps))
            plan.code.gapBits = bits == 0 ? .automatic : .fixed(bits)
        case .layout: plan.code.layout = Self.neighbour(of: plan.code.layout, by: steps)
        case .entropy: plan.code.entropy = Self.neighbour(of: plan.code.entropy, by: steps)
        }
        return plan
    }

    /// The plan with a typed value.
    public func typed(_ text: String, in plan: LayerPlan, _ context: ControlContext) -> Result<LayerPlan, TypedValueError> {
        var plan = plan
        switch self {
        case .filters:
            return FilterControl.parse(text, plan.filters).map { rule in
                plan.filters = rule
                return plan
            }
        case .criterion:
            guard let choice: FilterCriterion = Self.choice(named: text) else { return Self.noChoice(text, FilterCriterion.self) }
            guard plan.filters != nil else { return .failure(TypedValueError("set a number of filters first")) }
            plan.filters?.criterion = choice
        case .rankOut, .rankIn:
            return RankControl.parse(text, plan.factorize, self, context.structure).map { rule in
                plan.factorize = rule
                return plan
            }
        case .prune:
            return PruneControl.parse(text, unit: context.unit).map { rule in
                plan.prune = rule
                return plan
            }
        case .clusters:
            return ClusterControl.parse(text).map { clusters in
                plan.setClusters(clusters)
                return plan
            }
        case .gapBits:
            let text = text.lowercased()
            if "automatic".hasPrefix(text) || text == "0" {
                plan.code.gapBits = .automatic
                return .success(plan)
            }
            guard let bits = Int(text), (1...16).contains(bits) else {
                return .failure(TypedValueError("\(text) is not a gap width: 1…16, or auto"))
            }
            plan.code.gapBits = .fixed(bits)
            return .success(plan)
        case .step:
            guard plan.share?.method.isOnGrid == true else { return .failure(TypedValueError("choose the method entropy or trellis first")) }
            return StepControl.parse(text).map { step in
                plan.share?.set(step: step)
                return plan
            }
        case .method:
            guard let choice: SharingMethod = Self.choice(named: text) else { return Self.noChoice(text, SharingMethod.self) }
            guard plan.share != nil else { return .failure(TypedValueError("set a number of clusters first")) }
            plan.share?.method = choice
        case .layout:
            guard let choice: LayoutChoice = Self.choice(named: text) else { return Self.noChoice(text, LayoutChoice.self) }
            plan.code.layout = choice
        case .entropy:
            guard let choice: EntropyCoder = Self.choice(named: text) else { return Self.noChoice(text, EntropyCoder.self) }
            plan.code.entropy = choice
        }
        return .success(plan)
    }

    /// Copies what this control sets from one plan into another.
    public func copied(from source: LayerPlan, into plan: LayerPlan) -> LayerPlan {
        var plan = plan
        switch self {
        case .filters: plan.filters = source.filters
        case .criterion:
            if let criterion = source.filters?.criterion { plan.filters?.criterion = criterion }
        case .rankOut, .rankIn: plan.factorize = source.factorize
        case .prune: plan.prune = source.prune
        case .clusters: plan.setClusters(source.share?.namedClusters)
        case .method:
            if let method = source.share?.method { plan.share?.method = method }
        case .step:
            // The step goes with its method, so that one step can be had in all layers.
            if source.share?.method.isOnGrid == true { plan.share = source.share }
        case .gapBits: plan.code.gapBits = source.code.gapBits
        case .layout: plan.code.layout = source.code.layout
        case .entropy: plan.code.entropy = source.code.entropy
        }
        return plan
    }

    private static func position<Choice: CaseIterable & Equatable>(of choice: Choice) -> Double {
        let all = Array(Choice.allCases)
        return Double(all.firstIndex(of: choice) ?? 0) / Double(max(1, all.count - 1))
    }

    private static func choice<Choice: CaseIterable>(at position: Double) -> Choice {
        let all = Array(Choice.allCases)
        return all[Int((min(1, max(0, position)) * Double(all.count - 1)).rounded())]
    }

    private static func neighbour<Choice: CaseIterable & Equatable>(of choice: Choice, by steps: Int) -> Choice {
        let all = Array(Choice.allCases)
        let now = all.firstIndex(of: choice) ?? 0
        return all[min(all.count - 1, max(0, now + steps.signum()))]
    }

    private static func choice<Choice: CaseIterable & RawRepresentable<String>>(named text: String) -> Choice? {
        let matches = Choice.allCases.filter { $0.rawValue.hasPrefix(text.lowercased()) }
        return text.isEmpty || matches.count != 1 ? nil : matches.first
    }

    private static func noChoice<Choice: CaseIterable & RawRepresentable<String>>(
        _ text: String, _: Choice.Type
    ) -> Result<LayerPlan, TypedValueError> {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return .failure(TypedValueError("\(text) is none of \(names)"))
    }
}

extension LayerPlan {
    /// Switches sharing off, on, or to another count, keeping the start that was chosen.
    mutating func setClusters(_ clusters: Int?) {
        guard let clusters else { return share = nil }
        if share == nil { share = SharePlan(clusters: clusters) } else { share?.set(clusters: clusters) }
    }
}
