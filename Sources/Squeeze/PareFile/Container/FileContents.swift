import Compression
import ModelFormats
import NeuralNetwork
import TensorCore

/// What of a composed model goes into its compressed file, whatever becomes of its layers' values: the graph and the numbers beside the layers
/// in their streams, and what else there is.
public struct FileContents: Sendable {
    /// A tensor of the file.
    struct Item: Sendable {
        enum Source: Sendable, Hashable {
            /// By index in `Model.tensors`.
            case tensor(Int)
            /// Of a type Pare does not hold, by index in `Provenance.opaqueTensors`.
            case opaque(Int)
        }

        var name: String
        var source: Source
        /// Bytes of an element, which say where it goes.
        var width: Int
        var byteCount: Int
        /// Whether it is among the numbers.
        var isNumbers: Bool
    }

    let items: [Item]
    /// The name in the file of each of the model's tensors, whether it goes there or not.
    let names: [String]
    /// The text of the graph and of the tensors' names, and its stream.
    var structure: TextPart
    /// A graph that is too long for a text.
    let graph: ONNXStructure?
    /// The stream of the numbers, in the order of the items.
    let numbers: [UInt8]
    /// What the format cannot hold, in words; nil where all is said.
    let fault: String?

    /// A text and the stream that it is written as.
    struct TextPart: Sendable, Hashable {
        var byteCount: Int
        var stream: [UInt8]

        init(_ text: [UInt8]) {
            byteCount = text.count
            stream = TextStream.encoded(text)
        }
    }

    /// A longer graph takes too long as a text, and is written as it is.
    static let longestText = 1 << 19
    /// A larger tensor is stored as it is, so that it need not be decoded when a file is opened.
    private static let mostNumbers = 1 << 20
    /// Bytes of all numbers together.
    private static let largestNumbers = 1 << 24

    /// Reads what is coded here: everything but the layers and what is large.
    public init(of model: Model) throws(UnreadableTensor) {
        var taken: Set<String> = []
        let names = model.tensors.map { taken.insertUnique($0.name) }
        self.names = names
        let structure = ONNXStructure(model, names: names)
        fault = structure?.fault
        let weights = Set(model.layers.map(\.weight))
        var encoder = NumberEncoder()
        var numberByteCount = 0
        var items: [Item] = []
        for index in structure?.tensors ?? Array(model.tensors.indices) {
            let source = model.tensors[index].tensor
            let isNumbers =
                !weights.contains(index) && (1...Self.mostNumbers).contains(source.count)
                && numberByteCount + source.byteCount <= Self.largestNumbers
            if isNumbers {
                encoder.append(try source.read())
                numberByteCount += source.byteCount
            }
            items.append(
                Item(
                    name: names[index], source: .tensor(index), width: source.elementType.byteCount, byteCount: source.byteCount,
                    isNumbers: isNumbers))
        }
        if let structure {
            let message = structure.byteCount < Self.longestText ? try structure.bytes() : nil
            graph = message == nil ? structure : nil
            self.structure = TextPart(message.map(StructureText.init(graph:))?.bytes ?? StructureText.longGraph.bytes)
        } else {
            graph = nil
            var tensors = items.map { item in
                let tensor = model.tensors[item.index].tensor
                return StructureText.TensorLine(name: item.name, type: tensor.elementType.safetensorsName, shape: tensor.shape.dimensions)
            }
            for (index, opaque) in model.provenance.opaqueTensors.enumerated() {
                let name = taken.insertUnique(opaque.name)
                tensors.append(.init(name: name, type: opaque.type, shape: opaque.dimensions))
                items.append(
                    Item(
                        name: name, source: .opaque(index), width: opaque.type == "C64" ? 8 : 1, byteCount: opaque.storage.byteCount,
                        isNumbers: false))
            }
            self.structure = TextPart(StructureText.tensors(tensors, metadata: TiedNames.metadata(of: model)).bytes)
        }
        self.items = items
        numbers = encoder.finish()
    }
}

extension FileContents.Item {
    /// Index in `Model.tensors`; −1 of what is none.
    fileprivate var index: Int { if case .tensor(let index) = source { index } else { -1 } }
}

extension Set<String> {
    /// Inserts a name, followed by `#2`, `#3`, … where it was there before.
    fileprivate mutating func insertUnique(_ name: String) -> String {
        var candidate = name
        var number = 2
        while !insert(candidate).inserted {
            candidate = "\(name)#\(number)"
            number += 1
        }
        return candidate
    }
}
