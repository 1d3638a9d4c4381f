import NeuralNetwork
import TensorCore

/// A graph while it is rewritten: nodes that change in their places, nodes that come before others, tensors that are new.
struct GraphRewriter {
    let model: Model
    let graph: Graph
    var nodes: [Node]
    /// Nodes that are to run before the node of an index.
    private var preceding: [Int: [Node]] = [:]
    private var removed: Set<Int> = []
    /// Replacements of stored tensors.
    var replaced: [Int: TensorSource] = [:]
    /// Stored tensors that others take the place of, in this order.
    private(set) var split: [Int: [(stored: StoredTensor, origin: LayerOrigin)]] = [:]
    /// New stored tensors that take no other's place.
    private var added: [StoredTensor] = []
    private var names: Set<String>
    /// Names of nodes, which are apart from those of values; ONNX Runtime refuses a graph with two nodes of one name.
    private var nodeNames: Set<String>
    /// Bytes that new nodes add to the file, about.
    private(set) var addedByteCount = 0

    init(_ model: Model, _ graph: Graph, names: Set<String>) {
        self.model = model
        self.graph = graph
        self.names = names
        nodes = graph.nodes
        nodeNames = graph.nodeNames
    }

    /// A name that nothing else has: `name`, or `name_2` and so on.
    mutating func uniqueName(_ name: String) -> String { Self.unique(name, &names) }

    private static func unique(_ name: String, _ taken: inout Set<String>) -> String {
        var candidate = name
        var number = 1
        while !taken.insert(candidate).inserted {
            number += 1
            candidate = "\(name)_\(number)"
        }
        return candidate
    }

    /// The node under a name that no other has; a node without a name may stay without.
    private mutating func named(_ node: Node) -> Node {
        guard !node.name.isEmpty else { return node }
        var node = node
        node.name = Self.unique(node.name, &nodeNames)
        return node
    }

    /// Adds a node that runs before the one at `index`; where its name is taken it gets another.
    mutating func insert(_ node: Node, before index: Int) {
        let node = named(node)
        preceding[index, default: []].append(node)
        addedByteCount += node.approximateByteCount
    }

    /// Changes the operator at `index` altogether; where the new name is another node's it gets a third.
    mutating func replace(_ index: Int, by node: Node) {
        let node = node.name == nodes[index].name ? node : named(node)
        addedByteCount += max(node.approximateByteCount - nodes[index].approximateByteCount, 0)
        nodes[index] = node
    }

    mutating func remove(_ index: Int) { removed.insert(index) }

    /// What was stored under a new name.
    func added(named name: String) -> TensorSource? { added.first { $0.name == name }?.tensor }

    /// Stores a tensor that takes no other's place under a new name.
    mutating func add(_ name: String, _ tensor: Tensor) -> String { add(name, TensorSource(tensor)) }

    mutating func add(_ name: String, _ tensor: TensorSource) -> String {
        let unique = uniqueName(name)
        added.append(StoredTensor(name: unique, tensor: tensor))
        return unique
    }

    /// Puts factors in the place of a layer's weights.
    mutating func splitTensor(_ tensor: Int, into factors: [(stored: StoredTensor, origin: LayerOrigin)]) {
        split[tensor] = factors
        // An initializer's entry: its name, shape and framing.
        addedByteCount += factors.reduce(0) { $0 + $1.stored.name.utf8.count + 24 }
    }

    /// The nodes in their new order.
    var orderedNodes: [Node] {
        guard !preceding.isEmpty || !removed.isEmpty else { return nodes }
        var ordered: [Node] = []
        ordered.reserveCapacity(nodes.count + preceding.count * 2)
        for (index, node) in nodes.enumerated() {
            ordered += preceding[index] ?? []
            if !removed.contains(index) { ordered.append(node) }
        }
        return ordered
    }

    /// The stored tensors with their new places: for each tensor of the model its index, nil where it is gone.
    func tensors(
        without dead: Set<Int>, origins: inout [Int: LayerOrigin]
    ) -> (tensors: [StoredTensor], places: [Int?], named: [(String, Int)]) {
        var tensors: [StoredTensor] = []
        var places: [Int?] = []
        var named: [(String, Int)] = []
        tensors.reserveCapacity(model.tensors.count + added.count)
        for (index, stored) in model.tensors.enumerated() {
            if let factors = split[index] {
                places.append(nil)
                for factor in factors {
                    origins[tensors.count] = factor.origin
                    named.append((factor.stored.name, tensors.count))
                    tensors.append(factor.stored)
                }
                continue
            }
            if dead.contains(index) {
                places.append(nil)
                continue
            }
            places.append(tensors.count)
            var stored = stored
            if let tensor = replaced[index] { stored.tensor = tensor }
            tensors.append(stored)
        }
        for stored in added {
            named.append((stored.name, tensors.count))
            tensors.append(stored)
        }
        return (tensors, places, named)
    }
}

extension Graph {
    /// Names of the nodes, those of subgraphs included.
    fileprivate var nodeNames: Set<String> {
        var names = Set(nodes.map(\.name))
        for node in nodes { for (_, graph) in node.subgraphs { names.formUnion(graph.nodeNames) } }
        return names
    }
}

extension Node {
    /// About what the node takes in an ONNX file.
    fileprivate var approximateByteCount: Int {
        let texts = [name, operation, domain] + inputs + outputs
        return texts.reduce(4) { $0 + $1.utf8.count + 2 }
            + attributes.reduce(0) { sum, attribute in
                let count = if case .integers(let values) = attribute.value { values.count } else { 1 }
                return sum + attribute.key.utf8.count + 8 + 2 * count
            }
    }
}
