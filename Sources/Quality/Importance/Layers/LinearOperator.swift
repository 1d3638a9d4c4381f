import NeuralNetwork
import TensorCore

/// A node that is linear in its stored weights, seen as one matrix (outputs × inputs) a group.
///
/// A row of inputs is what one output place reads: a window of a convolution, a vector of a product.
public struct LinearOperator: Sendable {
    /// What kind of operator it is.
    public enum Form: Sendable {
        /// Windows of an input are read.
        case convolution
        /// Each input is spread over a window.
        case transposedConvolution
        /// y = x · W, or x · Wᵀ where the weights' rows are outputs.
        case product(isTransposed: Bool)
    }

    /// What a row of inputs is taken from.
    public enum Reading: Sendable {
        /// The value that is multiplied.
        case value
        /// What a recurrent layer gave one step earlier, or later where it runs backwards: zeros at the first.
        case earlierStates
        case laterStates
    }

    /// What kind of operator it is.
    public let form: Form
    /// What a row of inputs is taken from.
    public let reading: Reading
    /// Index of the node in its graph.
    public let node: Int
    /// The value read.
    public let input: String
    /// The value written.
    public let output: String
    /// Groups of channels, which have a matrix each.
    public let groups: Int
    /// Of a group.
    public let outputs: Int
    /// Of a group.
    public let inputs: Int
    /// Elements of the window: 1 for products.
    public let window: Int
    /// y = scale · W · x + biasScale · b.
    public let scale: Double
    /// What a bias is multiplied by.
    public let biasScale: Double
    /// Of the weights as they are stored.
    public let shape: Shape

    /// Why a layer's weights stay as they are.
    public struct Obstacle: Error {
        /// In words.
        public var reason: String

        /// Gives a reason in words.
        public init(reason: String) { self.reason = reason }
    }

    /// Inputs of a group beyond which their second moments take too much memory and time.
    public static let largestInputs = 8192

    /// Whether a node has matrices whose products stay within it.
    public static func isRecurrent(_ node: Node) -> Bool { ["LSTM", "GRU", "RNN"].contains(node.operation) }

    /// Reads a node; `place` is the number of its input that its weights are: only recurrent layers have two. `isWide` lets it
    /// have more inputs than can be solved for.
    ///
    /// - Throws: an `Obstacle` where it is not linear in them.
    public init(_ node: Node, index: Int, place: Int = 1, weights: Shape, isWide: Bool = false) throws(Obstacle) {
        func integer(_ name: String, _ otherwise: Int) -> Int {
            if case .integer(let value) = node.attributes[name] { value } else { otherwise }
        }
        func float(_ name: String) -> Double { if case .float(let value) = node.attributes[name] { Double(value) } else { 1 } }
        guard node.domain.isEmpty, node.inputs.count >= 2 else { throw Obstacle(reason: "an operator of its own kind") }
        self.node = index
        output = node.outputs.first ?? ""
        shape = weights
        var (groups, scale, biasScale, reading) = (1, 1.0, 1.0, Reading.value)
        switch node.operation {
        case "Conv" where weights.rank >= 3:
            form = .convolution
            groups = integer("group", 1)
            guard groups > 0, weights[0] % groups == 0 else { throw Obstacle(reason: "its groups do not fit its shape") }
            outputs = weights[0] / groups
            window = weights.dimensions[2...].reduce(1, *)
            inputs = weights[1] * window
        case "ConvTranspose" where weights.rank >= 3:
            form = .transposedConvolution
            groups = integer("group", 1)
            guard groups > 0, weights[0] % groups == 0 else { throw Obstacle(reason: "its groups do not fit its shape") }
            outputs = weights[1]
            window = weights.dimensions[2...].reduce(1, *)
            inputs = weights[0] / groups * window
        case "Gemm" where weights.rank == 2:
            guard integer("transA", 0) == 0 else { throw Obstacle(reason: "its input is transposed") }
            let isTransposed = integer("transB", 0) != 0
            form = .product(isTransposed: isTransposed)
            (outputs, inputs) = isTransposed ? (weights[0], weights[1]) : (weights[1], weights[0])
            (scale, biasScale, window) = (float("alpha"), float("beta"), 1)
        case "MatMul" where weights.rank == 2:
            form = .product(isTransposed: false)
            (outputs, inputs, window) = (weights[1], weights[0], 1)
        case "LSTM", "GRU", "RNN":
            guard weights.rank == 3, integer("layout", 0) == 0 else { throw Obstacle(reason: "its batch comes before its steps") }
            form = .product(isTransposed: true)
            (outputs, inputs, window) = (weights[0] * weights[1], weights[2], 1)
            guard place == 2 else { break }
            guard weights[0] == 1 else { throw Obstacle(reason: "its states run in both directions") }
            guard node.operation != "GRU" || integer("linear_before_reset", 0) != 0 else {
                throw Obstacle(reason: "its states are reset before they are multiplied")
            }
            guard !output.isEmpty else { throw Obstacle(reason: "its states are not among its outputs") }
            reading = if case .text("reverse") = node.attributes["direction"] { .laterStates } else { .earlierStates }
        default: throw Obstacle(reason: "\(node.operation) is not linear in one matrix")
        }
        input = reading == .value ? node.inputs[0] : output
        (self.groups, self.scale, self.biasScale, self.reading) = (groups, scale, biasScale, reading)
        guard scale != 0, outputs > 0, inputs > 0 else { throw Obstacle(reason: "it computes nothing") }
        guard isWide || inputs <= Self.largestInputs else {
            throw Obstacle(reason: "each output reads \(inputs) inputs, more than \(Self.largestInputs)")
        }
    }

    /// Whether each output place reads one input place of its own number, without a window.
    public func isPointwise(_ node: Node) -> Bool {
        guard window == 1 else { return false }
        switch form {
        case .product: return true
        case .transposedConvolution: return false
        case .convolution:
            func all(_ name: String, _ value: Int) -> Bool {
                guard case .integers(let values) = node.attributes[name] else { return true }
                return values.allSatisfy { $0 == value }
            }
            return all("strides", 1) && all("pads", 0)
        }
    }

    /// Where the element of an output and an input of a group is stored.
    func position(_ group: Int, _ output: Int, _ input: Int) -> Int {
        switch form {
        case .convolution, .product(isTransposed: true): (group * outputs + output) * inputs + input
        case .product(isTransposed: false): input * outputs + output
        case .transposedConvolution:
            ((group * (inputs / window) + input / window) * outputs + output) * window + input % window
        }
    }

    /// Stored weights as matrices of what the operator does: outputs × inputs, one a group, its scale included.
    public func matrices(_ stored: [Float]) -> [[Double]] {
        precondition(stored.count == groups * outputs * inputs, "\(stored.count) weights are no \(shape)")
        return (0..<groups).map { group in
            var matrix = [Double](repeating: 0, count: outputs * inputs)
            for output in 0..<outputs {
                for input in 0..<inputs { matrix[output * inputs + input] = Double(stored[position(group, output, input)]) * scale }
            }
            return matrix
        }
    }

    /// The matrices as they are stored.
    public func stored(_ matrices: [[Double]]) -> [Float] {
        var stored = [Float](repeating: 0, count: groups * outputs * inputs)
        for (group, matrix) in matrices.enumerated() {
            for output in 0..<outputs {
                for input in 0..<inputs { stored[position(group, output, input)] = Float(matrix[output * inputs + input] / scale) }
            }
        }
        return stored
    }
}
