import NeuralNetwork
import Training

/// What training from nothing came to.
public struct TrainedNetwork: Sendable {
    /// How it ended.
    public enum Outcome: Sendable, Hashable {
        case finished
        case cancelled
        /// A loss or weight stopped being a number; in words.
        case diverged(String)
    }

    public struct Epoch: Sendable, Hashable {
        /// Counted from 1.
        public var number: Int
        /// Means over the epoch, of the data trained on.
        public var loss: Double
        public var accuracy: Double?
        public var heldOut: LossValue
    }

    /// The best epoch's.
    public var model: Model
    /// On the data by which it was chosen.
    public var heldOut: LossValue
    /// On data that had no part in the training; nil where there is none.
    public var test: LossValue?
    public var epochs: [Epoch]
    public var outcome: Outcome
    /// Why there is no checkpoint to continue from, in one line; nil where there is, or none was wanted.
    public var checkpointFailure: String?
}

/// Why a network cannot be trained.
public enum NetworkTrainingError: Error, Hashable, CustomStringConvertible {
    /// The data is missing or does not fit.
    case data(String)
    case training(TrainingError)

    public var description: String {
        switch self {
        case .data(let reason): reason
        case .training(let error): error.description
        }
    }
}

extension LossValue {
    /// The part of the labels that got the largest score; nil without labels.
    public var accuracy: Double? { labelled > 0 ? Double(correct) / Double(labelled) : nil }
}
