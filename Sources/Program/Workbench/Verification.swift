import Basics
import Compression
import NeuralNetwork
import PareFile
import Recipes
import Reconstruction

/// Whether a compressed file holds what its recipe makes of a model.
public struct Verification: Sendable {
    /// Where it does not, in words; nil where it does.
    public var difference: String?
    /// What was compared of it: `as the recipe makes it`.
    public var extent: String
    /// How far values are from those that the recipe makes here, at most and as a part of a tensor's norm, where rounding alone tells them
    /// apart; nil where they are the same to the bit.
    public var rounding: Double?

    /// Follows the recipe in a file once more. Weights that were fitted are fitted again, which takes the samples; of weights that were trained
    /// everything but their values is compared, and that they were trained from `model`. `calibration` is nil where no data is named.
    ///
    /// - Throws: a line that says what is missing, or where the network cannot be run.
    public init(
        _ reader: PareReader, against model: Model, data: DataChoice, calibration: DataChoice?,
        progress: (Double, String) -> Void = { _, _ in }
    ) throws {
        let recipe = try Recipe(yaml: Array(reader.recipe.utf8))
        let plans = try recipe.plans(for: model)
        let name = fileName(of: reader.path)
        if let trained = recipe.trained {
            extent = "trained: shapes, dropped weights and shared values are as the recipe has them"
            guard try trained.original == nil || trained.original == LearningRecord.digest(of: model) else {
                difference = "it was trained from another model"
                return
            }
            let network = try RecipeNetwork(of: model, plans: plans, calibration: nil, data: data)
            let estimate = try network.estimate()
            difference = try reader.firstContradiction(to: estimate.shapes, plans: plans) { progress($0.fraction, "comparing") }
            return
        }
        extent = "as the recipe makes it"
        var fitting: Calibration?
        if var rule = recipe.reconstruct, let fitted = recipe.fitted {
            // Files of then do not say so, for there was no other way.
            if reader.isOfFirstVersion { rule.feedback = false }
            guard let choice = fitted.sha256 == nil ? .random : calibration else {
                throw Missing(
                    description: "\(name): its weights were fitted to samples of \(fitted.data): name it with --data or --calibration")
            }
            let made = try Calibration(rule, on: choice, of: model)
            let record = CalibrationSamples(rule, of: model, data: made.data).record
            guard record.sha256 == fitted.sha256, record.taken == fitted.taken else {
                throw Missing(
                    description:
                        "\(name): its weights were fitted to samples of \(fitted.data), which are not among those of \(record.data): name it with --data or --calibration"
                )
            }
            fitting = made
        }
        let network = try RecipeNetwork(of: model, plans: plans, calibration: fitting, data: data, progress: progress)
        let estimate = try network.estimate(for: .writing) { progress($0.fraction, "compressing") }
        guard let tensor = try reader.firstDifference(from: estimate.writer, progress: { progress($0.fraction, "comparing") }) else { return }
        if recipe.reconstruct != nil || plans.contains(where: { $0.factorize != nil }) {
            rounding = try RoundedValues.distance(of: reader.model(isKept: false), from: CompressedModel(estimate).model)
        }
        guard rounding == nil else { return }
        if data == .random, plans.contains(where: \.choosesByData) {
            throw Missing(description: "\(name): its recipe chooses by data: name it with --data or --calibration")
        }
        difference = "tensor “\(tensor)” is not what the file's recipe makes of the model"
    }

    /// What a comparison needs and was not given.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }
}
