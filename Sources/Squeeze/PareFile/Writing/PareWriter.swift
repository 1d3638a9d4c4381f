import Basics
import Composition
import Compression
import ModelFormats
import NeuralNetwork
import Synchronization
import TensorCore

/// Writes a model under plans as a `.pare` file, whose bytes `FileLayout` and `EntryHeader` document.
///
/// Layers that were not encoded before are as they are written, a few at a time; the file's start, whose size is known before, is filled in
/// at the end.
public struct PareWriter: Sendable {
    /// What is to be written: a model's configuration with the accounts of its exact figures.
    public struct Source: Sendable {
        public var shapes: ComposedModel
        public var plans: [LayerPlan]
        /// The accounts of the composed model's layers; nil for what is stored as it is.
        public var accounts: [LayerAccount?]
        public var recipe: String
        /// Entries that are there already, by the composed model's layers.
        public var entries: [Int: [UInt8]]

        public init(
            shapes: ComposedModel, plans: [LayerPlan], accounts: [LayerAccount?], recipe: String, entries: [Int: [UInt8]] = [:]
        ) {
            self.shapes = shapes
            self.plans = plans
            self.accounts = accounts
            self.recipe = recipe
            self.entries = entries
        }
    }

    let layout: FileLayout
    public let source: Source
    /// Where each entry comes from, by index in the composed model's tensors.
    private let parts: [Int: PlacedPart]

    /// - Throws: where a number beside the layers cannot be read.
    public init(_ source: Source) throws(UnreadableTensor) {
        let model = source.shapes.model
        self.source = source
        layout = FileLayout(
            try FileContents(of: model), entryByteCounts: model.entryByteCounts(source.accounts), recipe: source.recipe)
        // The first layer with an account is the one whose entry is counted.
        var owners: [Int: Int] = [:]
        for (layer, account) in source.accounts.enumerated() where account != nil {
            let weight = model.layers[layer].weight
            if owners[weight] == nil { owners[weight] = layer }
        }
        var parts: [Int: PlacedPart] = [:]
        for part in source.shapes.placedLayers.flatMap(\.parts) {
            let weight = model.layers[part.place].weight
            if owners[weight] == part.place { parts[weight] = part }
        }
        self.parts = parts
    }

    /// Bytes of the file.
    public var fileByteCount: Int { layout.fileByteCount }

    /// The account of the file; `originalByteCount` is the size of the one that the model was opened from.
    public func account(originalByteCount: Int) -> ModelAccount {
        ModelAccount(layout: layout, originalByteCount: originalByteCount)
    }

    /// Replaces the file at `path`; whatever fails leaves the old one.
    public func write(
        to path: String, cancellation: CancellationToken? = nil, progress: ProgressSink = { _ in }
    ) throws(ModelWriteError) {
        if let fault = layout.contents.fault { throw .inexpressible(path: path, place: "the graph", what: "has \(fault)") }
        var file = try ModelWriting(path: path, cancellation: cancellation)
        try file.pad(to: layout.startByteCount)
        let parts = layout.parts
        var checksums = [UInt32](repeating: 0, count: parts.count)
        var done = WorkProgress(byteCount: parts.reduce(0) { $0 + readByteCount(of: $1) }, count: parts.count)
        var encoded: [Int: [UInt8]] = [:]
        let order = parts.indices.sorted { parts[$0].bytes.lowerBound < parts[$1].bytes.lowerBound }
        for (position, place) in order.enumerated() {
            let part = parts[place]
            if case .entry(let index) = part.content, encoded[index] == nil, !isEncoded(index) {
                encoded = try entries(of: order[position...].map { parts[$0] }, path: path, cancellation)
            }
            try file.pad(to: part.bytes.lowerBound)
            var checksum = Checksum()
            let begin = done.doneByteCount
            try forEachPiece(of: part, path: path, encoded, cancellation) { piece throws(ModelWriteError) in
                try checksum.append(piece, path: path)
                try file.append(piece) { byteCount in
                    // What is encoded was read before.
                    guard case .entry = part.content else {
                        done.doneByteCount += byteCount
                        return progress(done)
                    }
                }
            }
            checksums[place] = checksum.value
            done.doneByteCount = begin + readByteCount(of: part)
            done.doneCount += 1
            progress(done)
        }
        try file.overwrite(layout.start(checksums: checksums), at: 0)
        try file.place()
    }

