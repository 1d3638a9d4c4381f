import TensorCore

/// One use of an operator.
public struct Node: Sendable {
    /// As the file gives it; often empty.
    public var name: String
    public var operation: String
    /// Empty for the standard operators (`ai.onnx` is written so too).
    public var domain: String
    /// Names of the values read; an omitted optional input is an empty name.
    public var inputs: [String]
    /// Names of the values written; an output nobody wants may be an empty name.
    public var outputs: [String]
    public var attributes: [String: Attribute]
    /// Fields that say nothing of the computation (documentation, metadata), as the file's format encodes them.
    public var annotations: [UInt8] = []
    /// What the exporter says the node's weights are called in the module that they come from, of a recurrent node the module itself: of use
    /// where the tensor it stored has another name. `encoder.0.linear1.weight`, `lstm`.
    public var weightName: String?

    public init(
        name: String = "", operation: String, domain: String = "", inputs: [String] = [], outputs: [String] = [],
        attributes: [String: Attribute] = [:]
    ) {
        self.name = name
        self.operation = operation
        self.domain = domain
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }

    /// Whether an attribute holds a graph: control flow.
    public var hasSubgraphs: Bool {
        attributes.values.contains { attribute in
            switch attribute {
            case .graph, .graphs: true
            default: false
            }
        }
    }

    /// The graphs in the attributes, ordered so that `then_branch` precedes `else_branch`, others by name.
    public var subgraphs: [(attribute: String, graph: Graph)] {
        var found: [(attribute: String, graph: Graph)] = []
        for (name, attribute) in attributes {
            switch attribute {
            case .graph(let graph): found.append((name, graph))
            case .graphs(let graphs):
                for (index, graph) in graphs.enumerated() { found.append(("\(name)[\(index)]", graph)) }
            default: break
            }
        }
        return found.sorted {
            if operation == "If" { return $0.attribute > $1.attribute }
            return $0.attribute < $1.attribute
        }
    }
}

/// A constant that belongs to a node.
public enum Attribute: Sendable {
    case integer(Int)
    case float(Float)
    case text(String)
    case integers([Int])
    case floats([Float])
    case texts([String])
    /// An index into `Model.tensors`.
    case tensor(Int)
    case graph(Graph)
    case graphs([Graph])
    /// An attribute Pare has no use for: the name of its kind, and the message as its file encodes it (nil where its data lies
    /// in another file).
    case unsupported(String, encoded: TensorStorage? = nil)
}
