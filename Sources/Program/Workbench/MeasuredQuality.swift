import Basics
import Composition
import Compression
import Datasets
import Evaluation
import NeuralNetwork
import Recipes
import Reconstruction

/// The quality of a model under a plan per layer, measured on all samples.
public struct MeasuredQuality: Sendable {
    public let model: Model
    /// What it was measured on: `mnist-test.yaml`, `random inputs`.
    public let dataName: String
    public let report: QualityReport
    /// Layers that stay as they are whatever their plan says, and why.
    public let refusals: [(layer: String, reason: String)]

    /// Multiply-accumulates for one input, of the original and under the plans.
    public let macs: (original: MACCount, changed: MACCount)
    /// Seconds a sample takes in the original and under the plans; nil where that was not asked for.
    public let secondsPerSample: (original: Double, changed: Double)?

    /// What the recipe's reconstruction came to; nil where it asks for none.
    public let reconstruction: RecipeReconstruction?
    /// Samples (windows of a text) of the data that are not measured on, because weights learned from them.
    public let leftOut: Int
    /// Whether weights learned from what is measured on all the same, as there is nothing else.
    public let measuresLearned: Bool

    /// What nobody gave of the inputs that multiply-accumulates are counted for: `height = 224`.
    public var macsAssumed: [String] { macs.original.count == nil ? [] : model.assumptions }

    /// Why there is no measurement, in one line.
    public struct Failure: Error, Sendable {
        public let message: String
    }

    /// Follows a recipe, and runs the network. `behind` is a share of the data, in the order in which samples are drawn, that is left out
    /// whether it was looked at or not. `progress` gets a report after each round of samples.
    public init(
        of model: Model, plans: [LayerPlan], data: DataChoice, meters: MeterSource, times: Bool = false,
        calibration: Calibration? = nil, behind share: Double? = nil,
        calibrating: (Double, String) -> Void = { _, _ in }, progress: (QualityReport) -> Void = { _ in }
    ) throws(Failure) {
        try self.init(
            comparing: nil, with: model, plans: plans, data: data, meters: meters, times: times, calibration: calibration,
            behind: share, calibrating: calibrating, progress: progress)
    }

    /// The same, compared with another model than the one the recipe is followed on: the one that a file was made of.
    public init(
        comparing reference: Model?, with model: Model, plans: [LayerPlan], data: DataChoice, meters: MeterSource, times: Bool = false,
        calibration: Calibration? = nil, behind share: Double? = nil,
        calibrating: (Double, String) -> Void = { _, _ in }, progress: (QualityReport) -> Void = { _ in }
    ) throws(Failure) {
        try self.init(
            comparing: reference, with: Composer(model), plans: plans, data: data, meters: meters, times: times, calibration: calibration,
            behind: share, calibrating: calibrating, progress: progress)
    }

    /// The same with what follows the recipe on the model; `choosing` is what choices go by, where that is not `data`, and `known` the network
    /// that the recipe makes, where it was made already.
    public init(
        comparing reference: Model?, with composer: Composer, plans: [LayerPlan], data: DataChoice, choosing: DataChoice? = nil,
        meters: MeterSource, times: Bool = false,
        calibration: Calibration? = nil, behind share: Double? = nil, known: RecipeNetwork? = nil,
        calibrating: (Double, String) -> Void = { _, _ in }, progress: (QualityReport) -> Void = { _ in }
    ) throws(Failure) {
        let model = composer.model
        let original = reference ?? model
        for model in [original, model] where model.graph == nil {
            throw Failure(message: "\(model.name): \(DataChoice.random.objection(to: model) ?? DataChoice.missingGraph)")
        }
        if let reference, let difference = Self.difference(model, reference) { throw Failure(message: difference) }
        do {
            let network =
                try known
                ?? RecipeNetwork(with: composer, plans: plans, calibration: calibration, data: choosing ?? data, progress: calibrating)
            let samples = try data.open(for: original)
            var draws = LearningRecord.draws(original.learned + model.learned + network.learned, from: samples)
            if let share, let samples { draws.append(SampleDraw(Int((Double(samples.drawableCount) * share).rounded()), seed: calibration?.rule.seed ?? 0)) }
            let rest = samples?.rest(behind: draws)
            let opened = try meters.openRest(original, data, draws)
            var refusals: [(String, String)] = []
            var (measurable, shapes) = try network.measurable(number: 1) { layer, failure in
                network.composer.refuse(layer, reason: message(for: failure))
                refusals.append((network.composer.model.layers[layer].name, message(for: failure)))
            }
            if reference != nil { measurable.configuration.restructured = RestructuredModel(model: shapes.model, identity: -1) }
            var last: QualityReport?
            try opened.meter.measureKnowingly(measurable.configuration, focus: nil, cancellation: CancellationToken()) { report in
                last = report
                progress(report)
            }
            if times {
                secondsPerSample = try opened.meter.time(measurable.configuration, turns: 15, cancellation: CancellationToken())
            } else {
                secondsPerSample = nil
            }
            macs = (original.macs, shapes.model.macs)
            guard let last else { throw Failure(message: "\(opened.dataName) holds no samples") }
            self.model = original
            dataName = opened.dataName
            report = last
            self.refusals = refusals
            reconstruction = network.reconstruction
            measuresLearned = !draws.isEmpty && rest == nil
            leftOut = rest.map { (samples?.drawableCount ?? 0) - $0.drawableCount } ?? 0
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(message: message(for: error))
        }
    }

    /// Why two networks cannot be compared; nil where they take and give the same.
    private static func difference(_ model: Model, _ original: Model) -> String? {
        guard let own = model.graph, let other = original.graph else { return nil }
        for (kind, own, other) in [("inputs", own.inputs, other.inputs), ("outputs", own.outputs, other.outputs)] {
            let (names, others) = (own.map(\.name), other.map(\.name))
            guard names != others else { continue }
            return
                "\(model.name) cannot be compared with \(original.name): its \(kind) are \(names.joined(separator: ", ")), not \(others.joined(separator: ", "))"
        }
        return nil
    }
}
