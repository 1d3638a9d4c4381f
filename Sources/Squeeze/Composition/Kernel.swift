import Basics
import Factorization
import Structure
import Synchronization
import TensorCore

/// The weights of a layer as filter pruning left them, with what is known of their factors.
final class Kernel: Sendable {
    /// Unique within a composer; 0 is no kernel's.
    let number: Int
    let layer: Int
    /// What stayed of the layer's stored weights.
    let selection: LayerSelection
    let weights: TensorSource
    /// Nil where the layer cannot be factorized.
    let layout: KernelLayout?
    /// What errors are measured by; nil for squares of the weights.
    let norm: DataNorm?

    /// Refinement ends when a round takes less than this fraction off the error: what follows changes no figure on the screen.
    private static let tolerance = 1e-5
    private static let rounds = 50

    private struct Known {
        var power: Double?
        var table: EnergyTable?
        var automatic: AutomaticRanks?
        var refined = RecentlyUsed<Ranks, RefinedFactors>(limit: 128 << 20)
    }

    private let known = Mutex(Known())
    /// Held while something is worked out, so that nobody works it out twice.
    private let work = Mutex(())

    init(number: Int, layer: Int, selection: LayerSelection, weights: TensorSource, layout: KernelLayout?, norm: DataNorm?) {
        self.number = number
        self.layer = layer
        self.selection = selection
        self.weights = weights
        self.layout = layout
        self.norm = norm
    }

    /// The energy table, where it is there.
    var table: EnergyTable? { known.withLock { $0.table } }

    /// Σw².
    func power() throws(UnreadableTensor) -> Double {
        if let power = known.withLock({ $0.power }) { return power }
        let power = try weights.read().power
        known.withLock { $0.power = power }
        return power
    }

    /// The energy table, worked out now where it is not there.
    ///
    /// - Throws: `Cancelled`, or where weights are not finite.
    func preparedTable(_ cancellation: CancellationToken?) throws -> EnergyTable {
        if let table { return table }
        return try work.withLock { _ in
            if let table { return table }
            guard let layout else { preconditionFailure("factors of a layer that has none") }
            let made = try cancellable { try EnergyTable(weights.read(), layout: layout, norm: norm, cancellation: cancellation) }
            known.withLock {
                $0.table = made
                if norm == nil { $0.power = made.power }
            }
            return made
        }
    }

    /// The ranks by empirical variational Bayes, where the table is there.
    var automaticRanks: AutomaticRanks? {
        if let ranks = known.withLock({ $0.automatic }) { return ranks }
        guard let table else { return nil }
        let ranks = table.automaticRanks
        known.withLock { $0.automatic = ranks }
        return ranks
    }

    /// The factors at some ranks after refinement, where they are there.
    func refined(_ ranks: Ranks) -> RefinedFactors? { known.withLock { $0.refined.use(ranks) } }

    /// The factors at some ranks, refined now where they are not there.
    func preparedFactors(_ ranks: Ranks, _ cancellation: CancellationToken?) throws -> RefinedFactors {
        if let factors = refined(ranks) { return factors }
        let table = try preparedTable(cancellation)
        return try work.withLock { _ in
            if let factors = refined(ranks) { return factors }
            let made = try cancellable {
                try table.refined(
                    ranks, weights: weights.read(), iterations: Self.rounds, tolerance: Self.tolerance, cancellation: cancellation)
            }
            known.withLock { $0.refined.insert(made, for: ranks, cost: table.layout.factorCount(ranks) * 4) }
            return made
        }
    }
}

/// Does work of a module whose cancellation is an error of its own.
private func cancellable<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch FactorizationError.cancelled {
        throw Cancelled()
    }
}

extension Tensor {
    /// Σw² of all elements.
    var power: Double {
        var power = 0.0
        forEachChunk { _, chunk in power += chunk.reduce(0.0) { $0 + Double($1) * Double($1) } }
        return power
    }
}
