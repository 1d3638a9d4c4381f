import Compression
import Datasets
import Evaluation
import ModelFormats
import Recipes
import TensorCore

/// An error in one line for the person: the only place where errors become words.
func message(for error: any Error) -> String {
    switch error {
    case let error as ModelFileError: error.message
    case let error as RecipeError: error.message
    case let error as DataSetError: error.message
    case let error as EvaluationError: error.message
    case let error as PreparationFailure: error.reason ?? "cancelled"
    default: "\(error)"
    }
}

extension PreparationFailure {
    /// Why the layer stays as it is; nil where the work was only cancelled.
    var reason: String? {
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
