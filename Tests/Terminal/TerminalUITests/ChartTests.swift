import Testing

@testable import TerminalUI

private let look = Appearance(theme: .terminal)
private let theme = Theme(
    name: "test", isDark: true,
    styles: [
        .text: Style(RGB(hex: 0xFFFFFF), on: RGB(hex: 0)), .histogramOriginal: Style(RGB(hex: 0x444444)),
        .histogramCompressed: Style(RGB(hex: 0x00FF00)), .histogramDropped: Style(RGB(hex: 0xFF0000), on: RGB(hex: 0x220000)),
    ], map: [RGB(hex: 0), RGB(hex: 0xFFFFFF)])
private let colored = Appearance(theme: theme)

@Suite("Histogram")
struct HistogramChartTests {
    private let area = Rect(x: 0, y: 0, width: 9, height: 5)
    private let heights = [0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25, 0]

    @Test("Columns, axis, ticks and labels are drawn to an eighth of a cell")
    func blocks() {
        var grid = CellGrid(area.size, style: theme.ground)
        let chart = HistogramChart(
            original: heights, domain: -1...1, centroids: [0.5], labels: [.init(-1, "−1"), .init(0, "0")])
        chart.draw(into: &grid, in: area, with: colored)
        #expect(grid.text == "   ▂█▂\n  ▄███▄\n ▆█████▆\n──────┴──\n−1  0")
    }

    @Test("Where both series stand in a cell the one in front is drawn over the one behind")
    func overlay() {
        var grid = CellGrid(width: 1, height: 2, style: theme.ground)
        HistogramChart(original: [1], compressed: [0.25], domain: 0...1).draw(into: &grid, in: grid.bounds, with: colored)
        #expect(grid.text == "█\n▄")
        #expect(grid[0, 1].style.foreground == .rgb(RGB(hex: 0x00FF00)))
        #expect(grid[0, 1].style.background == .rgb(RGB(hex: 0x444444)))
    }

    @Test("The dropped band has a ground of its own, edges and knobs on the axis")
    func band() {
        var grid = CellGrid(area.size, style: theme.ground)
        let chart = HistogramChart(original: heights.map { $0 / 4 }, domain: -1...1, dropped: -0.4...0.4)
        chart.draw(into: &grid, in: area, with: colored)
        #expect(grid.rowText(0) == "  ┊   ┊")
        #expect(grid.rowText(3) == "──●───●──")
        #expect(grid[4, 0].style.background == .rgb(RGB(hex: 0x220000)))
        #expect(grid[0, 0].style.background == theme.ground.background)
        #expect(grid[4, 2].style.foreground == .rgb(RGB(hex: 0xFF0000)))
    }

    @Test("Without colours the band and both series differ by their signs")
    func mono() {
        var grid = CellGrid(area.size)
        let chart = HistogramChart(
            original: heights, compressed: [0, 0, 0.6, 0, 0, 0, 0.6, 0, 0], domain: -1...1, dropped: -0.3...0.3)
        chart.draw(into: &grid, in: area, with: look)
        #expect(grid.text.contains("▒") && grid.text.contains("█") && grid.text.contains("┊"))
        let plain = Appearance(theme: .terminal, depth: .mono, glyphs: .ascii)
        var text = CellGrid(area.size)
        chart.draw(into: &text, in: area, with: plain)
        #expect(text.text.utf8.allSatisfy { $0 < 0x80 })
        #expect(text.text.contains("#") && text.text.contains(":") && text.text.contains("|"))
    }

    @Test("In braille a cell shows two bins")
    func braille() {
        var grid = CellGrid(width: 2, height: 2, style: theme.ground)
        HistogramChart(original: [0.5, 1, 0.125, 0], domain: 0...1, ink: .braille).draw(
            into: &grid, in: grid.bounds, with: colored)
        #expect(grid.text == "⢸\n⣿⡀")
        #expect(HistogramChart.binCount(in: grid.bounds, ink: .braille) == 4)
    }

