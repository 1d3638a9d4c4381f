/// Why a layer cannot be factorized.
public enum FactorizationError: Error, Hashable, CustomStringConvertible {
    /// A weight is infinite or not a number; the index counts in stored order.
    case notFinite(index: Int)
    /// The weights are so large that their products leave the range of float32.
    case tooLarge
    /// The tensor's elements are not read as numbers (quantized weights).
    case notReadable(elementType: String)
    /// LAPACK did not converge, or had no memory; the code is its own.
    case noDecomposition(code: Int)
    /// The caller changed its mind.
    case cancelled

    public var description: String {
        switch self {
        case .notFinite(let index): "weight \(index) is infinite or not a number; such a layer cannot be factorized"
        case .tooLarge: "the weights are too large to be factorized in float32"
        case .notReadable(let elementType): "weights stored as \(elementType) cannot be factorized"
        case .noDecomposition(let code): "the eigenvalue decomposition failed (LAPACK said \(code))"
        case .cancelled: "cancelled"
        }
    }
}
