import Composition
import Compression
import Datasets
import Evaluation
import NeuralNetwork
import Reconstruction
import Recipes
import TensorCore

/// How a recipe's reconstruction is done: its rule, and the data that layers' outputs are taken from.
public struct Calibration: Sendable {
    public var rule: ReconstructRule
    public var data: DataChoice
    /// The share of the data, from its beginning, that is looked at; what follows is left for testing. Nil for all.
    public var share: Double?

    public init(rule: ReconstructRule, data: DataChoice, share: Double? = nil) {
        self.rule = rule
        self.data = data
        self.share = share
    }

    /// Applies plans to a model and fits what is left to the original's outputs; layers that a recipe ignores stay.
    public func reconstruct(
        _ model: Model, plans: [LayerPlan], progress: (Double, String) -> Void = { _, _ in }
    ) throws -> ReconstructedModel {
        var data = try data.open()
        if let share { data = data?.part(from: 0, to: share) }
        return try Composer(model).reconstruct(rule, plans, on: data, progress: progress)
    }
}

extension Composer {
    /// Applies plans and fits what is left to the original's outputs on data, or on random inputs.
    func reconstruct(
        _ rule: ReconstructRule, _ plans: [LayerPlan], on data: DataSet?, cancellation: CancellationToken = CancellationToken(),
        progress: (Double, String) -> Void = { _, _ in }
    ) throws -> ReconstructedModel {
        guard model.graph != nil else { throw ReconstructionError.noGraph(model: model.name) }
        try measureActivity(for: plans, on: data, cancellation: cancellation)
        let shapes = try compose(plans, patience: .thorough, cancellation: cancellation)
        let inputs = try CalibrationInputs(model, data: data, samples: rule.samples)
        let frozen = Set(plans.indices.filter { plans[$0] == Recipe.ignoredPlan })
        let options = ReconstructionOptions(samples: rule.samples, ridge: rule.ridge)
        return try Reconstructor(self, plans: plans, shapes: shapes, frozen: frozen, options: options)
            .run(on: inputs, cancellation: cancellation, progress: progress)
    }
}

extension MeterSource {
    /// Meters that run the network on the part of the data behind the share that calibration looks at.
    public static func evaluators(
        cacheByteCount: Int? = nil, sampleLimit: Int? = nil, behind share: Double, classifier: Model? = nil
    ) -> MeterSource {
        let source = MeterSource.evaluators(
            cacheByteCount: cacheByteCount, sampleLimit: sampleLimit, standsBack: false, classifier: classifier)
        return MeterSource { model, choice in try source.openRest(model, choice, share) }
    }
}

extension TextReport {
    /// What the reconstruction did, a line a layer.
    public static func reconstruction(_ made: ReconstructedModel) -> String {
        let title =
            "reconstructed on \(NumberText.grouped(made.sampleCount)) samples in \(NumberText.milliseconds(made.seconds))"
        var table = TextTable(["layer", "output error", "after"], rightAligned: [1, 2])
        for layer in made.layers {
            func text(_ error: Double?) -> String { error.map { NumberText.percent($0) } ?? "-" }
            table.add([layer.name, text(layer.errorBefore), layer.reason ?? text(layer.errorAfter)])
        }
        return ([title, ""] + table.lines).joined(separator: "\n")
    }
}

/// What a reconstruction did, as JSON says it.
public struct ReconstructionReport: Encodable, Sendable {
    public struct LayerReport: Encodable, Sendable {
        var name: String
        var error_before: Double?
        var error_after: Double?
        var reason: String?
    }

    var samples: Int
    var seconds: Double
    var layers: [LayerReport]

    public init(_ made: ReconstructedModel) {
        samples = made.sampleCount
        seconds = made.seconds
        layers = made.layers.map {
            LayerReport(name: $0.name, error_before: $0.errorBefore, error_after: $0.errorAfter, reason: $0.reason)
        }
    }
}
