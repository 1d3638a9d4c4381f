import Compression
import NeuralNetwork

/// A model in the shapes that plans give it, its weights fitted anew to the original layers' outputs.
public struct ReconstructedModel: Sendable {
    /// A model like any other: what was pruned is zero, nothing is shared yet.
    public var model: Model
    /// What is left to do to its layers: to drop zeros, to share and to code.
    public var plans: [LayerPlan]
    /// The plans that were asked for, of the opened model's layers, with the steps that prices of bits came to.
    public var asked: [LayerPlan]
    /// In the order of the opened model's layers; those with nothing to mend are missing.
    public var layers: [LayerReconstruction]
    /// Calibration samples that were fitted.
    public var sampleCount: Int
    public var seconds: Double
}

/// Whether fitting helped, by samples that were not fitted and that quality is not measured on: how near the outputs of the compressed
/// network come to the original's, in dB, as it was and fitted anew.
public struct ReconstructionVerdict: Sendable, Hashable {
    /// Samples, or windows of a text.
    public var samples: Int
    public var before: Double
    public var after: Double

    /// Whether what was fitted is worse, and so is not used.
    public var isWorse: Bool { !(after >= before) }
}

/// What became of one layer of the opened model.
public struct LayerReconstruction: Sendable, Hashable {
    public var layer: Int
    public var name: String
    /// Squared error of the layer's outputs on the calibration samples, as a fraction of their variance, given the inputs that
    /// the compressed network has there: with the weights as the other stages left them, and fitted anew. Nil where
    /// the layer was left alone.
    public var errorBefore: Double?
    public var errorAfter: Double?
    /// Why it was left alone.
    public var reason: String?
}
