import Testing

@testable import TerminalUI

@Suite("Keys")
struct KeyTests {
    @Test(
        "Names are read in every spelling",
        arguments: [
            ("j", Key.character("j")), ("H", .character("H")), ("space", .space), ("Space", .space), (" ", .space),
            ("ctrl-p", .control("p")), ("Ctrl-P", .control("p")), ("^P", .control("p")), ("C-p", .control("p")),
            ("<enter>", .enter), ("Return", .enter), ("esc", .escape), ("Escape", .escape), ("shift-left", .shiftLeft),
            ("S-Up", .shiftUp), ("shift-tab", .backTab), ("backtab", .backTab), ("f5", .function(5)), ("F12", .function(12)),
            ("pgdn", .pageDown), ("alt-x", .alt("x")), ("shift-h", .character("H")), ("-", .character("-")),
            ("ctrl--", .control("-")), ("<", .character("<")), ("<lt>", .character("<")), ("f", .character("f")),
            ("ctrl-alt-a", Key(.character("a"), [.control, .alt])), ("é", .character("é")), ("ctrl-left", Key(.left, .control)),
        ])
    func parsing(name: String, key: Key) {
        #expect(Key(parsing: name) == key)
    }

    @Test("What names no key is refused", arguments: ["", "ctrl-", "f0", "f99", "enterr", "hyper-x", "<>", "jk"])
    func refused(name: String) {
        #expect(Key(parsing: name) == nil)
    }

    @Test("A key's description is read back as the key")
    func roundTrip() {
        var keys: [Key] = [
            .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .tab, .backTab, .enter, .escape, .backspace, .delete,
            .insert, .space, .shiftUp, .shiftDown, .shiftLeft, .shiftRight,
        ]
        keys += (1...20).map { .function($0) }
        keys += "aZ09+_/?:-<>~é".map { .character($0) }
        keys += "abz-".flatMap { [.control($0), .alt($0)] }
        for key in keys { #expect(Key(parsing: key.description) == key, "\(key)") }
    }

    @Test("A script of keys is read, quoted text letter by letter")
    func scripts() throws {
        let keys = try Key.sequence(parsing: "j j  space ctrl-p \"a b\" <enter>")
        #expect(
            keys == [.character("j"), .character("j"), .space, .control("p"), .character("a"), .space, .character("b"), .enter])
        let error = #expect(throws: KeyScriptError.self) { try Key.sequence(parsing: "j nokey k") }
        #expect(error == KeyScriptError(word: "nokey", position: 2))
    }

    @Test("Footers show keys briefly")
    func labels() {
        #expect(Key.control("p").label(.unicode) == "^P")
        #expect(Key.left.label(.unicode) == "←")
        #expect(Key.left.label(.ascii) == "<")
        #expect(Key.space.label(.unicode) == "Space")
        #expect(Key.escape.label(.unicode) == "Esc")
        #expect(Key.character("H").label(.unicode) == "H")
    }
}

@Suite("Input parser")
struct InputParserTests {
    /// What a terminal sends, and what it means.
    static let samples: [(bytes: String, events: [InputEvent])] = [
        ("j", [.key(.character("j"))]), ("é漢", [.key(.character("é")), .key(.character("漢"))]),
        ("\u{1B}[A\u{1B}OB", [.key(.up), .key(.down)]), ("\u{1B}[1;2D", [.key(.shiftLeft)]),
        ("\u{1B}[1;5C", [.key(Key(.right, .control))]), ("\u{1B}[3~\u{1B}[5~", [.key(.delete), .key(.pageUp)]),
        ("\u{1B}[Z", [.key(.backTab)]),
        ("\u{1B}OP\u{1B}[15~\u{1B}[24~", [.key(.function(1)), .key(.function(5)), .key(.function(12))]),
        ("\u{1B}[[B", [.key(.function(2))]), ("\r\n", [.key(.enter), .key(.enter)]), ("\t", [.key(.tab)]),
        ("\u{7F}", [.key(.backspace)]), ("\u{10}", [.key(.control("p"))]), ("\u{0}", [.key(.control(" "))]),
        ("\u{1B}x", [.key(.alt("x"))]), ("\u{1B}[H\u{1B}[4~", [.key(.home), .key(.end)]),
        (
            "\u{1B}[<0;300;7M\u{1B}[<32;301;7M\u{1B}[<0;301;7m",
            [
                .mouse(MouseEvent(kind: .press, position: Point(x: 299, y: 6))),
                .mouse(MouseEvent(kind: .drag, position: Point(x: 300, y: 6))),
                .mouse(MouseEvent(kind: .release, position: Point(x: 300, y: 6))),
            ]
        ),
        (
            "\u{1B}[<64;1;1M\u{1B}[<65;1;1M\u{1B}[<35;2;2M\u{1B}[<18;1;1M",
            [
                .mouse(MouseEvent(kind: .wheelUp, button: .none, position: .zero)),
                .mouse(MouseEvent(kind: .wheelDown, button: .none, position: .zero)),
                .mouse(MouseEvent(kind: .move, button: .none, position: Point(x: 1, y: 1))),
                .mouse(MouseEvent(kind: .press, button: .right, position: .zero, modifiers: .control)),
            ]
        ),
        ("\u{1B}[M !!", [.mouse(MouseEvent(kind: .press, position: .zero))]),
        ("\u{1B}[200~a\rb\u{1B}[31mc\u{1B}[201~d", [.paste("a\nb\u{1B}[31mc"), .key(.character("d"))]),
        ("\u{1B}[I\u{1B}[O", [.focus(true), .focus(false)]), ("\u{1B}]11;rgb:0/0/0\u{7}k", [.key(.character("k"))]),
        ("\u{1B}P1$r\u{1B}\\k", [.key(.character("k"))]), ("\u{1B}[97;5u", [.key(.control("a"))]),
        ("\u{1B}[27;5;13~", [.key(Key(.enter, .control))]), ("\u{1B}[?1;2c\u{1B}[999~x", [.key(.character("x"))]),
    ]

