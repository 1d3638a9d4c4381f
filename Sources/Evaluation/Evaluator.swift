import Compression
import Datasets
import NeuralNetwork
import TensorCore

/// The weights a configuration puts in place of the stored ones.
public struct ReplacedWeights: Sendable {
    /// Values in the shape of the stored tensor.
    public var tensor: Tensor
    /// What the values follow from: equal plans of a layer have equal values.
    public var plan: LayerPlan

    public init(tensor: Tensor, plan: LayerPlan) {
        self.tensor = tensor
        self.plan = plan
    }
}

/// Measures what a network's outputs are worth under changed weights, on growing numbers of samples.
///
/// Several configurations after each other share what does not depend on the difference between them.
public final class Evaluator: Sendable {
    public struct Options: Sendable {
        /// Bytes that cached activations may take; nil for a quarter of the machine's memory.
        public var cacheByteCount: Int?
        /// Samples to look at; nil for all.
        public var sampleLimit: Int?
        public var seed: UInt64 = 0

        public init() {}
    }

    /// Compiles the model's graph and looks at the data; `data` nil measures agreement on seeded random inputs.
    ///
    /// - Throws: where an operator is not supported, or the data does not fit the model.
    public init(_ model: Model, data: DataSet?, options: Options = Options()) throws(EvaluationError) {
        throw EvaluationError("not there yet")
    }

    /// Measures a configuration: `replaced` by layer index; layers that are missing stay as stored.
    ///
    /// `progress` gets a report after every round of samples, on the calling thread. `focus` is the layer a person works
    /// on: what lies before it is kept for the next call.
    public func measure(
        _ replaced: [Int: ReplacedWeights], focus: Int? = nil, cancellation: CancellationToken,
        progress: (QualityReport) -> Void
    ) throws {
    }
}

/// Why a quality cannot be measured, in one line for a person.
public struct EvaluationError: Error, Hashable {
    public var message: String

    public init(_ message: String) { self.message = message }
}
