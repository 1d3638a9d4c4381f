import Glibc

/// How a slider's value lies on its track.
public struct SliderScale: Sendable {
    private let toFraction: @Sendable (Double) -> Double
    private let toValue: @Sendable (Double) -> Double

    /// Creates a scale from two functions inverse to each other: value → 0…1 and back.
    public init(fraction: @escaping @Sendable (Double) -> Double, value: @escaping @Sendable (Double) -> Double) {
        toFraction = fraction
        toValue = value
    }

    /// Equal steps for equal differences.
    public static func linear(_ range: ClosedRange<Double>) -> SliderScale {
        let width = range.upperBound - range.lowerBound
        return SliderScale(
            fraction: { width > 0 ? ($0 - range.lowerBound) / width : 0 }, value: { range.lowerBound + $0 * width })
    }

    /// Equal steps for equal ratios; the range must be positive.
    public static func logarithmic(_ range: ClosedRange<Double>) -> SliderScale {
        precondition(range.lowerBound > 0, "a logarithmic scale from \(range.lowerBound)")
        let (low, high) = (log(range.lowerBound), log(range.upperBound))
        return SliderScale(
            fraction: { high > low && $0 > 0 ? (log($0) - low) / (high - low) : 0 }, value: { exp(low + $0 * (high - low)) })
    }

    /// Where a value lies on the track, 0…1.
    public func fraction(of value: Double) -> Double {
        let fraction = toFraction(value)
        return fraction.isFinite ? max(0, min(1, fraction)) : 0
    }

    /// The value at a place of the track, 0…1.
    public func value(at fraction: Double) -> Double { toValue(max(0, min(1, fraction))) }
}

/// A labelled track with a knob, and its value in words.
public struct Slider: Widget, Sendable, Hashable {
    public var label: String
    /// Where the knob is, 0…1.
    public var fraction: Double
    public var value: Line
    /// Words right of the value; the first to give way.
    public var note: Line
    public var isSelected: Bool
    public var isDisabled: Bool
    public var labelWidth: Int
    public var valueWidth: Int
    public var noteWidth: Int
    /// How grave a value is, at places that lie evenly along the track; empty where that is not known.
    public var levels: [Level] = []

    /// How grave a value of a slider is.
    public enum Level: Int, Sendable, Hashable, Comparable {
        case none, slight, notable, severe

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// Creates a slider; sliders below each other share the three widths so that their tracks line up.
    public init(
        _ label: String, fraction: Double, value: Line, note: Line = "", isSelected: Bool = false, isDisabled: Bool = false,
        labelWidth: Int = 9, valueWidth: Int = 9, noteWidth: Int = 0
    ) {
        self.label = label
        self.fraction = fraction
        self.value = value
        self.note = note
        self.isSelected = isSelected
        self.isDisabled = isDisabled
        self.labelWidth = labelWidth
        self.valueWidth = valueWidth
        self.noteWidth = noteWidth
    }

    /// What of a slider lies under the pointer.
    public enum Hit: Sendable, Hashable {
        case label
        /// The track, or beside it while dragging: the place pointed at, 0…1.
        case track(fraction: Double)
        case value
        case note
    }

    /// Where the parts lie in a row.
    public struct Geometry: Sendable, Hashable {
        public let label: Rect
        public let track: Rect
        public let value: Rect
        public let note: Rect
    }

    /// The least useful track.
    private static let leastTrack = 6

    /// Where the parts lie in the first row of `area`: the note gives way first, then label and value shrink.
    public func geometry(in area: Rect) -> Geometry {
        let row = area.top(1)
        let gutter = min(2, row.width)
        var note = noteWidth
        var labels = labelWidth
        func rest() -> Int { row.width - gutter - labels - 1 - valueWidth - 1 - (note > 0 ? note + 1 : 0) }
        if rest() < Self.leastTrack { note = 0 }
        if rest() < Self.leastTrack { labels = max(3, labels - (Self.leastTrack - rest())) }
        let track = max(0, rest())
        let labelRect = Rect(x: row.x + gutter, y: row.y, width: labels, height: row.height)
        let trackRect = Rect(x: labelRect.endX + 1, y: row.y, width: track, height: row.height)
        let valueRect = Rect(
            x: trackRect.endX + 1, y: row.y, width: min(valueWidth, max(0, row.endX - trackRect.endX - 1)), height: row.height)
        let noteRect = Rect(
            x: valueRect.endX + 1, y: row.y, width: note > 0 ? max(0, row.endX - valueRect.endX - 1) : 0, height: row.height)
        return Geometry(label: labelRect, track: trackRect, value: valueRect, note: noteRect)
    }

