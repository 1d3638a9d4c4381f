import Basics

/// One of ONNX's messages, of which the fields that Pare reads are known.
protocol ONNXMessage {
    /// What errors call it.
    static var title: String { get }
    init()
    /// Takes one field; those it does not know are passed over, so that their pages are never read.
    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault)
    /// Learns where it lies in the file, once all its fields are read.
    mutating func finish(at place: Range<Int>, by reader: inout ONNXMessageReader) throws(ONNXFault)
}

extension ONNXMessage {
    mutating func finish(at place: Range<Int>, by reader: inout ONNXMessageReader) throws(ONNXFault) {}
}

/// What is wrong, and in which kind of message.
struct ONNXFault: Error {
    var message: String
    var fault: WireReader.Fault
}

/// Reads ONNX's messages from a file that is not trusted, all but the data of tensors, of which it notes the places.
///
/// As protobuf has it, a field of another type than expected is passed over, and a message that comes twice adds to itself.
struct ONNXMessageReader {
    private let bytes: UnsafeRawBufferPointer
    private var fieldCount = 0
    private var copiedCount = 0
    private var depth = 0
    /// The kind of message that is being read.
    private var title = ""

    /// Messages nested deeper are refused; a subgraph takes three levels.
    static let deepestNesting = 96
    /// Structure beyond these bounds is refused, for a message takes many times its bytes; that of real models
    /// stays within a few megabytes and a million messages.
    private static let largestCopy = 1 << 28
    private static let largestFieldCount = 1 << 24

    /// Reads from `bytes`, which is a whole file.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func read<Message: ONNXMessage>(_ message: inout Message, at place: Range<Int>) throws(ONNXFault) {
        let outer = title
        title = Message.title
        depth += 1
        guard depth <= Self.deepestNesting else {
            throw malformed(at: place.lowerBound, expected: "at most \(Self.deepestNesting) nested messages", found: "more")
        }
        var fields = WireReader(bytes, range: place)
        while let field = try checked({ () throws(WireReader.Fault) in try fields.next() }) {
            try message.read(field, by: &self)
            fieldCount += 1
            guard copiedCount <= Self.largestCopy, fieldCount <= Self.largestFieldCount else {
                throw malformed(
                    at: field.start, expected: "\(Self.largestFieldCount.grouped) fields in \(Self.largestCopy.grouped) bytes at most",
                    found: "more")
            }
        }
        try message.finish(at: place, by: &self)
        depth -= 1
        title = outer
    }

    private func checked<Value>(_ read: () throws(WireReader.Fault) -> Value) throws(ONNXFault) -> Value {
        do throws(WireReader.Fault) { return try read() } catch { throw ONNXFault(message: title, fault: error) }
    }

    private func malformed(at offset: Int, expected: String, found: String) -> ONNXFault {
        ONNXFault(message: title, fault: .malformed(at: offset, expected: expected, found: found))
    }

    // MARK: Messages

    mutating func read<Message: ONNXMessage>(_ field: WireReader.Field, into message: inout Message) throws(ONNXFault) {
        guard field.wireType == .lengthDelimited else { throw malformed(at: field.start, expected: "a message", found: "a number") }
        try read(&message, at: field.value)
    }

    mutating func read<Message: ONNXMessage>(_ field: WireReader.Field, into message: inout Message?) throws(ONNXFault) {
        var merged = message ?? Message()
        try read(field, into: &merged)
        message = merged
    }

    mutating func read<Message: ONNXMessage>(_ field: WireReader.Field, into messages: inout [Message]) throws(ONNXFault) {
        var message = Message()
        try read(field, into: &message)
        messages.append(message)
    }

    // MARK: Texts and bytes

    mutating func read(_ field: WireReader.Field, into text: inout String) throws(ONNXFault) {
        guard field.wireType == .lengthDelimited else { return }
        guard let valid = String(validating: copied(field.value), as: UTF8.self) else {
            throw malformed(at: field.start, expected: "text in UTF-8", found: "other bytes")
        }
        text = valid
    }

    mutating func read(_ field: WireReader.Field, into texts: inout [String]) throws(ONNXFault) {
        guard field.wireType == .lengthDelimited else { return }
        texts.append("")
        try read(field, into: &texts[texts.count - 1])
    }

    mutating func read(_ field: WireReader.Field, into data: inout [UInt8]) {
        if field.wireType == .lengthDelimited { data = Array(copied(field.value)) }
    }

    mutating func read(_ field: WireReader.Field, into list: inout [[UInt8]]) {
        if field.wireType == .lengthDelimited { list.append(Array(copied(field.value))) }
    }

    /// Appends a field that is not read but copied as it stands, with its tag.
    mutating func keep(_ field: WireReader.Field, in kept: inout [UInt8]) {
        kept += copied(field.start..<field.value.upperBound)
    }

    private mutating func copied(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        copiedCount += range.count
        return UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    // MARK: Numbers

    mutating func read(_ field: WireReader.Field, into number: inout Int64) throws(ONNXFault) {
        guard field.wireType == .varint else { return }
        number = try varints(field.value).last ?? 0
    }

    mutating func read(_ field: WireReader.Field, into number: inout Int32) throws(ONNXFault) {
        var long = Int64(number)
        try read(field, into: &long)
        number = Int32(truncatingIfNeeded: long)
    }

    /// Takes one number, or a packed run of them.
    mutating func read(_ field: WireReader.Field, into numbers: inout [Int64]) throws(ONNXFault) {
        if field.wireType == .varint || field.wireType == .lengthDelimited { numbers += try varints(field.value) }
    }

    mutating func read(_ field: WireReader.Field, into number: inout Float) throws(ONNXFault) {
        guard field.wireType == .fourBytes else { return }
        number = try floats(field.value).last ?? 0
    }

    private mutating func varints(_ range: Range<Int>) throws(ONNXFault) -> [Int64] {
        copiedCount += range.count
        var reader = WireReader(bytes, range: range)
        var numbers: [Int64] = []
        while reader.position < reader.end {
            numbers.append(Int64(bitPattern: try checked { () throws(WireReader.Fault) in try reader.varint() }))
        }
        return numbers
    }

    private mutating func floats(_ range: Range<Int>) throws(ONNXFault) -> [Float] {
        guard range.count.isMultiple(of: 4) else {
            throw malformed(at: range.lowerBound, expected: "floats of four bytes", found: "\(range.count.grouped) bytes")
        }
        copiedCount += range.count
        return stride(from: range.lowerBound, to: range.upperBound, by: 4).map {
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
        }
    }

    /// The floats of a run, which may have a tag before each.
    mutating func floats(of run: ONNXPayload) throws(ONNXFault) -> [Float] {
        if run.isPlain { return try floats(run.range) }
        var numbers: [Float] = []
        var fields = WireReader(bytes, range: run.range)
        while let field = try checked({ () throws(WireReader.Fault) in try fields.next() }) {
            if field.wireType == .fourBytes || field.wireType == .lengthDelimited { numbers += try floats(field.value) }
        }
        return numbers
    }
}
