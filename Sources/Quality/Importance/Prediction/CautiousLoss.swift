import Basics
import Composition
import Compression
import Synchronization

extension NetworkImportance {
    /// What a plan of a layer is predicted to lose, as choices go by it: more than the curvature says where little is left of the layer's output.
    ///
    /// The loss of a small change is a parabola. Far from the original it is none: a network that is sure of its answers has next to no curvature, and by
    /// that alone a whole layer could go. By how much of the output's power, weighed by its importance, a change takes, the parabola is
    /// taken for more: twice as much where three tenths go, a thousand times where all of it does. Whoever looks for the cheapest
    /// change would else find just those of which the least is known.
    ///
    /// - Returns: nil where the data says nothing of the layer.
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public func cautiousLoss(of layer: PlacedLayer, _ plan: LayerPlan, _ cancellation: CancellationToken? = nil) throws -> Double? {
        guard let importance = layers[layer.number], let loss = try loss(of: layer, plan, cancellation)?.value else { return nil }
        let whole = try wholes.value(of: layer.number) {
            var changes: [Float] = []
            changes.reserveCapacity(layer.weights.count)
            try layer.weights.read().forEachChunk { _, chunk in changes.append(contentsOf: chunk) }
            return importance.loss(ofChanges: changes)
        }
        return loss * Self.caution(whole > 0 ? loss / whole : 0)
    }

    /// By how much a loss is taken for more where such a share of the output's power is lost.
    static func caution(_ share: Double) -> Double {
        let left = max(0, 1 - share)
        return min(1_000, 1 / (left * left))
    }
}

/// What the curvature says of losing all of a layer, by its number, worked out once.
final class WholeLosses: Sendable {
    private let known = Mutex<[Int: Double]>([:])

    func value(of layer: Int, _ make: () throws -> Double) rethrows -> Double {
        if let value = known.withLock({ $0[layer] }) { return value }
        let value = try make()
        known.withLock { $0[layer] = value }
        return value
    }
}
