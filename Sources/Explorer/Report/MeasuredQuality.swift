import Composition
import Compression
import Evaluation
import NeuralNetwork
import Reconstruction
import TensorCore

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

    /// What a reconstruction did; nil where there was none.
    public let reconstruction: ReconstructedModel?

    /// What nobody gave of the inputs that multiply-accumulates are counted for: `height = 224`.
    public var macsAssumed: [String] { macs.original.count == nil ? [] : model.assumptions }

    /// Why there is no measurement, in one line.
    public struct Failure: Error, Sendable {
        public let message: String
    }

    /// Works the values out, fitted anew where a calibration is given, and runs the network. `progress` gets a report after
    /// each round of samples.
    public init(
        of model: Model, plans: [LayerPlan], data: DataChoice, meters: MeterSource, times: Bool = false,
        calibration: Calibration? = nil, calibrating: (Double, String) -> Void = { _, _ in },
        progress: (QualityReport) -> Void = { _ in }
    ) throws(Failure) {
        guard model.graph != nil else { throw Failure(message: "\(model.name): \(DataChoice.random.objection(to: model) ?? DataChoice.missingGraph)") }
        do {
            let opened = try meters.open(model, data)
            var refusals: [(String, String)] = []
            reconstruction = try calibration?.reconstruct(model, plans: plans, progress: calibrating)
            let changed = reconstruction?.model ?? model
            let left = reconstruction?.plans ?? plans
            let composer = Composer(changed)
            try composer.measureActivity(for: left, on: data)
            let shapes = try composer.compose(left, patience: .thorough)
            var configuration = try Measurable(composer, left, shapes) { layer, failure in
                composer.refuse(layer, reason: Explorer.message(for: failure))
                refusals.append((changed.layers[layer].name, Explorer.message(for: failure)))
            }.configuration
            // Whatever its shapes, it is another network than the one that was opened.
            if let reconstruction {
                configuration.restructured = RestructuredModel(model: reconstruction.model, identity: -1)
            }
            var last: QualityReport?
            try opened.meter.measureKnowingly(configuration, focus: nil, cancellation: CancellationToken()) { report in
                last = report
                progress(report)
            }
            if times {
                secondsPerSample = try opened.meter.time(configuration, turns: 15, cancellation: CancellationToken())
            } else {
                secondsPerSample = nil
            }
            macs = (model.macs, shapes.model.macs)
            guard let last else { throw Failure(message: "\(opened.dataName) holds no samples") }
            self.model = model
            dataName = opened.dataName
            report = last
            self.refusals = refusals
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(message: Explorer.message(for: error))
        }
    }
}
