/// Two histograms over one axis, the band that is dropped, and the centroids: the pruning control's picture.
public struct HistogramChart: Widget, Sendable, Hashable {
    /// Text under the axis at a value.
    public struct Label: Sendable, Hashable {
        public var value: Double
        public var text: String
        /// Nil for the theme's dim text.
        public var style: Style?

        public init(_ value: Double, _ text: String, style: Style? = nil) {
            self.value = value
            self.text = text
            self.style = style
        }
    }

    /// What columns are drawn from.
    public enum Ink: Sendable, Hashable {
        /// Eighths of a cell's height, one bin a cell: solid.
        case blocks
        /// 2 × 4 dots a cell, two bins a cell: fine.
        case braille
    }

    /// Heights 0…1 over equal bins of `domain`, of the weights as they were; drawn behind.
    public var original: [Double]
    /// Heights 0…1 over equal bins of `domain`, of the weights as stored; empty for none.
    public var compressed: [Double]
    /// Heights 0…1 over equal bins of `domain`, drawn as a line over both; empty for none.
    public var outline: [Double]
    /// Values at the plot's left and right edge.
    public var domain: ClosedRange<Double>
    /// Values that are dropped; nil for none.
    public var dropped: ClosedRange<Double>?
    /// Values that get a tick on the axis.
    public var centroids: [Double]
    /// The first ones win where labels would touch.
    public var labels: [Label]
    public var ink: Ink

    public init(
        original: [Double], compressed: [Double] = [], outline: [Double] = [], domain: ClosedRange<Double>, dropped: ClosedRange<Double>? = nil,
        centroids: [Double] = [], labels: [Label] = [], ink: Ink = .blocks
    ) {
        self.original = original
        self.compressed = compressed
        self.outline = outline
        self.domain = domain
        self.dropped = dropped
        self.centroids = centroids
        self.labels = labels
        self.ink = ink
    }

    /// What of a histogram lies under the pointer, with the value at the column.
    public enum Hit: Sendable, Hashable {
        /// An edge of the dropped band, or within a column of it.
        case threshold(value: Double)
        case plot(value: Double)
        case axis(value: Double)
    }

    /// Where the parts lie; axis and labels are left out where there is no room.
    public struct Geometry: Sendable, Hashable {
        public let plot: Rect
        public let axis: Rect
        public let labels: Rect
    }

    /// Where the parts lie in `area`.
    public static func geometry(in area: Rect) -> Geometry {
        let labelRows = area.height >= 4 ? 1 : 0
        let axisRows = area.height >= 3 ? 1 : 0
        let plot = area.inset(bottom: labelRows + axisRows)
        return Geometry(
            plot: plot, axis: Rect(x: area.x, y: plot.endY, width: area.width, height: axisRows),
            labels: Rect(x: area.x, y: plot.endY + axisRows, width: area.width, height: labelRows))
    }

    /// The number of bins that an area shows without resampling.
    public static func binCount(in area: Rect, ink: Ink = .blocks) -> Int { area.width * (ink == .braille ? 2 : 1) }

    /// The column that shows a value; nil outside the domain.
    public func column(of value: Double, in area: Rect) -> Int? {
        let width = domain.upperBound - domain.lowerBound
        guard area.width > 0, width > 0, domain.contains(value) else { return nil }
        return area.x + min(area.width - 1, Int((value - domain.lowerBound) / width * Double(area.width)))
    }

    /// The value in a column's middle, clamped to the domain.
    public func value(atColumn x: Int, in area: Rect) -> Double {
        guard area.width > 0 else { return domain.lowerBound }
        let fraction = (Double(x - area.x) + 0.5) / Double(area.width)
        return domain.lowerBound + max(0, min(1, fraction)) * (domain.upperBound - domain.lowerBound)
    }

    /// The part at a point; nil outside.
    public func hitTest(_ point: Point, in area: Rect) -> Hit? {
        guard area.contains(point) else { return nil }
        let value = value(atColumn: point.x, in: area)
        let geometry = Self.geometry(in: area)
        guard geometry.plot.contains(point) else { return .axis(value: value) }
        if let dropped {
            for edge in [dropped.lowerBound, dropped.upperBound] {
                if let column = column(of: edge, in: area), abs(column - point.x) <= 1 { return .threshold(value: value) }
            }
        }
        return .plot(value: value)
    }

    /// Heights fitted to `count` bins: the greatest of each, so that no spike is lost.
    static func resample(_ heights: [Double], to count: Int) -> [Double] {
        guard heights.count != count, !heights.isEmpty, count > 0 else { return heights.isEmpty ? [] : heights }
        return (0..<count).map { index in
            let first = index * heights.count / count
            let last = max(first + 1, (index + 1) * heights.count / count)
            return heights[first..<min(last, heights.count)].max() ?? 0
        }
    }

    /// Whether a column's middle lies in the dropped band.
    func isDropped(column: Int, in area: Rect) -> Bool {
        guard let dropped, dropped.upperBound > dropped.lowerBound else { return false }
        return dropped.contains(value(atColumn: column, in: area))
    }
}
