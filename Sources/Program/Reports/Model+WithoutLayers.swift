import Basics
import NeuralNetwork

extension Model {
    /// Why Pare finds nothing to compress, of a model without layers.
    public var reasonWithoutLayers: String {
        let count = tensors.reduce(0) { $0 + $1.tensor.shape.count }
        guard count > 0 else { return "the file stores no weights" }
        if let first = leftOut.first {
            return leftOut.count == 1 ? first.reason : "\(first.reason) (\(NumberText.grouped(leftOut.count)) are left out)"
        }
        let quantized = tensors.filter { !$0.tensor.elementType.isFloatingPoint && $0.tensor.elementType != .int64 && $0.tensor.elementType != .boolean }
        let share = quantized.reduce(0) { $0 + $1.tensor.shape.count }
        if share * 2 > count, let largest = quantized.max(by: { $0.tensor.shape.count < $1.tensor.shape.count }) {
            return "its weights are stored as \(largest.tensor.elementType.rawValue), so it is quantized already"
        }
        guard graph != nil else { return "none of its \(NumberText.grouped(count)) stored values is a matrix or a kernel of weights" }
        return "none of its \(NumberText.grouped(count)) stored values goes as it is into a convolution, a matrix product, a recurrent layer or an embedding"
    }
}
