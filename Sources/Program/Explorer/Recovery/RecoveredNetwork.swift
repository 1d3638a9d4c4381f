import Compression
import Evaluation
import Importance
import Recipes
import Workbench

/// What reconstruction or fine-tuning made of a configuration: a network of its own, ready to be written. It travels by
/// value, so that nothing can be done with it once it is forgotten but with what it is.
public struct RecoveredNetwork: Sendable {
    /// Of the runs in one open model.
    public let number: Int
    public let kind: RecoveryKind
    /// The configuration that it is of.
    public let plans: [LayerPlan]
    /// How it was reconstructed; nil of a fine-tuned one.
    public let rule: ReconstructRule?
    /// Weights before they are shared and coded, and what is left to do.
    @Boxed public private(set) var network: RecipeNetwork
    /// Bytes of its `.pare` file.
    public let byteCount: Int
    /// What it holds in the place of each layer of the opened model.
    public internal(set) var layers: [RecoveredLayer]
    /// Figures of each tensor that it stores, by its place in the composed model.
    let tensors: [LayerFigures]
    /// Works out what it holds.
    @Boxed private(set) var learned: LearnedLayers
    /// What was looked at: `256 samples`, `3 epochs on mnist-train.yaml`.
    public let basis: String
    /// On data that neither was fitted nor trained on.
    @Boxed public var report: QualityReport?
    /// What that data is, where it is not all that quality is measured on: `the 1,680 others of cifar10-test.yaml`.
    public var measuredOn: String?
    /// Whether a file holds it.
    public var isWritten = false
}

/// What a recovered network holds in the place of one layer.
public struct RecoveredLayer: Sendable {
    /// Its size and the rest, as the network has it; the error is against the weights as they were opened.
    public var figures: LayerFigures
    /// What it is expected to cost by itself; nil where that is not known, or nothing changed.
    public var loss: PredictedLoss?
    /// What it does to the network's quality by itself, once that was measured.
    public var effect: Quality.LayerEffect?
}

/// Equal are networks of one run, whatever became known of them since.
extension RecoveredNetwork: Hashable {
    public static func == (left: Self, right: Self) -> Bool { left.number == right.number }
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}
