import Basics
import CZlib
import ModelFormats
import TensorCore

/// A CRC-32 in the making: zlib's.
struct Checksum {
    private(set) var value: UInt32 = 0

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), base.assumingMemoryBound(to: UInt8.self), bytes.count))
    }

    /// Appends a tensor's bytes, which are worked out now where they are deferred; `path` is the file that failures name.
    mutating func append(_ bytes: SourceBytes, path: String) throws(ModelWriteError) {
        try bytes.forEachPiece { piece throws(ModelWriteError) in
            append(piece)
        } unreadable: {
            .unreadable(path: path, reason: $0.message)
        }
    }

    /// Appends a tensor's bytes; the memory of what was read of a large file is given back.
    mutating func append(_ storage: TensorStorage) {
        storage.forEachPiece { append($0) }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 { of(TensorStorage.owned(bytes)) }

    static func of(_ file: MappedFile) -> UInt32 {
        var checksum = Checksum()
        file.withUnsafeBytes { checksum.append($0) }
        return checksum.value
    }

    static func of(_ storage: TensorStorage) -> UInt32 {
        var checksum = Checksum()
        checksum.append(storage)
        return checksum.value
    }
}

extension UInt32 {
    /// Eight hex digits.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
