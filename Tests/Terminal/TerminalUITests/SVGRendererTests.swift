import Foundation
import Testing

@testable import TerminalUI

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("SVG")
struct SVGRendererTests {
    private let theme = Theme(
        name: "test", isDark: true, styles: [.text: Style(RGB(hex: 0xFFFFFF), on: RGB(hex: 0x101010))], map: [])

    /// Counts elements and gathers text; nil where the document is not well-formed.
    private final class Reader: NSObject, XMLParserDelegate {
        var names: [String: Int] = [:]
        var text = ""
        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) { names[name, default: 0] += 1 }
        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    private func read(_ svg: String) -> Reader? {
        let reader = Reader()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reader
        return parser.parse() ? reader : nil
    }

    @Test("The document is well-formed whatever the text says")
    func wellFormed() throws {
        var grid = CellGrid(width: 30, height: 2, style: theme.ground)
        grid.write(
            "<a href=\"x\"> & ]]> 漢 e\u{301} \u{1}", at: .zero, style: Style(RGB(hex: 0xFF0000)).adding([.bold, .underline]))
        let reader = try #require(read(SVGRenderer(theme: theme, title: "a < b & c").svg(grid)))
        #expect(reader.text.contains("<a"))
        #expect(reader.text.contains("]]>"))
        #expect(reader.text.contains("a < b & c"))
    }

    @Test("Blocks, boxes and braille are shapes, words are text")
    func shapes() throws {
        var grid = CellGrid(width: 30, height: 1, style: theme.ground)
        grid.write("▁█▒⣿─╭┊●", at: .zero, style: Style(RGB(hex: 0x00FF00)))
        let drawn = try #require(read(SVGRenderer(theme: theme).svg(grid)))
        #expect(drawn.names["text"] == nil)
        #expect((drawn.names["path"] ?? 0) >= 4)
        grid.write("words", at: Point(x: 10, y: 0), style: Style(RGB(hex: 0x00FF00)))
        #expect(try #require(read(SVGRenderer(theme: theme).svg(grid))).names["text"] == 1)
    }

    @Test("A lower eighth block is 2.5 units high at the cell's foot")
    func geometry() {
        var grid = CellGrid(width: 3, height: 2, style: theme.ground)
        grid.put("▁", at: Point(x: 2, y: 1), style: Style(RGB(hex: 0x00FF00)))
        #expect(SVGRenderer(theme: theme).svg(grid).contains("M20 37.5h10v2.5h-10z"))
        #expect(SVGRenderer.text(-0.5) == "-0.5")
        #expect(SVGRenderer.text(12) == "12")
        #expect(SVGRenderer.text(3.14159) == "3.142")
    }

    @Test("Every block and box character has a shape")
    func everyShape() {
        for value in UInt32(0x2580)...0x259F {
            var paths = CellShape.Paths()
            if let scalar = Unicode.Scalar(value) { CellShape.append(scalar, x: 0, y: 0, to: &paths) }
            #expect(!(paths.solid + paths.shades.joined()).isEmpty, "\(value)")
        }
        for glyphs in [GlyphSet.unicode.columnEighths, GlyphSet.unicode.barEighths, GlyphSet.unicode.shades] {
            #expect(glyphs.dropFirst().allSatisfy { CellShape.isDrawn($0.base) })
        }
    }

    @Test("Reverse swaps the colours, and mono has but two")
    func reverse() {
        var grid = CellGrid(width: 2, height: 1, style: theme.ground)
        grid.write("x", at: .zero, style: Style(RGB(hex: 0x112233), on: RGB(hex: 0xAABBCC), .reverse))
        let svg = SVGRenderer(theme: theme).svg(grid)
        #expect(svg.contains("fill=\"#112233\" shape-rendering"))
        #expect(svg.contains("<text x=\"0\" y=\"14.8\" fill=\"#aabbcc\">"))
        #expect(!SVGRenderer(theme: theme, depth: .mono).svg(grid).contains("#112233"))
    }
}
