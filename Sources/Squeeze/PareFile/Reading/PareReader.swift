import Basics
import Compression
import ModelFormats
import NeuralNetwork
import TensorCore

/// Reads `.pare` files of both versions, which are not trusted: every length is checked against the file, every checksum before its bytes
/// are used.
public struct PareReader: Sendable {
    /// A tensor of the file.
    struct Item: Sendable {
        enum Kind: Sendable {
            /// A compressed layer, with the shape and type that it is said to have; the first version says none.
            case entry(Shape?, ElementType?)
            /// The tensor itself.
            case stored
        }

        var name: String
        var kind: Kind
        /// An entry's bytes, or the tensor.
        var tensor: Tensor
        /// Of those bytes; nil of an empty tensor.
        var checksum: UInt32?
    }

    /// A graph in the file.
    struct GraphPart: Sendable {
        /// The ONNX message (see `ONNXStructure`).
        var message: MappedFile
        var checksum: UInt32
    }

    let file: MappedFile
    /// In the order of the model that they came from.
    let items: [Item]
    /// Tensors of types Pare does not hold, with their checksums; nil of an empty one.
    let opaque: [(tensor: Provenance.OpaqueTensor, checksum: UInt32?)]
    let graph: GraphPart?
    /// The recipe the model was compressed with, as YAML.
    public let recipe: String
    /// The JSON text of the original's `__metadata__`.
    let originalMetadata: String?

    public var path: String { file.path }
    /// Whether it was written in the first version of the format, when values were shared without feedback.
    public var isOfFirstVersion: Bool { Self.isOfFirstVersion(file) }
    public var fileByteCount: Int { file.byteCount }

    /// Whether a file says that it is one.
    public static func recognizes(_ file: MappedFile) -> Bool { isOfFirstVersion(file) || isOfSecondVersion(file) }

    private static func isOfSecondVersion(_ file: MappedFile) -> Bool {
        file.withUnsafeBytes { $0.dropFirst(8).starts(with: FileLayout.signature.utf8) }
    }

    public init(path: String) throws(ModelFileError) { try self.init(try ModelFile.map(path)) }

    /// Reads what comes before the layers, whose checksums must be right.
    public init(_ file: MappedFile) throws(ModelFileError) {
        guard file.byteCount > 0 else { throw .empty(path: file.path) }
        if Self.isOfFirstVersion(file) {
            self = try Self.firstVersion(file)
        } else if Self.isOfSecondVersion(file) {
            self = try FileStart(file).reader()
        } else {
            throw .otherKind(path: file.path, kind: "no .pare file", remedy: "pare compress writes one.")
        }
    }

    init(
        file: MappedFile, items: [Item], opaque: [(tensor: Provenance.OpaqueTensor, checksum: UInt32?)], graph: GraphPart?, recipe: String,
        originalMetadata: String?
    ) {
        self.file = file
        self.items = items
        self.opaque = opaque
        self.graph = graph
        self.recipe = recipe
        self.originalMetadata = originalMetadata
    }
}

extension TensorStorage {
    /// Where mapped bytes begin in their file.
    var offset: Int { if case .mapped(_, let range) = self { range.lowerBound } else { 0 } }
}
