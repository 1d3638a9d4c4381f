import Testing

@testable import TerminalUI

private let look = Appearance(theme: .terminal)
private let ascii = Appearance(theme: .terminal, depth: .mono, glyphs: .ascii)

/// What a widget draws into an otherwise blank grid.
private func drawn(_ width: Int, _ height: Int, _ draw: (inout CellGrid, Rect) -> Void) -> String {
    var grid = CellGrid(width: width, height: height)
    draw(&grid, grid.bounds)
    return grid.text
}

@Suite("Frame and popup")
struct FrameTests {
    private let frame = Frame(
        number: 2, title: "Weights", details: [[Span("conv1")], [Span("log")]], trailing: [Span("by size")],
        footer: [Span("k 16")])

    @Test("Title, details, the words at the right and the footer lie in the border")
    func full() {
        #expect(
            drawn(44, 3) { frame.draw(into: &$0, in: $1, with: look) } == """
                ╭─ 2 Weights ─ conv1 ─ log ────── by size ─╮
                │                                          │
                ╰─ k 16 ───────────────────────────────────╯
                """)
    }

    @Test("What does not fit gives way, the title last")
    func narrow() {
        #expect(
            drawn(26, 2) { frame.draw(into: &$0, in: $1, with: look) }
                == "╭─ 2 Weights ── by size ─╮\n╰─ k 16 ─────────────────╯")
        #expect(drawn(12, 2) { frame.draw(into: &$0, in: $1, with: look) } == "╭─ 2 Wei… ─╮\n╰─ k 16 ───╯")
        #expect(drawn(2, 2) { frame.draw(into: &$0, in: $1, with: look) } == "╭╮\n╰╯")
        #expect(drawn(1, 1) { frame.draw(into: &$0, in: $1, with: look) } == "")
    }

    @Test("A divider joins both sides and carries a title")
    func divider() {
        let text = drawn(14, 4) {
            Frame(title: "A").draw(into: &$0, in: $1, with: look)
            Frame.drawDivider(into: &$0, frame: $1, y: 2, title: "Sizes", with: look)
        }
        #expect(text.split(separator: "\n")[2] == "├─ Sizes ────┤")
    }

    @Test("In ASCII and without colours the focus still shows")
    func focusWithoutColours() {
        var focused = frame
        focused.isFocused = true
        let plain = drawn(30, 3) { frame.draw(into: &$0, in: $1, with: ascii) }
        let marked = drawn(30, 3) { focused.draw(into: &$0, in: $1, with: ascii) }
        #expect(plain != marked)
        #expect(marked.hasPrefix("+= 2 Weights "))
        #expect(marked.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("Title, right end and footer answer to clicks")
    func hits() {
        let area = Rect(x: 0, y: 0, width: 44, height: 3)
        #expect(frame.hitTest(Point(x: 5, y: 0), in: area, with: look) == .title)
        #expect(frame.hitTest(Point(x: 36, y: 0), in: area, with: look) == .trailing)
        #expect(frame.hitTest(Point(x: 5, y: 2), in: area, with: look) == .footer)
        #expect(frame.hitTest(Point(x: 0, y: 1), in: area, with: look) == .border)
        #expect(frame.hitTest(Point(x: 5, y: 1), in: area, with: look) == nil)
    }

}

extension String {
    fileprivate func range(of part: String) -> Index? {
        indices.first { self[$0...].hasPrefix(part) }
    }
}

@Suite("Table")
struct TableTests {
    private let columns = [
        TableColumn("layer", width: 5, flex: 1, maxWidth: 8, priority: 9), TableColumn("shape", width: 7, priority: 1),
        TableColumn("share", width: 4, priority: 2), TableColumn("keep", width: 4, alignment: .trailing, priority: 5),
    ]

    private func row(_ index: Int) -> TableRow {
        TableRow(
            [.text("conv\(index)"), .text("64·3·3"), .bar(Double(index) / 4, .terminal), .text("\(index * 10)%")],
            isMarked: index == 2)
    }

