import Basics
import Composition
import Compression
import Evaluation
import Importance
import NeuralNetwork
import Search

/// What layers can lose, as the data foretells it.
public enum SensitivityTable {
    /// Losses whose limits are told.
    public static let losses = [0.001, 0.01, 0.05]

    /// Works it out by each stage alone.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be run both ways on the data.
    public static func layers(
        _ composer: Composer, data: DataChoice, stages: Set<SearchStage>, cancellation: CancellationToken = CancellationToken(),
        progress: @escaping @Sendable (Double, String) -> Void
    ) throws -> [LayerSensitivity] {
        let importance = try composer.importance(on: data.openToChoose(by: composer.model), cancellation, progress)
        return try LayerSensitivity.all(of: composer, importance, stages: stages, cancellation: cancellation) { progress($0, "trying \($1.rawValue)") }
    }
}