    @Test("What terminals send is understood", arguments: samples.indices)
    func understood(index: Int) {
        var parser = InputParser()
        let events = parser.feed(Array(Self.samples[index].bytes.utf8), at: .now)
        #expect(events == Self.samples[index].events)
        #expect(parser.deadline == nil)
    }

    @Test("Bytes may come cut anywhere")
    func cutAnywhere() {
        let bytes = Array(Self.samples.map(\.bytes).joined().utf8)
        let expected = Self.samples.flatMap(\.events)
        for size in 1...7 {
            var parser = InputParser()
            var events: [InputEvent] = []
            let now = ContinuousClock.now
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += parser.feed(bytes[start..<min(start + size, bytes.count)], at: now)
            }
            #expect(events == expected, "pieces of \(size)")
        }
    }

    @Test("A terminal's own sequences come first")
    func terminfo() {
        var parser = InputParser(sequences: [Array("\u{1B}[25~".utf8): .shiftUp, [8]: .backspace])
        let own = parser.feed(Array("\u{1B}[25~\u{8}".utf8), at: .now)
        #expect(own == [.key(.shiftUp), .key(.backspace)])
        var plain = InputParser()
        let common = plain.feed([8], at: .now)
        #expect(common == [.key(.control("h"))])
    }

    @Test("Random bytes never trap and never keep more than a sequence", arguments: 0..<50)
    func noise(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var parser = InputParser()
        var now = ContinuousClock.now
        for _ in 0..<200 {
            var bytes: [UInt8] = []
            for _ in 0..<17 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                // Half of them from the alphabet of control sequences, to reach deep.
                let alphabet = Array("\u{1B}[]<;0123456789Mm~OP\u{7}M".utf8)
                bytes.append(
                    state & 1 == 0 ? UInt8(truncatingIfNeeded: state >> 8) : alphabet[Int(state >> 8) % alphabet.count])
            }
            _ = parser.feed(bytes, at: now)
            now += .milliseconds(Int(state >> 40) % 1200)
            if state & 64 != 0 { _ = parser.expire(at: now) }
        }
        _ = parser.feed(Array("\u{1B}[201~".utf8), at: now)
        // However it was left, a minute later a key is a key.
        now += .seconds(60)
        _ = parser.expire(at: now)
        let afterwards = parser.feed([0x6A], at: now)
        #expect(afterwards == [.key(.character("j"))])
    }
}

@Suite("Fuzzy matcher")
struct FuzzyMatcherTests {
    @Test("Characters must occur in order, whatever their case")
    func order() {
        #expect(FuzzyMatcher("svr").match("Save recipe") != nil)
        #expect(FuzzyMatcher("rsv").match("Save recipe") == nil)
        #expect(FuzzyMatcher("SR").match("save recipe") == nil)
        #expect(FuzzyMatcher("").match("anything")?.indices == [])
    }

    @Test("Matches at word starts and in a row are found and preferred")
    func positions() {
        #expect(FuzzyMatcher("sr").match("Unsorted Save Recipe")?.indices == [9, 14])
        #expect(FuzzyMatcher("conv").match("c_o_n_v conv2")?.indices == [8, 9, 10, 11])
        #expect(FuzzyMatcher("3x3").match("inception_3a/3x3")?.indices == [13, 14, 15])
    }

    @Test("The best comes first, the shorter of equals before the longer")
    func ranking() {
        let names = ["inception_3a/3x3_reduce", "conv3", "inception_3a/3x3", "loss3/classifier"]
        #expect(FuzzyMatcher("3x3").ranked(names).map(\.index) == [2, 0])
        #expect(FuzzyMatcher("").ranked(names).map(\.index) == [0, 1, 2, 3])
        #expect(FuzzyMatcher("3a red").ranked(names).map(\.index) == [0])
    }

    @Test("Edit distance counts insertions, deletions and replacements")
    func distance() {
        #expect(FuzzyMatcher.editDistance("tittle", "title") == 1)
        #expect(FuzzyMatcher.editDistance("kitten", "sitting") == 3)
        #expect(FuzzyMatcher.editDistance("", "abc") == 3)
    }
}