    @Test("Headings, rows, marks, the cursor and the sorted column are drawn")
    func full() {
        let table = Table(columns: columns, rowCount: 4, sort: (3, false), selection: 1, isFocused: true)
        let lines = drawn(30, 5) { table.draw(into: &$0, in: $1, with: look, row: row) }.split(separator: "\n").map(String.init)
        #expect(lines[0] == "  layer    shape   shar kee▾")
        #expect(lines[1] == "  conv0    64·3·3         0%")
        #expect(lines[2] == "▸ conv1    64·3·3  █     10%")
        #expect(lines[3] == "● conv2    64·3·3  ██    20%")
    }

    @Test("Columns of low priority are left out first")
    func priorities() {
        let table = Table(columns: columns, rowCount: 1)
        #expect(table.geometry(in: Rect(x: 0, y: 0, width: 18, height: 3)).columns.map(\.column) == [0, 2, 3])
        #expect(table.geometry(in: Rect(x: 0, y: 0, width: 12, height: 3)).columns.map(\.column) == [0, 3])
        #expect(table.geometry(in: Rect(x: 0, y: 0, width: 5, height: 3)).columns.map(\.column) == [0])
    }

    @Test("The selection stays in sight and the scrollbar follows", arguments: [0, 7, 50, 99])
    func scrolling(selection: Int) {
        let table = Table(columns: columns, rowCount: 100, selection: selection)
        let area = Rect(x: 0, y: 0, width: 30, height: 11)
        let geometry = table.geometry(in: area)
        #expect((geometry.offset..<(geometry.offset + 10)).contains(selection))
        #expect(geometry.scrollbar == Rect(x: 29, y: 1, width: 1, height: 10))
        #expect(Scrolling.thumb(offset: 0, count: 100, height: 10) == 0..<1)
        #expect(Scrolling.thumb(offset: 90, count: 100, height: 10) == 9..<10)
        #expect(Scrolling.thumb(offset: 0, count: 10, height: 10) == nil)
        var asked: [Int] = []
        var grid = CellGrid(area.size)
        table.draw(into: &grid, in: area, with: look) {
            asked.append($0)
            return row($0)
        }
        #expect(asked == Array(geometry.offset..<(geometry.offset + 10)))
    }

    @Test("What is clicked is what is drawn there")
    func hits() {
        let table = Table(columns: columns, rowCount: 100, selection: 50)
        let area = Rect(x: 3, y: 2, width: 30, height: 11)
        let offset = table.geometry(in: area).offset
        #expect(table.hitTest(Point(x: 6, y: 2), in: area) == .heading(column: 0))
        #expect(table.hitTest(Point(x: 6, y: 3), in: area) == .row(offset, column: 0))
        #expect(table.hitTest(Point(x: 3, y: 12), in: area) == .row(offset + 9, column: nil))
        #expect(table.hitTest(Point(x: 32, y: 12), in: area) == .scrollbar(offset: 90))
        #expect(table.hitTest(Point(x: 40, y: 3), in: area) == nil)
        #expect(Table(columns: columns, rowCount: 1).hitTest(Point(x: 6, y: 9), in: area) == nil)
    }

    @Test("A table survives every size", arguments: 0..<12)
    func sizes(width: Int) {
        for height in 0..<4 {
            let table = Table(columns: columns, rowCount: 9, selection: 8, isFocused: true)
            let text = drawn(width, height) { table.draw(into: &$0, in: $1, with: look, row: row) }
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
        }
    }
}

@Suite("Slider and bars")
struct SliderTests {
    private func slider(_ fraction: Double, disabled: Bool = false) -> Slider {
        Slider(
            "keep", fraction: fraction, value: "12 %", note: "1.2 σ", isSelected: true, isDisabled: disabled, labelWidth: 5,
            valueWidth: 5, noteWidth: 6)
    }

    @Test("Label, track, knob, value and note share a row")
    func drawing() {
        let text = drawn(38, 1) { slider(0).draw(into: &$0, in: $1, with: look) }
        #expect(text.hasPrefix("▸ keep  ●──"))
        #expect(text.hasSuffix(" 12 %  1.2 σ"))
        #expect(drawn(38, 1) { slider(1).draw(into: &$0, in: $1, with: look) }.contains("━━━● 12 %"))
        #expect(drawn(38, 1) { slider(0.5, disabled: true).draw(into: &$0, in: $1, with: look) }.contains("○"))
    }

