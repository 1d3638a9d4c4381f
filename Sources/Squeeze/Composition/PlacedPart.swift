import Basics
import Compression
import NeuralNetwork
import Structure
import TensorCore

/// One of the tensors in a layer's place. What takes a plan takes the layer's, and finds in it what concerns this tensor.
public struct PlacedPart: Sendable {
    /// The layer that it is a part of.
    public let layer: PlacedLayer
    let part: ComposedPart

    init(of layer: PlacedLayer, position: Int) {
        self.layer = layer
        part = layer.composed.parts[position]
    }

    /// Nil where the layer was not split.
    public var role: FactorRole? { part.role }
    /// Index in the composed model's layers.
    public var place: Int { part.layer }
    /// Its extents.
    public var shape: Shape { part.shape }

    /// Its weights; reading them may take a while the first time.
    public var weights: TensorSource {
        let model = layer.shapes.model
        return layer.composed.isUntouched ? layer.weights : model.tensors[model.layers[place].weight].tensor
    }

    /// Its tables, where they are there.
    public var tables: LayerTables? {
        if layer.composed.isUntouched { return layer.tables }
        return layer.composer.state.withLock { $0.partTables.use(Composer.PartKey(self)) }
    }

    /// Its tables, prepared now where they are not there.
    ///
    /// - Throws: a `PreparationFailure`, or an `UnreadableTensor`.
    public func preparedTables(_ cancellation: CancellationToken? = nil) throws -> LayerTables {
        if layer.composed.isUntouched { return try layer.composer.preparedTables(of: layer.number, cancellation) }
        if let tables { return tables }
        let made = try LayerTables(preparing: weights.read(), cancellation: cancellation)
        // Bins of a few dozen bytes each are what tables are made of.
        layer.composer.state.withLock { $0.partTables.insert(made, for: Composer.PartKey(self), cost: 1 << 20) }
        return made
    }
}

extension PlacedPart {
    /// The values that the stages of single weights leave, bit for bit what decoding the encoded tensor gives.
    ///
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public func values(_ plan: LayerPlan, _ cancellation: CancellationToken? = nil) throws -> Tensor {
        let plan = plan.weightPlan(for: role)
        if plan.keepsWeights { return try weights.read() }
        // How values are written does not change them.
        let key = Composer.ValueKey(part: Composer.PartKey(self), plan: LayerPlan(prune: plan.prune, share: plan.share))
        if let known = layer.composer.state.withLock({ $0.values.use(key) }) { return known }
        let made = try preparedTables(cancellation).values(for: plan, weights: weights.read(), cancellation: cancellation)
        layer.composer.state.withLock { $0.values.insert(made, for: key, cost: made.byteCount) }
        return made
    }

    /// Visits the same values in order, in chunks, in the memory of one; they are not kept.
    public func forEachValue(_ plan: LayerPlan, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        try preparedTables().forEachValue(for: plan.weightPlan(for: role), weights: weights.read(), body)
    }

    /// What is left to do to it, with the step of its grid as it is for the weights of now: whatever becomes of them, shared values are
    /// as far apart as was asked for. A tensor that cannot be compressed keeps its plan.
    ///
    /// - Throws: `Cancelled`.
    public func settledPlan(_ plan: LayerPlan, _ cancellation: CancellationToken? = nil) throws -> LayerPlan {
        let plan = plan.weightPlan(for: role)
        guard plan.share?.method.isOnGrid == true else { return plan }
        do {
            return try preparedTables(cancellation).withStep(plan, weights: weights.read(), cancellation: cancellation)
        } catch let failure as PreparationFailure where failure != .cancelled {
            return plan
        } catch PreparationFailure.cancelled {
            throw Cancelled()
        }
    }
}
