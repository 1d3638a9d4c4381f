import TensorCore

/// A model's file while it is written, with failures in this module's words and a look at the token between pieces.
struct ModelWriting: ~Copyable {
    private let path: String
    private let cancellation: CancellationToken?
    private var file: AtomicFile.Replacement

    /// Bytes written between two looks at the token.
    private static let pieceByteCount = 1 << 24

    init(path: String, cancellation: CancellationToken?) throws(ModelWriteError) {
        self.path = path
        self.cancellation = cancellation
        do throws(AtomicFile.Failure) {
            file = try AtomicFile.Replacement(path: path)
        } catch { throw .unwritable(path: path, reason: error.description) }
    }

    mutating func append(_ bytes: [UInt8]) throws(ModelWriteError) {
        try attempt { file throws(AtomicFile.Failure) in try file.append(bytes) }
    }

    /// Appends a tensor's bytes, which are worked out now where they are deferred.
    mutating func append(_ storage: TensorStorage) throws(ModelWriteError) {
        switch storage {
        case .mapped(let mapped, let range):
            try mapped.withUnsafeBytes { bytes throws(ModelWriteError) in
                try append(UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
        case .owned(let bytes):
            try appendPieces(bytes)
        case .deferred(let deferred):
            try appendPieces(deferred.bytes)
        }
    }

    private mutating func appendPieces(_ bytes: [UInt8]) throws(ModelWriteError) {
        try bytes.withUnsafeBufferPointer { bytes throws(ModelWriteError) in try append(UnsafeRawBufferPointer(bytes)) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ModelWriteError) {
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + Self.pieceByteCount, bytes.count)
            let piece = UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
            try attempt { file throws(AtomicFile.Failure) in try file.append(piece) }
            offset = end
        }
    }

    mutating func pad(to offset: Int) throws(ModelWriteError) {
        try attempt { file throws(AtomicFile.Failure) in try file.pad(to: offset) }
    }

    mutating func sync() throws(ModelWriteError) {
        try attempt { file throws(AtomicFile.Failure) in try file.sync() }
    }

    consuming func place() throws(ModelWriteError) {
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
