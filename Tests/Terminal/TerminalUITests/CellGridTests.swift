import Testing

@testable import TerminalUI

@Suite("Cell grid")
struct CellGridTests {
    @Test("Text is cut at the grid's edge and at its greatest width")
    func clipping() {
        var grid = CellGrid(width: 6, height: 2)
        #expect(grid.write("abcdefgh", at: Point(x: 3, y: 0), style: .terminal) == 8)
        #expect(grid.write("abcdefgh", at: Point(x: -2, y: 1), style: .terminal, maxWidth: 5) == 5)
        #expect(grid.write("x", at: Point(x: 0, y: 9), style: .terminal) == 1)
        #expect(grid.text == "   abc\ncde")
    }

    @Test("A wide character takes two cells and none where only one is left")
    func wide() {
        var grid = CellGrid(width: 5, height: 1)
        grid.write("a漢字漢", at: .zero, style: .terminal)
        #expect(grid.text == "a漢字")
        #expect(grid.row(0).map(\.width) == [1, 2, 0, 2, 0])
        var cut = CellGrid(width: 4, height: 1)
        cut.write("a漢字", at: .zero, style: .terminal)
        #expect(cut.text == "a漢")
    }

    @Test("Overwriting half of a wide character leaves a blank in place of the other half", arguments: [0, 1])
    func halfOverwritten(x: Int) {
        var grid = CellGrid(width: 2, height: 1)
        grid.write("漢", at: .zero, style: .terminal)
        grid.write("x", at: Point(x: x, y: 0), style: .terminal)
        #expect(grid.text == (x == 0 ? "x" : " x"))
        #expect(grid.row(0).allSatisfy { $0.width == 1 })
    }

    @Test("Combining marks join the character before them")
    func combining() {
        var grid = CellGrid(width: 4, height: 1)
        #expect(grid.write("e\u{301}x", at: .zero, style: .terminal) == 2)
        #expect(grid[0, 0].glyph.scalars == ["e", "\u{301}"])
        #expect(grid[1, 0].glyph == "x")
    }

    @Test("Controls and invisible characters of a name cannot reach the terminal")
    func hostileNames() {
        var grid = CellGrid(width: 12, height: 1)
        grid.write("a\u{1B}[2Jb\u{202E}c\u{200B}d\n", at: .zero, style: .terminal)
        #expect(grid.text == "a\u{FFFD}[2Jbcd\u{FFFD}")
    }

    @Test("A style without a background keeps the one below, and with it reverse")
    func styleOverStyle() {
        var grid = CellGrid(width: 3, height: 1)
        let slate = RGB(hex: 0x224466)
        grid.fill(grid.bounds, style: Style(.terminal, on: .rgb(slate), .reverse))
        grid.write("a", at: .zero, style: Style(RGB(hex: 0xFF0000), .init()).adding(.bold))
        #expect(grid[0, 0].style == Style(.rgb(RGB(hex: 0xFF0000)), on: .rgb(slate), [.bold, .reverse]))
        grid.write("b", at: Point(x: 1, y: 0), style: Style(.terminal, on: .terminal))
        #expect(grid[1, 0].style == .terminal)
    }

    @Test("Nothing is drawn outside the clip rectangle, which ends with its block")
    func clip() {
        var grid = CellGrid(width: 4, height: 2)
        grid.clipped(to: Rect(x: 1, y: 0, width: 2, height: 1)) {
            $0.fill($0.bounds, "#", style: .terminal)
            $0.write("漢漢", at: .zero, style: .terminal)
        }
        grid.put("x", at: Point(x: 3, y: 1), style: .terminal)
        // Both halves of each wide character that crosses the clip's edge became blanks.
        #expect(grid.text == "\n   x")
    }

    @Test("A blit copies cells and mends wide characters cut by the edge")
    func blit() {
        var stamp = CellGrid(width: 4, height: 1)
        stamp.write("漢ab", at: .zero, style: .terminal)
        var grid = CellGrid(width: 4, height: 2)
        grid.blit(stamp, at: Point(x: -1, y: 0))
        grid.blit(stamp, at: Point(x: 1, y: 1))
        #expect(grid.text == " ab\n 漢a")
    }

