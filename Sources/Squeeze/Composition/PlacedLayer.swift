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

    /// Its spectra and energies as filter pruning left it, where they are there; in the data's norm nil too where that is not known.
    public func energyTable(_ norm: ErrorNorm) -> EnergyTable? { kernel(norm)?.table }

    /// What its ranks by variational Bayes are, where its spectra in the weights' norm are there.
    public var automaticRanks: AutomaticRanks? { kernel(.weights)?.automaticRanks }

    /// The same table, worked out now where it is not there; nil in the data's norm where that is not known.
    ///
    /// - Throws: `Cancelled`, or a `FactorizationError`; a layer with a `factorObstacle` must not be asked about.
    public func preparedEnergyTable(_ norm: ErrorNorm, _ cancellation: CancellationToken? = nil) throws -> EnergyTable? {
        try kernel(norm)?.preparedTable(cancellation)
    }

    /// What the factors in force keep of the energy, in the norm that they were chosen in, where they are there.
    public var energyKept: Double? { composed.ranks.flatMap { kernel?.refined($0)?.energyKept } }

    /// Its weights before factorization, with what their factors are judged by.
    private func kernel(_ norm: ErrorNorm) -> Kernel? {
        guard let basis = composer.basis(norm, of: number) else { return nil }
        return kernel.map { composer.kernel(like: $0, basis) } ?? composer.wholeKernel(number, basis)
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
