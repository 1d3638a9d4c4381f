extension PickleMachine {
    /// Opcodes that make lists, tuples, dictionaries and sets (which are lists here), or add to them.
    mutating func buildContainer(_ opcode: UInt8) throws(PickleFault) -> Bool {
        switch opcode {
        case UInt8(ascii: "]"), 0x8f: try push(.list([]))
        case UInt8(ascii: "l"), 0x91: try push(.list(try popToMark()))
        case UInt8(ascii: ")"): try push(.tuple([]))
        case UInt8(ascii: "t"): try push(.tuple(try popToMark()))
        case 0x85, 0x86, 0x87:
            var values: [PickleValue] = []
            for _ in 0x85...opcode { values.append(try pop()) }
            try push(.tuple(values.reversed()))
        case UInt8(ascii: "}"): try push(.dictionary([]))
        case UInt8(ascii: "d"): try push(.dictionary(try pairs(try popToMark())))
        case UInt8(ascii: "a"):
            let value = try pop()
            try extend(try topObject(), by: [value])
        case UInt8(ascii: "e"), 0x90:
            let values = try popToMark()
            try extend(try topObject(), by: values)
        case UInt8(ascii: "s"):
            let value = try pop()
            let key = try pop()
            try insert([(key, value)], into: try topObject())
        case UInt8(ascii: "u"):
            let items = try pairs(try popToMark())
            try insert(items, into: try topObject())
        default: return false
        }
        return true
    }

    private func pairs(_ values: [PickleValue]) throws(PickleFault) -> [(key: PickleValue, value: PickleValue)] {
        guard values.count % 2 == 0 else { throw malformed("keys and values", "\(values.count.grouped) values") }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    // Objects are replaced while they grow, so that their arrays are not copied for each element.

    private mutating func extend(_ index: Int, by values: [PickleValue]) throws(PickleFault) {
        switch objects[index] {
        case .list(var elements):
            objects[index] = .tuple([])
            elements += values
            objects[index] = .list(elements)
        case .placeholder(var placeholder):
            objects[index] = .tuple([])
            placeholder.elements += values
            objects[index] = .placeholder(placeholder)
        default: throw malformed("a list to append to", "another object")
        }
    }

    private mutating func insert(_ items: [(key: PickleValue, value: PickleValue)], into index: Int) throws(PickleFault) {
        switch objects[index] {
        case .dictionary(var present):
            objects[index] = .tuple([])
            present += items
            objects[index] = .dictionary(present)
        case .placeholder(var placeholder):
            objects[index] = .tuple([])
            placeholder.items += items
            objects[index] = .placeholder(placeholder)
        default: throw malformed("a dictionary to insert into", "another object")
        }
    }
}
