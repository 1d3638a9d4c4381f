import Basics
import Reports
import TerminalUI

/// Texts of both networks in two halves; characters that differ are marked.
struct TextSheetView {
    private let original: [Unicode.Scalar]
    private let changed: [Unicode.Scalar]
    private let area: Rect

    init(original: [Unicode.Scalar], changed: [Unicode.Scalar], in area: Rect) {
        self.original = original
        self.changed = changed
        self.area = area
    }

    func draw(into grid: inout CellGrid, isStale: Bool, _ look: Appearance) {
        let halves = SheetHalves(area.inset(bottom: 1))
        draw(original, against: nil, into: &grid, halves.left, style: look[.text], look)
        draw(changed, against: original, into: &grid, halves.right, style: look[isStale ? .stale : .text], look)
        grid.write(Line(summary, look[.dim]), in: area.bottom(1), ellipsis: look.glyphs.ellipsis.description)
    }

    /// For how long both write the same.
    private var summary: String {
        guard let parting = zip(original, changed).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
            return "all \(NumberText.grouped(original.count)) characters are the same"
        }
        let differing = zip(original, changed).count { $0 != $1 }
        return "the same for \(NumberText.grouped(parting)) characters; \(NumberText.grouped(differing)) of \(NumberText.grouped(original.count)) differ"
    }

    /// Writes a text in lines, broken at the edge, as far as it fits.
    private func draw(
        _ text: [Unicode.Scalar], against other: [Unicode.Scalar]?, into grid: inout CellGrid, _ half: Rect, style: Style,
        _ look: Appearance
    ) {
        guard half.width > 0 else { return }
        var (x, y) = (0, 0)
        for (index, scalar) in text.enumerated() {
            let isOther = other.map { index >= $0.count || $0[index] != scalar } ?? false
            if scalar == "\n" {
                // A line's end that differs shows, too.
                if isOther, x < half.width { put("\u{21B5}", x, y, isOther, into: &grid, half, style, look) }
                (x, y) = (0, y + 1)
            } else {
                let columns = scalar.columns ?? 1
                guard columns > 0 else { continue }
                if x + columns > half.width { (x, y) = (0, y + 1) }
                if y < half.height { put(scalar, x, y, isOther, into: &grid, half, style, look) }
                x += columns
            }
            if y >= half.height { return }
        }
    }

    private func put(
        _ scalar: Unicode.Scalar, _ x: Int, _ y: Int, _ isOther: Bool, into grid: inout CellGrid, _ half: Rect, _ style: Style,
        _ look: Appearance
    ) {
        var text = String(scalar)
        if look.glyphs.isASCII, !scalar.isASCII { text = scalar == "\u{21B5}" ? "/" : "?" }
        grid.write(
            text, at: Point(x: half.x + x, y: half.y + y), style: isOther ? look[.bad].over(style) : style, maxWidth: half.width - x)
    }
}
