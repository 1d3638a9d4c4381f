import Basics
import NeuralNetwork
import TensorCore

/// Why a network cannot be run, in one line: what is lacking, and the node it is lacking for.
public struct ExecutionError: ExplainedError, Hashable {
    public var message: String

    public init(_ message: String) { self.message = message }
}

extension ExecutionError {
    /// That an operator is not supported, and where it is.
    static func unsupported(_ node: Node, _ title: String) -> ExecutionError {
        let domain = node.domain.isEmpty ? "" : " of domain \(node.domain)"
        return ExecutionError("the operator \(node.operation)\(domain) is not supported (\(title))")
    }
}

extension StoredTensor {
    /// The tensor with its elements.
    func read() throws(ExecutionError) -> Tensor {
        do throws(UnreadableTensor) { return try tensor.read() } catch { throw ExecutionError("\(name): \(error.message)") }
    }
}
