extension PickleMachine {
    /// Opcodes that name things or, in Python, would call them.
    mutating func construct(_ opcode: UInt8) throws(PickleFault) -> Bool {
        switch opcode {
        case UInt8(ascii: "c"):
            let module = try line()
            try pushGlobal(module, try line())
        case 0x93:  // STACK_GLOBAL
            let name = try pop()
            guard case .text(let nameRange) = name, case .text(let moduleRange) = try pop(),
                nameRange.count <= 4096, moduleRange.count <= 4096
            else { throw malformed("a module's and an object's name", "other values") }
            try pushGlobal(text(moduleRange), text(nameRange))
        case UInt8(ascii: "R"), 0x81:  // REDUCE, NEWOBJ
            let arguments = try pop()
            let callable = try pop()
            try push(try call(callable, arguments))
        case 0x92:  // NEWOBJ_EX
            _ = try pop()
            let arguments = try pop()
            let callable = try pop()
            try push(try call(callable, arguments))
        case UInt8(ascii: "i"):  // INST
            let module = try line()
            let name = try line()
            let arguments = try add(.tuple(try popToMark()))
            try pushGlobal(module, name)
            try push(try call(try pop(), .object(arguments)))
        case UInt8(ascii: "o"):  // OBJ
            let values = try popToMark()
            guard let callable = values.first else { throw malformed("a class", "nothing above the mark") }
            try push(try call(callable, .object(try add(.tuple(Array(values.dropFirst()))))))
        case UInt8(ascii: "b"):  // BUILD
            let state = try pop()
            // State of anything that is not an object, as `_metadata` of a dictionary, does not matter.
            if case .object(let index)? = stack.last, case .placeholder(var placeholder) = objects[index] {
                placeholder.state = state
                objects[index] = .placeholder(placeholder)
            } else {
                let top = try pop()
                stack.append(top)
            }
        case UInt8(ascii: "Q"): try push(try persistent(try pop()))
        default: return false
        }
        return true
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private mutating func pushGlobal(_ module: String, _ name: String) throws(PickleFault) {
        let qualified = PickleName(module: module, name: name)
        guard !qualified.isHostile else { throw PickleFault(reason: .hostile(qualified), offset: start) }
        if let known = PickleGlobal(qualified) {
            try push(.known(known))
        } else {
            try push(.unknown(qualified))
        }
    }

    /// The elements of a tuple or list; nil of anything else.
    private func elements(_ value: PickleValue) -> [PickleValue]? {
        guard case .object(let index) = value else { return nil }
        switch objects[index] {
        case .tuple(let values), .list(let values): return values
        default: return nil
        }
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard let values = elements(value), values.count <= 64 else { return nil }
        var numbers: [Int] = []
        for value in values {
            guard case .integer(let number) = value else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    private func object(_ value: PickleValue) -> PickleObject? {
        if case .object(let index) = value { objects[index] } else { nil }
    }

    // MARK: What calls give

    private mutating func call(_ callable: PickleValue, _ arguments: PickleValue) throws(PickleFault) -> PickleValue {
        guard let values = elements(arguments) else { throw malformed("arguments in a tuple", "another value") }
        switch object(callable) {
        case .known(.rebuildTensor):
            return try tensor(values, typeIndex: nil)
        case .known(.rebuildTypedTensor):
            return try tensor(values, typeIndex: 6)
        case .known(.rebuildParameter), .known(.tagged):
            return values.first ?? .none
        case .known(.rebuildFromType):
            guard values.count >= 3, case .known(let function)? = object(values[0]), function != .rebuildFromType else { break }
            return try call(values[0], values[2])
        case .known(.orderedDictionary):
            return .object(try add(.dictionary(try orderedItems(values))))
        case .known(.size):
            if let first = values.first { return first }
            return .object(try add(.tuple([])))
        case .known(.storage), .known(.elementType), .unknown, .placeholder: break
        default: throw malformed("a class or function to call", "another value")
        }
        return .object(try add(.placeholder(PlaceholderObject(callable: callable, arguments: arguments))))
    }

    /// Pairs that `OrderedDict` is given, as Python 2 wrote them.
    private func orderedItems(_ arguments: [PickleValue]) throws(PickleFault) -> [(key: PickleValue, value: PickleValue)] {
        guard let list = arguments.first else { return [] }
        guard let pairs = elements(list) else { throw malformed("a list of pairs", "another value") }
        var items: [(key: PickleValue, value: PickleValue)] = []
        for pair in pairs {
            guard let values = elements(pair), values.count == 2 else { throw malformed("a list of pairs", "another value") }
            items.append((values[0], values[1]))
        }
        return items
    }

    private mutating func tensor(_ arguments: [PickleValue], typeIndex: Int?) throws(PickleFault) -> PickleValue {
        guard arguments.count >= 4, case .storage(let storage)? = object(arguments[0]),
            case .integer(let offset) = arguments[1], let extents = integers(arguments[2]),
            let strides = integers(arguments[3])
        else { throw malformed("a tensor's storage, offset, extents and strides", "other values") }
        var elements = storage.elements
        if let typeIndex {
            guard arguments.count > typeIndex, case .known(.elementType(let type))? = object(arguments[typeIndex]) else {
                throw malformed("a tensor's element type", "another value")
            }
            elements = type
        }
        let tensor = PickledTensor(storage: storage, elements: elements, offset: offset, extents: extents, strides: strides)
        return .object(try add(.tensor(tensor)))
    }

    // MARK: Persistent identifiers

    /// `("storage", type, key, location, count[, view])`, or in whole modules of old `("module", class, source file, source)`.
    private mutating func persistent(_ identifier: PickleValue) throws(PickleFault) -> PickleValue {
        guard let values = elements(identifier), case .text(let kind)? = values.first else {
            throw malformed("a storage's identifier", "another value")
        }
        if text(kind.prefix(16)) == "module", values.count >= 2 { return values[1] }
        guard text(kind.prefix(16)) == "storage", values.count >= 5, case .known(.storage(let elements))? = object(values[1]),
            case .text(let key) = values[2], key.count <= 256, case .integer(let count) = values[4], count >= 0
        else { throw malformed("a storage's type, key, location and count", "other values") }
        var storage = PickledStorage(key: text(key), elements: elements, count: count)
        if values.count > 5, values[5] != .none {
            guard let view = self.elements(values[5]), view.count == 3, case .integer(let offset) = view[1],
                case .integer(let viewCount) = view[2], offset >= 0, viewCount >= 0, offset <= count,
                viewCount <= count - offset
            else { throw malformed("the part of a storage that lies within it", "other values") }
            storage.view = offset..<offset + viewCount
        }
        return .object(try add(.storage(storage)))
    }
}
