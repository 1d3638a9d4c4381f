import Factorization
import NeuralNetwork

/// How a layer's operators read its weights, and so what chains of factors look like.
struct FactorSite: Sendable {
    enum Form: Sendable, Hashable {
        case convolution
        case transposedConvolution
        /// Weights are the right operand; `isTransposed` where their rows are outputs.
        case gemmRight(isTransposed: Bool)
        /// Weights are the left operand; `isTransposed` where their rows are what is summed over.
        case gemmLeft(isTransposed: Bool)
        case matMulRight
        case matMulLeft
        case embedding
        case recurrentInput
        case recurrentState
        /// Weights of a file without a graph.
        case tensor
    }

    var form: Form
    /// The nodes that read the weights, and through which values.
    var uses: [(node: Int, value: String)]
    /// Nodes that rearrange the weights on their way, and are needed no longer once they are split.
    var chain: [Int]
    /// Whether the stored matrix is transposed on its way to the operator.
    var isRearranged: Bool
    var groups: Int
}

/// Why a layer cannot be split into factors.
struct FactorObstacle: Error {
    var reason: String
}

extension FactorSite {
    /// Finds the site of a layer.
    init(
        _ layer: Layer, graph: Graph, consumers: GraphConsumers, stored: [String: Int]
    ) throws(FactorObstacle) {
        var found: FactorSite?
        for name in stored.filter({ $0.value == layer.weight }).map(\.key).sorted() {
            try Self.follow(name, path: [], graph, consumers) { node, input, path throws(FactorObstacle) in
                let reader = graph.nodes[node]
                let form = try Self.form(of: reader, input: input, title: graph.title(ofNode: node))
                var site = FactorSite(
                    form: form, uses: [(node, reader.inputs[input])], chain: path,
                    isRearranged: try Self.isTransposed(path, graph), groups: reader.groupCount)
                if let known = found {
                    guard known.form == site.form, known.isRearranged == site.isRearranged, known.groups == site.groups
                    else {
                        throw FactorObstacle(reason: "its weights are used in different ways")
                    }
                    site.uses = known.uses + site.uses
                    site.chain = known.chain + path.filter { !known.chain.contains($0) }
                }
                found = site
            }
        }
        guard let found else {
            throw FactorObstacle(reason: "it is inside a branch or loop")
        }
        self = found
    }

    /// Visits the operators that read a stored tensor, those that only rearrange it followed through.
    private static func follow(
        _ name: String, path: [Int], _ graph: Graph, _ consumers: GraphConsumers,
        _ body: (Int, Int, [Int]) throws(FactorObstacle) -> Void
    ) throws(FactorObstacle) {
        guard path.count < 16 else { throw FactorObstacle(reason: "its weights are rearranged before they are used") }
        if consumers.outputs.contains(name) { throw FactorObstacle(reason: "its weights are the graph's output \(name)") }
        if let node = consumers.outer[name] {
            throw FactorObstacle(reason: "\(graph.title(ofNode: node)) reads its weights in a branch or loop")
        }
        for use in consumers.uses[name] ?? [] {
            let node = graph.nodes[use.node]
            if node.domain.isEmpty, use.input == 0,
                ["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"].contains(node.operation)
            {
                try follow(node.outputs.first ?? "", path: path + [use.node], graph, consumers, body)
            } else {
                try body(use.node, use.input, path)
            }
        }
    }

    private static func form(of node: Node, input: Int, title: String) throws(FactorObstacle) -> Form {
        func flag(_ name: String) -> Bool { if case .integer(let value) = node.attributes[name] { value != 0 } else { false } }
        guard node.domain.isEmpty, node.inputs.count >= 2, node.groupCount >= 1 else { throw FactorObstacle(reason: "its weights are used by \(title) too") }
        switch (node.operation, input) {
        case ("Conv", 1): return .convolution
        case ("ConvTranspose", 1): return .transposedConvolution
        case ("Gemm", 1): return .gemmRight(isTransposed: flag("transB"))
        case ("Gemm", 0): return .gemmLeft(isTransposed: flag("transA"))
        case ("MatMul", 1): return .matMulRight
        case ("MatMul", 0): return .matMulLeft
        case ("Gather", 0): return .embedding
        case ("LSTM", 1), ("GRU", 1), ("RNN", 1): return .recurrentInput
        case ("LSTM", 2), ("GRU", 2), ("RNN", 2): return .recurrentState
        default: throw FactorObstacle(reason: "its weights are used by \(title) too")
        }
    }

    /// Whether a way of rearranging nodes transposes a matrix; those that keep the elements' order do not.
    private static func isTransposed(_ path: [Int], _ graph: Graph) throws(FactorObstacle) -> Bool {
        guard path.contains(where: { graph.nodes[$0].operation == "Transpose" }) else { return false }
        let permutation: [Int]? =
            if case .integers(let values) = graph.nodes[path[0]].attributes["perm"] { values } else { nil }
        guard path.count == 1, permutation == nil || permutation == [1, 0] else {
            throw FactorObstacle(reason: "its weights are rearranged before they are used")
        }
        return true
    }
}

extension Node {
    fileprivate var groupCount: Int { if case .integer(let value) = attributes["group"] { value } else { 1 } }
}

/// Who reads each value of a graph.
struct GraphConsumers {
    private(set) var uses: [String: [(node: Int, input: Int)]] = [:]
    /// Nodes with subgraphs that read a value.
    private(set) var outer: [String: Int] = [:]
    let outputs: Set<String>

    init(_ graph: Graph) {
        outputs = Set(graph.outputs.map(\.name))
        for (index, node) in graph.nodes.enumerated() {
            if node.hasSubgraphs { for name in node.valuesRead() { outer[name] = index } }
            for (input, name) in node.inputs.enumerated() where !name.isEmpty {
                uses[name, default: []].append((index, input))
            }
        }
    }
}