    @Test("Columns and values are inverse to each other")
    func coordinates() {
        let chart = HistogramChart(original: [], domain: -0.3...0.7)
        let area = Rect(x: 5, y: 0, width: 37, height: 6)
        for x in area.x..<area.endX { #expect(chart.column(of: chart.value(atColumn: x, in: area), in: area) == x) }
        #expect(chart.column(of: -0.3, in: area) == 5)
        #expect(chart.column(of: 0.7, in: area) == 41)
        #expect(chart.column(of: 0.8, in: area) == nil)
        #expect(chart.value(atColumn: -100, in: area) == -0.3)
    }

    @Test("The band's edges are grabbed within a column")
    func hits() {
        let chart = HistogramChart(original: heights, domain: -1...1, dropped: -0.4...0.4)
        let area = Rect(x: 0, y: 0, width: 40, height: 6)
        let edge = chart.column(of: 0.4, in: area) ?? 0
        if case .threshold? = chart.hitTest(Point(x: edge + 1, y: 1), in: area) {} else { Issue.record("no threshold") }
        if case .plot? = chart.hitTest(Point(x: edge + 2, y: 1), in: area) {} else { Issue.record("no plot") }
        if case .axis? = chart.hitTest(Point(x: edge, y: 4), in: area) {} else { Issue.record("no axis") }
        #expect(chart.hitTest(Point(x: 0, y: 6), in: area) == nil)
    }

    @Test("Resampling keeps every spike")
    func resampling() {
        #expect(HistogramChart.resample([0, 1, 0, 0, 0.5, 0], to: 3) == [1, 0, 0.5])
        #expect(HistogramChart.resample([0.2, 0.4], to: 4) == [0.2, 0.2, 0.4, 0.4])
        #expect(HistogramChart.resample([], to: 4) == [])
    }

    @Test("Odd values and sizes do not trap", arguments: 0..<6)
    func odd(extent: Int) {
        let chart = HistogramChart(
            original: [.nan, .infinity, -1, 2], compressed: [1], domain: 0...0, dropped: -1...1, centroids: [.nan, .infinity],
            labels: [.init(.nan, "x")])
        for other in 0..<6 {
            for ink in [HistogramChart.Ink.blocks, .braille] {
                var chart = chart
                chart.ink = ink
                var grid = CellGrid(width: extent, height: other)
                grid.draw(chart, in: grid.bounds, with: colored)
                #expect(grid.width == extent)
            }
        }
    }
}

@Suite("Heat map")
struct HeatMapTests {
    @Test("Two rows of values share a row of cells, in two colours")
    func pixels() {
        let map = HeatMap(rows: 2, columns: 2, values: [1, 0, 0, 1])
        var grid = CellGrid(width: 2, height: 1, style: theme.ground)
        map.draw(into: &grid, in: grid.bounds, with: colored)
        #expect(grid.text == "▀▀")
        #expect(grid[0, 0].style == Style(RGB(hex: 0xFFFFFF), on: RGB(hex: 0)))
        #expect(grid[1, 0].style == Style(RGB(hex: 0), on: RGB(hex: 0xFFFFFF)))
    }

    @Test("Without colours a cell is a shade, and only nothing is blank")
    func shades() {
        let map = HeatMap(rows: 2, columns: 5, values: [0, 0.01, 0.5, 0.7, 1, 0, 0.01, 0.5, 0.7, 1])
        var grid = CellGrid(width: 5, height: 1)
        map.draw(into: &grid, in: grid.bounds, with: look)
        #expect(grid.text == " ░▒▓█")
    }

    @Test("Margins show what is left of rows and columns, and mark the dead")
    func margins() {
        let size = HeatMap.pixelSize(in: Rect(x: 0, y: 0, width: 26, height: 5))
        #expect(size == Size(width: 21, height: 8))
        var values = [Double](repeating: 1, count: 21 * 8)
        for row in 0..<8 { values[row * 21 + 3] = 0 }
        let map = HeatMap(
            rows: 8, columns: 21, values: values, rowDensities: [Double](repeating: 1, count: 8),
            columnDensities: [Double](repeating: 1, count: 21), deadRows: [0, 0, 0, 1, 0, 0, 0, 0],
            deadColumns: (0..<21).map { $0 == 3 ? 1 : 0 })
        var grid = CellGrid(width: 26, height: 5)
        map.draw(into: &grid, in: grid.bounds, with: look)
        #expect(grid.rowText(4) == "███×" + String(repeating: "█", count: 17))
        #expect((0..<4).map { grid[21, $0].glyph == "×" } == [false, true, false, false])
        #expect(grid.rowText(0).hasSuffix(" ████"))
    }

    @Test("A value found under the pointer is the one drawn there")
    func hits() {
        let map = HeatMap(rows: 3, columns: 4, values: [Double](repeating: 1, count: 12), scale: Size(width: 2, height: 2))
        let area = Rect(x: 1, y: 1, width: 10, height: 5)
        #expect(map.hitTest(Point(x: 1, y: 1), in: area) == .zero)
        #expect(map.hitTest(Point(x: 8, y: 3), in: area) == Point(x: 3, y: 2))
        #expect(map.hitTest(Point(x: 9, y: 3), in: area) == nil)
        #expect(map.hitTest(Point(x: 0, y: 1), in: area) == nil)
    }

    @Test("Odd densities and sizes do not trap", arguments: 0..<6)
    func odd(extent: Int) {
        let odd = [Double.nan, .infinity, -1, 2]
        for scale in [1, 3] {
            for look in [look, colored] {
                let map = HeatMap(
                    rows: 2, columns: 2, values: odd, rowDensities: odd, columnDensities: odd, deadRows: odd, deadColumns: odd,
                    scale: Size(width: scale, height: scale), texts: ["a", "b", "c", "d"], cursor: Point(x: 9, y: 9))
                var grid = CellGrid(width: extent * 8, height: extent)
                grid.draw(map, in: grid.bounds, with: look)
                #expect(grid.width == extent * 8)
            }
        }
    }

    @Test("Zoomed in, values carry their texts")
    func texts() {
        let map = HeatMap(rows: 1, columns: 2, values: [0, 1], scale: Size(width: 6, height: 2), texts: ["−.031", ".2"])
        var grid = CellGrid(width: 12, height: 1, style: theme.ground)
        map.draw(into: &grid, in: grid.bounds, with: colored)
        #expect(grid.text == "−.031▀   .2▀")
        #expect(grid[0, 0].style.foreground == .rgb(RGB(hex: 0xFFFFFF)))
        #expect(grid[9, 0].style.foreground == .rgb(RGB(hex: 0)))
    }
}
