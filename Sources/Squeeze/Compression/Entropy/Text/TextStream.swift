/// Texts (graphs, names, recipes) in few bytes, by `TextModel`.
public enum TextStream {
    /// The most bytes of a text that a stream of so many may hold: whoever reads one takes memory and time in proportion to it.
    public static func capacity(of streamByteCount: Int) -> Int { 1 << 16 + min(streamByteCount, 1 << 32) << 6 }

    /// The stream of a text. Zeros are appended to one that would be shorter than its text allows.
    public static func encoded(_ text: [UInt8]) -> [UInt8] {
        var model = TextModel(for: text.count)
        var encoder = RangeEncoder()
        for byte in text { _ = model.code(Int(byte), &encoder) }
        encoder.finish()
        var stream = encoder.bytes
        let least = max(0, text.count - capacity(of: 0) + 63) >> 6
        if stream.count < least { stream += [UInt8](repeating: 0, count: least - stream.count) }
        return stream
    }

    /// The text of `byteCount` bytes in a stream; nil where it may not hold as many. A stream of something else gives some text.
    public static func decoded(_ stream: [UInt8], byteCount: Int) -> [UInt8]? {
        guard byteCount >= 0, byteCount <= capacity(of: stream.count) else { return nil }
        return stream.withUnsafeBufferPointer { bytes in
            var model = TextModel(for: byteCount)
            var decoder = RangeDecoder(bytes)
            return (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: model.code(0, &decoder)) }
        }
    }
}
