import Composition
import Compression
import Evaluation
import NeuralNetwork
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

    /// Why there is no measurement, in one line.
    public struct Failure: Error, Sendable {
        public let message: String
    }

    /// Works the values out and runs the network. `progress` gets a report after each round of samples.
    public init(
        of model: Model, plans: [LayerPlan], data: DataChoice, meters: MeterSource, times: Bool = false,
        progress: (QualityReport) -> Void = { _ in }
    ) throws(Failure) {
        guard model.graph != nil else { throw Failure(message: "\(model.name): \(DataChoice.missingGraph)") }
        do {
            let opened = try meters.open(model, data)
            var refusals: [(String, String)] = []
            let composer = Composer(model)
            try composer.measureActivity(for: plans, on: data)
            let shapes = try composer.compose(plans, patience: .thorough)
            let configuration = try Measurable(composer, plans, shapes) { layer, failure in
                composer.refuse(layer, reason: Explorer.message(for: failure))
                refusals.append((model.layers[layer].name, Explorer.message(for: failure)))
            }.configuration
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
