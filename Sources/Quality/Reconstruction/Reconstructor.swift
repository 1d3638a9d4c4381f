import Basics
import Composition
import Compression
import Evaluation
import Importance
import NeuralNetwork
import Structure
import TensorCore

/// Fits the weights of a compressed network to the outputs of the original's layers, layer by layer in the order of execution,
/// in closed form on a calibration pass: after He et al. 2017 (channel pruning), with exact masked least squares.
///
/// Each layer is given the inputs that the compressed network has there, its earlier layers fitted, and is to give the outputs
/// that the original has there: errors made earlier are made up for. Values that are shared are decided there and then, with feedback:
/// what is still to come, of the layer and behind it, makes up for them.
public struct Reconstructor {
    let composer: Composer
    let plans: [LayerPlan]
    let shapes: ComposedModel
    let frozen: Set<Int>
    private let options: ReconstructionOptions
    let importance: NetworkImportance?

    /// The threshold that drops zeros alone: no weight that was fitted is as small.
    private static let zeroThreshold = 1e-30
    /// What is left of errors smaller than this, as a fraction of the outputs' variance, is rounding.
    private static let leastError = 1e-9

    /// Reconstructs what `plans` make of a composer's model; `frozen` layers are not touched. `importance` is of the composer's model: how
    /// much errors of outputs cost; without it those of each layer count by their share of its outputs' variance.
    public init(
        _ composer: Composer, plans: [LayerPlan], shapes: ComposedModel, frozen: Set<Int> = [],
        options: ReconstructionOptions = ReconstructionOptions(), importance: NetworkImportance? = nil
    ) {
        precondition(plans.count == composer.model.layers.count, "\(plans.count) plans for \(composer.model.layers.count) layers")
        self.composer = composer
        self.plans = plans
        self.shapes = shapes
        self.frozen = frozen
        self.options = options
        self.importance = importance
    }

    /// Runs both networks on the calibration inputs and fits. `progress` gets a fraction and the layer that is worked on.
    ///
    /// - Throws: `Cancelled`, a `ReconstructionError`, or where a network cannot be run.
    public func run(
        on inputs: CalibrationInputs, cancellation: CancellationToken = CancellationToken(),
        progress: (Double, String) -> Void = { _, _ in }
    ) throws -> ReconstructedModel {
        let start = ContinuousClock.now
        let original = composer.model
        var (model, reasons) = try pruned(cancellation)
        guard let graph = model.graph, let originalGraph = original.graph else {
            throw ReconstructionError.noGraph(model: original.name)
        }
        let sites = Sites(
            of: shapes, original, plans: plans, selections: try composer.selections(plans, cancellation: cancellation),
            frozen: frozen.union(reasons.keys))
        reasons.merge(sites.reasons) { own, _ in own }
        // Two networks share the memory.
        let compressed = StagedNetwork(
            graph, wants: sites.sites.map { $0.readsStates ? [] : [$0.operation.input] }, inputs: inputs, memoryLimit: Team.memoryLimit / 2)
        let reference = StagedNetwork(
            originalGraph, wants: sites.sites.map { [$0.target] }, inputs: inputs, memoryLimit: Team.memoryLimit / 2)
        var found: [Int: LayerReconstruction] = [:]
        var decided = Decided(plans: plans)
        if options.feedback { try decideLookups(in: &model, &decided, &found, inputs, cancellation) }
        for (index, site) in sites.sites.enumerated() {
            let name = original.layers[site.layer].name
            progress(Double(index) / Double(sites.sites.count), name)
            let wanted = try reference.advance(to: index, original, wanting: site.target, cancellation: cancellation)
            let given =
                try site.readsStates
                ? wanted : compressed.advance(to: index, model, wanting: site.operation.input, cancellation: cancellation)
            let teaching = try site.teacher.map { $0.operation.matrices(try original.tensors[$0.weight].tensor.floats())[0] }
            do {
                let moments = try Moments(
                    site, graph.nodes[site.operation.node], inputs: given, targets: wanted, teaching: teaching, runs: inputs.runs,
                    batch: inputs.batch, seed: options.seed &+ UInt64(index), cancellation: cancellation)
                let errors = try fit(site, moments, &model, &decided, inputs.sampleCount, cancellation)
                let before = found[site.layer]?.errorBefore ?? errors.before
                found[site.layer] = LayerReconstruction(
                    layer: site.layer, name: name, errorBefore: before, errorAfter: errors.after, reason: nil)
            } catch let obstacle as LinearOperator.Obstacle {
                reasons[site.layer] = obstacle.reason
            }
        }
        for (layer, reason) in reasons where found[layer] == nil {
            found[layer] = LayerReconstruction(layer: layer, name: original.layers[layer].name, reason: reason)
        }
        return ReconstructedModel(
            model: model, plans: try remainingPlans(model, decided, cancellation), asked: decided.plans, layers: found.values.sorted { $0.layer < $1.layer },
            sampleCount: inputs.sampleCount, seconds: start.duration(to: .now) / .seconds(1))
    }

