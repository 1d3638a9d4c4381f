import Compression
import Factorization
import NeuralNetwork
import TensorCore

/// A model in the shapes that the structural stages of a configuration give it.
///
/// Its tensors are worked out when they are first read; shapes, sizes and multiply-accumulates are there at once.
public struct ComposedModel: Sendable {
    /// Who composed it, and holds the model as it was opened.
    public let composer: Composer
    let record: ModelShapes

    /// Equal identities (of one composer) stand for equal shapes and values; 0 for the model as it was opened.
    public var identity: Int { record.identity }
    /// The model in its new shapes.
    public var model: Model { record.model }
    /// What became of each layer of the opened model.
    public var layers: [ComposedLayer] { record.layers }
    /// Whether everything but the layers' values is as it was.
    public var isOriginal: Bool { identity == 0 }
    /// Whether shapes are as they were.
    public var keepsShapes: Bool { layers.allSatisfy(\.isUntouched) }
    /// Whether some layer waits for its automatic ranks, or could not be given what its plan asks for.
    public var isProvisional: Bool { layers.contains { $0.isAwaitingRanks || $0.isAwaitingData } }

    /// A layer of the opened model, by its number, as it is here.
    public func placed(_ layer: Int) -> PlacedLayer { PlacedLayer(in: self, number: layer) }

    /// All layers of the opened model as they are here.
    public var placedLayers: [PlacedLayer] { layers.indices.map(placed) }
}

extension ComposedModel: Hashable {
    public static func == (left: ComposedModel, right: ComposedModel) -> Bool {
        left.composer === right.composer && left.identity == right.identity && left.layers == right.layers
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}

/// The shapes alone, which their composer keeps.
struct ModelShapes {
    var identity: Int
    var model: Model
    var layers: [ComposedLayer]
    /// The weights before factorization of the layers whose shape changed, by layer.
    var kernels: [Int: Kernel]
}

/// What became of one layer's shape.
public struct ComposedLayer: Sendable, Hashable {
    /// Filters (output channels, units) that the layer had, and that stay.
    public var filterCount: Int
    public var filtersKept: Int
    /// Equal numbers stand for the same weights before factorization; 0 for the weights as they were stored.
    public var kernel: Int
    /// How those weights are read as kernels; nil where they cannot be factorized.
    public var layout: KernelLayout?
    /// Ranks of the factors; nil where the layer is whole.
    public var ranks: Ranks?
    /// Whether automatic ranks are asked for and not known yet.
    public var isAwaitingRanks = false
    /// Whether filters were chosen by their weights until the network was run on data.
    public var isAwaitingData = false
    /// Why the layer stays whole though its plan says otherwise, in words.
    public var objection: String?
    /// Why its factors are not as its plan says, though it is split, in words.
    public var remark: String?
    /// The tensors that take its place, in the order in which data passes.
    public var parts: [ComposedPart]
    /// Multiply-accumulates of the parts.
    public var macs: MACCount

    /// Whether shape and weights are as they were.
    public var isUntouched: Bool { kernel == 0 && ranks == nil }

    /// Whether the same figures hold for both: positions in the composed model may differ.
    public func isLike(_ other: ComposedLayer) -> Bool {
        kernel == other.kernel && ranks == other.ranks && isAwaitingRanks == other.isAwaitingRanks
            && isAwaitingData == other.isAwaitingData && objection == other.objection && remark == other.remark
    }
}

/// One of the tensors that take a layer's place.
public struct ComposedPart: Sendable, Hashable {
    /// Nil where the layer was not split.
    public var role: FactorRole?
    /// Index in the composed model's layers.
    public var layer: Int
    public var shape: Shape
}
