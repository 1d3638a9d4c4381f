import Basics
import Composition
import Compression
import Importance
import NeuralNetwork
import Synchronization

/// The options of all layers of a network, each worked out once: exact bytes, and the loss that the data foretells without running the network.
struct OptionTable {
    let composer: Composer
    let importance: NetworkImportance
    let units: [SearchUnit]
    let scope: SearchScope
    /// What is done to every layer whatever its option: the filters that stay.
    var base: [LayerPlan] { scope.base }
    let stages: Set<SearchStage>
    /// By unit; the first is the layer as it is but for the base.
    private(set) var options: [[LayerOption]] = []

    /// Works out the options of the grid.
    ///
    /// - Throws: `Cancelled`, or where weights cannot be read.
    init(
        _ composer: Composer, _ importance: NetworkImportance, _ scope: SearchScope, stages: Set<SearchStage>, cancellation: CancellationToken,
        progress: @escaping @Sendable (Double) -> Void
    ) throws {
        self.composer = composer
        self.importance = importance
        self.scope = scope
        self.stages = stages
        units = SearchUnit.all(of: composer.model)
        options = Array(repeating: [], count: units.count)
        let grid = OptionGrid(stages: stages)
        let base = scope.base
        let shapes = try composer.compose(base, patience: .thorough, cancellation: cancellation)
        var wanted: [(unit: Int, plan: LayerPlan)] = []
        for (unit, layers) in units.enumerated() {
            let placed = shapes.placed(layers.layers[0])
            wanted.append((unit, base[layers.layers[0]]))
            guard !scope.kept.contains(layers.layers[0]) else { continue }
            guard placed.refusal == nil, let part = placed.parts.first, let scale = try Self.scale(of: part, in: placed, cancellation)
            else { continue }
            let splits = layers.layers.count == 1 && composer.factorObstacle(of: layers.layers[0]) == nil
            for plan in grid.plans(scale: scale, count: part.shape.count, splits: splits, keeping: base[layers.layers[0]]) {
                wanted.append((unit, plan))
            }
        }
        try add(wanted, cancellation, progress)
    }

    /// The root mean square of a layer's weights; nil where they are no numbers, and so stay as they are.
    private static func scale(of part: PlacedPart, in layer: PlacedLayer, _ cancellation: CancellationToken) throws -> Double? {
        do {
            let statistics = try part.preparedTables(cancellation).statistics
            return statistics.count == 0 ? nil : (statistics.power / Double(statistics.count)).squareRoot()
        } catch let failure as PreparationFailure {
            guard failure != .cancelled else { throw Cancelled() }
            layer.refuse(reason: message(for: failure))
            return nil
        }
    }

    /// Works out options that are not there yet, side by side.
    mutating func add(
        _ wanted: [(unit: Int, plan: LayerPlan)], _ cancellation: CancellationToken, _ progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) throws {
        // What is large comes first, so that no core waits for another at the end.
        let new = wanted.filter { item in !options[item.unit].contains { $0.plan == item.plan } }
        let weights = new.map { composer.model.layers[units[$0.unit].layers[0]].shape.count }
        let order = new.indices.sorted { (-weights[$0], $0) < (-weights[$1], $1) }
        let total = Double(weights.reduce(1, +))
        let made = Mutex<(options: [Int: LayerOption], done: Double)>(([:], 0))
        try Workers.available.run(costs: order.map { weights[$0] * 4 }, within: LayerBudget.underWay) { [self] place in
            try cancellation.check()
            let index = order[place]
            let option = try option(units[new[index].unit], new[index].plan, cancellation)
            let done = made.withLock { made -> Double in
                made.options[index] = option
                made.done += Double(weights[index])
                return made.done / total
            }
            progress(done)
        }
        let found = made.withLock { $0.options }
        for index in new.indices { found[index].map { options[new[index].unit].append($0) } }
    }

    /// Works one out; nil where the layer would be as it is anyway, or cannot be.
    private func option(_ unit: SearchUnit, _ plan: LayerPlan, _ cancellation: CancellationToken) throws -> LayerOption? {
        var plans = base
        for layer in unit.layers { plans[layer] = plan }
        let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
        let first = unit.layers[0]
        if plan.factorize != nil, shapes.layers[first].ranks == nil { return nil }
        var (loss, macs) = (0.0, 0)
        var figures: [LayerFigures] = []
        do {
            for layer in unit.layers {
                let placed = shapes.placed(layer)
                var own = try placed.exactFigures(plan, cancellation)
                own.codebook = nil
                loss += try self.loss(of: placed, plan, own, cancellation)
                macs += shapes.layers[layer].macs.count ?? 0
                figures.append(own)
            }
        } catch let failure as PreparationFailure {
            guard failure != .cancelled else { throw Cancelled() }
            return nil
        }
        return LayerOption(
            plan: plan, byteCount: bytes(of: shapes.placed(first), plan, figures[0]), macs: macs, loss: loss, figures: figures)
    }

    /// What the data foretells; where it says nothing of a layer, half of its relative squared error stands in, as for `lambda`.
    private func loss(
        of placed: PlacedLayer, _ plan: LayerPlan, _ figures: LayerFigures, _ cancellation: CancellationToken
    ) throws -> Double {
        guard placed.refusal == nil, !plan.isIdentity else { return 0 }
        if let known = try importance.cautiousLoss(of: placed, plan, cancellation) { return known }
        return figures.signalPower > 0 ? 0.5 * figures.squaredError / figures.signalPower : 0
    }

    private func bytes(of placed: PlacedLayer, _ plan: LayerPlan, _ figures: LayerFigures) -> Int {
        guard placed.refusal == nil else { return placed.weights.byteCount }
        if placed.composed.isUntouched { return plan.keepsWeights ? placed.weights.byteCount : figures.account.byteCount }
        return zip(placed.parts, figures.structure?.parts ?? []).reduce(0) { sum, pair in
            sum + (pair.1.account?.byteCount ?? pair.0.weights.byteCount)
        }
    }
}

extension OptionTable {
    /// The plans of all layers under a choice of an option for each unit.
    func plans(_ choice: [Int]) -> [LayerPlan] {
        var plans = base
        for (unit, option) in choice.enumerated() {
            for layer in units[unit].layers where options[unit].indices.contains(option) { plans[layer] = options[unit][option].plan }
        }
        return plans
    }

    /// The figures of all layers under a choice.
    func figures(_ choice: [Int]) -> [LayerFigures] {
        var figures = composer.model.layers.indices.map { LayerFigures.asStored(composer.weights(of: $0)) }
        for (unit, option) in choice.enumerated() where options[unit].indices.contains(option) {
            for (layer, own) in zip(units[unit].layers, options[unit][option].figures) { figures[layer] = own }
        }
        return figures
    }

    /// Costs and losses, each loss times a factor of its unit and of the stages that its option uses.
    func points(_ price: SearchPrice, _ factor: (_ unit: Int, _ option: LayerOption) -> Double) -> [[(cost: Int, loss: Double)]] {
        options.enumerated().map { unit, options in
            options.map { ($0.cost(in: price), $0.loss * factor(unit, $0)) }
        }
    }
}
