import Execution
import Training

/// Why fine-tuning cannot start, or stopped.
public enum FinetuningError: Error, Hashable, CustomStringConvertible {
    /// What a recipe asks of a layer and training cannot do.
    case recipe(layer: String, reason: String)
    /// The network cannot be trained or run, in one line.
    case network(String)
    /// The data does not fit the network, or lacks what is needed.
    case data(String)
    /// Training itself failed.
    case training(TrainingError)

    public var description: String {
        switch self {
        case .recipe(let layer, let reason): "\(layer): \(reason)"
        case .network(let reason), .data(let reason): reason
        case .training(let error): error.description
        }
    }
}

/// Does work of training, whose errors become those of fine-tuning.
func training<Result>(_ body: () throws(TrainingError) -> Result) throws(FinetuningError) -> Result {
    do throws(TrainingError) { return try body() } catch { throw .training(error) }
}
