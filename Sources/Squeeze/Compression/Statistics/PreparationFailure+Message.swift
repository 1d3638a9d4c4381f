import Basics

extension PreparationFailure: ExplainedError {
    public var message: String { reason ?? "cancelled" }

    /// Why the layer stays as it is; nil where the work was only cancelled.
    public var reason: String? {
        switch self {
        case .notFinite(let count, let firstIndex):
            "\(NumberText.grouped(count)) weights are NaN or infinite, the first at \(NumberText.grouped(firstIndex))"
        case .notReadable(let type): "weights of type \(type.rawValue) are not compressed"
        case .tooManyWeights(let count):
            "\(NumberText.grouped(count)) weights are more than the \(NumberText.grouped(LayerTables.weightLimit)) of one layer"
        case .cancelled: nil
        }
    }
}
