/// How much of a split one part wants.
public enum Extent: Sendable, Hashable {
    /// Exactly this many cells, as long as there is room.
    case fixed(Int)
    /// At least this many cells; shares what is left with the other flexible parts.
    case min(Int)
    /// This fraction of the whole (0…1).
    case fraction(Double)
    /// No least extent; takes `weight` shares of what is left.
    case flexible(weight: Int)
}

/// Cuts a rectangle into rows or columns.
public enum Layout {
    /// Rows from top to bottom whose heights follow `extents`; together they never exceed the rectangle.
    public static func rows(_ area: Rect, _ extents: [Extent], overlap: Int = 0) -> [Rect] {
        var y = area.y
        return lengths(of: area.height + overlap * Swift.max(0, extents.count - 1), extents).map { height in
            defer { y += Swift.max(0, height - overlap) }
            return Rect(x: area.x, y: y, width: area.width, height: Swift.min(height, Swift.max(0, area.endY - y)))
        }
    }

    /// Columns from left to right whose widths follow `extents`; `overlap` cells of each border are shared.
    public static func columns(_ area: Rect, _ extents: [Extent], overlap: Int = 0) -> [Rect] {
        var x = area.x
        return lengths(of: area.width + overlap * Swift.max(0, extents.count - 1), extents).map { width in
            defer { x += Swift.max(0, width - overlap) }
            return Rect(x: x, y: area.y, width: Swift.min(width, Swift.max(0, area.endX - x)), height: area.height)
        }
    }

    /// Divides `total` cells: first what is fixed, a fraction or least, in order, then the rest by weight.
    public static func lengths(of total: Int, _ extents: [Extent]) -> [Int] {
        var lengths = [Int](repeating: 0, count: extents.count)
        var left = Swift.max(0, total)
        for (index, extent) in extents.enumerated() {
            let wanted =
                switch extent {
                case .fixed(let count), .min(let count): count
                case .fraction(let fraction): Int((Double(total) * fraction).rounded())
                case .flexible: 0
                }
            lengths[index] = Swift.max(0, Swift.min(wanted, left))
            left -= lengths[index]
        }
        let weights = extents.map { extent in
            switch extent {
            case .min: 1
            case .flexible(let weight): Swift.max(0, weight)
            case .fixed, .fraction: 0
            }
        }
        var weightLeft = weights.reduce(0, +)
        for index in extents.indices where weights[index] > 0 {
            let share = left * weights[index] / weightLeft
            lengths[index] += share
            left -= share
            weightLeft -= weights[index]
        }
        return lengths
    }
}
