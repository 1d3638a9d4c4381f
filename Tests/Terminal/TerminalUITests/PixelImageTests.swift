import Testing

@testable import TerminalUI

@Suite("Images in cells")
struct PixelImageTests {
    private let image = PixelImage(
        width: 2, height: 3,
        pixels: [RGB(0, 0, 0), RGB(255, 255, 255), RGB(255, 0, 0), RGB(128, 128, 128), RGB(0, 0, 255), RGB(255, 255, 255)])

    private func drawn(_ depth: ColorDepth, _ glyphs: GlyphSet = .unicode, width: Int = 2) -> CellGrid {
        var grid = CellGrid(width: width, height: 2)
        grid.draw(image, in: grid.bounds, with: Appearance(theme: .terminal, depth: depth, glyphs: glyphs))
        return grid
    }

    @Test("A cell holds two pixels: the upper in front, the lower behind", arguments: [ColorDepth.trueColor, .colors256, .colors16])
    func halves(_ depth: ColorDepth) {
        let grid = drawn(depth)
        #expect(grid.text == "▀▀\n▀▀")
        #expect(grid[0, 0].style == Style(RGB(0, 0, 0), on: RGB(255, 0, 0)))
        #expect(grid[1, 0].style.foreground == .rgb(RGB(255, 255, 255)))
        // The last row has no lower half; its ground stays.
        #expect(grid[0, 1].style.foreground == .rgb(RGB(0, 0, 255)) && grid[0, 1].style.background == .terminal)
    }

    @Test("Greys are brought to few steps, which stay grey")
    func steps() {
        guard case .rgb(let grey) = drawn(.trueColor)[1, 0].style.background else {
            Issue.record("no colour")
            return
        }
        #expect(grey.red == grey.green && grey.green == grey.blue && abs(Int(grey.red) - 128) <= 4)
    }

    @Test("Without colours or signs for halves, shades stand for lightness", arguments: [ColorDepth.mono, .colors8])
    func shades(_ depth: ColorDepth) {
        #expect(drawn(depth).text == "▒█\n▒█")
        #expect(drawn(.trueColor, .ascii).text == ":#\n:#")
    }

    @Test("What does not fit is left out")
    func clipped() { #expect(drawn(.trueColor, width: 1).text == "▀\n▀") }
}
