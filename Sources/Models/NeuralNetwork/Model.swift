import TensorCore

/// A trained model as it was opened: its stored tensors, its graph where the format has one, and what can be compressed.
public struct Model: Sendable {
    /// The file's name without its folder.
    public var name: String
    /// What the file is, as the screen says it: `ONNX, opset 13`, `safetensors, 3 shards`.
    public var format: String
    /// Bytes on disk: the file with its shards and external data.
    public var fileByteCount: Int
    /// Bytes of the file that are not tensor data: graph, names, headers.
    public var structureByteCount: Int
    /// Every stored tensor once, in file order, those of Constant nodes and subgraphs included.
    public var tensors: [StoredTensor]
    /// The computation; nil in formats that hold weights only.
    public var graph: Graph?
    /// What a person would compress, in the order of execution (file order without a graph).
    public var layers: [Layer]
    /// Weights that became no layer, and why; norms, biases and small tensors are not among them.
    public var leftOut: [LeftOutWeights] = []
    /// Multiply-accumulates for one input, over all nodes.
    public var macs: MACCount
    /// Extents assumed of the inputs' open dimensions, which nobody gave, for one input: `height = 224`, `sequence = 256`.
    public var assumptions: [String]
    /// What the file says beside this.
    public var provenance: Provenance

    public init(
        name: String, format: String, fileByteCount: Int, structureByteCount: Int, tensors: [StoredTensor], graph: Graph?,
        layers: [Layer], macs: MACCount, assumptions: [String] = [], provenance: Provenance = Provenance()
    ) {
        self.name = name
        self.format = format
        self.fileByteCount = fileByteCount
        self.structureByteCount = structureByteCount
        self.tensors = tensors
        self.graph = graph
        self.layers = layers
        self.macs = macs
        self.assumptions = assumptions
        self.provenance = provenance
    }

    /// Parameters that are in no layer and not left out for a reason: norms, biases, small tensors, stored as they came.
    public var otherParameterCount: Int {
        let weights = Set(layers.map(\.weight)).reduce(0) { $0 + (tensors.indices.contains($1) ? tensors[$1].tensor.count : 0) }
        return max(0, parameterCount - weights - leftOut.reduce(0) { $0 + $1.parameterCount })
    }

    /// Elements of every floating-point tensor and of the integers that stand for quantized weights, norm statistics included,
    /// literals left out.
    public var parameterCount: Int {
        tensors.reduce(0) { $0 + ($1.isParameter ? $1.tensor.count : 0) }
    }
}

/// A tensor under the name its file gives it.
public struct StoredTensor: Sendable {
    public var name: String
    public var tensor: TensorSource
    /// Whether it is a number or a few of them written into a computation (a Constant node's), rather than trained.
    public var isLiteral: Bool
    /// Whether its integers stand for quantized numbers.
    public var isQuantized = false
    /// Other names under which a checkpoint holds the same tensor: weights that are tied.
    public var tiedNames: [String]

    public init(name: String, tensor: Tensor, isLiteral: Bool = false, tiedNames: [String] = []) {
        self.init(name: name, tensor: TensorSource(tensor), isLiteral: isLiteral, tiedNames: tiedNames)
    }

    public init(name: String, tensor: TensorSource, isLiteral: Bool = false, tiedNames: [String] = []) {
        self.name = name
        self.tensor = tensor
        self.isLiteral = isLiteral
        self.tiedNames = tiedNames
    }

    /// Its names, that of the first use first.
    public var names: [String] { [name] + tiedNames }

    /// Whether the elements count as parameters of the model.
    public var isParameter: Bool { isQuantized || tensor.elementType.isFloatingPoint && !isLiteral }
}

/// A number of multiply-accumulates, or why there is none.
public enum MACCount: Sendable, Hashable {
    case counted(Int)
    /// For instance `no graph in the file`, or `unknown operator DecodeImage at node pre_0`.
    case unknown(reason: String)

    public var count: Int? {
        if case .counted(let count) = self { count } else { nil }
    }

    public var reason: String? {
        if case .unknown(let reason) = self { reason } else { nil }
    }
}