    /// The checksum of what a tensor of the file holds, decoded where it is among the numbers; nil of one that is empty.
    func checksum(of item: FileContents.Item, path: String) throws(ModelWriteError) -> UInt32? {
        guard item.byteCount > 0 else { return nil }
        var checksum = Checksum()
        if case .tensor(let index) = item.source, let part = layout.parts.first(where: { $0.content == .entry(index) }) {
            try forEachPiece(of: part, path: path, [:], nil) { piece throws(ModelWriteError) in try checksum.append(piece, path: path) }
        } else {
            try checksum.append(bytes(of: item.source), path: path)
        }
        return checksum.value
    }

    /// The checksum of the graph's message; nil where there is none.
    func graphChecksum(path: String) throws(ModelWriteError) -> UInt32? {
        let model = source.shapes.model
        guard let structure = ONNXStructure(model, names: layout.contents.names) else { return nil }
        var checksum = Checksum()
        try structure.forEachPart { part throws(ModelWriteError) in try checksum.append(part, path: path) }
        return checksum.value
    }

    /// The tensors of the file.
    var items: [FileContents.Item] { layout.contents.items }

    private func bytes(of source: FileContents.Item.Source) -> SourceBytes {
        switch source {
        case .tensor(let index): self.source.shapes.model.tensors[index].tensor.bytes
        case .opaque(let index): .stored(self.source.shapes.model.provenance.opaqueTensors[index].storage)
        }
    }

    /// Bytes that are read to write a tensor, which time goes with better than with those written.
    private func readByteCount(of part: FileLayout.Part) -> Int {
        guard case .entry(let index) = part.content else { return part.bytes.count }
        return source.shapes.model.tensors[index].tensor.byteCount
    }

    /// Visits the bytes of a part of the file in order.
    private func forEachPiece(
        of part: FileLayout.Part, path: String, _ encoded: [Int: [UInt8]], _ cancellation: CancellationToken?,
        _ body: (SourceBytes) throws(ModelWriteError) -> Void
    ) throws(ModelWriteError) {
        switch part.content {
        case .entry(let index):
            let bytes: [UInt8]
            if let known = encoded[index] {
                bytes = known
            } else {
                do { bytes = try entry(index, cancellation) } catch { throw failure(error, part, path) }
            }
            precondition(bytes.count == part.bytes.count, "an entry of \(bytes.count) bytes, accounted as \(part.bytes.count)")
            try body(.stored(.owned(bytes)))
        case .stored(let index): try body(bytes(of: .tensor(index)))
        case .opaque(let index): try body(bytes(of: .opaque(index)))
        case .numbers: try body(.stored(.owned(layout.contents.numbers)))
        case .graph: try layout.contents.graph?.forEachPart(body)
        }
    }

    private func failure(_ error: any Error, _ part: FileLayout.Part, _ path: String) -> ModelWriteError {
        switch error {
        case is Cancelled, PreparationFailure.cancelled: .cancelled
        default: .unreadable(path: path, reason: "tensor “\(part.name)”: \(message(for: error))")
        }
    }

    private func isEncoded(_ index: Int) -> Bool { parts[index].map { source.entries[$0.place] != nil } ?? false }

    /// The first entries of tensors that are not there yet, made side by side, as many as may be under way at once.
    private func entries(
        of parts: [FileLayout.Part], path: String, _ cancellation: CancellationToken?
    ) throws(ModelWriteError) -> [Int: [UInt8]] {
        var chosen: [(index: Int, part: FileLayout.Part)] = []
        var cost = 0
        for part in parts {
            guard case .entry(let index) = part.content, !isEncoded(index) else { continue }
            cost += readByteCount(of: part)
            guard chosen.isEmpty || cost <= LayerBudget.underWay else { break }
            chosen.append((index, part))
        }
        let made = Mutex<[Int: [UInt8]]>([:])
        var refusal: ModelWriteError?
        do {
            try Workers.available.run(costs: chosen.map { readByteCount(of: $0.part) }, within: LayerBudget.underWay) { [chosen] place in
                do {
                    let bytes = try entry(chosen[place].index, cancellation)
                    made.withLock { $0[chosen[place].index] = bytes }
                } catch { throw failure(error, chosen[place].part, path) }
            }
        } catch { refusal = error as? ModelWriteError ?? .unreadable(path: path, reason: message(for: error)) }
        if let refusal { throw refusal }
        return made.withLock { $0 }
    }

    /// The entry that takes the place of one of the composed model's tensors.
    private func entry(_ index: Int, _ cancellation: CancellationToken?) throws -> [UInt8] {
        guard let part = parts[index] else { preconditionFailure("no layer has an account for tensor \(index)") }
        if let known = source.entries[part.place] { return known }
        let plan = source.plans[part.layer.number].weightPlan(for: part.role)
        return try part.preparedTables(cancellation).encode(part.weights.read(), plan: plan, cancellation: cancellation).bytes
    }
}
