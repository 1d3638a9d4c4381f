/// Blocks, boxes, braille and a few signs as paths in a cell of 10 × 20 units.
enum CellShape {
    /// Path data by how it is painted.
    struct Paths {
        /// Filled, edges on the cell grid.
        var solid = ""
        /// Filled, smooth edges.
        var soft = ""
        /// Filled at a quarter, half and three quarters.
        var shades = ["", "", ""]
        /// Stroked thin and thick.
        var light = ""
        var heavy = ""
    }

    private static let width = SVGRenderer.cellWidth
    private static let height = SVGRenderer.cellHeight

    /// Whether a character is drawn here and not set in a font.
    static func isDrawn(_ character: Unicode.Scalar) -> Bool {
        switch character.value {
        case 0x2500...0x259F, 0x2800...0x28FF:
            BoxArms(character) != nil || character.value >= 0x2580 || dashes[character] != nil
        case 0x25CF, 0x25CB, 0x25D0...0x25D3, 0x25B8, 0x25BE, 0x25B4, 0x25C2, 0x25C6: true
        default: false
        }
    }

    /// Dashed verticals and horizontals: number of dashes and whether they stand upright.
    private static let dashes: [Unicode.Scalar: (count: Int, isVertical: Bool)] = [
        "┊": (4, true), "┆": (3, true), "╎": (2, true), "┈": (4, false), "┄": (3, false), "╌": (2, false),
    ]

    static func append(_ character: Unicode.Scalar, x: Double, y: Double, to paths: inout Paths) {
        switch character.value {
        case 0x2580...0x2590, 0x2594...0x259F: paths.solid += block(character.value, x, y)
        case 0x2591...0x2593: paths.shades[Int(character.value - 0x2591)] += rectangle(x, y, width, height)
        case 0x2800...0x28FF: braille(character.value - 0x2800, x, y, &paths)
        case 0x25CF: paths.soft += circle(x + 5, y + 10, 4.4)
        case 0x25CB: paths.light += circle(x + 5, y + 10, 3.8)
        case 0x25D0...0x25D3:
            paths.light += circle(x + 5, y + 10, 4)
            paths.soft += halfDisc(character.value, x + 5, y + 10, 4)
        case 0x25B8: paths.soft += polygon([(x + 2, y + 5), (x + 9, y + 10), (x + 2, y + 15)])
        case 0x25C2: paths.soft += polygon([(x + 8, y + 5), (x + 1, y + 10), (x + 8, y + 15)])
        case 0x25BE: paths.soft += polygon([(x + 1, y + 7.5), (x + 9, y + 7.5), (x + 5, y + 14)])
        case 0x25B4: paths.soft += polygon([(x + 1, y + 13.5), (x + 9, y + 13.5), (x + 5, y + 7)])
        case 0x25C6: paths.soft += polygon([(x + 5, y + 5), (x + 10, y + 10), (x + 5, y + 15), (x, y + 10)])
        default:
            if let dash = dashes[character] {
                dashed(dash.count, dash.isVertical, x, y, &paths)
            } else {
                box(character, x, y, &paths)
            }
        }
    }

    private static func number(_ value: Double) -> String { SVGRenderer.text(value) }

