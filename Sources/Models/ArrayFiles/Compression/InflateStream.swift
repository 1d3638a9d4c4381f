import CZlib

/// What a stretch of deflated bytes is wrapped in.
enum DeflateWrapping: Int32 {
    /// Nothing, as in a ZIP archive: a window of 2¹⁵ bytes, negative for "no header".
    case none = -15
    /// A gzip header and trailer, whose checksum and size zlib compares.
    case gzip = 31
}

/// What zlib found wrong with a stream.
enum InflateFault: Error {
    /// The bytes end before the stream does.
    case truncated
    /// The stream holds more than the buffer it was given.
    case tooLarge
    /// In zlib's words, at a byte of the compressed stream.
    case corrupt(String, offset: Int)
    case outOfMemory
}

/// zlib's inflating over bytes in memory, which outlive it.
struct InflateStream: ~Copyable {
    /// zlib keeps a pointer to the stream that it checks, so the stream must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let source: UnsafeRawBufferPointer
    /// Bytes of `source` behind the last one that zlib took.
    private(set) var position = 0

    init(_ source: UnsafeRawBufferPointer, wrapping: DeflateWrapping) throws(InflateFault) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        self.source = source
        guard inflateInit2_(stream, wrapping.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .outOfMemory
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// How a call of `fill` ended.
    enum Progress {
        case filled
        /// The stream ended, and its checksum is right; behind it there may be more bytes.
        case ended
    }

    /// Writes bytes behind the first `count` of `content`, until it is full or the stream ends.
    mutating func fill(_ content: inout [UInt8], _ count: inout Int) throws(InflateFault) -> Progress {
        while true {
            let before = count
            let code = content.withUnsafeMutableBytes { step(into: $0, &count) }
            switch code {
            case Z_STREAM_END: return .ended
            case Z_OK, Z_BUF_ERROR:
                if count == content.count { return .filled }
                if position == source.count || code == Z_BUF_ERROR && count == before { throw .truncated }
            case Z_MEM_ERROR: throw .outOfMemory
            default:
                let words = stream.pointee.msg.map { String(cString: $0) } ?? "code \(code)"
                throw .corrupt(words, offset: position)
            }
        }
    }

    /// One call of zlib's, which counts in 32 bits: both sides are handed over in parts that fit.
    private mutating func step(into buffer: UnsafeMutableRawBufferPointer, _ count: inout Int) -> Int32 {
        // Bounds: `position` and `count` never pass the ends, and zlib is told how much is left.
        let input = UnsafeRawBufferPointer(rebasing: source[position...].prefix(1 << 30))
        let output = UnsafeMutableRawBufferPointer(rebasing: buffer[count...].prefix(1 << 30))
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(output.count)
        let code = inflate(stream, Z_NO_FLUSH)
        position += input.count - Int(stream.pointee.avail_in)
        count += output.count - Int(stream.pointee.avail_out)
        return code
    }

    /// Begins the next stream behind the one that ended.
    mutating func restart() { inflateReset(stream) }
}
