import NeuralNetwork

/// Bytes of a whole compressed model: of the file that would be written.
public struct ModelAccount: Sendable, Hashable {
    /// The model's own file.
    public var originalByteCount: Int
    /// The compressed file: the sum of the parts below.
    public var compressedByteCount: Int
    /// Names, shapes, offsets, checksums, recipe and padding.
    public var headerByteCount: Int
    /// The entries of compressed layers.
    public var entryByteCount: Int
    /// Tensors that stay as they came: biases, norms, layers without a plan.
    public var storedByteCount: Int
    /// The graph, where the format has one.
    public var graphByteCount: Int

    /// How many times smaller the file becomes.
    public var ratio: Double {
        compressedByteCount == 0 ? 1 : Double(originalByteCount) / Double(compressedByteCount)
    }

    /// The account of a model whose layers have these accounts, in the order of `model.layers`; nil stores a layer as it
    /// came. Weights that several layers use are counted once, with the first account there is.
    ///
    /// `originalByteCount` is the size of the file that the model was before its shapes were changed.
    public init(
        model: Model, contents: ContainerContents, layers: [LayerAccount?], recipe: String, originalByteCount: Int? = nil
    ) {
        precondition(layers.count == model.layers.count, "\(layers.count) accounts for \(model.layers.count) layers")
        let header = ContainerHeader(
            model: model, contents: contents, entryByteCounts: layers.map { $0?.byteCount }, recipe: recipe)
        self.init(header: header, originalByteCount: originalByteCount ?? model.fileByteCount)
    }

    /// The account of the file that has a header.
    public init(header: ContainerHeader, originalByteCount: Int) {
        self.originalByteCount = originalByteCount
        compressedByteCount = header.fileByteCount
        headerByteCount = header.byteCount
        var parts = (entries: 0, stored: 0, graph: 0)
        for tensor in header.tensors {
            switch tensor.content {
            case .entry: parts.entries += tensor.bytes.count
            case .stored, .opaque: parts.stored += tensor.bytes.count
            case .graph: parts.graph += tensor.bytes.count
            }
        }
        (entryByteCount, storedByteCount, graphByteCount) = parts
    }
}
