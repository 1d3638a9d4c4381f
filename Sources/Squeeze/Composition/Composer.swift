import Basics
import Compression
import Factorization
import NeuralNetwork
import Structure
import Synchronization
import TensorCore

/// Applies plans to a model: works out shapes, figures and values, and keeps what the next configuration shares with this one.
///
/// Any number of threads may ask at once.
public final class Composer: Sendable {
    public let model: Model
    /// Which channels go together.
    public let channels: ChannelAnalysis
    let restructuring: Restructuring
    private let ownShapes: ModelShapes
    let state: Mutex<State>

    /// The model in its own shapes.
    public var original: ComposedModel { ComposedModel(composer: self, record: ownShapes) }

    struct State {
        /// Tables of the layers as they were opened.
        var tables: [LayerTables?]
        /// Layers that stay as they are, and why.
        var refusals: [Int: String] = [:]
        var scores: [ScoreKey: [Double]] = [:]
        /// What the data makes of the errors of layers' weights, by layer.
        var norms: [Int: LayerNorm] = [:]
        /// How often the data changed that scores and norms are measured on.
        var dataCount = 0
        var kernels: RecentlyUsed<KernelKey, Kernel>
        var kernelCount = 0
        /// Σw² of layers as they were opened.
        var powers: [Int: Double] = [:]
        var partTables = RecentlyUsed<PartKey, LayerTables>(limit: 256 << 20)
        var values: RecentlyUsed<ValueKey, Tensor>
        var composed = RecentlyUsed<ShapeKey, ModelShapes>(limit: 8)
        var composedCount = 0
        var rounded = RecentlyUsed<RestKey, RoundedModel>(limit: 8)
    }

    struct ScoreKey: Hashable {
        var group: Int
        var criterion: FilterCriterion
    }

    /// The channels of a layer that stay decide what its weights are.
    struct KernelKey: Hashable {
        var layer: Int
        var selection: LayerSelection
        var basis: Int
    }

    struct ShapeKey: Hashable {
        var kept: KeptChannels
        var ranks: [Int: Ranks]
        /// By what factors are judged, by layer.
        var bases: [Int: Int]
    }

    /// A tensor that stands in a layer's place.
    struct PartKey: Hashable {
        var layer: Int
        var kernel: Int
        var ranks: Ranks?
        var role: FactorRole?

        init(_ part: PlacedPart) {
            let layer = part.layer
            (self.layer, kernel, ranks, role) = (layer.number, layer.composed.kernel, layer.composed.ranks, part.role)
        }
    }

    struct ValueKey: Hashable {
        var part: PartKey
        var plan: LayerPlan
    }

    /// Begins with a model as it was opened; finds out which channels go together. Of values that were worked out up to `valueLimit`
    /// bytes are kept, those of the newest tensor at least.
    public init(_ model: Model, valueLimit: Int = 256 << 20) {
        self.model = model
        let channels = ChannelAnalysis(model)
        self.channels = channels
        restructuring = Restructuring(model, channels)
        let layers = model.layers.enumerated().map { index, layer in
            ComposedLayer(
                filterCount: channels.filterCount(ofLayer: index) ?? 0,
                filtersKept: channels.filterCount(ofLayer: index) ?? 0, kernel: 0, layout: nil, ranks: nil,
                parts: [ComposedPart(role: nil, layer: index, shape: layer.shape)], macs: layer.macs)
        }
        ownShapes = ModelShapes(identity: 0, model: model, layers: layers, kernels: [:])
        state = Mutex(
            State(
                tables: Array(repeating: nil, count: model.layers.count),
                kernels: RecentlyUsed(limit: max(64, model.layers.count * 3)), values: RecentlyUsed(limit: valueLimit)))
    }

    /// How long an answer may take.
    public enum Patience: Sendable {
        /// Shapes that need no look at the weights, or one that was had before; automatic ranks that are not known are left out.
        case none
        /// Everything is worked out.
        case thorough
    }