    @Test("Grids are equal when text, style and cursor are")
    func equality() {
        var left = CellGrid(width: 2, height: 1)
        var right = left
        #expect(left == right)
        left.write("a", at: .zero, style: .terminal)
        #expect(left != right)
        right.write("a", at: .zero, style: .terminal)
        #expect(left == right)
        right.cursor = .zero
        #expect(left != right)
    }

    @Test("An ASCII copy keeps every cell's place")
    func ascii() {
        var grid = CellGrid(width: 20, height: 1)
        grid.write("│é漢→±σ…⣿█╭", at: .zero, style: .terminal)
        #expect(grid.asciified().text == "|e??>?s.##+")
    }

    @Test("Text is shortened at its end, its beginning or in the middle")
    func fitting() {
        #expect(TextWidth.fit("inception", columns: 9) == "inception")
        #expect(TextWidth.fit("inception", columns: 5) == "ince…")
        #expect(TextWidth.fit("inception", columns: 5, omitting: .head) == "…tion")
        #expect(TextWidth.fit("inception", columns: 6, omitting: .middle) == "inc…on")
        #expect(TextWidth.fit("漢字漢字", columns: 5) == "漢字…")
        #expect(TextWidth.fit("abc", columns: 0) == "")
        // A mark goes with its base, and is left out with it.
        #expect(Array(TextWidth.prefix("ne\u{301}e", columns: 2).unicodeScalars) == ["n", "e", "\u{301}"])
        #expect(Array(TextWidth.suffix("ne\u{301}e", columns: 1).unicodeScalars) == ["e"])
        #expect(TextWidth.wrap("one two threefour", columns: 7) == ["one two", "threefo", "ur"])
    }

    @Test("A line in several styles ends in an ellipsis wherever it is cut", arguments: 0...8)
    func lineFitting(columns: Int) {
        let line: Line = [Span("abc"), Span("def"), Span("gh")]
        let fitted = line.fitted(columns: columns)
        #expect(fitted.columns == columns)
        if columns == 8 {
            #expect(fitted.text == "abcdefgh")
        } else if columns > 1 {
            #expect(fitted.text == "abcdefgh".prefix(columns - 1) + "…")
        }
    }

    @Test("Lines that meet are joined")
    func boxes() {
        var grid = CellGrid(width: 5, height: 3)
        let look = Appearance(theme: .terminal)
        Frame.drawBorder(into: &grid, Rect(x: 0, y: 0, width: 3, height: 3), style: .terminal, look: look)
        Frame.drawBorder(into: &grid, Rect(x: 2, y: 0, width: 3, height: 3), style: .terminal, look: look)
        #expect(grid.text == "╭─┬─╮\n│ │ │\n╰─┴─╯")
    }

    @Test("Every combination of light and heavy lines has a character that is read back")
    func boxArms() {
        let weights: [BoxArms.Weight] = [.none, .light, .heavy]
        var seen: Set<Glyph> = []
        for up in weights {
            for right in weights {
                for down in weights {
                    for left in weights where max(up, right, down, left) > .none {
                        let arms = BoxArms(up: up, right: right, down: down, left: left)
                        let glyph = arms.glyph(ascii: false)
                        #expect(BoxArms(glyph.base) == arms)
                        seen.insert(glyph)
                    }
                }
            }
        }
        #expect(seen.count == 80)
    }

    @Test("A split never exceeds its area and gives fixed parts what they ask for first")
    func layout() {
        #expect(Layout.lengths(of: 100, [.fixed(10), .min(20), .flexible(weight: 2), .fraction(0.25)]) == [10, 35, 30, 25])
        #expect(Layout.lengths(of: 5, [.fixed(3), .fixed(4), .flexible(weight: 1)]) == [3, 2, 0])
        let rows = Layout.rows(Rect(x: 2, y: 1, width: 9, height: 7), [.fixed(1), .flexible(weight: 1), .fixed(2)])
        #expect(rows.map(\.y) == [1, 2, 6])
        #expect(rows.map(\.height) == [1, 4, 2])
        let shared = Layout.columns(
            Rect(x: 0, y: 0, width: 9, height: 1), [.flexible(weight: 1), .flexible(weight: 1)], overlap: 1)
        #expect(shared.map(\.x) == [0, 4])
        #expect(shared.map(\.width) == [5, 5])
    }
}
