/// A place in a glyph's box or on the canvas: x to the right, y downwards.
struct Point: Sendable, Hashable {
    var x: Double
    var y: Double

    init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }

    static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
    static func - (a: Point, b: Point) -> Point { Point(a.x - b.x, a.y - b.y) }
    static func * (a: Point, factor: Double) -> Point { Point(a.x * factor, a.y * factor) }
}

/// What the pen draws between touching the paper and leaving it, in the unit box.
enum Stroke: Sendable {
    /// Straight from point to point, with corners.
    case line([Point])
    /// Smoothly through every point.
    case curve([Point])

    var points: [Point] {
        switch self {
        case .line(let points), .curve(let points): points
        }
    }

    /// The same stroke through other points.
    func moved(_ move: (Point) -> Point) -> Stroke {
        switch self {
        case .line(let points): .line(points.map(move))
        case .curve(let points): .curve(points.map(move))
        }
    }

    /// The stroke as short straight pieces, `piecesPerSpan` for each pair of neighbouring points.
    func flattened(piecesPerSpan: Int) -> [Point] {
        let points = self.points
        guard points.count > 1 else { return points }
        var pieces = [points[0]]
        pieces.reserveCapacity((points.count - 1) * piecesPerSpan + 1)
        for span in 0..<points.count - 1 {
            let (start, end) = (points[span], points[span + 1])
            for piece in 1...piecesPerSpan {
                let t = Double(piece) / Double(piecesPerSpan)
                switch self {
                case .line:
                    pieces.append(start + (end - start) * t)
                case .curve:
                    let before = span > 0 ? points[span - 1] : start
                    let after = span + 2 < points.count ? points[span + 2] : end
                    pieces.append(Stroke.catmullRom(before, start, end, after, t))
                }
            }
        }
        return pieces
    }

    /// The uniform Catmull–Rom spline between `b` and `c`.
    private static func catmullRom(_ a: Point, _ b: Point, _ c: Point, _ d: Point, _ t: Double) -> Point {
        func blend(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double {
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * (b - c) + d - a) * t * t * t)
        }
        return Point(blend(a.x, b.x, c.x, d.x), blend(a.y, b.y, c.y, d.y))
    }
}
