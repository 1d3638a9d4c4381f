import Glibc
import Testing

@testable import TerminalUI

@_silgen_name("wcwidth") private func libraryWidth(_ character: Int32) -> Int32

@Suite("Character width")
struct CharacterWidthTests {
    @Test("Known characters take the columns terminals give them")
    func known() {
        let widths: [(text: String, columns: Int)] = [
            ("a", 1), ("é", 1), ("e\u{301}", 1), ("漢", 2), ("ｱ", 1), ("Ａ", 2), ("한", 2), ("🙂", 2), ("▁", 1), ("⣿", 1),
            ("─", 1), ("\u{200B}", 0), ("\u{AD}", 0), ("ᄀ\u{1161}", 2), ("σ", 1), ("​", 0),
        ]
        for (text, columns) in widths { #expect(TextWidth.columns(of: text) == columns, "\(text)") }
    }

    @Test("Widths agree with the C library's, where it knows the character")
    func agreesWithLibrary() throws {
        try #require(setlocale(LC_CTYPE, "C.UTF-8") != nil)
        var differing: [String] = []
        var compared = 0
        for value in UInt32(0x20)...0x2FFFF {
            guard let scalar = Unicode.Scalar(value), let own = scalar.columns else { continue }
            let library = Int(libraryWidth(Int32(value)))
            guard library >= 0 else { continue }
            compared += 1
            if own != library { differing.append(String(value, radix: 16)) }
        }
        #expect(compared > 100_000)
        // The C library and the Swift library follow different versions of Unicode.
        #expect(differing.count < 600, "\(differing.count) differ: \(differing.prefix(80))")
    }

    @Test("No control character has a width", arguments: [0x00, 0x07, 0x1B, 0x7F, 0x85, 0x9B, 0x2028])
    func controls(value: UInt32) throws {
        #expect(try #require(Unicode.Scalar(value)).columns == nil)
    }
}
