import Execution

/// Why training cannot start, or stopped.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
    /// The network cannot be trained, in one line that names the node.
    case network(String)
    /// The data does not fit the network.
    case data(String)
    /// The loss or a weight is infinite or not a number; the best weights so far are kept.
    case diverged(step: Int, loss: Double)
    /// A checkpoint that cannot be written or read.
    case checkpoint(path: String, reason: String)
    /// A constraint that does not fit the parameter it is for.
    case constraint(parameter: String, reason: String)

    public var description: String {
        switch self {
        case .network(let reason), .data(let reason): reason
        case .diverged(let step, let loss):
            loss.isFinite
                ? "a weight stopped being a number at step \(step): a lower learning rate may help"
                : "the loss stopped being a number at step \(step): a lower learning rate may help"
        case .checkpoint(let path, let reason): "\(path): \(reason)"
        case .constraint(let parameter, let reason): "\(parameter): \(reason)"
        }
    }
}

extension TrainingError {
    static func network(_ error: ExecutionError) -> TrainingError { .network(error.message) }
}
