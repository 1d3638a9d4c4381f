import TensorCore

/// What a file says of a model beside its computation and tensors, kept so that an export can say it again.
public struct Provenance: Sendable {
    /// The version of the format itself: ONNX's `ir_version`; nil where there is none.
    public var formatVersion: Int?
    /// Fields of the outermost message (producer, metadata, documentation, local functions) in the format's own encoding;
    /// of safetensors, the JSON text of `__metadata__`.
    public var fields: [TensorStorage]
    /// Tensors of element types Pare does not hold.
    public var opaqueTensors: [OpaqueTensor]
    /// The recipe that a compressed file was made by, as YAML; nil of all others.
    public var recipe: String?

    public init(formatVersion: Int? = nil, fields: [TensorStorage] = [], opaqueTensors: [OpaqueTensor] = []) {
        self.formatVersion = formatVersion
        self.fields = fields
        self.opaqueTensors = opaqueTensors
    }

    /// A tensor that is bytes nobody looks at.
    public struct OpaqueTensor: Sendable {
        public var name: String
        /// The element type as the format writes it: `C64`.
        public var type: String
        public var dimensions: [Int]
        public var storage: TensorStorage

        public init(name: String, type: String, dimensions: [Int], storage: TensorStorage) {
            self.name = name
            self.type = type
            self.dimensions = dimensions
            self.storage = storage
        }
    }
}

/// A part of a graph that Pare passes on as it stands, in the encoding of the file it came from.
public struct EncodedPart: Sendable {
    public enum Kind: Sendable, Hashable {
        /// An initializer of an element type Pare does not hold: strings, complex numbers, integers of 4 bits.
        case tensor
        case sparseTensor
    }

    public var kind: Kind
    public var name: String
    /// nil where the part lies in several files, so that it cannot be passed on.
    public var bytes: TensorStorage?

    public init(kind: Kind, name: String, bytes: TensorStorage?) {
        self.kind = kind
        self.name = name
        self.bytes = bytes
    }
}
