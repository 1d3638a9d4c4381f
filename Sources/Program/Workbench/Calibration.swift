import Datasets
import NeuralNetwork
import Recipes
import Reconstruction

/// How a recipe's reconstruction is done: its rule, and the data that layers' outputs are taken from.
public struct Calibration: Sendable {
    public var rule: ReconstructRule
    /// Nil for random inputs.
    public var data: DataSet?

    /// Opens the data that is named.
    public init(_ rule: ReconstructRule, on choice: DataChoice, of model: Model) throws {
        self.rule = rule
        // The demos learn from other digits than they are tried on.
        data = choice == .demoDigits ? DemoDigits.tuning(CalibrationSamples.enough(for: rule)) : try choice.open(for: model)
    }
}
