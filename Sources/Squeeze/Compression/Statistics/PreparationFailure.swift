import TensorCore

/// Why a layer's weights cannot be made into tables.
public enum PreparationFailure: Error, Hashable {
    /// NaN or infinite weights (float64 beyond the range of float32 included), with the position of the first.
    case notFinite(count: Int, firstIndex: Int)
    /// Weights of a type that is not compressed.
    case notReadable(ElementType)
    /// More weights than `LayerTables.weightLimit`.
    case tooManyWeights(Int)
    /// The work was no longer wanted: an outcome, not a failure.
    case cancelled
}
