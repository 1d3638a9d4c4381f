import Composition
import Compression
import Factorization
import NeuralNetwork

/// A tensor that the histogram and the map can show: a layer's weights, or one of the factors in their place.
public struct Subject: Sendable, Hashable {
    public var layer: Int
    public var composed: ComposedLayer
    /// Position in `composed.parts`.
    public var position: Int

    /// The tensor at a position, or the last one where there are fewer.
    public init(layer: Int, composed: ComposedLayer, position: Int) {
        self.layer = layer
        self.composed = composed
        self.position = max(0, min(composed.parts.count - 1, position))
    }

    public var part: ComposedPart { composed.parts[position] }

    /// How the map draws it.
    public var matrix: MatrixView { MatrixView(shape: part.shape) }

    public static func == (left: Subject, right: Subject) -> Bool {
        left.layer == right.layer && left.composed.kernel == right.composed.kernel && left.composed.ranks == right.composed.ranks
            && left.position == right.position
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(layer)
        hasher.combine(composed.kernel)
        hasher.combine(composed.ranks)
        hasher.combine(position)
    }
}
