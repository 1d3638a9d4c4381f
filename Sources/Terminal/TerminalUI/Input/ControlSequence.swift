/// What terminals send for keys and the mouse (ECMA-48 CSI, SS3 and strings; xterm's ctlseqs).
enum ControlSequence {
    /// Reads "ESC [ …", complete or not.
    static func step(_ bytes: ArraySlice<UInt8>) -> InputParser.Step {
        let start = bytes.startIndex + 2
        guard start < bytes.endIndex else { return .incomplete }
        if bytes[start] == 0x5B {  // the Linux console's F1…F5: ESC [ [ A
            guard start + 1 < bytes.endIndex else { return .incomplete }
            let number = Int(bytes[start + 1]) - 0x40
            return (1...5).contains(number) ? .event(.key(.function(number)), used: 4) : .nothing(used: 4)
        }
        if bytes[start] == 0x4D { return oldMouse(bytes, at: start + 1) }
        guard let end = bytes[start...].firstIndex(where: { !(0x20...0x3F).contains($0) }) else {
            return bytes.count > 64 ? .nothing(used: bytes.count) : .incomplete
        }
        let used = end - bytes.startIndex + 1
        // A control inside a sequence cuts it short; it is read again as what it is.
        guard (0x40...0x7E).contains(bytes[end]) else { return .nothing(used: used - 1) }
        let body = bytes[start..<end]
        if body.first == 0x3C { return mouse(numbers(body.dropFirst()), isRelease: bytes[end] == 0x6D, used: used) }
        if body.first == 0x3F, bytes[end] == 0x63 { return .answer(used: used) }
        let parameters = numbers(body)
        if bytes[end] == 0x7E, parameters.first == 200 { return .pasteStart(used: used) }
        if parameters.isEmpty, bytes[end] == 0x49 { return .event(.focus(true), used: used) }
        if parameters.isEmpty, bytes[end] == 0x4F { return .event(.focus(false), used: used) }
        guard let key = key(final: bytes[end], parameters) else { return .nothing(used: used) }
        return .event(.key(key), used: used)
    }

    /// Reads "ESC O x", with the modifier some terminals put before the letter.
    static func shiftThree(_ bytes: ArraySlice<UInt8>) -> InputParser.Step {
        var index = bytes.startIndex + 2
        var modifiers: Key.Modifiers = []
        guard index < bytes.endIndex else { return .incomplete }
        if (0x31...0x38).contains(bytes[index]) {
            modifiers = self.modifiers(Int(bytes[index]) - 0x30)
            index += 1
            guard index < bytes.endIndex else { return .incomplete }
        }
        let used = index - bytes.startIndex + 1
        if bytes[index] == 0x4D { return .event(.key(.enter), used: used) }  // keypad Enter
        if let code = letter(bytes[index]) { return .event(.key(Key(code, modifiers)), used: used) }
        return .nothing(used: used)
    }

    /// Skips an answer of the terminal: "ESC ] … BEL" or "… ESC \".
    static func string(_ bytes: ArraySlice<UInt8>) -> InputParser.Step {
        for index in bytes.indices.dropFirst(2) {
            if bytes[index] == 0x07 { return .nothing(used: index - bytes.startIndex + 1) }
            if bytes[index] == 0x1B, index + 1 < bytes.endIndex {
                let isTerminator = bytes[index + 1] == 0x5C
                return .nothing(used: index - bytes.startIndex + (isTerminator ? 2 : 0))
            }
        }
        return bytes.count > 4096 ? .nothing(used: bytes.count) : .incomplete
    }

    private static func numbers(_ body: ArraySlice<UInt8>) -> [Int] {
        if body.isEmpty { return [] }
        return body.split(separator: 0x3B, omittingEmptySubsequences: false).map { part in
            // A sub-parameter after a colon refines the number before it.
            let digits = part.prefix { $0 != 0x3A }
            return digits.reduce(0) { value, digit in
                (0x30...0x39).contains(digit) && value < 1_000_000 ? value * 10 + Int(digit - 0x30) : value
            }
        }
    }

