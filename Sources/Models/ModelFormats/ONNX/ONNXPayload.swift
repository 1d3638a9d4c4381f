import TensorCore

/// Where the elements of one data field lie in the file: occurrences of the field that follow each other without a gap.
struct ONNXPayload {
    let field: Int
    /// Where the first one's tag lies.
    private let start: Int
    /// Whether the bytes are the elements alone; otherwise each element (or packed run) is preceded by the field's tag.
    private(set) var isPlain: Bool
    private(set) var range: Range<Int>

    /// raw_data is no list: a second one replaces the first.
    static let raw = 9
    /// Lists of an attribute are read below this many bytes.
    private static let longList = 1024

    fileprivate init(_ field: WireReader.Field) {
        self.field = field.number
        start = field.start
        isPlain = field.wireType == .lengthDelimited
        range = isPlain ? field.value : field.start..<field.value.upperBound
    }

    var isLong: Bool { range.upperBound - start >= Self.longList }

    fileprivate mutating func join(_ next: WireReader.Field) -> Bool {
        guard field == next.number, field != Self.raw, range.upperBound == next.start else { return false }
        isPlain = false
        range = start..<next.value.upperBound
        return true
    }

    /// Number of the tensor field that holds elements of the type, where they are not raw.
    static func field(of type: ElementType) -> Int {
        switch type {
        case .float32: 4
        case .int64: 7
        case .float64: 10
        case .uint64, .uint32: 11
        default: 5
        }
    }

    static func name(ofField field: Int) -> String {
        switch field {
        case 4: "float_data"
        case 5: "int32_data"
        case 7: "int64_data"
        case 10: "double_data"
        case 11: "uint64_data"
        default: "raw_data"
        }
    }
}

extension [ONNXPayload] {
    /// Appends the place of a data field's elements.
    mutating func append(_ field: WireReader.Field) {
        if isEmpty || !self[count - 1].join(field) { append(ONNXPayload(field)) }
    }
}
