import Basics
import TensorCore

/// A model's file while it is written, with failures in this module's words and a look at the token between pieces.
public struct ModelWriting: ~Copyable {
    private let path: String
    private let cancellation: CancellationToken?
    private var file: AtomicFile.Replacement

    /// Bytes written between two looks at the token.
    private static let pieceByteCount = 1 << 22

    /// Begins a temporary file beside `path`.
    public init(path: String, cancellation: CancellationToken?) throws(ModelWriteError) {
        self.path = path
        self.cancellation = cancellation
        do throws(AtomicFile.Failure) {
            file = try AtomicFile.Replacement(path: path)
        } catch { throw .unwritable(path: path, reason: error.description) }
    }

    public mutating func append(_ bytes: [UInt8]) throws(ModelWriteError) {
        try attempt { file throws(AtomicFile.Failure) in try file.append(bytes) }
    }

    /// Appends a tensor's bytes, which are worked out now where they are deferred. `progress` gets the bytes of each piece.
    public mutating func append(_ bytes: SourceBytes, progress: (Int) -> Void = { _ in }) throws(ModelWriteError) {
        let path = self.path
        try bytes.forEachPiece { piece throws(ModelWriteError) in
            try append(piece, progress)
        } unreadable: {
            .unreadable(path: path, reason: $0.message)
        }
    }

    /// A tensor's bytes, worked out now where they are deferred.
    func read(_ bytes: SourceBytes) throws(ModelWriteError) -> TensorStorage {
        do throws(UnreadableTensor) { return try bytes.read() } catch { throw .unreadable(path: path, reason: error.message) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ progress: (Int) -> Void) throws(ModelWriteError) {
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + Self.pieceByteCount, bytes.count)
            let piece = UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
            try attempt { file throws(AtomicFile.Failure) in try file.append(piece) }
            progress(end - offset)
            offset = end
        }
    }

    /// Fills with zeros up to `offset`.
    public mutating func pad(to offset: Int) throws(ModelWriteError) {
        try attempt { file throws(AtomicFile.Failure) in try file.pad(to: offset) }
    }

    /// Writes over what was appended before, from `offset` on.
    public mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(ModelWriteError) {
        try attempt { file throws(AtomicFile.Failure) in try file.overwrite(bytes, at: offset) }
    }

    mutating func sync() throws(ModelWriteError) {
        try attempt { file throws(AtomicFile.Failure) in try file.sync() }
    }

    /// Puts the file in its place.
    public consuming func place() throws(ModelWriteError) {
        let path = self.path
        do throws(AtomicFile.Failure) {
            try file.place()
        } catch { throw .unwritable(path: path, reason: error.description) }
    }

    private mutating func attempt(
        _ step: (inout AtomicFile.Replacement) throws(AtomicFile.Failure) -> Void
    ) throws(ModelWriteError) {
        if cancellation?.isCancelled == true { throw .cancelled }
        do throws(AtomicFile.Failure) {
            try step(&file)
        } catch { throw .unwritable(path: path, reason: error.description) }
    }
}
