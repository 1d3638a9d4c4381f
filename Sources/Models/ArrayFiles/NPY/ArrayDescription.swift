import TensorCore

/// What the header of an NPY array says: elements, order and extents.
struct ArrayDescription: Hashable {
    var elementType: ElementType
    var isBigEndian: Bool
    /// Whether the first axis varies fastest.
    var isFortranOrder: Bool
    var shape: Shape
}

extension ArrayDescription {
    /// Why a header is not one, at a byte of it.
    struct Fault: Error, Hashable {
        var what: String
        var offset: Int?
    }

    /// Reads a header: a Python dictionary with the keys `descr`, `fortran_order` and `shape`, then spaces.
    init(header: UnsafeRawBufferPointer) throws(Fault) {
        var literal = PythonLiteral(header)
        var descriptor: String?
        var isFortranOrder: Bool?
        var extents: [Int]?
        try literal.expect("{")
        while !literal.skip("}") {
            let key = try literal.string()
            try literal.expect(":")
            switch key {
            case "descr" where descriptor == nil:
                if literal.next == "[" { throw Fault(what: "holds records, which are not read; save each field on its own") }
                descriptor = try literal.string()
            case "fortran_order" where isFortranOrder == nil: isFortranOrder = try literal.boolean()
            case "shape" where extents == nil: extents = try literal.tuple()
            default: throw literal.fault("one each of descr, fortran_order and shape")
            }
            if !literal.skip(",") {
                try literal.expect("}")
                break
            }
        }
        try literal.end()
        guard let descriptor, let isFortranOrder, let extents else {
            throw literal.fault("descr, fortran_order and shape")
        }
        guard let shape = Shape(checking: extents), shape.count < 1 << 58 else {
            throw Fault(what: "says its shape is \(extents), more than any memory holds")
        }
        (elementType, isBigEndian) = try Self.elements(descriptor)
        self.isFortranOrder = isFortranOrder
        self.shape = shape
    }

    /// What a type string such as `<f4` stands for.
    private static func elements(_ descriptor: String) throws(Fault) -> (ElementType, isBigEndian: Bool) {
        let code = descriptor.first.map { "<>|=".contains($0) } == true ? String(descriptor.dropFirst()) : descriptor
        let type: ElementType
        switch code {
        case "u1": type = .uint8
        case "u2": type = .uint16
        case "u4": type = .uint32
        case "u8": type = .uint64
        case "i1": type = .int8
        case "i2": type = .int16
        case "i4": type = .int32
        case "i8": type = .int64
        case "f2": type = .float16
        case "f4": type = .float32
        case "f8": type = .float64
        case "b1": type = .boolean
        default: throw Fault(what: refusal(descriptor, kind: code.first))
        }
        return (type, descriptor.hasPrefix(">") && type.byteCount > 1)
    }

    private static func refusal(_ descriptor: String, kind: Character?) -> String {
        let shown = descriptor.unicodeScalars.prefix(40).map { $0.escaped(asASCII: true) }.joined()
        return switch kind {
        case "O": "holds Python objects, which only Python can read; save it as an array of numbers"
        case "U", "S", "a": "holds texts (\(shown)), not numbers"
        case "c": "holds complex numbers (\(shown)), which are not read"
        case "M", "m": "holds times (\(shown)), not numbers"
        case "V": "holds records (\(shown)), which are not read; save each field on its own"
        default: "holds elements of an unknown type, \(shown)"
        }
    }
}
