import Compression
import NeuralNetwork

/// Bytes of a whole compressed model: of the file that would be written.
public struct ModelAccount: Sendable, Hashable {
    /// The model's own file.
    public var originalByteCount: Int
    /// The compressed file: the sum of the parts below.
    public var compressedByteCount: Int
    /// Sizes, checksums, the recipe and padding.
    public var headerByteCount: Int
    /// The graph, or the names and shapes of tensors where there is none.
    public var graphByteCount: Int
    /// The entries of compressed layers.
    public var entryByteCount: Int
    /// Numbers beside the layers: biases, norms, tables.
    public var numberByteCount: Int
    /// Tensors that stay as they came: layers without a plan, and what is large.
    public var storedByteCount: Int

    /// How many times smaller the file becomes.
    public var ratio: Double {
        compressedByteCount == 0 ? 1 : Double(originalByteCount) / Double(compressedByteCount)
    }

    /// The account of a model whose layers have these accounts, in the order of `model.layers`; nil stores a layer as it
    /// came. Weights that several layers use are counted once, with the first account there is.
    ///
    /// `originalByteCount` is the size of the file that the model was before its shapes were changed.
    public init(
        model: Model, contents: FileContents, layers: [LayerAccount?], recipe: String, originalByteCount: Int? = nil
    ) {
        precondition(layers.count == model.layers.count, "\(layers.count) accounts for \(model.layers.count) layers")
        let layout = FileLayout(contents, entryByteCounts: model.entryByteCounts(layers), recipe: recipe)
        self.init(layout: layout, originalByteCount: originalByteCount ?? model.fileByteCount)
    }

    /// The account of a file.
    public init(layout: FileLayout, originalByteCount: Int) {
        self.originalByteCount = originalByteCount
        compressedByteCount = layout.fileByteCount
        graphByteCount = layout.contents.structure.stream.count + (layout.contents.graph?.byteCount ?? 0)
        numberByteCount = layout.contents.numbers.count
        var parts = (entries: 0, stored: 0)
        for part in layout.parts {
            switch part.content {
            case .entry: parts.entries += part.bytes.count
            case .stored, .opaque: parts.stored += part.bytes.count
            case .numbers, .graph: break
            }
        }
        (entryByteCount, storedByteCount) = parts
        headerByteCount = compressedByteCount - graphByteCount - numberByteCount - entryByteCount - storedByteCount
    }
}

extension Model {
    /// The sizes of entries by index in `tensors`, of layers that have these accounts.
    func entryByteCounts(_ layers: [LayerAccount?]) -> [Int: Int] {
        var entries: [Int: Int] = [:]
        for (layer, account) in zip(self.layers, layers) {
            guard let account, entries[layer.weight] == nil else { continue }
            entries[layer.weight] = account.byteCount
        }
        return entries
    }
}
