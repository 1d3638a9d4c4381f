import Basics
import Compression
import Factorization
import Structure
import TensorCore

/// A layer of the opened model in the shape that a composed model gives it.
///
/// Everything that is asked of it goes by this one handle, so nothing is ever worked out of one model's layer in another's shapes.
public struct PlacedLayer: Sendable {
    /// The model that it is in.
    public let shapes: ComposedModel
    /// Its number in the opened model.
    public let number: Int

    init(in shapes: ComposedModel, number: Int) {
        self.shapes = shapes
        self.number = number
    }

    /// What became of its shape.
    public var composed: ComposedLayer { shapes.layers[number] }

    /// The tensors in its place, in the order in which data passes.
    public var parts: [PlacedPart] { composed.parts.indices.map { PlacedPart(of: self, position: $0) } }

    /// The weights as they were opened.
    public var weights: TensorSource { composer.weights(of: number) }

    /// The tables of the layer as it was opened, where they are there.
    public var tables: LayerTables? { composer.tables(of: number) }

    /// Why it stays as it is.
    public var refusal: String? { composer.refusal(of: number) }

    /// Notes that it cannot be compressed: it stays whole whatever its plan says.
    public func refuse(reason: String) { composer.refuse(number, reason: reason) }

    var composer: Composer { shapes.composer }

    /// Its weights before factorization; nil where its shape is as it was.
    var kernel: Kernel? { shapes.record.kernels[number] }
}

extension PlacedLayer {
    /// Whether the tensors in its place can be read without waiting: nothing is to be refined first.
    public var isReady: Bool {
        guard let ranks = composed.ranks else { return true }
        return kernel?.refined(ranks) != nil
    }

    /// Its spectra and energies as filter pruning left it, where they are there.
    public var energyTable: EnergyTable? { (kernel ?? composer.wholeKernel(number)).table }

    /// The same, worked out now where they are not there.
    ///
    /// - Throws: `Cancelled`, or a `FactorizationError`; a layer with a `factorObstacle` must not be asked about.
    public func preparedEnergyTable(_ cancellation: CancellationToken? = nil) throws -> EnergyTable {
        try (kernel ?? composer.wholeKernel(number)).preparedTable(cancellation)
    }

    /// The factors of a layer that is split, as its plan leaves them, as matrices whatever the order of the tensors.
    ///
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public func factors(_ plan: LayerPlan, _ cancellation: CancellationToken? = nil) throws -> FactorMatrices {
        try factors { try $0.values(plan, cancellation) }
    }

    /// The same with `values` in the tensors.
    func factors(_ values: (PlacedPart) throws -> Tensor) throws -> FactorMatrices {
        guard let layout = composed.layout, let ranks = composed.ranks else {
            preconditionFailure("layer \(number) is not split")
        }
        var tensors: [FactorRole: Tensor] = [:]
        for part in parts {
            guard let role = part.role else { continue }
            tensors[role] = try values(part)
        }
        return composer.restructuring.matrices(tensors, ofLayer: number, layout: layout, ranks: ranks)
    }
}