    /// The model in the shapes that plans give it.
    ///
    /// - Throws: `Cancelled`.
    public func compose(
        _ plans: [LayerPlan], patience: Patience, cancellation: CancellationToken? = nil
    ) throws -> ComposedModel {
        let rest = plans.map(\.rest)
        guard plans.contains(where: { $0.filters != nil || $0.factorize != nil }) else {
            return ComposedModel(composer: self, record: keeping(rest, ownShapes))
        }
        let kept = try kept(plans, cancellation)
        if patience == .thorough { try prepareTables(plans, kept, cancellation) }
        let awaitsData = Set(groupsAwaitingData(plans).flatMap(\.group.producers))
        var choices: [Int: RankChoice] = [:]
        for (layer, plan) in plans.enumerated() {
            guard let rule = plan.factorize else { continue }
            choices[layer] = try choice(rule, layer, kept, patience, cancellation)
        }
        var shapes = kept.isEverything && choices.allSatisfy { $0.value.ranks == nil } ? ownShapes : shapes(kept, choices)
        for layer in awaitsData { shapes.layers[layer].isAwaitingData = true }
        for (layer, choice) in choices {
            shapes.layers[layer].isAwaitingRanks = choice.isAwaited
            shapes.layers[layer].objection = choice.objection
            if choice.ranks != nil { shapes.layers[layer].remark = remark(on: plans[layer], layer) }
        }
        return ComposedModel(composer: self, record: keeping(rest, shapes))
    }

    /// Why a layer's factors are not what its plan says, though it is split.
    private func remark(on plan: LayerPlan, _ layer: Int) -> String? {
        guard plan.factorize?.norm == .data, case .unknown(let reason) = norm(of: layer) else { return nil }
        return "split in the weights' norm: \(reason)"
    }

    private func shapes(_ kept: KeptChannels, _ choices: [Int: RankChoice]) -> ModelShapes {
        let split = choices.filter { $0.value.ranks != nil }
        let key = ShapeKey(
            kept: kept, ranks: split.compactMapValues(\.ranks), bases: split.mapValues(\.basis.number).filter { $0.value != 0 })
        if let known = state.withLock({ $0.composed.use(key) }) { return known }
        var kernels: [Int: Kernel] = [:]
        for (layer, choice) in split { kernels[layer] = kernel(layer, kept, choice.basis) }
        let restructured = restructuring.apply(kept: key.kept, factors: key.ranks) { [kernels] layer, _, _, ranks in
            guard let kernel = kernels[layer] else { preconditionFailure("layer \(layer) was given no ranks") }
            return try kernel.preparedFactors(ranks, nil).factors
        }
        var touched: [Int: Kernel] = [:]
        let layers = model.layers.indices.map { layer -> ComposedLayer in
            let parts = restructured.parts[layer].map { part in
                ComposedPart(
                    role: restructured.origins[part].role, layer: part, shape: restructured.model.layers[part].shape)
            }
            let isPruned = restructuring.selection(ofLayer: layer, kept: key.kept).isPartial
            let kernel = isPruned || key.ranks[layer] != nil ? kernels[layer] ?? self.kernel(layer, key.kept, .weights) : nil
            if let kernel { touched[layer] = kernel }
            return ComposedLayer(
                filterCount: channels.filterCount(ofLayer: layer) ?? 0, filtersKept: key.kept.count(ofLayer: layer),
                kernel: kernel?.number ?? 0, layout: kernel?.layout, ranks: key.ranks[layer], parts: parts,
                macs: parts.reduce(.counted(0)) { $0 + restructured.model.layers[$1.layer].macs })
        }
        return state.withLock { state in
            if let known = state.composed.use(key) { return known }
            state.composedCount += 1
            let made = ModelShapes(
                identity: state.composedCount, model: restructured.model, layers: layers, kernels: touched)
            state.composed.insert(made, for: key)
            return made
        }
    }
}

// MARK: - Channels