    /// The composed model with its pruned weights at zero and nothing shared, and why layers stay as they are.
    private func pruned(_ cancellation: CancellationToken) throws -> (Model, [Int: String]) {
        var model = shapes.model
        var reasons: [Int: String] = [:]
        for layer in shapes.placedLayers {
            if let refusal = layer.refusal {
                reasons[layer.number] = refusal
                continue
            }
            for part in layer.parts {
                let rule = plans[layer.number].weightPlan(for: part.role).prune
                guard rule != nil else { continue }
                do {
                    let values = try part.values(LayerPlan(prune: rule), cancellation)
                    model.store(values.floats(), at: model.layers[part.place].weight)
                } catch let failure as PreparationFailure where failure != .cancelled {
                    reasons[layer.number] = "its weights cannot be compressed"
                }
            }
        }
        return (model, reasons)
    }

    /// What was decided of shared values on the way.
    struct Decided {
        /// The plans that were asked for, the prices of bits in them replaced by the steps that they came to.
        var plans: [LayerPlan]
        /// How the values of tensors are shared, by the layer's place in the compressed model.
        var shares: [Int: SharePlan] = [:]
    }

    /// Fits one site; its tensors in `model` are replaced. Errors are fractions of the variance of the wanted outputs.
    private func fit(
        _ site: Site, _ moments: Moments, _ model: inout Model, _ decided: inout Decided, _ samples: Int,
        _ cancellation: CancellationToken
    ) throws -> (before: Double, after: Double) {
        func floats(_ tensor: Int) throws -> [Float] { try model.tensors[tensor].tensor.floats() }
        var bias: [Double]?
        var absorbed: [Double] = []
        if case .bias(let tensor) = site.intercept {
            let own = try floats(tensor)
            absorbed = try biasInNorm(site, own)
            bias = zip(own, absorbed).map { (Double($0) + $1) * site.last.biasScale }
        }
        let start = site.operation.matrices(try floats(site.weight))
        let decidesSurvivors = options.feedback && site.isMasked && site.projection == nil
        let whole = decidesSurvivors ? site.operation.matrices(try shapes.model.tensors[site.weight].tensor.floats()) : nil
        let fit = LayerFit(
            site, moments, start: start, whole: whole, projections: try site.projection.map { $0.operation.matrices(try floats($0.weight)) },
            ridge: options.ridge, samples: options.feedback ? samples : nil)
        let power = max(fit.wantedVariances.reduce(0, +), .leastNormalMagnitude)
        var (unmended, weights) = (start, fit.weights)
        var values = site.operation.stored(fit.weights)
        if options.feedback, let part = part(of: site),
            let shared = try share(
                site.layer, part, &decided, cancellation,
                problem: {
                    FeedbackProblem(
                        site, fit, shape: part.shape, importance: fit.importance(costs(site, fit, power)), ridge: options.ridge)
                })
        {
            unmended = site.operation.matrices(shared.before)
            weights = site.operation.matrices(shared.after)
            values = shared.after
        }
        let before = fit.outcome(of: unmended, bias: bias, countsShift: true).error / power
        let outcome = fit.outcome(of: weights)
        // What was shared stays so, however little there is to mend.
        guard before > Self.leastError || decided.shares[site.place]?.isSettled == true else { return (before, before) }
        model.store(values, at: site.weight)
        let (means, wantedMeans) = (outcome.means, fit.wantedMeans)
        switch site.intercept {
        case .none: break
        case .bias(let tensor):
            let scale = site.last.biasScale
            model.store(absorbed.indices.map { Float((wantedMeans[$0] - means[$0]) / scale - absorbed[$0]) }, at: tensor)
        case .addend(let tensor):
            let addend = try floats(tensor)
            model.store(addend.indices.map { addend[$0] + Float(wantedMeans[$0] - means[$0]) }, at: tensor)
        case .normalization(let mean, let variance):
            // Shifts and scales go by those on the calibration samples, so that what is as it was keeps its statistics.
            let stored = shapes.model.tensors
            let (storedMeans, variances) = (try stored[mean].tensor.floats(), try stored[variance].tensor.floats())
            let wanted = fit.wantedVariances
            let ratios = variances.indices.map { index in
                let ratio = outcome.variances[index] / max(wanted[index], .leastNormalMagnitude)
                return min(max(ratio, Self.leastRatio), 1 / Self.leastRatio)
            }
            // The calibration samples' mean comes out as it did, whatever mean is stored: of a norm that was folded it is zero.
            model.store(
                storedMeans.indices.map { index in
                    Float(means[index] - ratios[index].squareRoot() * (wantedMeans[index] - Double(storedMeans[index])))
                }, at: mean)
            model.store(zip(variances, ratios).map { Float(Double($0) * $1) }, at: variance)
        }
        return (before, outcome.error / power)
    }