    private static func modifiers(_ parameter: Int) -> Key.Modifiers {
        let bits = max(0, parameter - 1)
        var result: Key.Modifiers = []
        if bits & 1 != 0 { result.insert(.shift) }
        if bits & 2 != 0 { result.insert(.alt) }
        if bits & 4 != 0 { result.insert(.control) }
        return result
    }

    private static func letter(_ byte: UInt8) -> Key.Code? {
        switch byte {
        case 0x41: .up
        case 0x42: .down
        case 0x43: .right
        case 0x44: .left
        case 0x46: .end
        case 0x48: .home
        case 0x50...0x53: .function(Int(byte) - 0x4F)
        default: nil
        }
    }

    private static func numbered(_ number: Int) -> Key.Code? {
        switch number {
        case 1, 7: .home
        case 2: .insert
        case 3: .delete
        case 4, 8: .end
        case 5: .pageUp
        case 6: .pageDown
        case 11...15: .function(number - 10)
        case 17...21: .function(number - 11)
        case 23...26: .function(number - 12)
        case 28, 29: .function(number - 13)
        case 31...34: .function(number - 14)
        default: nil
        }
    }

    private static func key(final: UInt8, _ parameters: [Int]) -> Key? {
        let held = modifiers(parameters.count > 1 ? parameters[1] : 1)
        switch final {
        case 0x5A: return .backTab
        case 0x7E where parameters.first == 27 && parameters.count > 2: return coded(parameters[2], held)
        case 0x7E: return numbered(parameters.first ?? 0).map { Key($0, held) }
        case 0x75: return coded(parameters.first ?? 0, held)
        default: return letter(final).map { Key($0, held) }
        }
    }

    /// A key given by its code point, as terminals do that report every modifier.
    private static func coded(_ code: Int, _ held: Key.Modifiers) -> Key? {
        switch code {
        case 9: return held.contains(.shift) ? .backTab : Key(.tab, held)
        case 13: return Key(.enter, held)
        case 27: return Key(.escape, held)
        case 127, 8: return Key(.backspace, held)
        default:
            guard let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init), scalar.columns != nil else { return nil }
            var held = held
            var character = Character(scalar)
            if held.contains(.shift), !held.contains(.control) {
                character = Character(character.uppercased().first.map(String.init) ?? String(character))
                held.remove(.shift)
            }
            return Key(.character(character), held)
        }
    }

    private static func oldMouse(_ bytes: ArraySlice<UInt8>, at start: Int) -> InputParser.Step {
        guard start + 3 <= bytes.endIndex else { return .incomplete }
        let values = bytes[start..<(start + 3)].map { Int($0) - 32 }
        guard values.allSatisfy({ $0 >= 0 }) else { return .nothing(used: 6) }
        // X10 says of a release only that some button was released.
        let isRelease = values[0] & 3 == 3 && values[0] & 96 == 0
        return mouse([isRelease ? values[0] & ~3 : values[0], values[1], values[2]], isRelease: isRelease, used: 6)
    }

    private static func mouse(_ numbers: [Int], isRelease: Bool, used: Int) -> InputParser.Step {
        guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0 else { return .nothing(used: used) }
        let code = numbers[0]
        var held: Key.Modifiers = []
        if code & 4 != 0 { held.insert(.shift) }
        if code & 8 != 0 { held.insert(.alt) }
        if code & 16 != 0 { held.insert(.control) }
        let button: MouseEvent.Button = [.left, .middle, .right, .none][code & 3]
        let position = Point(x: numbers[1] - 1, y: numbers[2] - 1)
        let kind: MouseEvent.Kind
        if code & 64 != 0 {
            // 66 and 67 are the wheel turned sideways.
            guard code & 3 < 2 else { return .nothing(used: used) }
            kind = code & 3 == 0 ? .wheelUp : .wheelDown
        } else if code & 32 != 0 {
            kind = button == .none ? .move : .drag
        } else {
            kind = isRelease || button == .none ? .release : .press
        }
        let wheel = kind == .wheelUp || kind == .wheelDown
        return .event(
            .mouse(MouseEvent(kind: kind, button: wheel ? .none : button, position: position, modifiers: held)), used: used)
    }
}
