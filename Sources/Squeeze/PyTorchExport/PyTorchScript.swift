import Basics
import Composition
import Compression
import Factorization
import ModelFormats
import NeuralNetwork
import Structure

/// A Python script that gives a PyTorch module, or its checkpoint, the weights that plans leave, and keeps it so in training.
///
/// Beside the script lies a safetensors file with what it needs of each weight tensor, named by it:
///
///     name/mask              bool, where weights stay
///     name/codes, /codebook  uint8 or uint16, 0 for zero and else a place in the codebook, counted from 1; float32
///     name/in, /core, /out   the factors, groups · rank · in, groups · rank · rank · window, groups · out · rank: each with
///                            `/values`, float32, and `/mask`, or with `/codes` and `/codebook`
///     name/kept0, /kept1 …   int64, the indices along an axis that stay, of a split tensor that channels were dropped from
public struct PyTorchScript: Sendable {
    public let text: String
    private let tensors: [StoredTensor]
    /// Tensors that the script changes.
    public let changedCount: Int

    /// What is to be applied: a model's plans, with the model in the shapes they give it.
    public struct Source: Sendable {
        public var shapes: ComposedModel
        public var plans: [LayerPlan]
        /// The recipe as YAML, for people who read the script.
        public var recipe: String

        public init(shapes: ComposedModel, plans: [LayerPlan], recipe: String) {
            self.shapes = shapes
            self.plans = plans
            self.recipe = recipe
        }
    }

    /// Works out codebooks and factors; codes and masks again when they are written. `isRefused` tells of layers whose plans
    /// cannot be followed.
    ///
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public init(_ source: Source, isRefused: (Int) -> Bool) throws {
        let composer = source.shapes.composer
        let model = composer.model
        let selections = try composer.selections(source.plans)
        var parts = ScriptParts(source)
        var seen: Set<Int> = []
        for placed in source.shapes.placedLayers {
            let layer = placed.number
            let isUnchanged = placed.composed.isUntouched && source.plans[layer].weightPlan().keepsWeights
            // Weights that several layers use are those of the first that does something to them.
            guard !isUnchanged, !isRefused(layer), seen.insert(model.layers[layer].weight).inserted else { continue }
            let kept = model.layers[layer].shape.dimensions.indices.map { selections[layer].kept(along: $0) }
            if placed.composed.ranks == nil {
                try parts.addWhole(placed, kept: kept)
            } else {
                try parts.addSplit(placed, kept: kept)
            }
        }
        tensors = parts.tensors
        changedCount = parts.entries.count
        text = ScriptText.filled(model: model.name, recipe: source.recipe, layers: parts.entries)
    }

    /// Replaces the script at `path` and the arrays beside it, which have its name but for the ending. Returns their path.
    public func write(to path: String) throws(ModelWriteError) -> String {
        let arrays = (path.hasSuffix(".py") ? String(path.dropLast(3)) : path) + ".safetensors"
        let model = Model(
            weightsOnly: tensors, name: "", format: "safetensors", fileByteCount: 0, payloadByteCount: 0, provenance: Provenance())
        try SafetensorsWriter(model).write(to: arrays)
        do throws(AtomicFile.Failure) {
            try AtomicFile.write(Array(text.utf8), to: path)
        } catch { throw .unwritable(path: path, reason: error.description) }
        return arrays
    }
}