    /// What the norm behind a layer has taken over of each element of its bias, which is zero since, though the original's outputs hold it.
    private func biasInNorm(_ site: Site, _ bias: [Float]) throws -> [Double] {
        let none = [Double](repeating: 0, count: bias.count)
        guard let tensor = composer.model.layers[site.layer].bias, bias.contains(0) else { return none }
        let original = try composer.model.tensors[tensor].tensor.floats()
        let kept = site.kept ?? Array(original.indices)
        guard kept.count == bias.count, kept.allSatisfy(original.indices.contains) else { return none }
        return zip(bias, kept).map { $0 == 0 ? Double(original[$1]) : 0 }
    }

    private func part(of site: Site) -> PlacedPart? {
        shapes.placedLayers[site.layer].parts.first { $0.place == site.place }
    }

    /// Shares the values that were fitted; nil where the plan shares none, or they cannot be. Gives them as stored: by the plan alone,
    /// and decided with feedback.
    func share(
        _ layer: Int, _ part: PlacedPart, _ decided: inout Decided, _ cancellation: CancellationToken, problem: () -> FeedbackProblem
    ) throws -> (before: [Float], after: [Float])? {
        let plan = plans[layer]
        guard var settled = try part.settledPlan(plan, cancellation).share, let own = plan.weightPlan(for: part.role).share else { return nil }
        let problem = problem()
        if let lambda = own.lambda {
            guard problem.meanCost > 0, problem.meanCost.isFinite else { return nil }
            settled.set(step: FeedbackQuantizer.step(lambda: lambda, meanCost: problem.meanCost))
            decided.plans[layer].share(settled, for: part.role)
            decided.shares[part.place] = settled
        }
        guard let sharing = SharedSite(settled, problem) else { return nil }
        let before: [Float]
        do {
            before = try part.values(decided.plans[layer], cancellation).floats()
        } catch let failure as PreparationFailure where failure != .cancelled { return nil }
        guard let after = sharing.values(problem, isStopped: { cancellation.isCancelled }) else { throw Cancelled() }
        decided.shares[part.place] = sharing.settled
        return (before, after)
    }

    /// What a squared error of each of a layer's outputs costs, in nats of an answer.
    private func costs(_ site: Site, _ fit: LayerFit, _ power: Double) -> [Double] {
        let count = site.last.groups * site.last.outputs
        let even = Array(repeating: 0.5 / power, count: count)
        guard let known = importance?.layers[site.layer]?.outputs else { return even }
        let own = site.kept.map { kept in kept.map { $0 < known.count ? known[$0] : 0 } } ?? known
        let mean = own.reduce(0, +) / Double(max(1, own.count))
        guard own.count == count, mean > 0, mean.isFinite else { return even }
        // What few samples say of many outputs is drawn toward what all are worth: no output is worth nothing because it was not seen.
        let share = max(0.01, Double(count) / (Double(count) + fit.evidence))
        return own.map { 0.5 * ((1 - share) * $0 + share * mean) }
    }

    /// Variances that shrink by more than this are of channels that are all but lost: their noise is not to be blown up.
    private static let leastRatio = 0.25

    private func remainingPlans(_ model: Model, _ decided: Decided, _ cancellation: CancellationToken) throws -> [LayerPlan] {
        var remaining = Array(repeating: LayerPlan(), count: model.layers.count)
        for layer in shapes.placedLayers {
            for part in layer.parts {
                var plan = try part.settledPlan(plans[layer.number], cancellation)
                if plan.prune != nil { plan.prune = .threshold(Self.zeroThreshold) }
                plan.rest = plans[layer.number].rest
                if let share = decided.shares[part.place] { plan.share = share }
                remaining[part.place] = plan
            }
        }
        return remaining
    }
}

extension LayerPlan {
    /// Puts how weights are shared in the place of what the plan says of them, for a factor or the layer as a whole.
    fileprivate mutating func share(_ share: SharePlan, for role: FactorRole?) {
        guard let role else { return self.share = share }
        var own = weightPlan(for: role)
        own.share = share
        factors[role] = own
    }
}

extension Model {
    /// Puts numbers in the place of a tensor's, in its own type.
    mutating func store(_ values: [Float], at index: Int) {
        let tensor = tensors[index].tensor
        precondition(values.count == tensor.count, "\(values.count) numbers are no tensor of \(tensor.shape)")
        tensors[index].tensor = TensorSource(
            Tensor(shape: tensor.shape, elementType: tensor.elementType, storage: .owned(tensor.elementType.encode(values))))
    }
}
