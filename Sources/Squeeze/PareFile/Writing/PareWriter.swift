import Basics
import Composition
import Compression
import ModelFormats
import NeuralNetwork
import Synchronization
import TensorCore

/// Writes a model under plans as a `.pare` file, whose bytes `ContainerHeader` and `EntryHeader` document.
///
/// Layers that were not encoded before are as they are written, a few at a time; the header, whose size is known before, is filled in at
/// the end.
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

    let header: ContainerHeader
    public let source: Source
    private let structure: ONNXStructure?
    /// Where each entry comes from, by index in the composed model's tensors.
    private let parts: [Int: PlacedPart]

    public init(_ source: Source) {
        let model = source.shapes.model
        self.source = source
        var structure: ONNXStructure?
        let contents = ContainerContents(of: model) { names in
            structure = ONNXStructure(model, names: names)
            return structure.map { ($0.tensors, $0.byteCount) }
        }
        self.structure = structure
        header = ContainerHeader(
            model: model, contents: contents, entryByteCounts: source.accounts.map { $0?.byteCount }, recipe: source.recipe)
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
    public var fileByteCount: Int { header.fileByteCount }

    /// The account of the file; `originalByteCount` is the size of the one that the model was opened from.
    public func account(originalByteCount: Int) -> ModelAccount {
        ModelAccount(header: header, originalByteCount: originalByteCount)
    }

    /// Replaces the file at `path`; whatever fails leaves the old one.
    public func write(
        to path: String, cancellation: CancellationToken? = nil, progress: ProgressSink = { _ in }
    ) throws(ModelWriteError) {
        if let fault = structure?.fault { throw .inexpressible(path: path, place: "the graph", what: "has \(fault)") }
        var file = try ModelWriting(path: path, cancellation: cancellation)
        try file.pad(to: header.byteCount)
        var checksums: [UInt32] = []
        let tensors = header.tensors.filter { !$0.bytes.isEmpty }
        var done = WorkProgress(byteCount: tensors.reduce(0) { $0 + readByteCount(of: $1) }, count: tensors.count)
        var encoded: [Int: [UInt8]] = [:]
        for (place, tensor) in tensors.enumerated() {
            if case .entry(let index) = tensor.content, encoded[index] == nil, !isEncoded(index) {
                encoded = try entries(of: tensors[place...], path: path, cancellation)
            }
            var checksum = Checksum()
            let begin = done.doneByteCount
            try forEachPart(of: tensor, path: path, encoded, cancellation) { part throws(ModelWriteError) in
                try checksum.append(part, path: path)
                try file.append(part) { byteCount in
                    // What is encoded was read before.
                    guard case .entry = tensor.content else {
                        done.doneByteCount += byteCount
                        return progress(done)
                    }
                }
            }
            checksums.append(checksum.value)
            done.doneByteCount = begin + readByteCount(of: tensor)
            done.doneCount += 1
            progress(done)
        }
        try file.overwrite(header.bytes(checksums: checksums, checksum: Checksum.of), at: 0)
        try file.place()
    }

    /// The checksum of what would be written for a tensor.
    func checksum(of tensor: ContainerHeader.PlacedTensor, path: String) throws(ModelWriteError) -> UInt32 {
        var checksum = Checksum()
        try forEachPart(of: tensor, path: path, [:], nil) { part throws(ModelWriteError) in
            try checksum.append(part, path: path)
        }
        return checksum.value
    }

    /// Bytes that are read to write a tensor, which time goes with better than with those written.
    private func readByteCount(of tensor: ContainerHeader.PlacedTensor) -> Int {
        guard case .entry(let index) = tensor.content else { return tensor.bytes.count }
        return source.shapes.model.tensors[index].tensor.byteCount
    }

    /// Visits the bytes of a tensor of the file in order.
    private func forEachPart(
        of tensor: ContainerHeader.PlacedTensor, path: String, _ encoded: [Int: [UInt8]], _ cancellation: CancellationToken?,
        _ body: (SourceBytes) throws(ModelWriteError) -> Void
    ) throws(ModelWriteError) {
        let model = source.shapes.model
        switch tensor.content {
        case .entry(let index):
            let bytes: [UInt8]
            if let known = encoded[index] {
                bytes = known
            } else {
                do { bytes = try entry(index, cancellation) } catch { throw failure(error, tensor, path) }
            }
            precondition(bytes.count == tensor.bytes.count, "an entry of \(bytes.count) bytes, accounted as \(tensor.bytes.count)")
            try body(.stored(.owned(bytes)))
        case .stored(let index): try body(model.tensors[index].tensor.bytes)
        case .opaque(let index): try body(.stored(model.provenance.opaqueTensors[index].storage))
        case .graph: try structure?.forEachPart(body)
        }
    }

    private func failure(_ error: any Error, _ tensor: ContainerHeader.PlacedTensor, _ path: String) -> ModelWriteError {
        switch error {
        case is Cancelled, PreparationFailure.cancelled: .cancelled
        default: .unreadable(path: path, reason: "tensor “\(tensor.name)”: \(message(for: error))")
        }
    }

    private func isEncoded(_ index: Int) -> Bool { parts[index].map { source.entries[$0.place] != nil } ?? false }

    /// The first entries of tensors that are not there yet, made side by side, as many as may be under way at once.
    private func entries(
        of tensors: ArraySlice<ContainerHeader.PlacedTensor>, path: String, _ cancellation: CancellationToken?
    ) throws(ModelWriteError) -> [Int: [UInt8]] {
        var chosen: [(index: Int, tensor: ContainerHeader.PlacedTensor)] = []
        var cost = 0
        for tensor in tensors {
            guard case .entry(let index) = tensor.content, !isEncoded(index) else { continue }
            cost += readByteCount(of: tensor)
            guard chosen.isEmpty || cost <= LayerBudget.underWay else { break }
            chosen.append((index, tensor))
        }
        let made = Mutex<[Int: [UInt8]]>([:])
        var refusal: ModelWriteError?
        do {
            try Workers.available.run(costs: chosen.map { readByteCount(of: $0.tensor) }, within: LayerBudget.underWay) { [chosen] place in
                do {
                    let bytes = try entry(chosen[place].index, cancellation)
                    made.withLock { $0[chosen[place].index] = bytes }
                } catch { throw failure(error, chosen[place].tensor, path) }
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
