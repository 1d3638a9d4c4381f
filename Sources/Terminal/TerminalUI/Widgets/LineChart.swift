/// Curves over a common abscissa of 0…1: dots of braille, or a sign a cell where only ASCII may be drawn.
public struct LineChart: Sendable {
    public struct Curve: Sendable {
        /// Place, 0…1 from left to right, and value; places ascend.
        public var points: [(place: Double, value: Double)]
        public var role: Role
        /// What stands for it in ASCII.
        public var sign: Glyph
        /// Whether neighbouring points are joined.
        public var isJoined: Bool

        public init(_ points: [(place: Double, value: Double)], role: Role, sign: Glyph, isJoined: Bool = true) {
            self.points = points
            self.role = role
            self.sign = sign
            self.isJoined = isJoined
        }
    }

    public var curves: [Curve]
    /// Values at the lower and the upper edge.
    public var range: ClosedRange<Double>

    public init(_ curves: [Curve], range: ClosedRange<Double>) {
        self.curves = curves
        self.range = range
    }

    /// Dot bits of a braille cell, by row from the top: left column, then right.
    private static let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        guard area.width > 0, area.height > 0 else { return }
        let isBraille = !look.glyphs.isASCII
        let (columns, rows) = isBraille ? (area.width * 2, area.height * 4) : (area.width, area.height)
        for curve in curves {
            var dots: [Point: UInt32] = [:]
            for place in places(curve, columns, rows) {
                let cell = isBraille ? Point(x: place.x / 2, y: place.y / 4) : place
                dots[cell, default: 0] |= isBraille ? Self.bits[place.y % 4][place.x % 2] : 1
            }
            for (cell, mask) in dots {
                let point = Point(x: area.x + cell.x, y: area.y + cell.y)
                let glyph = isBraille ? Unicode.Scalar(0x2800 + mask).map { Glyph($0) } ?? curve.sign : curve.sign
                grid.put(glyph, at: point, style: look[curve.role])
            }
        }
    }

    /// The dots of a curve, between its points as well.
    private func places(_ curve: Curve, _ columns: Int, _ rows: Int) -> [Point] {
        let span = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
        func point(_ place: Double, _ value: Double) -> Point {
            let height = max(0, min(1, (value - range.lowerBound) / span))
            return Point(
                x: Int((max(0, min(1, place)) * Double(columns - 1)).rounded()),
                y: Int(((1 - height) * Double(rows - 1)).rounded()))
        }
        let points = curve.points.filter { $0.value.isFinite }.map { point($0.place, $0.value) }
        guard curve.isJoined, var last = points.first else { return points }
        var joined = [last]
        for next in points.dropFirst() {
            let steps = max(abs(next.x - last.x), abs(next.y - last.y), 1)
            for step in 1...steps {
                joined.append(
                    Point(
                        x: last.x + (next.x - last.x) * step / steps,
                        y: last.y + (next.y - last.y) * step / steps))
            }
            last = next
        }
        return joined
    }
}
