import TensorCore

/// Stored weights that Pare does not compress, and why.
public struct LeftOutWeights: Sendable, Hashable {
    /// The node that reads them, or the tensor where none does.
    public var name: String
    /// The operator that reads them; empty where none does.
    public var operation: String
    public var shape: Shape
    /// As a format calls it: `int8`.
    public var elementType: String
    /// Their elements.
    public var parameterCount: Int
    /// In words that go behind the name: `stored as int8, read through DequantizeLinear`.
    public var reason: String

    public init(name: String, operation: String, shape: Shape, elementType: String, parameterCount: Int, reason: String) {
        self.name = name
        self.operation = operation
        self.shape = shape
        self.elementType = elementType
        self.parameterCount = parameterCount
        self.reason = reason
    }
}

extension Graph {
    /// The weights that became no layer: those that nodes read which compute with values of the network. Norms, biases, tensors of
    /// one axis and small ones are not among them. `functions` are local functions of the model, as `domain.name`.
    ///
    /// Integers that stand for quantized weights are marked in `tensors` as such.
    public func leftOutWeights(
        tensors: inout [StoredTensor], layers: [Layer], functions: Set<String> = []
    ) -> [LeftOutWeights] {
        var collector = LeftOutCollector(tensors: tensors, layers: layers, functions: functions)
        collector.collect(self, outer: nil)
        collector.collectUnread()
        tensors = collector.tensors
        return collector.found
    }
}

private struct LeftOutCollector {
    private(set) var tensors: [StoredTensor]
    private(set) var found: [LeftOutWeights] = []
    private var covered: Set<Int>
    /// Tensors that some node reads.
    private var seen: Set<Int> = []
    private let functions: Set<String>

    /// Tensors of no more elements are settings of the computation.
    private static let largestSetting = 16

    init(tensors: [StoredTensor], layers: [Layer], functions: Set<String>) {
        self.tensors = tensors
        self.functions = functions
        covered = Set(layers.map(\.weight)).union(layers.compactMap(\.bias))
    }

    mutating func collect(_ graph: Graph, outer: ConstantOrigins?) {
        let origins = ConstantOrigins(graph, outer: outer)
        for node in graph.nodes {
            for (_, inner) in node.subgraphs { collect(inner, outer: origins) }
            let inputs = node.inputs.map { $0.isEmpty ? nil : origins.origins($0) }
            // What is computed of constants alone is looked at where it is used.
            guard zip(node.inputs, inputs).contains(where: { !$0.0.isEmpty && $0.1 == nil }) else { continue }
            for case let (position, origin?) in inputs.enumerated() { collect(node, position, origin) }
        }
        for name in graph.outputs.map(\.name) { seen.formUnion(origins.origins(name)?.tensors ?? []) }
    }

    private mutating func collect(_ node: Node, _ position: Int, _ origin: ConstantOrigins.Origin) {
        seen.formUnion(origin.tensors)
        let isQuantized = node.isOnIntegers || origin.operations.contains { $0.hasSuffix("DequantizeLinear") }
        if isQuantized {
            for tensor in origin.tensors where tensors[tensor].tensor.elementType.isQuantizedNumber { tensors[tensor].isQuantized = true }
        }
        guard !node.keepsItsParameters(position) else { return }
        let weights = origin.tensors.filter { !covered.contains($0) && isWeight($0, isQuantized) }
        guard let largest = weights.max(by: { tensors[$0].tensor.count < tensors[$1].tensor.count }) else { return }
        covered.formUnion(weights)
        let tensor = tensors[largest].tensor
        found.append(
            LeftOutWeights(
                name: node.name.isEmpty ? tensors[largest].name : node.name, operation: node.operation, shape: tensor.shape,
                elementType: tensor.elementType.rawValue, parameterCount: weights.reduce(0) { $0 + tensors[$1].tensor.count },
                reason: reason(node, origin, tensor, weights)))
    }

    /// Weights that no node reads: the insides of local functions, and what was left behind.
    mutating func collectUnread() {
        for (index, stored) in tensors.enumerated() where !covered.contains(index) && isWeight(index, false) {
            guard !seen.contains(index) else { continue }
            found.append(
                LeftOutWeights(
                    name: stored.name, operation: "", shape: stored.tensor.shape, elementType: stored.tensor.elementType.rawValue,
                    parameterCount: stored.tensor.count,
                    reason: functions.isEmpty ? "read by no node" : "inside a local function, or read by no node"))
        }
    }

    private func isWeight(_ index: Int, _ isQuantized: Bool) -> Bool {
        guard tensors.indices.contains(index) else { return false }
        let stored = tensors[index]
        guard stored.isParameter || isQuantized && stored.tensor.elementType.isQuantizedNumber else { return false }
        return stored.tensor.count > Self.largestSetting && stored.tensor.shape.dimensions.count { $0 > 1 } > 1
    }