extension Composer {
    func kept(_ plans: [LayerPlan], _ cancellation: CancellationToken?) throws -> KeptChannels {
        var rules: [Int: FilterRule] = [:]
        for (layer, plan) in plans.enumerated() { rules[layer] = plan.filters }
        let kept = try channels.kept(for: rules) { group, criterion in try scores(of: group, by: criterion) }
        try cancellation?.check()
        return kept
    }

    private func scores(of group: ChannelGroup, by criterion: FilterCriterion) throws -> [Double] {
        let key = ScoreKey(group: group.index, criterion: criterion)
        if let known = state.withLock({ $0.scores[key] }) { return known }
        guard let made = try FilterScores.scores(of: group, by: criterion, model: model, channels: channels) else {
            // Until the network was run, the weights stand in.
            return try scores(of: group, by: .l1)
        }
        state.withLock { $0.scores[key] = made }
        return made
    }

    /// How much a group's filters count by the magnitudes of their weights.
    public func weightScores(of group: ChannelGroup) throws -> [Double] { try scores(of: group, by: .l1) }

    /// Takes what running the network on data told of a group's channels, for the criteria that need it; nothing of data that
    /// was forgotten since, which `data` tells apart.
    public func keep(_ scores: [Double], of group: Int, by criterion: FilterCriterion, measuredOn data: Int) {
        state.withLock { state in
            guard state.dataCount == data else { return }
            state.scores[ScoreKey(group: group, criterion: criterion)] = scores
        }
    }

    /// Which data scores are measured on now: another number for each.
    public var dataCount: Int { state.withLock { $0.dataCount } }

    /// Forgets what running the network told, because other data is there to run it on.
    public func forgetActivity() {
        state.withLock { state in
            state.dataCount += 1
            state.norms = [:]
            state.scores = state.scores.filter { !$0.key.criterion.needsData }
        }
    }

    /// The groups whose filters plans choose by a criterion that wants the network to be run on data first.
    public func groupsAwaitingData(_ plans: [LayerPlan]) -> [(group: ChannelGroup, criterion: FilterCriterion)] {
        channels.groups.compactMap { group in
            guard group.isPrunable, let rule = group.producers.lazy.compactMap({ plans[$0].filters }).first,
                rule.criterion.needsData
            else { return nil }
            let key = ScoreKey(group: group.index, criterion: rule.criterion)
            return state.withLock { $0.scores[key] == nil } ? (group, rule.criterion) : nil
        }
    }

    /// The weights of a layer once channels were dropped, and by what their factors are judged.
    func kernel(_ layer: Int, _ kept: KeptChannels, _ basis: KernelBasis) -> Kernel {
        kernel(layer, restructuring.selection(ofLayer: layer, kept: kept), basis) {
            (restructuring.prunedWeights(ofLayer: layer, kept: kept), restructuring.kernelLayout(ofLayer: layer, kept: kept))
        }
    }

    /// The same weights as a kernel's, their factors judged by something else.
    func kernel(like kernel: Kernel, _ basis: KernelBasis) -> Kernel {
        self.kernel(kernel.layer, kernel.selection, basis) { (kernel.weights, kernel.layout) }
    }

    private func kernel(
        _ layer: Int, _ selection: LayerSelection, _ basis: KernelBasis, _ make: () -> (weights: TensorSource, layout: KernelLayout?)
    ) -> Kernel {
        let key = KernelKey(layer: layer, selection: selection, basis: basis.number)
        return state.withLock { state in
            if let known = state.kernels.use(key) { return known }
            state.kernelCount += 1
            let (weights, layout) = make()
            var norm: DataNorm?
            if case .data(let whole, _) = basis, let layout, let opened = restructuring.kernelLayout(ofLayer: layer) {
                norm = whole.of(selection, model.layers[layer].shape, from: opened, to: layout)
            }
            let made = Kernel(
                number: state.kernelCount, layer: layer, selection: selection, weights: weights, layout: layout, norm: norm)
            state.kernels.insert(made, for: key)
            return made
        }
    }
}
