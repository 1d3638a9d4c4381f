import Factorization
import TensorCore

/// Where the factors of a layer come from when somebody reads them.
///
/// `weights` is the layer's tensor as filter pruning left it; it may be slow to be read the first time.
public typealias FactorSource = @Sendable (_ layer: Int, _ weights: TensorSource, _ layout: KernelLayout, _ ranks: Ranks) throws -> FactorMatrices