    private func reason(_ node: Node, _ origin: ConstantOrigins.Origin, _ largest: TensorSource, _ weights: [Int]) -> String {
        let type = largest.elementType.rawValue
        if node.isOnIntegers { return "quantized: stored as \(type), which \(node.operation) computes with as integers" }
        if let operation = origin.operations.first(where: { $0.hasSuffix("DequantizeLinear") }) {
            return "quantized: stored as \(type), read through \(operation)"
        }
        if functions.contains("\(node.domain).\(node.operation)") { return "used inside the function \(node.domain).\(node.operation)" }
        if !node.domain.isEmpty { return "read by \(node.operation), a custom operator of domain \(node.domain)" }
        if !largest.elementType.isReadableAsFloat { return "stored as \(type), which is not compressed" }
        let arithmetic = origin.operations.filter { !StoredSource.rearranging.contains($0) && $0 != "Constant" && $0 != "Concat" }
        if !arithmetic.isEmpty {
            let names = weights.prefix(3).map { tensors[$0].name }.joined(separator: ", ")
            return "computed of \(names) by \(arithmetic.prefix(4).joined(separator: ", "))"
        }
        switch node.operation {
        case "Add", "Sub", "Mul", "Div": return "no weights of a layer: \(node.operation) reads them element by element"
        case "Gather" where node.isEmbedding: return "looked up at places that are known beforehand: an addend, as a bias is"
        case "Gather", "GatherND", "GatherElements": return "looked up by \(node.operation), not row by row"
        default: return "read by \(node.operation), whose weights are not compressed"
        }
    }
}

/// Which values of a graph follow from stored tensors alone.
private final class ConstantOrigins {
    struct Origin {
        /// Stored tensors that the value is made of.
        var tensors: [Int] = []
        /// Operators in between.
        var operations: [String] = []
    }

    private let graph: Graph
    private let outer: ConstantOrigins?
    private var producers: [String: Int] = [:]
    private let inputNames: Set<String>
    private var known: [String: Origin?] = [:]

    /// Longer chains are not followed, nor are values of more tensors.
    private static let longestChain = 64
    private static let mostTensors = 64

    init(_ graph: Graph, outer: ConstantOrigins?) {
        self.graph = graph
        self.outer = outer
        inputNames = Set(graph.inputs.map(\.name))
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
        }
    }

    /// What a value is made of; nil where it depends on the network's inputs.
    func origins(_ name: String, chain: Int = 0) -> Origin? {
        if name.isEmpty || chain > Self.longestChain { return nil }
        if let result = known[name] { return result }
        known[name] = .some(nil)
        let result = follow(name, chain: chain)
        known[name] = .some(result)
        return result
    }

    private func follow(_ name: String, chain: Int) -> Origin? {
        if let index = graph.initializers[name] { return Origin(tensors: [index]) }
        if graph.encodedInitializers.contains(where: { $0.name == name }) { return Origin() }
        guard let producer = producers[name] else {
            return inputNames.contains(name) ? nil : outer?.origins(name, chain: chain + 1)
        }
        let node = graph.nodes[producer]
        guard !node.hasSubgraphs, !node.operation.hasPrefix("Random") else { return nil }
        var origin = Origin(operations: [node.operation])
        for case .tensor(let index) in node.attributes.values { origin.tensors.append(index) }
        for input in node.inputs where !input.isEmpty {
            guard let part = origins(input, chain: chain + 1) else { return nil }
            origin.tensors += part.tensors.filter { !origin.tensors.contains($0) }
            origin.operations += part.operations.filter { !origin.operations.contains($0) }
            guard origin.tensors.count <= Self.mostTensors else { return nil }
        }
        return origin
    }
}

extension ElementType {
    /// Whether numbers of the type stand for others in quantized networks.
    fileprivate var isQuantizedNumber: Bool {
        switch self {
        case .int8, .uint8, .int16, .uint16, .int32: true
        default: false
        }
    }
}

extension Node {
    /// Whether the operator computes with integers in the place of the numbers that they stand for.
    fileprivate var isOnIntegers: Bool {
        let standard = operation.hasPrefix("QLinear") || operation.hasSuffix("Integer")
        return standard || !domain.isEmpty && (operation.hasPrefix("Q") || ["Integer", "Quant", "NBits"].contains(where: operation.contains))
    }

    /// Whether what an input holds is a bias, a norm's or an initial state, whatever its shape.
    fileprivate func keepsItsParameters(_ input: Int) -> Bool {
        guard domain.isEmpty else { return false }
        switch operation {
        case "LSTM", "GRU", "RNN": return input > 2
        case "Conv", "ConvTranspose", "Gemm": return input > 1
        case "PRelu": return true
        default: return operation.hasSuffix("Normalization")
        }
    }
}
