import TensorCore

/// A computation: nodes that turn inputs and stored tensors into outputs, with named values between them.
public struct Graph: Sendable {
    public var name: String
    /// In the order of the file, which ONNX requires to be an order of execution.
    public var nodes: [Node]
    /// What the caller provides; values that an initializer provides are left out.
    public var inputs: [ValueInfo]
    public var outputs: [ValueInfo]
    /// What the file declares of values, inputs and outputs included.
    public var valueInfos: [String: ValueInfo]
    /// Stored tensors by the name nodes use, as indices into `Model.tensors`.
    public var initializers: [String: Int]
    /// The version of each operator domain; the standard domain is the empty string. Subgraphs repeat their model's.
    public var operatorSets: [String: Int]
    /// Initializers that are held in no tensor.
    public var encodedInitializers: [EncodedPart] = []
    /// Shapes that somebody gave to inputs whose extents are open, by name; no file holds them.
    public var inputShapes: [String: Shape] = [:]
    /// Shapes that samples of the data that is open have in inputs whose extents are open, by name; other data has others.
    public var sampleShapes: [String: Shape] = [:]
    /// What is known of the shapes of inputs whose extents are open.
    public var knownShapes: [String: Shape] { sampleShapes.merging(inputShapes) { $1 } }
    /// Fields that say nothing of the computation (documentation, metadata), as the file's format encodes them.
    public var annotations: [UInt8] = []

    public init(
        name: String = "", nodes: [Node] = [], inputs: [ValueInfo] = [], outputs: [ValueInfo] = [],
        valueInfos: [String: ValueInfo] = [:], initializers: [String: Int] = [:], operatorSets: [String: Int] = [:]
    ) {
        self.name = name
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
        self.valueInfos = valueInfos
        self.initializers = initializers
        self.operatorSets = operatorSets
    }

    /// The named dimensions of the inputs, in order of appearance: `N`, `sequence`.
    public var symbols: [String] {
        var symbols: [String] = []
        var seen: Set<String> = []
        for case .symbol(let name) in inputs.flatMap({ $0.dimensions ?? [] }) where seen.insert(name).inserted {
            symbols.append(name)
        }
        return symbols
    }
}

/// What a file declares of a value: its element type and shape, as far as they are given.
public struct ValueInfo: Sendable, Hashable {
    public var name: String
    public var elementType: ElementType?
    /// nil where even the rank is left open.
    public var dimensions: [Dimension]?
    /// The declared type as the file's format encodes it, where it is none of a tensor Pare holds: a sequence, strings.
    public var encodedType: [UInt8]?
    /// Fields that say nothing of the type (documentation, metadata), as the file's format encodes them.
    public var annotations: [UInt8]

    public init(
        name: String, elementType: ElementType?, dimensions: [Dimension]?, encodedType: [UInt8]? = nil,
        annotations: [UInt8] = []
    ) {
        self.name = name
        self.elementType = elementType
        self.dimensions = dimensions
        self.encodedType = encodedType
        self.annotations = annotations
    }
}

/// One extent of a declared shape.
public enum Dimension: Sendable, Hashable {
    case fixed(Int)
    case symbol(String)
    case unspecified
}
