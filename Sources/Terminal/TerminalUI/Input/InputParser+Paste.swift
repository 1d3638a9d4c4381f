/// A paste that has begun and not ended.
struct Paste: Sendable {
    /// Bytes beyond which the rest is dropped.
    private static let limit = 1 << 20
    /// More than a hand types between two looks at the keyboard.
    static let handful = 8
    /// Keys come so long after what came before them.
    static let pauseBeforeKey = Duration.milliseconds(25)
    /// A paste of which nothing more came for so long is over.
    static let patience = Duration.seconds(2)
    static let end = Array("\u{1B}[201~".utf8)

    private(set) var text: [UInt8] = []
    /// When more came than is typed.
    private var lastBurst: InputParser.Instant
    /// When it ends, unless more comes: Ctrl-C or Esc was pressed.
    var abandonment: InputParser.Instant?

    init(begun: InputParser.Instant) { lastBurst = begun }

    var deadline: InputParser.Instant {
        let end = lastBurst.advanced(by: Self.patience)
        return abandonment.map { min($0, end) } ?? end
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) { text.append(contentsOf: bytes.prefix(max(0, Self.limit - text.count))) }

    /// Looks whether it is a person who wants the keyboard back that sends these bytes, rather than more of the paste.
    mutating func consider(_ chunk: [UInt8], after pause: Duration?, at now: InputParser.Instant) {
        abandonment = nil
        if chunk.count > Self.handful { lastBurst = now }
        guard let pause, pause >= Self.pauseBeforeKey, chunk.count <= Self.handful else { return }
        switch chunk.last {
        case 0x03: abandonment = now.advanced(by: InputParser.escapeDelay)
        // It may be the first byte of the end.
        case 0x1B: abandonment = now.advanced(by: InputParser.bracketDelay)
        default: break
        }
    }
}

extension InputParser {
    /// Adds to the paste; returns the bytes consumed, nil while the end marker may still be incomplete.
    mutating func continuePaste(_ bytes: ArraySlice<UInt8>, _ events: inout [InputEvent]) -> Int? {
        let end = Paste.end
        if let start = bytes.indices.first(where: { bytes[$0] == 0x1B && bytes[$0...].starts(with: end) }) {
            paste?.append(bytes[..<start])
            if let paste { events.append(.paste(paste.string)) }
            paste = nil
            return start - bytes.startIndex + end.count
        }
        let held = (1..<end.count).last { bytes.suffix($0).elementsEqual(end.prefix($0)) } ?? 0
        guard bytes.count > held else { return nil }
        paste?.append(bytes.dropLast(held))
        return bytes.count - held
    }

    /// Whether Ctrl-C, pressed again, is meant for a paste that was given up just now.
    func isForPaste(_ bytes: some Collection<UInt8>, at now: Instant) -> Bool {
        guard let abandoned, paste == nil, bytes.allSatisfy({ $0 == 0x03 }) else { return false }
        return abandoned.duration(to: now) < InputParser.restDelay
    }

    /// Ends a paste that has no end: a person's key throws it away, time alone takes it for whole.
    mutating func expirePaste(at now: Instant) -> [InputEvent] {
        guard let paste else { return [] }
        let isAbandoned = paste.abandonment.map { now >= $0 } ?? false
        interrupted = pending.isEmpty ? .paste : .sequence(pending, since: last ?? now)
        self.paste = nil
        if isAbandoned { abandoned = now }
        forgetPending()
        return isAbandoned || paste.text.isEmpty ? [] : [.paste(paste.string)]
    }
}

extension Paste {
    /// The text; terminals send a carriage return for each newline of a paste.
    fileprivate var string: String {
        String(String(decoding: text, as: UTF8.self).map { $0 == "\r" || $0 == "\r\n" ? "\n" : $0 })
    }
}
