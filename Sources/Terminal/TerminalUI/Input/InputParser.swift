/// Turns the bytes a terminal sends into events: UTF-8, control sequences, SGR and X10 mouse reports, bracketed paste.
///
/// Some bytes mean one thing when more follow and another when nothing does: a lone escape byte is the Escape key or the start of a
/// sequence, a paste may never end. The parser has no clock of its own: `feed` is told the time, `deadline` says when the time alone
/// decides, and `expire` has it decided then.
public struct InputParser: Sendable {
    public typealias Instant = ContinuousClock.Instant

    /// Bytes whose meaning is not known yet; in a paste, what may be the beginning of its end.
    var pending: [UInt8] = []
    /// How many of those were taken for keys already, when nothing seemed to follow: 1 for the Escape key.
    var givenCount = 0
    /// When the last bytes came.
    var last: Instant?
    /// A paste that has begun and not ended.
    var paste: Paste?
    /// What was given up, and whose rest may still come.
    var interrupted: Interrupted?
    /// When a person last gave a paste up: Ctrl-C that follows soon is still meant for it, and must not end the program.
    var abandoned: Instant?
    /// How often the terminal has answered what it is (`ESC [ c`, DA1): it has seen all that was written before the question.
    public private(set) var answerCount = 0
    private let sequences: [[UInt8]: Key]
    private let longestSequence: Int
    private let eraseIsControlH: Bool

    /// Creates a parser that knows a terminal's own key sequences besides the common ones.
    public init(sequences: [[UInt8]: Key] = [:]) {
        self.sequences = sequences.filter { $0.key.count > 1 && $0.key[0] == 0x1B }
        longestSequence = self.sequences.keys.map(\.count).max() ?? 0
        eraseIsControlH = sequences[[8]]?.code == .backspace
    }

    /// Reads bytes as they come, however they are cut, at a time; returns the events that are complete.
    public mutating func feed(_ bytes: some Collection<UInt8>, at now: Instant) -> [InputEvent] {
        guard !bytes.isEmpty else { return [] }
        let chunk = isForPaste(bytes, at: now) ? [] : Array(bytes)
        // Whoever reads may have been busy elsewhere, so that what came in time is read late: what fits decides.
        let isLate = deadline.map { now >= $0 } ?? false
        var events = isLate && !goesOn(with: chunk) ? expire(at: now) : []
        guard !chunk.isEmpty else { return events }
        takeUp(chunk, at: now)
        paste?.consider(chunk, after: last?.duration(to: now), at: now)
        last = now
        pending += chunk
        events += drain(isFinal: false, at: now)
        return events
    }

    /// When the time alone decides what was held back, if nothing comes before; nil where nothing is.
    public var deadline: Instant? {
        if let paste { return paste.deadline }
        guard let last, !pending.isEmpty else { return nil }
        return last.advanced(by: patience)
    }

    /// Takes what was held back for what it is, where its time is over.
    public mutating func expire(at now: Instant) -> [InputEvent] {
        guard let deadline, now >= deadline else { return [] }
        if paste != nil { return expirePaste(at: now) }
        let held = pending
        let events = drain(isFinal: true, at: now)
        if held.first == 0x1B { interrupted = .sequence(held, since: last ?? now) }
        return events
    }

    private mutating func drain(isFinal: Bool, at now: Instant) -> [InputEvent] {
        var events: [InputEvent] = []
        var position = 0
        while position < pending.count {
            if paste != nil {
                guard let used = continuePaste(pending[position...], &events) else { break }
                position += used
                continue
            }
            switch next(in: pending[position...], isFinal: isFinal, given: position == 0 ? givenCount : 0) {
            case .event(let event, let used):
                events.append(event)
                position += used
            case .nothing(let used):
                position += used
            case .pasteStart(let used):
                paste = Paste(begun: now)
                position += used
            case .answer(let used):
                answerCount += 1
                position += used
            case .incomplete:
                drop(position)
                return events
            }
        }
        drop(position)
        return events
    }

    private mutating func drop(_ count: Int) {
        if count > 0 { givenCount = 0 }
        pending.removeFirst(min(count, pending.count))
    }

    mutating func forgetPending() {
        pending.removeAll()
        givenCount = 0
    }

    enum Step {
        case event(InputEvent, used: Int)
        /// Bytes that mean nothing here.
        case nothing(used: Int)
        case pasteStart(used: Int)
        /// What the terminal answers when it is asked what it is (DA1).
        case answer(used: Int)
        case incomplete
    }

    /// What the bytes begin with; `given` of them were taken for keys before.
    func next(in bytes: ArraySlice<UInt8>, isFinal: Bool, given: Int = 0) -> Step {
        guard let first = bytes.first else { return .incomplete }
        switch first {
        case 0x1B: return escape(bytes, isFinal: isFinal, given: given)
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

    private func escape(_ bytes: ArraySlice<UInt8>, isFinal: Bool, given: Int) -> Step {
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
            // A key with Alt held down comes with an escape before it; before anything else the byte is the Escape key.
            switch next(in: bytes.dropFirst(), isFinal: isFinal) {
            case .event(.key(var key), let used):
                key.modifiers.insert(.alt)
                return .event(.key(key), used: used + 1)
            case .incomplete where !isFinal: return .incomplete
            default: return .event(.key(.escape), used: 1)
            }
        }
        guard case .incomplete = step, isFinal else { return step }
        // Nothing followed: "escape [" was typed, with Alt or after Escape; anything longer is a sequence cut short.
        guard bytes.count == 2 else { return .nothing(used: bytes.count) }
        let character = Character(Unicode.Scalar(second))
        return .event(.key(given > 0 ? .character(character) : .alt(character)), used: 2)
    }
}
