/// Copies the structure of an ONNX file without its tensors.
///
/// A model's graph takes kilobytes, its weights gigabytes, and a protobuf parser would copy both. This walk over the
/// mapped file descends only into messages that can hold tensors; it copies every other field Pare reads, wraps those that
/// an export repeats, drops the rest, and writes a `PayloadPlace` message (see `onnx.proto`) in place of each field that
/// holds tensor data.
/// Skipped bytes are not looked at, so their pages are never read.
struct PayloadElision {
    /// The messages the walk descends into.
    enum Message: String {
        case model, graph, node, attribute, tensor
        case valueInfo = "declared value"
        case sparseTensor = "sparse tensor"
        case function

        /// Whether it is told where the message lies, so that it can be copied as it stands.
        var hasPlace: Bool { [.attribute, .tensor, .sparseTensor, .function].contains(self) }
    }

    /// What is wrong, and in which kind of message.
    struct Fault: Error {
        var message: Message
        var fault: WireReader.Fault
    }

    private enum Action {
        case copy
        case descend(Message)
        case payload
        /// Like `payload`, but only where the data is long.
        case longPayload
        /// Wrapped, for an export.
        case keep
        case drop
    }

    private let bytes: UnsafeRawBufferPointer
    private(set) var output: [UInt8] = []

    /// Numbers of the fields that are not ONNX's (see `onnx.proto`): a file that holds one is lying, and the field is dropped
    /// as every unknown one is.
    private static let payloadField: UInt64 = 536_870_000
    private static let keptField: UInt64 = 536_870_001
    private static let placeField: UInt64 = 536_870_002
    /// Messages nested deeper are refused; a subgraph takes three levels.
    static let deepestNesting = 96
    /// Structure beyond these bounds is refused, for a parsed message takes many times its bytes; that of real models
    /// stays within a few megabytes and a million messages.
    private static let largestOutput = 1 << 28
    private static let largestFieldCount = 1 << 24
    private var fieldCount = 0
    /// `floats` of attributes stay in place below this many bytes.
    private static let longAttribute = 1024

