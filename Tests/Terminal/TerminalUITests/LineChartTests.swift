import Testing

@testable import TerminalUI

@Suite("Curves")
struct LineChartTests {
    private let theme = Theme(
        name: "test", isDark: true, styles: [.text: Style(RGB(hex: 0xFFFFFF), on: RGB(hex: 0)), .accent: Style(RGB(hex: 0x00FF00))],
        map: [RGB(hex: 0), RGB(hex: 0xFFFFFF)])

    private func drawn(_ points: [(place: Double, value: Double)], isJoined: Bool = true, ascii: Bool = false) -> String {
        var grid = CellGrid(width: 4, height: 2, style: theme.ground)
        let look = Appearance(theme: theme, glyphs: ascii ? .ascii : .unicode)
        LineChart([.init(points, role: .accent, sign: "o", isJoined: isJoined)], range: 0...1).draw(into: &grid, in: grid.bounds, with: look)
        return grid.text
    }

    @Test("A falling line goes through every column of dots")
    func line() {
        #expect(drawn([(0, 1), (1, 0)]) == "⠑⢄\n  ⠑⢄")
    }

    @Test("Points that are not joined stand alone; values beyond the range lie at its edges")
    func points() {
        #expect(drawn([(0, 7), (1, -7)], isJoined: false) == "⠁\n   ⢀")
    }

    @Test("In ASCII a point is a sign in its cell")
    func ascii() {
        #expect(drawn([(0, 1), (1, 0)], ascii: true) == "ooo\n   o")
    }

    @Test("What is no number is left out")
    func notFinite() {
        let isBlank = drawn([(0, .nan), (0.5, .infinity)]).allSatisfy(\.isWhitespace)
        #expect(isBlank)
    }
}
