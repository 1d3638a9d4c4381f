/// What the time between bytes tells.
extension InputParser {
    /// A lone escape byte is the Escape key when nothing follows for so long.
    static let escapeDelay = Duration.milliseconds(25)
    /// So long is the rest of a sequence waited for that has begun for certain.
    static let sequenceDelay = Duration.milliseconds(500)
    /// So long are "[" and "O" held back behind an Escape, as they may be what its byte began.
    static let bracketDelay = Duration.milliseconds(150)
    /// What may be the rest of a sequence is taken for it so long after the last byte.
    static let restDelay = Duration.seconds(1)
    /// The rest of a mouse report, which nobody types in one piece, is taken for it even so long after.
    static let lateDelay = Duration.seconds(10)

    /// What was given up as nothing came.
    enum Interrupted: Sendable {
        /// The bytes of a sequence so far, and when the last of them came.
        case sequence([UInt8], since: Instant)
        /// A paste that was taken for whole.
        case paste
    }

    /// How long what is pending is waited for.
    var patience: Duration {
        guard pending.first == 0x1B else { return Self.sequenceDelay }
        if pending.count == 1 { return Self.escapeDelay }
        guard pending.count == 2 else { return Self.sequenceDelay }
        if givenCount > 0 { return Self.bracketDelay }
        // The strings that "escape P" and "escape ]" begin come in one piece; alone, they are typed with Alt.
        return Self.isIntroducer(pending[1]) ? Self.sequenceDelay : Self.escapeDelay
    }

    /// Whether bytes that are read after the deadline belong to what was waited for.
    func goesOn(with chunk: [UInt8]) -> Bool {
        if paste != nil { return chunk.count > Paste.handful }
        return chunk.count > 1 && isContinued(pending, by: chunk, after: .zero)
    }

    /// Puts back what was given up before bytes that look like its rest.
    mutating func takeUp(_ chunk: [UInt8], at now: Instant) {
        guard pending.isEmpty, paste == nil, let interrupted else { return }
        self.interrupted = nil
        switch interrupted {
        case .paste:
            // No hand types so fast: it is more of the paste, whose keys would do anything.
            if chunk.count > Paste.handful, chunk[0] != 0x1B { paste = Paste(begun: now) }
        case .sequence(let begun, let since):
            guard isContinued(begun, by: chunk, after: since.duration(to: now)) else { return }
            pending = begun
            givenCount = 1
        }
    }

    /// Whether bytes look like the rest of a sequence that began so long before.
    func isContinued(_ begun: [UInt8], by chunk: [UInt8], after pause: Duration) -> Bool {
        let whole = begun + chunk
        guard whole.count > 1, whole[0] == 0x1B else { return false }
        let isReport = whole.starts(with: [0x1B, 0x5B, 0x3C])
        guard pause < Self.restDelay || isReport && chunk.count > 1 && pause < Self.lateDelay else { return false }
        switch next(in: whole[...], isFinal: false) {
        case .incomplete: return Self.isIntroducer(whole[1])
        case .event(_, let used), .nothing(let used), .pasteStart(let used), .answer(let used):
            // "[" or "O" and a letter, one after the other, are keys.
            return used > begun.count && (begun.count > 2 || chunk.count > 1) && (Self.isIntroducer(whole[1]) || begun.count > 1)
        }
    }

    /// Whether an escape byte and this one begin what a key or the mouse sends.
    private static func isIntroducer(_ byte: UInt8) -> Bool { byte == 0x5B || byte == 0x4F }
}