    /// Walks `bytes`, which is a whole file.
    init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        self.bytes = bytes
        try walk(.model, 0..<bytes.count, depth: 1)
    }

    private static func action(_ message: Message, _ field: Int) -> Action {
        switch (message, field) {
        case (.model, 7): .descend(.graph)
        case (.model, 25): .descend(.function)
        case (.model, 1), (.model, 8): .copy
        // Producer, version, domain and documentation of the model, metadata.
        case (.model, 2...6), (.model, 14): .keep
        case (.graph, 1), (.function, 7): .descend(.node)
        case (.graph, 5): .descend(.tensor)
        case (.graph, 15): .descend(.sparseTensor)
        case (.graph, 2): .copy
        case (.graph, 11), (.graph, 12), (.graph, 13): .descend(.valueInfo)
        // doc_string, quantization_annotation, metadata_props
        case (.graph, 10), (.graph, 14), (.graph, 16): .keep
        case (.valueInfo, 1), (.valueInfo, 2): .copy
        case (.valueInfo, 3), (.valueInfo, 4): .keep
        case (.function, 1), (.function, 10): .copy
        case (.node, 5): .descend(.attribute)
        case (.node, 1), (.node, 2), (.node, 3), (.node, 4), (.node, 7): .copy
        // doc_string, overload, metadata_props
        case (.node, 6), (.node, 8), (.node, 9): .keep
        case (.attribute, 5), (.attribute, 10): .descend(.tensor)
        case (.attribute, 6), (.attribute, 11): .descend(.graph)
        case (.attribute, 22): .descend(.sparseTensor)
        case (.attribute, 7): .longPayload
        case (.attribute, 1...4), (.attribute, 8), (.attribute, 9), (.attribute, 20), (.attribute, 21): .copy
        case (.tensor, 1), (.tensor, 2), (.tensor, 8), (.tensor, 13), (.tensor, 14): .copy
        // float_data, int32_data, int64_data, raw_data, double_data, uint64_data
        case (.tensor, 4), (.tensor, 5), (.tensor, 7), (.tensor, 9), (.tensor, 10), (.tensor, 11): .payload
        case (.sparseTensor, 1), (.sparseTensor, 2): .descend(.tensor)
        case (.sparseTensor, 3): .copy
        default: .drop
        }
    }

    /// Occurrences of one payload field that follow each other without a gap.
    private struct Run {
        var field: WireReader.Field
        var end: Int
        var isPlain: Bool
    }

    private mutating func walk(_ message: Message, _ range: Range<Int>, depth: Int) throws(Fault) {
        guard depth <= Self.deepestNesting else {
            throw malformed(
                message, at: range.lowerBound, expected: "at most \(Self.deepestNesting) nested messages", found: "more")
        }
        var reader = WireReader(bytes, range: range)
        var run: Run?
        while let field = try next(&reader, message) {
            let action = Self.action(message, field.number)
            if let open = run {
                // raw_data is no list: a second one replaces the first.
                if open.field.number == field.number, open.end == field.start, !(message == .tensor && field.number == 9) {
                    run?.end = field.value.upperBound
                    run?.isPlain = false
                    continue
                }
                write(open, isLong: message == .attribute)
                run = nil
            }
            switch action {
            case .drop: break
            case .copy: copy(field.start..<field.value.upperBound)
            case .keep:
                appendVarint(Self.keptField << 3 | 2)
                appendVarint(UInt64(field.value.upperBound - field.start))
                copy(field.start..<field.value.upperBound)
            case .payload, .longPayload:
                run = Run(field: field, end: field.value.upperBound, isPlain: field.wireType == .lengthDelimited)
            case .descend(let inner):
                guard field.wireType == .lengthDelimited else {
                    throw malformed(message, at: field.start, expected: "a message", found: "a number")
                }
                appendVarint(UInt64(field.number) << 3 | 2)
                let place = reserveLength()
                try walk(inner, field.value, depth: depth + 1)
                if inner.hasPlace { write(Self.placeField, [(3, field.value.lowerBound), (4, field.value.count)]) }
                patchLength(at: place)
            }
            fieldCount += 1
            guard output.count <= Self.largestOutput, fieldCount <= Self.largestFieldCount else {
                throw malformed(
                    message, at: field.start,
                    expected: "\(Self.largestFieldCount.grouped) fields in \(Self.largestOutput.grouped) bytes at most",
                    found: "more")
            }
        }
        if let run { write(run, isLong: message == .attribute) }
    }

    private func next(_ reader: inout WireReader, _ message: Message) throws(Fault) -> WireReader.Field? {
        do throws(WireReader.Fault) { return try reader.next() } catch { throw Fault(message: message, fault: error) }
    }

    private func malformed(_ message: Message, at offset: Int, expected: String, found: String) -> Fault {
        Fault(message: message, fault: .malformed(at: offset, expected: expected, found: found))
    }

    private mutating func write(_ run: Run, isLong: Bool) {
        if isLong, run.end - run.field.start < Self.longAttribute {
            copy(run.field.start..<run.end)
            return
        }
        let range = run.isPlain ? run.field.value : run.field.start..<run.end
        write(
            Self.payloadField,
            [(1, run.field.number), (2, run.isPlain ? 1 : 0), (3, range.lowerBound), (4, range.count)])
    }

    /// Writes a `PayloadPlace` of the given fields.
    private mutating func write(_ field: UInt64, _ numbers: [(field: UInt64, value: Int)]) {
        appendVarint(field << 3 | 2)
        let place = reserveLength()
        for (number, value) in numbers {
            appendVarint(number << 3)
            appendVarint(UInt64(value))
        }
        patchLength(at: place)
    }

    private mutating func copy(_ range: Range<Int>) {
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[range]))
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(rest))
    }

    /// Makes room for a length that is known later: five bytes, of which a short number leaves the upper ones zero.
    private mutating func reserveLength() -> Int {
        output.append(contentsOf: [0x80, 0x80, 0x80, 0x80, 0x00])
        return output.count
    }

    private mutating func patchLength(at place: Int) {
        var rest = output.count - place
        for position in place - 5..<place {
            output[position] = UInt8(rest & 0x7f) | (position == place - 1 ? 0 : 0x80)
            rest >>= 7
        }
    }
}