    private static func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
        "M\(number(x)) \(number(y))h\(number(width))v\(number(height))h\(number(-width))z"
    }

    private static func polygon(_ points: [(x: Double, y: Double)]) -> String {
        "M" + points.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L") + "z"
    }

    private static func circle(_ x: Double, _ y: Double, _ radius: Double) -> String {
        let (r, d) = (number(radius), number(2 * radius))
        return "M\(number(x - radius)) \(number(y))a\(r) \(r) 0 1 0 \(d) 0a\(r) \(r) 0 1 0 -\(d) 0z"
    }

    private static func halfDisc(_ code: UInt32, _ x: Double, _ y: Double, _ radius: Double) -> String {
        let (r, d) = (number(radius), number(2 * radius))
        switch code {
        case 0x25D0: return "M\(number(x)) \(number(y - radius))a\(r) \(r) 0 0 0 0 \(d)z"
        case 0x25D1: return "M\(number(x)) \(number(y - radius))a\(r) \(r) 0 0 1 0 \(d)z"
        case 0x25D2: return "M\(number(x - radius)) \(number(y))a\(r) \(r) 0 0 0 \(d) 0z"
        default: return "M\(number(x - radius)) \(number(y))a\(r) \(r) 0 0 1 \(d) 0z"
        }
    }

    private static func block(_ code: UInt32, _ x: Double, _ y: Double) -> String {
        switch code {
        case 0x2580: return rectangle(x, y, width, height / 2)
        case 0x2581...0x2588:
            let part = height * Double(code - 0x2580) / 8
            return rectangle(x, y + height - part, width, part)
        case 0x2589...0x258F: return rectangle(x, y, width * Double(0x2590 - code) / 8, height)
        case 0x2590: return rectangle(x + width / 2, y, width / 2, height)
        case 0x2594: return rectangle(x, y, width, height / 8)
        case 0x2595: return rectangle(x + width * 7 / 8, y, width / 8, height)
        default:
            // Quadrants U+2596…259F as bits: upper left 1, upper right 2, lower left 4, lower right 8.
            let quadrants = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14][Int(code - 0x2596)]
            var output = ""
            for bit in 0..<4 where quadrants >> bit & 1 == 1 {
                output += rectangle(
                    x + (bit % 2 == 0 ? 0 : width / 2), y + (bit < 2 ? 0 : height / 2), width / 2, height / 2)
            }
            return output
        }
    }

    private static func braille(_ bits: UInt32, _ x: Double, _ y: Double, _ paths: inout Paths) {
        // Dots 1–3 and 7 down the left, 4–6 and 8 down the right.
        let places: [(column: Double, row: Double)] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
        for (bit, place) in places.enumerated() where bits >> UInt32(bit) & 1 == 1 {
            paths.soft += circle(x + 2.5 + 5 * place.column, y + 2.5 + 5 * place.row, 1.7)
        }
    }

    private static func dashed(_ count: Int, _ isVertical: Bool, _ x: Double, _ y: Double, _ paths: inout Paths) {
        let length = (isVertical ? height : width) / Double(count)
        for index in 0..<count {
            let start = (Double(index) + 0.25) * length
            paths.light +=
                isVertical
                ? "M\(number(x + 5)) \(number(y + start))v\(number(length / 2))"
                : "M\(number(x + start)) \(number(y + 10))h\(number(length / 2))"
        }
    }

    private static func box(_ character: Unicode.Scalar, _ x: Double, _ y: Double, _ paths: inout Paths) {
        let (middleX, middleY) = (x + width / 2, y + height / 2)
        if let (fromY, toX) = roundCorner(character, x, y) {
            let r = width / 2
            let arcX = toX > middleX ? r : -r
            let arcY = fromY > middleY ? -r : r
            // A straight piece, a quarter of a circle, and the edge of the cell.
            paths.light +=
                "M\(number(middleX)) \(number(fromY))V\(number(middleY - arcY))Q\(number(middleX)) \(number(middleY)) \(number(middleX + arcX)) \(number(middleY))"
            return
        }
        guard let arms = BoxArms(character) else { return }
        let lines: [(weight: BoxArms.Weight, path: String)] = [
            (arms.up, "M\(number(middleX)) \(number(middleY))V\(number(y))"),
            (arms.right, "M\(number(middleX)) \(number(middleY))H\(number(x + width))"),
            (arms.down, "M\(number(middleX)) \(number(middleY))V\(number(y + height))"),
            (arms.left, "M\(number(middleX)) \(number(middleY))H\(number(x))"),
        ]
        for line in lines {
            switch line.weight {
            case .none: break
            case .light: paths.light += line.path
            case .heavy: paths.heavy += line.path
            }
        }
    }

    /// The vertical end of a round corner's line and its horizontal end.
    private static func roundCorner(_ character: Unicode.Scalar, _ x: Double, _ y: Double) -> (fromY: Double, toX: Double)? {
        switch character {
        case "╭": (y + height, x + width)
        case "╮": (y + height, x)
        case "╰": (y, x + width)
        case "╯": (y, x)
        default: nil
        }
    }
}
