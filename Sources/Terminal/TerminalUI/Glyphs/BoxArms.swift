/// A box-drawing character as the lines that leave a cell's middle: up, right, down and left, each absent, light or heavy.
public struct BoxArms: Sendable, Hashable {
    /// Weight of a line.
    public enum Weight: Int, Sendable, Hashable, Comparable {
        case none, light, heavy

        public static func < (left: Weight, right: Weight) -> Bool { left.rawValue < right.rawValue }
    }

    public var up: Weight
    public var right: Weight
    public var down: Weight
    public var left: Weight

    public init(up: Weight = .none, right: Weight = .none, down: Weight = .none, left: Weight = .none) {
        self.up = up
        self.right = right
        self.down = down
        self.left = left
    }

    /// All 81 combinations in Unicode, index 27·up + 9·right + 3·down + left.
    private static let characters = Array(
        " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋".unicodeScalars)
    private static let arms: [Unicode.Scalar: BoxArms] = {
        var table: [Unicode.Scalar: BoxArms] = [:]
        for (index, character) in characters.enumerated() where index > 0 { table[character] = BoxArms(index: index) }
        table["╭"] = BoxArms(right: .light, down: .light)
        table["╮"] = BoxArms(down: .light, left: .light)
        table["╰"] = BoxArms(up: .light, right: .light)
        table["╯"] = BoxArms(up: .light, left: .light)
        return table
    }()

    private init(index: Int) {
        func weight(_ divisor: Int) -> Weight { Weight(rawValue: index / divisor % 3) ?? .none }
        self.init(up: weight(27), right: weight(9), down: weight(3), left: weight(1))
    }

    /// The lines of a box-drawing character; nil for any other character.
    public init?(_ character: Unicode.Scalar) {
        guard let arms = Self.arms[character] else { return nil }
        self = arms
    }

    /// The lines of both, the heavier where both have one.
    public func joined(with other: BoxArms) -> BoxArms {
        BoxArms(
            up: max(up, other.up), right: max(right, other.right), down: max(down, other.down), left: max(left, other.left))
    }

    /// The character with these lines, with round corners where they are light.
    public func glyph(ascii: Bool) -> Glyph {
        if ascii {
            let vertical = max(up, down)
            let horizontal = max(left, right)
            if vertical == .none { return horizontal == .none ? " " : horizontal == .heavy ? "=" : "-" }
            return horizontal == .none ? "|" : "+"
        }
        switch (up, right, down, left) {
        case (.none, .light, .light, .none): return "╭"
        case (.none, .none, .light, .light): return "╮"
        case (.light, .light, .none, .none): return "╰"
        case (.light, .none, .none, .light): return "╯"
        default: return Glyph(Self.characters[27 * up.rawValue + 9 * right.rawValue + 3 * down.rawValue + left.rawValue])
        }
    }
}

extension CellGrid {
    /// Draws lines in one cell; with `joining` they join the lines that are there.
    public mutating func drawBox(_ arms: BoxArms, at point: Point, style: Style, ascii: Bool, joining: Bool = true) {
        var all = arms
        if joining, bounds.contains(point) {
            let there = self[point.x, point.y].glyph.base
            if let present = BoxArms(there) {
                all = arms.joined(with: present)
            } else if ascii, let present = BoxArms(ascii: there) {
                all = arms.joined(with: present)
            }
        }
        put(all.glyph(ascii: ascii), at: point, style: style)
    }

    /// Draws a horizontal line whose ends join vertical lines they touch.
    public mutating func drawHorizontalLine(
        at point: Point, width: Int, weight: BoxArms.Weight = .light, style: Style, ascii: Bool, ends: BoxArms.Weight = .none
    ) {
        for x in point.x..<(point.x + max(0, width)) {
            let arms = BoxArms(
                right: x == point.x + width - 1 ? ends : weight, left: x == point.x ? ends : weight)
            let line = width == 1 ? BoxArms(right: weight, left: weight) : arms
            drawBox(line, at: Point(x: x, y: point.y), style: style, ascii: ascii)
        }
    }
}

extension BoxArms {
    init?(ascii character: Unicode.Scalar) {
        switch character {
        case "-": self.init(right: .light, left: .light)
        case "=": self.init(right: .heavy, left: .heavy)
        case "|": self.init(up: .light, down: .light)
        case "+": self.init(up: .light, right: .light, down: .light, left: .light)
        default: return nil
        }
    }
}
