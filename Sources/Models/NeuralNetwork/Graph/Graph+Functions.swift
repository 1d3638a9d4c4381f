/// An operator that a model defines of other operators.
public struct LocalFunction: Sendable {
    public var domain: String
    public var name: String
    public var inputs: [String]
    public var outputs: [String]
    public var nodes: [Node]
    /// Attributes of its nodes that a call gives: position of the node, name there, name in the call.
    public var references: [(node: Int, attribute: String, parameter: String)]
    /// What attributes are where a call does not give them.
    public var defaults: [String: Attribute]
    /// The version of each operator domain that its nodes are read by.
    public var operatorSets: [String: Int]

    public init(
        domain: String, name: String, inputs: [String], outputs: [String], nodes: [Node],
        references: [(node: Int, attribute: String, parameter: String)], defaults: [String: Attribute],
        operatorSets: [String: Int]
    ) {
        self.domain = domain
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.nodes = nodes
        self.references = references
        self.defaults = defaults
        self.operatorSets = operatorSets
    }
}

extension Graph {
    /// The graph with the nodes of local functions in place of the calls, subgraphs included.
    ///
    /// A call stays where the function is not among `functions`, reads operators of another version than the graph, calls
    /// itself, or would make more nodes than real models have; names of values inside take that of the call in front.
    public func inlining(_ functions: [LocalFunction]) -> Graph {
        guard !functions.isEmpty else { return self }
        var inliner = FunctionInliner(functions)
        return inliner.inlined(self)
    }

    /// Whether a node, however deep in subgraphs, is one for which `condition` holds.
    public func containsNode(where condition: (Node) -> Bool) -> Bool {
        nodes.contains { node in condition(node) || node.subgraphs.contains { $0.graph.containsNode(where: condition) } }
    }
}

private struct FunctionInliner {
    private struct Operator: Hashable {
        var domain: String
        var name: String
    }

    private let functions: [Operator: LocalFunction]
    /// Nodes that may still be made.
    private var room = 1 << 17
    private static let deepestCall = 24
    /// Names of the calls so far.
    private var calls: Set<String> = []

    init(_ functions: [LocalFunction]) {
        self.functions = Dictionary(functions.map { (Operator(domain: $0.domain, name: $0.name), $0) }) { first, _ in first }
    }

    mutating func inlined(_ graph: Graph) -> Graph {
        var result = graph
        var names = graph.namesDefined().union(graph.namesRead()).union(graph.valueInfos.keys)
        result.nodes = []
        for node in graph.nodes { append(node, to: &result, names: &names, depth: 0) }
        return result
    }

    private mutating func append(_ node: Node, to graph: inout Graph, names: inout Set<String>, depth: Int) {
        guard let function = functions[Operator(domain: node.domain, name: node.operation)], depth < Self.deepestCall,
            function.nodes.count <= room, node.inputs.count <= function.inputs.count,
            node.outputs.count <= function.outputs.count,
            function.operatorSets.allSatisfy({ graph.operatorSets[$0.key] == nil || graph.operatorSets[$0.key] == $0.value })
        else {
            graph.nodes.append(inliningSubgraphs(of: node))
            return
        }
        room -= function.nodes.count
        var call = node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? function.name : node.name
        let inside = function.nodes.flatMap(\.outputs).filter { !$0.isEmpty && !function.inputs.contains($0) }
        while calls.contains(call) || inside.contains(where: { names.contains("\(call)/\($0)") }) { call += "'" }
        calls.insert(call)
        var renamed: [String: String] = [:]
        for (position, name) in function.inputs.enumerated() {
            renamed[name] = position < node.inputs.count ? node.inputs[position] : ""
        }
        var passed: [(input: String, output: String)] = []
        for (name, output) in zip(function.outputs, node.outputs) where !output.isEmpty {
            if let input = renamed[name] { passed.append((input, output)) } else { renamed[name] = output }
        }
        for name in inside where renamed[name] == nil { renamed[name] = "\(call)/\(name)" }
        names.formUnion(renamed.values)
        for (position, inner) in function.nodes.enumerated() {
            var copy = inner.renamingInputs(renamed)
            copy.outputs = inner.outputs.map { renamed[$0] ?? $0 }
            copy.name = "\(call)/\(inner.name.isEmpty ? "\(inner.operation)_\(position)" : inner.name)"
            for reference in function.references where reference.node == position {
                copy.attributes[reference.attribute] =
                    node.attributes[reference.parameter] ?? function.defaults[reference.parameter]
            }
            append(copy, to: &graph, names: &names, depth: depth + 1)
        }
        for (input, output) in passed {
            graph.nodes.append(
                Node(name: "\(call)/\(output)", operation: "Identity", inputs: [input], outputs: [output]))
        }
    }

    private mutating func inliningSubgraphs(of node: Node) -> Node {
        guard node.hasSubgraphs else { return node }
        var result = node
        for (name, attribute) in node.attributes {
            switch attribute {
            case .graph(let graph): result.attributes[name] = .graph(inlined(graph))
            case .graphs(let graphs): result.attributes[name] = .graphs(graphs.map { inlined($0) })
            default: break
            }
        }
        return result
    }
}
