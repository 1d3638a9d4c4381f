/// Reads JSON token by token from bytes that are not trusted: no tree is built, keys come as they stand.
public struct StrictJSON {
    /// Bounds: every read checks `position` against `bytes.count`.
    private let bytes: UnsafeRawBufferPointer
    public private(set) var position = 0

    /// What was expected and found, at a byte of the text.
    public struct Fault: Error {
        public var position: Int
        public var expected: String
        public var found: String

        public init(position: Int, expected: String, found: String) {
            self.position = position
            self.expected = expected
            self.found = found
        }
    }

    /// Values that are skipped may be nested this deep.
    private static let deepestNesting = 64

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    // MARK: Structure

    /// Reads an object; `member` is called after each key and its colon, and must read the value.
    public mutating func object<Failure: Error>(
        _ member: (inout StrictJSON, String) throws(Failure) -> Void, wrapping: (Fault) -> Failure
    ) throws(Failure) {
        do throws(Fault) { try expect(UInt8(ascii: "{"), "an object") } catch { throw wrapping(error) }
        if skip(UInt8(ascii: "}")) { return }
        while true {
            let key: String
            do throws(Fault) {
                key = try string()
                try expect(UInt8(ascii: ":"), "a colon")
            } catch { throw wrapping(error) }
            try member(&self, key)
            if skip(UInt8(ascii: ",")) { continue }
            do throws(Fault) { try expect(UInt8(ascii: "}"), "a comma or the end of an object") } catch {
                throw wrapping(error)
            }
            return
        }
    }

    /// Reads an array of non-negative integers.
    public mutating func integers() throws(Fault) -> [Int] {
        try expect(UInt8(ascii: "["), "an array")
        var values: [Int] = []
        if skip(UInt8(ascii: "]")) { return values }
        while true {
            values.append(try integer())
            if skip(UInt8(ascii: ",")) { continue }
            try expect(UInt8(ascii: "]"), "a comma or the end of an array")
            return values
        }
    }

    /// Checks that only white space is left.
    public mutating func end() throws(Fault) {
        skipSpace()
        guard position == bytes.count else { throw fault("the end of the text") }
    }

    // MARK: Values

    public mutating func integer() throws(Fault) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, case let digit = bytes[position], (0x30...0x39).contains(digit) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) = tens.addingReportingOverflow(Int(digit - 0x30))
            guard !overflow, !carry else {
                throw Fault(position: start, expected: "a number below 2⁶³", found: "a larger one")
            }
            value = next
            position += 1
        }
        guard position > start, position == start + 1 || bytes[start] != 0x30 else {
            position = start
            throw fault("a whole number")
        }
        if position < bytes.count, [0x2e, 0x65, 0x45].contains(bytes[position]) { throw fault("a whole number") }
        return value
    }

    public mutating func string() throws(Fault) -> String {
        try expect(UInt8(ascii: "\""), "a string")
        let start = position
        while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5c, bytes[position] >= 0x20 {
            position += 1
        }
        // Nearly all names have no escapes: they are taken as they stand.
        if position < bytes.count, bytes[position] == 0x22 {
            defer { position += 1 }
            return try text(UnsafeRawBufferPointer(rebasing: bytes[start..<position]), at: start)
        }
        var content = Array(bytes[start..<position])
        while true {
            guard position < bytes.count, bytes[position] >= 0x20 else { throw fault("the end of a string") }
            let byte = bytes[position]
            position += 1
            if byte == 0x22 { return try text(content, at: start) }
            if byte == 0x5c { content += try escape() } else { content.append(byte) }
        }
    }

    /// Reads any value and forgets it.
    public mutating func skipValue(depth: Int = 0) throws(Fault) {
        guard depth < Self.deepestNesting else { throw fault("values nested less deeply") }
        skipSpace()
        guard position < bytes.count else { throw fault("a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"):
            try object(
                { (json, _) throws(Fault) in try json.skipValue(depth: depth + 1) }, wrapping: { $0 })
        case UInt8(ascii: "["):
            position += 1
            if skip(UInt8(ascii: "]")) { return }
            repeat { try skipValue(depth: depth + 1) } while skip(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"), "a comma or the end of an array")
        case UInt8(ascii: "\""): _ = try string()
        default:
            let start = position
            while position < bytes.count, case let byte = bytes[position], Self.isWordByte(byte) { position += 1 }
            let word = String(decoding: bytes[start..<position], as: UTF8.self)
            guard ["true", "false", "null"].contains(word) || Double(word) != nil else {
                position = start
                throw fault("a value")
            }
        }
    }

    // MARK: Characters

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2b
            || byte == 0x2d || byte == 0x2e
    }

    private func text(_ content: some Sequence<UInt8>, at start: Int) throws(Fault) -> String {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw Fault(position: start, expected: "UTF-8 text", found: "other bytes")
        }
        return text
    }

    private mutating func escape() throws(Fault) -> [UInt8] {
        guard position < bytes.count else { throw fault("an escaped character") }
        defer { position += 1 }
        switch bytes[position] {
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case 0x22, 0x5c, 0x2f: return [bytes[position]]
        case UInt8(ascii: "u"):
            var unit = try fourHexDigits()
            // A surrogate pair is one character outside of the basic plane.
            if (0xd800..<0xdc00).contains(unit), position + 2 < bytes.count, bytes[position + 1] == 0x5c,
                bytes[position + 2] == UInt8(ascii: "u")
            {
                position += 2
                let low = try fourHexDigits()
                guard (0xdc00..<0xe000).contains(low) else { throw fault("the second half of a surrogate pair") }
                unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw fault("a Unicode character") }
            return Array(String(Character(scalar)).utf8)
        default: throw fault("an escaped character")
        }
    }

    /// Reads the digits behind the `u` at `position`, and stops at the last of them.
    private mutating func fourHexDigits() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            position += 1
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw fault("four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private mutating func skipSpace() {
        while position < bytes.count, case let byte = bytes[position],
            byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
        {
            position += 1
        }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws(Fault) {
        guard skip(byte) else { throw fault(what) }
    }

    private func fault(_ expected: String) -> Fault {
        guard position < bytes.count else { return Fault(position: position, expected: expected, found: "the end") }
        let byte = bytes[position]
        let found = (0x20..<0x7f).contains(byte) ? "“\(Character(Unicode.Scalar(byte)))”" : "byte \(byte)"
        return Fault(position: position, expected: expected, found: found)
    }
}
