import NeuralNetwork
import TensorCore

/// How a network is compiled for training.
public struct TrainingOptions: Sendable {
    /// What a batch normalization divides by.
    public enum Statistics: Sendable, Hashable {
        /// The batch's own mean and variance, which also move the running ones.
        case batch
        /// The running ones, which stay as they are.
        case frozen
    }

    public var threads = 1
    /// The stored tensors to train, by index in the model; nil for all that are weights by their place in an operator.
    public var parameters: Set<Int>?
    public var statistics = Statistics.batch
    /// Graph inputs whose gradients are wanted, by name.
    public var inputGradients: Set<String> = []
    /// Nodes that are linear in their weights and of which inputs and gradients are kept, by the names of outputs.
    public var observed: Set<String> = []
    /// Outputs that a loss looks at, by position.
    public var lossOutputs: [Int] = [0]
    /// Whether an output that is a Softmax, LogSoftmax or Sigmoid is given as what goes into it.
    public var readsLogits = true
    /// Whether Dropout drops.
    public var drops = true

    public init() {}
}

extension Model {
    /// Stored tensors that training would change: weights and biases by their place in an operator.
    public var trainableTensors: Set<Int> {
        var found: Set<Int> = []
        var sources: [String: [Int]] = [:]
        guard let graph else { return [] }
        for (name, index) in graph.initializers where tensors.indices.contains(index) { sources[name] = [index] }
        for index in graph.executionOrder() {
            let node = graph.nodes[index]
            if node.operation == "Constant", let output = node.outputs.first {
                for case .tensor(let index) in node.attributes.values where tensors.indices.contains(index) {
                    sources[output] = [index]
                }
                continue
            }
            for (position, name) in node.inputs.enumerated() {
                for tensor in sources[name] ?? [] {
                    guard tensors[tensor].isParameter, tensors[tensor].tensor.elementType.isReadableAsFloat else { continue }
                    let passes = Self.passing.contains(node.operation) && position == 0 || node.operation == "Concat"
                    if passes {
                        for output in node.outputs where !(sources[output]?.contains(tensor) ?? false) {
                            sources[output, default: []].append(tensor)
                        }
                    } else if Self.trains(node, position, tensors[tensor].tensor.shape) {
                        found.insert(tensor)
                    }
                }
            }
        }
        return found
    }

    /// Operators through which weights are often read.
    private static let passing: Set<String> = [
        "Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Slice", "Split", "Flatten",
    ]

    private static func trains(_ node: Node, _ position: Int, _ shape: Shape) -> Bool {
        switch node.operation {
        case "Conv", "ConvTranspose", "InstanceNormalization", "LayerNormalization", "GroupNormalization":
            position == 1 || position == 2
        case "BatchNormalization": position == 1 || position == 2
        case "Gemm", "MatMul": true
        case "LSTM", "GRU": (1...3).contains(position)
        case "PRelu": position == 1
        case "Gather": position == 0 && shape.rank >= 2
        case "Add", "Sub", "Mul": shape.rank >= 1 && shape.count > 1
        default: false
        }
    }
}
