/// Turns the bytes a terminal sends into events: UTF-8, control sequences, SGR and X10 mouse reports, bracketed paste.
///
/// A lone escape byte may be the Escape key or the start of a sequence: it is held back, `isWaiting` says so, and `flush()`
/// after a short wait decides for the key.
public struct InputParser: Sendable {
    private var pending: [UInt8] = []
    /// The text of a paste that has begun and not ended.
    private var paste: [UInt8]?
    private let sequences: [[UInt8]: Key]
    private let longestSequence: Int
    private let eraseIsControlH: Bool
    /// Bytes of a paste beyond which the rest is dropped.
    private static let pasteLimit = 1 << 20
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    /// Creates a parser that knows a terminal's own key sequences besides the common ones.
    public init(sequences: [[UInt8]: Key] = [:]) {
        self.sequences = sequences.filter { $0.key.count > 1 && $0.key[0] == 0x1B }
        longestSequence = self.sequences.keys.map(\.count).max() ?? 0
        eraseIsControlH = sequences[[8]]?.code == .backspace
    }

    /// Whether bytes were held back that may be a key of their own.
    public var isWaiting: Bool { !pending.isEmpty && paste == nil }

    /// Reads bytes as they come, however they are cut; returns the events that are complete.
    public mutating func feed(_ bytes: some Sequence<UInt8>) -> [InputEvent] {
        pending += bytes
        return drain(isFinal: false)
    }

    /// Takes what was held back for what it is, as nothing followed it.
    public mutating func flush() -> [InputEvent] { drain(isFinal: true) }

    private mutating func drain(isFinal: Bool) -> [InputEvent] {
        var events: [InputEvent] = []
        var position = 0
        while position < pending.count {
            if paste != nil {
                guard let used = continuePaste(from: position, &events) else { break }
                position += used
                continue
            }
            switch next(in: pending[position...], isFinal: isFinal) {
            case .event(let event, let used):
                events.append(event)
                position += used
            case .nothing(let used):
                position += used
            case .pasteStart(let used):
                paste = []
                position += used
            case .incomplete:
                pending.removeFirst(position)
                return events
            }
        }
        pending.removeFirst(min(position, pending.count))
        return events
    }

    /// Bytes consumed; nil while the end marker may still be incomplete.
    private mutating func continuePaste(from position: Int, _ events: inout [InputEvent]) -> Int? {
        let end = Self.pasteEnd
        let rest = pending[position...]
        if let start = rest.indices.first(where: { rest[$0] == 0x1B && rest[$0...].starts(with: end) }) {
            appendToPaste(rest[..<start])
            events.append(.paste(String(decoding: paste ?? [], as: UTF8.self).replacingCarriageReturns))
            paste = nil
            return start - position + end.count
        }
        // The last bytes may be the beginning of the end marker.
        let safe = max(0, rest.count - end.count + 1)
        if safe == 0 { return nil }
        appendToPaste(rest.prefix(safe))
        return safe
    }

    private mutating func appendToPaste(_ bytes: ArraySlice<UInt8>) {
        let room = Self.pasteLimit - (paste?.count ?? 0)
        paste?.append(contentsOf: bytes.prefix(max(0, room)))
    }

    enum Step {
        case event(InputEvent, used: Int)
        /// Bytes that mean nothing here.
        case nothing(used: Int)
        case pasteStart(used: Int)
        case incomplete
    }

    private func next(in bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
        guard let first = bytes.first else { return .incomplete }
        switch first {
        case 0x1B: return escape(bytes, isFinal: isFinal)
        case 0x00: return .event(.key(.control(" ")), used: 1)
        case 0x09: return .event(.key(.tab), used: 1)
        // Line feed is what a script or a terminal that translates carriage returns sends for Enter.
        case 0x0A, 0x0D: return .event(.key(.enter), used: 1)
        case 0x08 where eraseIsControlH: return .event(.key(.backspace), used: 1)
        case 0x01...0x1A: return .event(.key(.control(Character(Unicode.Scalar(first + 0x60)))), used: 1)
        case 0x1C...0x1F: return .event(.key(.control(Character(Unicode.Scalar(first + 0x40)))), used: 1)
        case 0x7F: return .event(.key(.backspace), used: 1)
        case 0x20..<0x7F: return .event(.key(.character(Character(Unicode.Scalar(first)))), used: 1)
        default: return character(bytes, isFinal: isFinal)
        }
    }

    private func character(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
        let first = bytes[bytes.startIndex]
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        guard length > 1, first < 0xF8 else { return .nothing(used: 1) }
        let continuation = bytes.dropFirst().prefix(length - 1).prefix { $0 & 0xC0 == 0x80 }
        if continuation.count < length - 1 {
            if bytes.count < length, continuation.count == bytes.count - 1, !isFinal { return .incomplete }
            return .nothing(used: 1 + continuation.count)
        }
        guard let text = String(validating: bytes.prefix(length), as: UTF8.self), let character = text.first else {
            return .nothing(used: length)
        }
        return .event(.key(.character(character)), used: length)
    }

    private func escape(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> Step {
        if longestSequence > 0 {
            for length in stride(from: min(longestSequence, bytes.count), to: 1, by: -1) {
                if let key = sequences[Array(bytes.prefix(length))] { return .event(.key(key), used: length) }
            }
        }
        guard bytes.count > 1 else { return isFinal ? .event(.key(.escape), used: 1) : .incomplete }
        let second = bytes[bytes.startIndex + 1]
        let step: Step
        switch second {
        case 0x5B: step = ControlSequence.step(bytes)
        case 0x4F: step = ControlSequence.shiftThree(bytes)
        case 0x50, 0x5D, 0x5E, 0x5F: step = ControlSequence.string(bytes)
        case 0x1B: return .event(.key(.escape), used: 1)
        default:
            // A key with Alt held down comes with an escape before it.
            guard case .event(.key(var key), let used) = next(in: bytes.dropFirst(), isFinal: isFinal) else {
                return isFinal ? .event(.key(.escape), used: 1) : .incomplete
            }
            key.modifiers.insert(.alt)
            return .event(.key(key), used: used + 1)
        }
        guard case .incomplete = step, isFinal else { return step }
        // Nothing followed: "escape [" was typed with Alt; anything longer is a sequence cut short.
        if bytes.count == 2 { return .event(.key(.alt(Character(Unicode.Scalar(second)))), used: 2) }
        return .nothing(used: bytes.count)
    }
}

extension String {
    fileprivate var replacingCarriageReturns: String {
        // Terminals send a carriage return for each newline of a paste.
        String(map { $0 == "\r" || $0 == "\r\n" ? "\n" : $0 })
    }
}
