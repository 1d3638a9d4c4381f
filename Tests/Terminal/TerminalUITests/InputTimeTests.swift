import Testing

@testable import TerminalUI

/// A parser with a clock of the test's own: pieces come at given milliseconds, and what is due by time is decided in time, as the
/// terminal's loop does it.
private struct Typist {
    var parser = InputParser()
    private let start = ContinuousClock.now
    private(set) var events: [InputEvent] = []

    /// Lets the time pass up to `milliseconds` after the start.
    mutating func wait(until milliseconds: Int) {
        let now = start + .milliseconds(milliseconds)
        while let due = parser.deadline, due <= now { events += parser.expire(at: due) }
    }

    mutating func send(_ text: String, at milliseconds: Int) { send(Array(text.utf8), at: milliseconds) }

    mutating func send(_ bytes: [UInt8], at milliseconds: Int) {
        wait(until: milliseconds)
        events += parser.feed(bytes, at: start + .milliseconds(milliseconds))
    }

    /// Sends pieces with a pause between them, and waits.
    mutating func send(pieces: [[UInt8]], pause: Int) {
        for (index, piece) in pieces.enumerated() { send(piece, at: index * pause) }
        wait(until: pieces.count * pause + 60_000)
    }
}

@Suite("Input in time")
struct InputTimeTests {
    private static let wheel = InputEvent.mouse(MouseEvent(kind: .wheelDown, button: .none, position: Point(x: 29, y: 7)))

    private func isTyped(_ event: InputEvent) -> Bool {
        if case .key(let key) = event { key.text != nil } else { false }
    }

    @Test("A lone escape byte is the Escape key 25 ms later, and no sooner")
    func loneEscape() {
        var typist = Typist()
        typist.send("\u{1B}", at: 0)
        typist.wait(until: 24)
        #expect(typist.events.isEmpty)
        typist.wait(until: 25)
        #expect(typist.events == [.key(.escape)])
        #expect(typist.parser.deadline == nil)
    }

    @Test("Escape and a bracket are two keys when they are typed one after the other, and Alt when they come together")
    func bracket() {
        var typist = Typist()
        typist.send("\u{1B}", at: 0)
        typist.send("[", at: 200)
        typist.wait(until: 400)
        #expect(typist.events == [.key(.escape), .key("[")])
        var together = Typist()
        together.send("\u{1B}[", at: 0)
        together.wait(until: 1000)
        #expect(together.events == [.key(.alt("["))])
    }

    @Test("Keys behind an Escape are keys", arguments: ["j", "q", "x", "4", "é", "\r", "\u{3}"])
    func keysBehindEscape(key: String) {
        var typist = Typist()
        typist.send("\u{1B}", at: 0)
        typist.send(key, at: 60)
        typist.wait(until: 5000)
        #expect(typist.events.first == .key(.escape))
        #expect(typist.events.count == 2)
    }

    @Test("An escape byte before bytes that are no character holds nothing up", arguments: [[0xE5], [0x80], [0xFF], [0xC3, 0x28]] as [[UInt8]])
    func escapeBeforeNoCharacter(bytes: [UInt8]) {
        var typist = Typist()
        typist.send([0x1B] + bytes, at: 0)
        for index in 1...50 { typist.send("j", at: index * 10) }
        #expect(typist.events.first == .key(.escape))
        #expect(typist.events.suffix(50) == Array(repeating: .key("j"), count: 50))
    }

    @Test("A mouse report cut anywhere is a step of the wheel or nothing, however long the pause", arguments: [30, 60, 100, 200, 400, 900, 3000])
    func cutReport(pause: Int) {
        let report = Array("\u{1B}[<65;30;8M".utf8)
        for cut in 1..<report.count - 1 {
            var typist = Typist()
            typist.send(pieces: [Array(report[..<cut]), Array(report[cut...])], pause: pause)
            let events = typist.events
            #expect(!events.contains(where: isTyped), "cut behind \(cut)")
            #expect(events.filter { $0 == Self.wheel }.count <= 1)
            #expect(events.count { $0 != Self.wheel && $0 != .key(.escape) && $0 != .key(.alt("[")) } == 0, "cut behind \(cut)")
        }
    }

    @Test("A mouse report that comes byte by byte is a step of the wheel", arguments: [1, 20, 60, 100])
    func byteByByte(pause: Int) {
        var typist = Typist()
        typist.send(pieces: Array("\u{1B}[<65;30;8M".utf8).map { [$0] }, pause: pause)
        #expect(typist.events.last == Self.wheel)
        #expect(!typist.events.contains(where: isTyped))
    }

