/// The signs everything is drawn with, in Unicode or in ASCII: the one place that tells them apart.
public struct GlyphSet: Sendable, Hashable {
    /// Whether only ASCII may be drawn.
    public let isASCII: Bool

    /// A bar's last cell by eighths of its width filled, 0…8.
    public let barEighths: [Glyph]
    /// A column's top cell by eighths of its height filled, 0…8.
    public let columnEighths: [Glyph]
    /// A density as a shade: 0, ¼, ½, ¾, 1.
    public let shades: [Glyph]
    public let upperHalf: Glyph
    public let lowerHalf: Glyph
    public let full: Glyph

    public let sliderTrack: Glyph
    public let sliderFill: Glyph
    /// The half cell of fill before a knob that leans to the right.
    public let sliderHalfFill: Glyph
    /// The half cell of track after a knob that leans to the left.
    public let sliderHalfTrack: Glyph
    public let sliderKnob: Glyph
    public let sliderKnobDisabled: Glyph
    /// Where a track's first, second and third level begin.
    public let sliderLevels: [Glyph]

    /// A row chosen for a bulk edit.
    public let mark: Glyph
    /// The row the cursor is on.
    public let cursor: Glyph
    public let checked: Glyph
    public let unchecked: Glyph
    public let sortAscending: Glyph
    public let sortDescending: Glyph
    /// A value that opens a list of choices.
    public let choice: Glyph
    public let arrowUp: Glyph
    public let arrowDown: Glyph
    public let arrowLeft: Glyph
    public let arrowRight: Glyph
    /// "becomes", between two figures.
    public let becomes: Glyph
    public let shift: String

    public let ellipsis: Glyph
    public let times: Glyph
    /// "give or take", before a margin: two columns in ASCII, where no one sign means it.
    public let plusMinus: String
    public let minus: Glyph
    public let dash: Glyph
    public let bullet: Glyph
    /// A figure that is an estimate.
    public let estimated: Glyph
    /// A figure that is not up to date.
    public let stale: Glyph
    public let good: Glyph
    public let bad: Glyph
    public let warning: Glyph
    /// Frames of "being computed".
    public let spinner: [Glyph]
    /// Unsaved changes.
    public let modified: Glyph

    /// The edge of a range drawn over a picture.
    public let thresholdLine: Glyph
    /// Ground of the dropped band where nothing else is drawn.
    public let bandFill: Glyph
    public let axis: Glyph
    public let axisTick: Glyph
    /// A row or column of weights that died.
    public let dead: Glyph
    public let scrollbarThumb: Glyph
    public let scrollbarTrack: Glyph
    public let verticalLine: Glyph
    public let horizontalLine: Glyph
    public let tabSeparator: Glyph

    public static let unicode = GlyphSet(
        isASCII: false,
        barEighths: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
        columnEighths: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        shades: [" ", "░", "▒", "▓", "█"], upperHalf: "▀", lowerHalf: "▄", full: "█",
        sliderTrack: "─", sliderFill: "━", sliderHalfFill: "╸", sliderHalfTrack: "╶", sliderKnob: "●", sliderKnobDisabled: "○",
        sliderLevels: ["╷", "┬", "┼"],
        mark: "●", cursor: "▸", checked: "☑", unchecked: "☐", sortAscending: "▴", sortDescending: "▾", choice: "▾",
        arrowUp: "↑", arrowDown: "↓", arrowLeft: "←", arrowRight: "→", becomes: "→", shift: "⇧",
        ellipsis: "…", times: "×", plusMinus: "±", minus: "−", dash: "–", bullet: "·", estimated: "~", stale: "◌",
        good: "✓", bad: "✗", warning: "!", spinner: ["◐", "◓", "◑", "◒"], modified: "●",
        thresholdLine: "┊", bandFill: "░", axis: "─", axisTick: "┴", dead: "×", scrollbarThumb: "┃", scrollbarTrack: "│",
        verticalLine: "│", horizontalLine: "─", tabSeparator: "│")

    public static let ascii = GlyphSet(
        isASCII: true,
        barEighths: [" ", " ", "-", "-", "-", "=", "=", "#", "#"],
        columnEighths: [" ", ".", ".", ":", ":", "|", "|", "#", "#"],
        shades: [" ", ".", ":", "+", "#"], upperHalf: "\"", lowerHalf: ".", full: "#",
        sliderTrack: "-", sliderFill: "=", sliderHalfFill: "=", sliderHalfTrack: "-", sliderKnob: "O", sliderKnobDisabled: "o",
        sliderLevels: [".", ":", "+"],
        mark: "*", cursor: ">", checked: "x", unchecked: "o", sortAscending: "^", sortDescending: "v", choice: "v",
        arrowUp: "^", arrowDown: "v", arrowLeft: "<", arrowRight: ">", becomes: ">", shift: "S-",
        ellipsis: ".", times: "x", plusMinus: "+-", minus: "-", dash: "-", bullet: ".", estimated: "~", stale: "?",
        good: "+", bad: "x", warning: "!", spinner: ["|", "/", "-", "\\"], modified: "*",
        thresholdLine: "|", bandFill: ":", axis: "-", axisTick: "+", dead: "x", scrollbarThumb: "#", scrollbarTrack: "|",
        verticalLine: "|", horizontalLine: "-", tabSeparator: "|")

    /// A text with its margins written in the signs of this set; whoever lays it out does so before it takes columns.
    public func spelled(_ text: String) -> String {
        isASCII && text.contains("±") ? String(text.flatMap { $0 == "±" ? Array(plusMinus) : [$0] }) : text
    }

    /// The spinner's sign at a step that grows with time.
    public func spinner(step: Int) -> Glyph { spinner[((step % spinner.count) + spinner.count) % spinner.count] }

    /// A density of 0…1 as one of the shades; only 0 is blank.
    public func shade(_ density: Double) -> Glyph {
        let place = density.isNaN ? 0 : max(0, min(1, density))
        let level = Int((place * Double(shades.count - 1)).rounded(.up))
        return shades[level]
    }
}
