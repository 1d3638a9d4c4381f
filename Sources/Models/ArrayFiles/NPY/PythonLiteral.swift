/// The few literals of Python that NumPy writes in a header, read from bytes that are not trusted.
struct PythonLiteral {
    /// Bounds: every read checks `position` against `bytes.count`.
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The character that comes next.
    var next: Character? {
        mutating get {
            skipSpace()
            return position < bytes.count ? Character(Unicode.Scalar(bytes[position])) : nil
        }
    }

    mutating func skip(_ character: Character) -> Bool {
        guard next == character else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Character) throws(ArrayDescription.Fault) {
        guard skip(character) else { throw fault("“\(character)”") }
    }

    /// Text in single or double quotes, without escapes.
    mutating func string() throws(ArrayDescription.Fault) -> String {
        guard let quote = next, quote == "'" || quote == "\"", let mark = quote.asciiValue else { throw fault("a text") }
        let start = position + 1
        guard let end = bytes[start...].firstIndex(of: mark) else { throw fault("a text that ends") }
        let content = bytes[start..<end]
        guard content.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != 0x5c }) else { throw fault("a plain text") }
        position = end + 1
        return String(decoding: content, as: UTF8.self)
    }

    mutating func boolean() throws(ArrayDescription.Fault) -> Bool {
        for (word, value) in [("True", true), ("False", false)] {
            skipSpace()
            if bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return value
            }
        }
        throw fault("True or False")
    }

    /// Whole numbers in parentheses: `()`, `(3,)`, `(3, 4)`; an L may follow a number, as Python 2 wrote it.
    mutating func tuple() throws(ArrayDescription.Fault) -> [Int] {
        try expect("(")
        var values: [Int] = []
        while !skip(")") {
            guard values.count < 32 else { throw fault("at most 32 axes, as NumPy has") }
            values.append(try integer())
            _ = skip("L")
            if !skip(",") {
                // `(3)` is a number in Python, not a tuple.
                guard values.count > 1 else { throw fault("a comma") }
                try expect(")")
                break
            }
        }
        return values
    }

    private mutating func integer() throws(ArrayDescription.Fault) -> Int {
        skipSpace()
        let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
        guard let value = Int(String(decoding: digits, as: UTF8.self)) else { throw fault("a whole number below 2⁶³") }
        position += digits.count
        return value
    }

    /// Checks that only spaces are left.
    mutating func end() throws(ArrayDescription.Fault) {
        if next != nil { throw fault("the end of the header") }
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0a { position += 1 }
    }

    func fault(_ expected: String) -> ArrayDescription.Fault {
        ArrayDescription.Fault(what: "has a damaged header: expected \(expected)", offset: position)
    }
}
