/// An ONNX message as a text that is easily told beforehand: the same fields in the same order, but lengths are left out where an end
/// tells as much.
///
/// A message ends with a 0, which is no field's tag, and so does a string, in which 0 is written 1 2, and 1 is written 1 1. Other fields, and
/// messages and strings that ONNX does not name below, are as protobuf has them. The outermost message ends with the text.
enum GraphText {
    /// The messages whose fields are followed.
    fileprivate enum Message {
        case model, operatorSet, entry, graph, node, attribute, tensor, value, type, tensorType, shape, extent

        /// What a field with a length holds.
        enum Content: Equatable {
            case message(Message)
            case string
        }

        func content(_ field: UInt64) -> Content? {
            switch (self, field) {
            case (.model, 7): .message(.graph)
            case (.model, 8): .message(.operatorSet)
            case (.model, 14): .message(.entry)
            case (.graph, 1): .message(.node)
            case (.graph, 5): .message(.tensor)
            case (.graph, 11), (.graph, 12), (.graph, 13): .message(.value)
            case (.node, 5): .message(.attribute)
            case (.attribute, 5): .message(.tensor)
            case (.attribute, 6), (.attribute, 11): .message(.graph)
            case (.value, 2): .message(.type)
            case (.type, 1): .message(.tensorType)
            case (.tensorType, 2): .message(.shape)
            case (.shape, 1): .message(.extent)
            case (.tensor, 13): .message(.entry)
            case (.model, 2), (.model, 3), (.model, 4), (.model, 6), (.operatorSet, 1), (.entry, 1), (.entry, 2), (.graph, 2), (.graph, 10),
                (.node, 1), (.node, 2), (.node, 3), (.node, 4), (.node, 6), (.node, 7), (.attribute, 1), (.attribute, 4), (.attribute, 9),
                (.attribute, 13), (.value, 1), (.value, 3), (.extent, 2), (.tensor, 8):
                .string
            default: nil
            }
        }
    }

    /// Messages nested deeper are not followed.
    private static let deepest = 100

    /// The text of a message; nil of one that would not come back byte for byte.
    static func text(of message: [UInt8]) -> [UInt8]? {
        var text: [UInt8] = []
        text.reserveCapacity(message.count)
        var fields = GraphFields(message[...])
        guard write(&fields, of: .model, depth: 0, to: &text), self.message(of: text[...]) == message else { return nil }
        return text
    }

    private static func write(_ fields: inout GraphFields, of message: Message, depth: Int, to text: inout [UInt8]) -> Bool {
        guard depth < deepest else { return false }
        while !fields.isAtEnd {
            guard let tag = fields.number() else { return false }
            text += tag.bytes
            guard tag.value & 7 == 2, let content = message.content(tag.value >> 3) else {
                guard let value = fields.value(of: tag.value) else { return false }
                text += value
                continue
            }
            guard let count = fields.number(), let bytes = fields.take(count.value) else { return false }
            switch content {
            case .string: text += GraphFields.string(bytes)
            case .message(let inner):
                var own = GraphFields(bytes)
                guard write(&own, of: inner, depth: depth + 1, to: &text) else { return false }
                text.append(0)
            }
        }
        return true
    }

    /// The message of a text; nil of one that no message has.
    static func message(of text: ArraySlice<UInt8>) -> [UInt8]? {
        var fields = GraphFields(text)
        guard let message = read(&fields, of: .model, depth: 0), fields.isAtEnd else { return nil }
        return message
    }

    /// The fields of a message up to its end, which is taken.
    private static func read(_ fields: inout GraphFields, of message: Message, depth: Int) -> [UInt8]? {
        guard depth < deepest else { return nil }
        var bytes: [UInt8] = []
        while !fields.isAtEnd {
            guard let tag = fields.number() else { return nil }
            if tag.value == 0 { return depth > 0 && tag.bytes.count == 1 ? bytes : nil }
            bytes += tag.bytes
            guard tag.value & 7 == 2, let content = message.content(tag.value >> 3) else {
                guard let value = fields.value(of: tag.value) else { return nil }
                bytes += value
                continue
            }
            let inner: [UInt8]?
            switch content {
            case .string: inner = fields.string()
            case .message(let message): inner = read(&fields, of: message, depth: depth + 1)
            }
            guard let inner else { return nil }
            bytes += GraphFields.number(inner.count) + inner
        }
        return depth == 0 ? bytes : nil
    }
}

/// Goes along the fields of a message or of its text.
struct GraphFields {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position >= bytes.endIndex }

    /// A number in LEB128 with its bytes.
    mutating func number() -> (value: UInt64, bytes: ArraySlice<UInt8>)? {
        let start = position
        var value: UInt64 = 0
        while position < bytes.endIndex, position - start < 10 {
            let byte = bytes[position]
            value |= UInt64(byte & 0x7f) << UInt64(7 * (position - start))
            position += 1
            if byte < 0x80 { return (value, bytes[start..<position]) }
        }
        return nil
    }

    mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
        guard count <= UInt64(bytes.endIndex - position) else { return nil }
        defer { position += Int(count) }
        return bytes[position..<position + Int(count)]
    }

    /// The value behind a tag, with the length that it has by its type.
    mutating func value(of tag: UInt64) -> ArraySlice<UInt8>? {
        switch tag & 7 {
        case 0: return number()?.bytes
        case 1: return take(8)
        case 2:
            let start = position
            guard let count = number(), take(count.value) != nil else { return nil }
            return bytes[start..<position]
        case 5: return take(4)
        default: return nil
        }
    }

    /// A string up to its 0, which is taken.
    mutating func string() -> [UInt8]? {
        var string: [UInt8] = []
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            switch byte {
            case 0: return string
            case 1:
                guard position < bytes.endIndex, bytes[position] == 1 || bytes[position] == 2 else { return nil }
                string.append(bytes[position] == 1 ? 1 : 0)
                position += 1
            default: string.append(byte)
            }
        }
        return nil
    }

    /// A string as `string()` reads it.
    static func string(_ text: some Sequence<UInt8>) -> [UInt8] { text.flatMap { $0 == 0 ? [1, 2] : $0 == 1 ? [1, 1] : [$0] } + [0] }

    /// A number in LEB128, in the shortest form.
    static func number(_ value: Int) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