    @Test("Where a value begins to be graver the track has a sign and another colour, in ASCII too, wherever the knob is")
    func levels() {
        var slider = slider(0)
        slider.levels = [.none, .none, .slight, .slight, .notable, .severe, .severe, .severe]
        func track(_ appearance: Appearance) -> String {
            String(drawn(38, 1) { slider.draw(into: &$0, in: $1, with: appearance) }.dropFirst(8).prefix(17))
        }
        #expect(track(look) == "●───╷───┬──┼─────")
        slider.fraction = 1
        #expect(track(look) == "━━━━╷━━━┬━━┼━━━━●")
        // What grows to the left begins at its right.
        slider.levels.reverse()
        #expect(track(look) == "━━━━━┼━┬━━━━╷━━━●")
        slider.isDisabled = true
        #expect(track(look) == "━━━━━━━━━━━━━━━━○")
    }

    @Test("The picture changes in half cells")
    func halfCells() {
        let area = Rect(x: 0, y: 0, width: 38, height: 1)
        let track = slider(0).geometry(in: area).track
        let pictures = (0...400).map { step in drawn(38, 1) { slider(Double(step) / 400).draw(into: &$0, in: $1, with: look) } }
        #expect(Set(pictures).count >= 2 * (track.width - 1))
    }

    @Test("Where one points is what one gets, and dragging may leave the track")
    func positions() {
        let area = Rect(x: 4, y: 3, width: 38, height: 1)
        let track = slider(0).geometry(in: area).track
        for x in track.x..<track.endX {
            let fraction = slider(0).fraction(atColumn: x, in: area)
            #expect(slider(0).hitTest(Point(x: x, y: 3), in: area) == .track(fraction: fraction))
            var grid = CellGrid(width: 50, height: 5)
            slider(fraction).draw(into: &grid, in: area, with: look)
            #expect(grid[x, 3].glyph == "●")
        }
        #expect(slider(0).fraction(atColumn: 0, in: area) == 0)
        #expect(slider(0).fraction(atColumn: 99, in: area) == 1)
        #expect(slider(0).hitTest(Point(x: 5, y: 3), in: area) == .label)
        #expect(slider(0).hitTest(Point(x: track.endX + 1, y: 3), in: area) == .value)
        #expect(slider(0).hitTest(Point(x: 5, y: 4), in: area) == nil)
    }

    @Test("The note gives way first, and no width breaks it", arguments: 0..<30)
    func narrow(width: Int) {
        let text = drawn(width, 1) { slider(0.4).draw(into: &$0, in: $1, with: look) }
        #expect(text.count <= width)
        if width >= 21, width < 27 { #expect(text.contains("12 %") && text.contains("●") && !text.contains("σ")) }
    }

    @Test("Scales are inverse to themselves and clamp")
    func scales() {
        for scale in [SliderScale.linear(-2...6), .logarithmic(0.5...64)] {
            for fraction in stride(from: 0.0, through: 1, by: 0.125) {
                #expect(abs(scale.fraction(of: scale.value(at: fraction)) - fraction) < 1e-12)
            }
            #expect(scale.fraction(of: -100) == 0)
            #expect(scale.fraction(of: 1000) == 1)
            #expect(scale.fraction(of: .nan) == 0)
        }
        #expect(SliderScale.linear(3...3).fraction(of: 3) == 0)
    }

    @Test("Bars end to an eighth of a cell; what is there always shows")
    func bars() {
        func bar(_ fraction: Double, _ appearance: Appearance = look) -> String {
            drawn(4, 1) { grid, area in grid.drawBar(fraction, in: area, style: .terminal, glyphs: appearance.glyphs) }
        }
        #expect(bar(0) == "")
        #expect(bar(1e-9) == "▏")
        #expect(bar(0.5) == "██")
        #expect(bar(0.5 + 3.0 / 32) == "██▍")
        #expect(bar(1) == "████")
        #expect(bar(9) == "████")
        #expect(bar(.nan) == "")
        #expect(bar(1e-9, ascii) == "-")
        #expect(bar(1, ascii) == "####")
    }

    @Test("A waterfall lines up labels, bars and values")
    func waterfall() {
        let chart = BarChart([
            .init("original", fraction: 1, value: "432 KB", style: .terminal),
            .init("coded", fraction: 0.25, value: "17 KB", style: .terminal),
        ])
        #expect(
            drawn(24, 2) { chart.draw(into: &$0, in: $1, with: look) } == "original ████████ 432 KB\ncoded    ██        17 KB")
    }

}