    /// The part at a point; nil outside the row.
    public func hitTest(_ point: Point, in area: Rect) -> Hit? {
        guard area.top(1).contains(point) else { return nil }
        let geometry = geometry(in: area)
        if geometry.track.contains(point) { return .track(fraction: fraction(atColumn: point.x, in: area)) }
        if geometry.value.contains(point) { return .value }
        if geometry.note.contains(point) { return .note }
        return .label
    }

    /// The place on the track of a column, clamped: dragging may leave the track.
    public func fraction(atColumn x: Int, in area: Rect) -> Double {
        let track = geometry(in: area).track
        guard track.width > 1 else { return 0 }
        return max(0, min(1, Double(x - track.x) / Double(track.width - 1)))
    }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        guard !area.isEmpty else { return }
        let geometry = geometry(in: area)
        let ellipsis = look.glyphs.ellipsis.description
        if isSelected { grid.put(look.glyphs.cursor, at: area.origin, style: look[.accent]) }
        let labelStyle = isDisabled ? look[.disabled] : isSelected ? look[.accent] : look[.text]
        grid.write(Line(label, labelStyle), in: geometry.label, ellipsis: "")
        drawTrack(into: &grid, geometry.track, look)
        grid.write(value, in: geometry.value, style: isDisabled ? look[.disabled] : look[.text], ellipsis: ellipsis)
        grid.write(note, in: geometry.note, style: look[.dim], ellipsis: ellipsis)
    }

    /// How grave the value at a column is; beyond the track's ends as at its ends.
    private func level(at column: Int, of width: Int) -> Level {
        guard let last = levels.indices.last, width > 1 else { return .none }
        let place = Double(max(0, min(width - 1, column))) / Double(width - 1)
        return levels[Int((place * Double(last)).rounded())]
    }

    private static func style(_ level: Level, _ look: Appearance) -> Style? {
        switch level {
        case .none: nil
        case .slight: look[.good]
        case .notable: look[.warning]
        case .severe: look[.bad]
        }
    }

    /// The knob takes one cell; the gap beside it tells in which half of the cell the value lies.
    private func drawTrack(into grid: inout CellGrid, _ track: Rect, _ look: Appearance) {
        guard track.width > 0 else { return }
        let glyphs = look.glyphs
        let place = max(0, min(1, fraction.isFinite ? fraction : 0)) * Double(track.width - 1)
        let knob = Int(place.rounded())
        let lean = place - Double(knob)
        for column in 0..<track.width {
            let point = Point(x: track.x + column, y: track.y)
            if column == knob {
                let glyph = isDisabled ? glyphs.sliderKnobDisabled : glyphs.sliderKnob
                let style =
                    isDisabled ? look[.disabled] : isSelected ? look[.accent].over(look[.sliderKnob]) : look[.sliderKnob]
                grid.put(glyph, at: point, style: style)
            } else {
                let isFilled = column < knob
                let leans = isFilled ? column == knob - 1 && lean > 0.25 : column == knob + 1 && lean < -0.25
                let plain =
                    isFilled
                    ? leans ? glyphs.sliderHalfFill : glyphs.sliderFill : leans ? glyphs.sliderHalfTrack : glyphs.sliderTrack
                let style = isFilled ? isDisabled ? look[.disabled] : look[.sliderFill] : look[.sliderTrack]
                let level = isDisabled ? .none : level(at: column, of: track.width)
                let begins = level > .none && level > min(self.level(at: column - 1, of: track.width), self.level(at: column + 1, of: track.width))
                grid.put(begins ? glyphs.sliderLevels[level.rawValue - 1] : plain, at: point, style: Self.style(level, look) ?? style)
            }
        }
    }
}
