extension CellGrid {
    /// Draws a horizontal bar over a fraction of a row's width, to an eighth of a cell; what is not 0 shows at least an eighth.
    public mutating func drawBar(_ fraction: Double, in row: Rect, style: Style, track: Style? = nil, glyphs: GlyphSet) {
        guard !row.isEmpty else { return }
        if let track { fill(row.top(1), style: track) }
        let amount = fraction.isFinite ? max(0, min(1, fraction)) : 0
        var eighths = Int((amount * Double(row.width * 8)).rounded())
        if amount > 0 { eighths = max(1, eighths) }
        for column in 0..<row.width where eighths > 0 {
            put(glyphs.barEighths[min(8, eighths)], at: Point(x: row.x + column, y: row.y), style: style)
            eighths -= 8
        }
        if glyphs.isASCII, amount > 0, Int((amount * Double(row.width * 8)).rounded()) < 2 {
            put("-", at: row.origin, style: style)
        }
    }
}

/// Labelled horizontal bars below each other: how a size shrinks stage by stage.
public struct BarChart: Widget, Sendable, Hashable {
    public struct Bar: Sendable, Hashable {
        public var label: String
        /// Length as a fraction of the longest possible, 0…1.
        public var fraction: Double
        public var value: String
        public var style: Style
        /// Laid over label and value: marks a figure that is stale or estimated.
        public var textStyle: Style

        public init(_ label: String, fraction: Double, value: String, style: Style, textStyle: Style = .inherited) {
            self.label = label
            self.fraction = fraction
            self.value = value
            self.style = style
            self.textStyle = textStyle
        }
    }

    public var bars: [Bar]

    public init(_ bars: [Bar]) { self.bars = bars }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        let valueWidth = bars.map { TextWidth.columns(of: $0.value) }.max() ?? 0
        var labelWidth = bars.map { TextWidth.columns(of: $0.label) }.max() ?? 0
        // A bar shorter than four cells says nothing: the labels shrink first.
        labelWidth = max(0, min(labelWidth, area.width - valueWidth - 6))
        for (index, bar) in bars.enumerated() where index < area.height {
            let row = area.row(index)
            let label = TextWidth.fit(bar.label, columns: labelWidth, ellipsis: "")
            grid.write(label, at: row.origin, style: bar.textStyle.over(look[.dim]), maxWidth: labelWidth)
            let track = row.inset(left: labelWidth + 1, right: valueWidth + 1)
            grid.drawBar(bar.fraction, in: track, style: bar.style, glyphs: look.glyphs)
            grid.write(
                Line(bar.value, bar.textStyle.over(look[.text])),
                in: Rect(x: track.endX + 1, y: row.y, width: valueWidth, height: 1),
                alignment: .trailing)
        }
    }
}
