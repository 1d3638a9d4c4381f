import Importance
import NeuralNetwork

/// A tensor of the compressed network that is fitted, and the value of the original that it is fitted to.
struct Site: Sendable {
    /// Layer of the opened model.
    var layer: Int
    /// Index of the weights in the compressed model's tensors.
    var weight: Int
    var operation: LinearOperator
    /// The value of the original network that comes out behind the layer; with a teacher the value that it reads.
    var target: String
    /// What computes the wanted outputs where no value of the original holds them.
    var teacher: Teacher?
    /// Which of its channels stayed; nil for all.
    var kept: [Int]?
    /// Which of the original's states the layer still reads; nil for all.
    var keptStates: [Int]?
    /// What the layer's last factor makes of this one's outputs; nil where this is the last.
    var projection: Projection?
    var intercept: Intercept
    /// Whether zeros stay zeros.
    var isMasked: Bool
    /// The layer's place in the compressed model that its weights have.
    var place: Int

    /// A factor without a window behind the one that is fitted.
    struct Projection: Sendable {
        var weight: Int
        var operation: LinearOperator
    }

    /// A matrix of a recurrent layer of the original, whose products stay within the operator.
    struct Teacher: Sendable {
        /// Index of its weights in the original model's tensors.
        var weight: Int
        var operation: LinearOperator
    }

    /// What can make up for a shift of the outputs' means: indices of tensors.
    enum Intercept: Sendable {
        case none
        case bias(Int)
        /// A bias that an addition behind the operator adds, so that it is no part of what is compared.
        case addend(Int)
        case normalization(mean: Int, variance: Int)
    }

    /// Whether the layer reads its own states, for which the original's stand: those it is to have once all is fitted.
    var readsStates: Bool { operation.reading != .value }

    /// What gives the values that are compared.
    var last: LinearOperator { projection?.operation ?? operation }
}

extension Site.Intercept {
    /// Finds what is added behind an operator: its own bias, a normalization, or an addition.
    init(_ operation: LinearOperator, in graph: Graph, _ uses: TensorUses, tensors: [StoredTensor]) {
        let node = graph.nodes[operation.node]
        let count = operation.groups * operation.outputs
        func own(_ name: String) -> Int? {
            guard let tensor = uses.ownTensor(name), tensors[tensor].tensor.count == count,
                tensors[tensor].tensor.elementType.isReadableAsFloat
            else { return nil }
            return tensor
        }
        self = .none
        if node.inputs.count > 2, !node.inputs[2].isEmpty {
            if operation.biasScale != 0, let bias = own(node.inputs[2]) { self = .bias(bias) }
            return
        }
        guard let next = uses.soleReader(of: operation.output) else { return }
        let reader = graph.nodes[next]
        if reader.operation == "BatchNormalization", reader.inputs.count >= 5, reader.inputs[0] == operation.output,
            let mean = own(reader.inputs[3]), let variance = own(reader.inputs[4])
        {
            self = .normalization(mean: mean, variance: variance)
        } else if reader.operation == "Add", case .product = operation.form,
            let other = reader.inputs.first(where: { $0 != operation.output }), let bias = own(other),
            tensors[bias].tensor.shape.dimensions.last == count
        {
            self = .addend(bias)
        }
    }
}
