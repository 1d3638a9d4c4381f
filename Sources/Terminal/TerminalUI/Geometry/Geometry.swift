/// Extents in character cells.
public struct Size: Sendable, Hashable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    public static let zero = Size(width: 0, height: 0)
}

/// A cell's place: `x` columns from the left, `y` rows from the top.
public struct Point: Sendable, Hashable {
    public var x: Int
    public var y: Int

    public init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }

    public static let zero = Point(x: 0, y: 0)
}

/// A rectangle of cells; an extent is never negative.
public struct Rect: Sendable, Hashable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    /// Creates a rectangle; negative extents count as 0.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }

    /// The rectangle at the origin that has this size.
    public init(_ size: Size) { self.init(x: 0, y: 0, width: size.width, height: size.height) }

    public static let zero = Rect(x: 0, y: 0, width: 0, height: 0)

    public var size: Size { Size(width: width, height: height) }
    public var origin: Point { Point(x: x, y: y) }
    public var isEmpty: Bool { width == 0 || height == 0 }

    /// First column right of the rectangle.
    public var endX: Int { x + width }
    /// First row below the rectangle.
    public var endY: Int { y + height }

    public func contains(_ point: Point) -> Bool {
        point.x >= x && point.x < endX && point.y >= y && point.y < endY
    }

    /// The cells that lie in both; empty where there are none.
    public func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(
            x: left, y: top, width: min(endX, other.endX) - left, height: min(endY, other.endY) - top)
    }

    /// The rectangle less a margin on each side.
    public func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Rect {
        Rect(x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
    }

    /// The rectangle less the same margin on every side.
    public func inset(_ margin: Int) -> Rect {
        inset(left: margin, top: margin, right: margin, bottom: margin)
    }

    /// The topmost `count` rows, at most all.
    public func top(_ count: Int) -> Rect { Rect(x: x, y: y, width: width, height: min(count, height)) }

    /// The lowest `count` rows, at most all.
    public func bottom(_ count: Int) -> Rect {
        let rows = max(0, min(count, height))
        return Rect(x: x, y: endY - rows, width: width, height: rows)
    }

    /// One row by its number from the top; empty outside the rectangle.
    public func row(_ index: Int) -> Rect {
        index >= 0 && index < height
            ? Rect(x: x, y: y + index, width: width, height: 1) : Rect(x: x, y: y, width: width, height: 0)
    }

    /// A rectangle of `size` in the middle of this one, never larger; `verticalFraction` 0 puts it at the top, 1 at the bottom.
    public func centred(_ size: Size, verticalFraction: Double = 0.5) -> Rect {
        let innerWidth = min(size.width, width)
        let innerHeight = min(size.height, height)
        return Rect(
            x: x + (width - innerWidth) / 2, y: y + Int(Double(height - innerHeight) * verticalFraction),
            width: innerWidth, height: innerHeight)
    }
}
