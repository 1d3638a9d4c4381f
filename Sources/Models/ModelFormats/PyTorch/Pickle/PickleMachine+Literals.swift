extension PickleMachine {
    /// Opcodes that hold their value.
    mutating func loadLiteral(_ opcode: UInt8) throws(PickleFault) -> Bool {
        switch opcode {
        case 0x80:  // PROTO
            let version = try byte()
            guard version <= 5 else { throw malformed("pickle protocol 2 to 5", "protocol \(version)") }
        case 0x95: _ = try number(8)  // FRAME: only a hint for readers of pipes
        case UInt8(ascii: "N"): try push(.none)
        case 0x88: try push(.boolean(true))
        case 0x89: try push(.boolean(false))
        case UInt8(ascii: "J"): try push(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
        case UInt8(ascii: "K"): try push(.integer(try number(1)))
        case UInt8(ascii: "M"): try push(.integer(try number(2)))
        case 0x8a: try pushLong(try number(1))
        case 0x8b: try pushLong(try number(4))
        case UInt8(ascii: "G"):
            let pattern = bytes[try take(8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            try push(.float(Double(bitPattern: pattern)))
        case UInt8(ascii: "X"): try push(.text(try take(try number(4))))
        case 0x8c: try push(.text(try take(try number(1))))
        case 0x8d: try push(.text(try take(try number(8))))
        // Python 2's strings are texts to us: state dictionaries of its time have them as names.
        case UInt8(ascii: "T"): try push(.text(try take(try number(4))))
        case UInt8(ascii: "U"): try push(.text(try take(try number(1))))
        case UInt8(ascii: "B"): try push(.bytes(try take(try number(4))))
        case UInt8(ascii: "C"): try push(.bytes(try take(try number(1))))
        case 0x8e, 0x96: try push(.bytes(try take(try number(8))))
        default: return false
        }
        return true
    }

    /// An integer of any size, two's complement; those beyond 64 bits stay bytes.
    private mutating func pushLong(_ byteCount: Int) throws(PickleFault) {
        let range = try take(byteCount)
        guard byteCount <= 8 else { return try push(.bytes(range)) }
        let isNegative = range.last.map { bytes[$0] & 0x80 != 0 } ?? false
        let value = bytes[range].reversed().reduce(isNegative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
        try push(.integer(Int(Int64(bitPattern: value))))
    }
}
