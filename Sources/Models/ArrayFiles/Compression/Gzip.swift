import Basics

/// Files that gzip compressed.
public enum Gzip {
    /// Deflate cannot make more than this many bytes of one, so a file that says so is not what it says.
    static let greatestExpansion = 1032

    /// Bytes of the shortest gzip file, which holds nothing.
    private static let leastByteCount = 20

    /// Whether the file begins as gzip's do.
    public static func isCompressed(_ file: MappedFile) -> Bool {
        file.withUnsafeBytes { $0.count > 2 && $0[0] == 0x1f && $0[1] == 0x8b }
    }

    /// Inflates the beginning of a file, at most `count` bytes, without looking at what follows.
    public static func beginning(of file: MappedFile, count: Int) throws(ArrayFileError) -> [UInt8] {
        try inflate(file, limit: count, mustEnd: false)
    }

    /// Inflates a whole file, whose content may take at most `limit` bytes; gzip's checksum is compared.
    public static func inflate(_ file: MappedFile, limit: Int) throws(ArrayFileError) -> [UInt8] {
        try inflate(file, limit: limit, mustEnd: true)
    }

    private static func inflate(_ file: MappedFile, limit: Int, mustEnd: Bool) throws(ArrayFileError) -> [UInt8] {
        guard isCompressed(file) else { throw ArrayFileError(file, "is not compressed with gzip") }
        return try file.withUnsafeBytes { bytes throws(ArrayFileError) in
            do throws(InflateFault) {
                return try content(of: bytes, limit: limit, mustEnd: mustEnd)
            } catch {
                throw ArrayFileError(file, words(error, limit: limit))
            }
        }
    }

    /// The members of a file, end to end: gzip allows for several.
    private static func content(
        of bytes: UnsafeRawBufferPointer, limit: Int, mustEnd: Bool
    ) throws(InflateFault) -> [UInt8] {
        guard bytes.count >= leastByteCount else { throw .truncated }
        var content = [UInt8](repeating: 0, count: firstCapacity(bytes, limit: limit))
        var count = 0
        var stream = try InflateStream(bytes, wrapping: .gzip)
        while true {
            switch try stream.fill(&content, &count) {
            case .ended:
                if count > limit { throw .tooLarge }
                // A member begins with gzip's two bytes; anything else behind the last one is padding, as of a tape.
                guard bytes.count - stream.position > 2, bytes[stream.position] == 0x1f,
                    bytes[stream.position + 1] == 0x8b
                else {
                    content.removeLast(content.count - count)
                    return content
                }
                stream.restart()
            case .filled:
                if content.count > limit { throw .tooLarge }
                if !mustEnd, content.count == limit { return content }
                // One byte beyond the limit tells a content that is too large from one that just fits.
                content.append(contentsOf: repeatElement(0, count: min(max(content.count, 64), limit + 1 - content.count)))
            }
        }
    }

    /// What the trailer says the content takes, modulo 2³², as far as that is possible.
    private static func firstCapacity(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Int {
        let size = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self))
        return max(1, min(Int(size), bytes.count * greatestExpansion, limit))
    }

    private static func words(_ fault: InflateFault, limit: Int) -> String {
        switch fault {
        case .truncated: "is cut off: gzip's stream has no end; copy or download it again"
        case .tooLarge: "inflates to more than the \(limit) bytes that make sense for it"
        case .corrupt(let words, let offset):
            "is damaged: \(words) near byte \(offset); copy or download it again"
        case .outOfMemory: "needs more memory to inflate than there is"
        }
    }
}
