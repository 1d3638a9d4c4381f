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

    /// Why there is no measurement, in one line.
    public struct Failure: Error, Sendable {
        public let message: String
    }

    /// Works the values out and runs the network. `progress` gets a report after each round of samples.
    public init(
        of model: Model, plans: [LayerPlan], data: DataChoice, meters: MeterSource,
        progress: (QualityReport) -> Void = { _ in }
    ) throws(Failure) {
        guard model.graph != nil else { throw Failure(message: "\(model.name): \(DataChoice.missingGraph)") }
        do {
            let opened = try meters.open(model, data)
            var replaced: [Int: ReplacedWeights] = [:]
            var refusals: [(String, String)] = []
            for (index, plan) in plans.enumerated() where !plan.isIdentity {
                let weights = model.tensors[model.layers[index].weight].tensor
                do throws(PreparationFailure) {
                    let tables = try LayerTables(preparing: weights)
                    guard let values = try? tables.values(for: plan, weights: weights) else { continue }
                    replaced[index] = ReplacedWeights(tensor: values, plan: plan.values)
                } catch {
                    refusals.append((model.layers[index].name, Explorer.message(for: error)))
                }
            }
            var last: QualityReport?
            try opened.meter.measureKnowingly(Configuration(replaced: replaced), focus: nil, cancellation: CancellationToken()) { report in
                last = report
                progress(report)
            }
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