    @Test("Keys and reports in three pieces type nothing", arguments: ["\u{1B}[<64;100;40m", "\u{1B}[1;5C", "\u{1B}[15~", "\u{1B}OP", "\u{1B}[M !!"])
    func threePieces(sequence: String) {
        let bytes = Array(sequence.utf8)
        for first in 1..<bytes.count - 1 {
            for second in (first + 1)..<bytes.count {
                var typist = Typist()
                typist.send(pieces: [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])], pause: 60)
                #expect(!typist.events.contains(where: isTyped), "\(sequence.debugDescription) cut at \(first) and \(second)")
            }
        }
    }

    @Test("After a report that was never finished the keys work")
    func unfinishedReport() {
        var typist = Typist()
        typist.send("\u{1B}[<65;3", at: 0)
        typist.send("j", at: 2000)
        typist.send("4", at: 2200)
        typist.wait(until: 60_000)
        #expect(typist.events == [.key("j"), .key("4")])
    }

    @Test("Bytes that are read late, as the program was busy, belong together")
    func readLate() {
        var parser = InputParser()
        let start = ContinuousClock.now
        var events = parser.feed([0x1B], at: start)
        events += parser.feed(Array("[<65;30;8M".utf8), at: start + .milliseconds(300))
        #expect(events == [Self.wheel])
    }

    @Test("The answer to what the terminal is is counted and is no key")
    func answers() {
        var typist = Typist()
        typist.send("\u{1B}[?62;1;4c\u{1B}[?6c", at: 0)
        #expect(typist.events.isEmpty)
        #expect(typist.parser.answerCount == 2)
    }
}

@Suite("Pastes in time")
struct PasteTimeTests {
    @Test("Ctrl-C and Esc give the keyboard back from a paste without an end, and throw it away", arguments: [[0x03], [0x1B]] as [[UInt8]])
    func abandoned(key: [UInt8]) {
        var typist = Typist()
        typist.send("\u{1B}[200~hello", at: 0)
        typist.send("j", at: 500)
        typist.send(key, at: 800)
        typist.send("q", at: 1100)
        typist.wait(until: 60_000)
        #expect(typist.events == [.key("q")])
    }

    @Test("Esc and then Ctrl-C leave the program running")
    func both() {
        var typist = Typist()
        typist.send("\u{1B}[200~hello", at: 0)
        for (index, key) in ["j", "4", "\u{1B}", "\u{3}", "\u{3}", "q"].enumerated() { typist.send(key, at: 500 + 300 * index) }
        typist.send("\u{3}", at: 9000)
        #expect(typist.events == [.key("q"), .key(.control("c"))])
    }

    @Test("Without them the paste is whole after two seconds, though somebody types")
    func timeLimit() {
        var typist = Typist()
        typist.send("\u{1B}[200~hello", at: 0)
        for time in stride(from: 300, through: 2100, by: 300) { typist.send("j", at: time) }
        typist.wait(until: 3000)
        guard case .paste(let text)? = typist.events.first else {
            Issue.record("no paste came: \(typist.events)")
            return
        }
        #expect(text == "hellojjjjjj")
        #expect(typist.events.dropFirst() == [.key("j")])
    }

    @Test("A paste that goes on after its time is still a paste, not keys")
    func goesOn() {
        var typist = Typist()
        typist.send("\u{1B}[200~first part ", at: 0)
        typist.send("qd and the rest of it\u{1B}[201~j", at: 5000)
        typist.wait(until: 60_000)
        #expect(typist.events == [.paste("first part "), .paste("qd and the rest of it"), .key("j")])
    }

    @Test("Control bytes in a paste are part of it: it is given in one piece")
    func binary() {
        var bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        bytes.removeAll { $0 == 0x1B }
        var typist = Typist()
        typist.send(Array("\u{1B}[200~".utf8), at: 0)
        for (index, start) in stride(from: 0, to: bytes.count, by: 512).enumerated() {
            typist.send(Array(bytes[start..<min(start + 512, bytes.count)]), at: 1 + index * 100)
        }
        typist.send("\u{1B}[201~", at: 1200)
        #expect(typist.events.count == 1)
        guard case .paste? = typist.events.first else {
            Issue.record("no paste came")
            return
        }
    }

    @Test("The end may come in pieces", arguments: 1...5)
    func endInPieces(cut: Int) {
        let end = Array("\u{1B}[201~".utf8)
        var typist = Typist()
        typist.send("\u{1B}[200~text enough", at: 0)
        typist.send(Array(end[..<cut]), at: 60)
        typist.send(Array(end[cut...]), at: 120)
        typist.send("j", at: 180)
        #expect(typist.events == [.paste("text enough"), .key("j")])
    }

    @Test("Of a paste beyond a megabyte the beginning is kept")
    func giant() {
        var typist = Typist()
        typist.send("\u{1B}[200~", at: 0)
        let piece = [UInt8](repeating: 0x61, count: 1 << 16)
        for index in 1...40 { typist.send(piece, at: index) }
        typist.send("\u{1B}[201~", at: 50)
        #expect(typist.events == [.paste(String(repeating: "a", count: 1 << 20))])
    }

    @Test("Thousands of pastes in one piece are read")
    func manyPastes() {
        var typist = Typist()
        typist.send(String(repeating: "\u{1B}[200~a\u{1B}[201~", count: 3000), at: 0)
        #expect(typist.events == Array(repeating: .paste("a"), count: 3000))
    }
}
