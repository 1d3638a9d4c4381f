import Glibc

/// Writes a grid as an SVG 1.1 picture: backgrounds, text, and the signs that must join as vector shapes.
///
/// A cell is 10 × 20 units. Blocks, boxes, braille and shades are drawn, not set, so that they meet exactly whatever font a
/// viewer has; other text is set run by run with its length given.
public struct SVGRenderer: Sendable {
    /// Colours of a style that leaves them to the terminal.
    public var foreground: RGB
    public var background: RGB
    /// Colours are shown as a terminal of this depth would.
    public var depth: ColorDepth
    public var title: String?

    static let cellWidth = 10.0
    static let cellHeight = 20.0
    private static let fontSize = 16.4
    private static let baseline = 14.8
    /// Room around the screen, in units.
    private static let margin = 10.0
    private static let fonts =
        "'JetBrains Mono','Cascadia Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"

    public init(theme: Theme, depth: ColorDepth = .trueColor, title: String? = nil) {
        foreground = theme.ground.foreground.rgb ?? (theme.isDark ? RGB(hex: 0xD8DEE9) : RGB(hex: 0x20242C))
        background = theme.ground.background.rgb ?? (theme.isDark ? RGB(hex: 0x101216) : RGB(hex: 0xFFFFFF))
        self.depth = depth
        self.title = title
    }

    /// The picture of a grid.
    public func svg(_ grid: CellGrid) -> String {
        let width = Double(grid.width) * Self.cellWidth + 2 * Self.margin
        let height = Double(grid.height) * Self.cellHeight + 2 * Self.margin
        var output = """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="\(Self.text(width))" height="\(Self.text(height))" \
            viewBox="0 0 \(Self.text(width)) \(Self.text(height))">

            """
        if let title { output += "<title>\(Self.escaped(title))</title>\n" }
        output += "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"\(background)\"/>\n"
        output += "<g transform=\"translate(\(Self.text(Self.margin)) \(Self.text(Self.margin)))\" "
        output += "font-family=\"\(Self.fonts)\" font-size=\"\(Self.fontSize)\" xml:space=\"preserve\">\n"
        var quantizer = Quantizer(depth)
        let styles = Painted(self, grid, &quantizer)
        output += backgrounds(grid, styles)
        output += shapes(grid, styles)
        output += texts(grid, styles)
        if let cursor = grid.cursor, grid.bounds.contains(cursor) {
            output += """
                <rect x="\(Self.text(Double(cursor.x) * Self.cellWidth))" y="\(Self.text(Double(cursor.y) * Self.cellHeight))" \
                width="2" height="\(Self.text(Self.cellHeight))" fill="\(foreground)"/>

                """
        }
        return output + "</g>\n</svg>\n"
    }

    /// Every cell's two colours after reverse, dim and the depth were applied.
    private struct Painted {
        var front: [RGB]
        var back: [RGB]

        init(_ renderer: SVGRenderer, _ grid: CellGrid, _ quantizer: inout Quantizer) {
            front = []
            back = []
            front.reserveCapacity(grid.cells.count)
            back.reserveCapacity(grid.cells.count)
            var known: [Style: (RGB, RGB)] = [:]
            for cell in grid.cells {
                let pair: (RGB, RGB)
                if let found = known[cell.style] {
                    pair = found
                } else {
                    pair = renderer.colors(of: cell.style, &quantizer)
                    known[cell.style] = pair
                }
                front.append(pair.0)
                back.append(pair.1)
            }
        }
    }

    private func colors(of style: Style, _ quantizer: inout Quantizer) -> (RGB, RGB) {
        var front = depth == .mono ? foreground : style.foreground.rgb ?? foreground
        var back = depth == .mono ? background : style.background.rgb ?? background
        if depth == .colors256 || depth == .colors16 || depth == .colors8 {
            let pair = quantizer.pair(front, on: back)
            front = TerminalPalette.xterm256[pair.foreground]
            back = TerminalPalette.xterm256[pair.background]
        }
        if style.attributes.contains(.reverse) { swap(&front, &back) }
        if style.attributes.contains(.dim) { front = front.mixed(with: back, fraction: 0.4) }
        return (front, back)
    }

    private func backgrounds(_ grid: CellGrid, _ painted: Painted) -> String {
        var output = ""
        for y in 0..<grid.height {
            var x = 0
            while x < grid.width {
                let start = x
                let color = painted.back[y * grid.width + x]
                while x < grid.width, painted.back[y * grid.width + x] == color { x += 1 }
                if color == background { continue }
                output += """
                    <rect x="\(Self.text(Double(start) * Self.cellWidth))" y="\(Self.text(Double(y) * Self.cellHeight))" \
                    width="\(Self.text(Double(x - start) * Self.cellWidth))" height="\(Self.text(Self.cellHeight))" \
                    fill="\(color)" shape-rendering="crispEdges"/>

                    """
            }
        }
        return output
    }

    /// One path a colour and kind: what joins is drawn in one piece.
    private func shapes(_ grid: CellGrid, _ painted: Painted) -> String {
        var paths: [RGB: CellShape.Paths] = [:]
        var order: [RGB] = []
        for y in 0..<grid.height {
            for x in 0..<grid.width {
                let index = y * grid.width + x
                guard CellShape.isDrawn(grid.cells[index].glyph.base) else { continue }
                let color = painted.front[index]
                if paths[color] == nil { order.append(color) }
                CellShape.append(
                    grid.cells[index].glyph.base, x: Double(x) * Self.cellWidth, y: Double(y) * Self.cellHeight,
                    to: &paths[color, default: CellShape.Paths()])
            }
        }
        return order.map { color in
            let path = paths[color] ?? CellShape.Paths()
            var output = ""
            if !path.solid.isEmpty {
                output += "<path d=\"\(path.solid)\" fill=\"\(color)\" shape-rendering=\"crispEdges\"/>\n"
            }
            if !path.soft.isEmpty { output += "<path d=\"\(path.soft)\" fill=\"\(color)\"/>\n" }
            for (shade, opacity) in zip(path.shades, [0.25, 0.5, 0.75]) where !shade.isEmpty {
                output +=
                    "<path d=\"\(shade)\" fill=\"\(color)\" fill-opacity=\"\(opacity)\" shape-rendering=\"crispEdges\"/>\n"
            }
            if !path.light.isEmpty {
                output += "<path d=\"\(path.light)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.2\"/>\n"
            }
            if !path.heavy.isEmpty {
                output += "<path d=\"\(path.heavy)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"3\"/>\n"
            }
            return output
        }.joined()
    }

    private func texts(_ grid: CellGrid, _ painted: Painted) -> String {
        var output = ""
        for y in 0..<grid.height {
            var x = 0
            while x < grid.width {
                let index = y * grid.width + x
                let cell = grid.cells[index]
                guard cell.width > 0, cell.glyph != .blank, !CellShape.isDrawn(cell.glyph.base) else {
                    output += underline(cell, x, y, painted.front[index])
                    x += 1
                    continue
                }
                let start = x
                var text = ""
                // Signs outside ASCII stand alone, so that a font of another width cannot shift what follows.
                let isPlain = cell.glyph.base.isASCII
                while x < grid.width {
                    let next = grid.cells[y * grid.width + x]
                    let joins =
                        next.style == cell.style && next.width == 1 && next.glyph.base.isASCII && !next.glyph.hasMarks
                    if x > start, !isPlain || !joins { break }
                    text += next.glyph.description
                    x += 1
                    if !isPlain { break }
                }
                while text.last == " " { text.removeLast() }
                let columns = isPlain ? text.count : Int(cell.width)
                output += Self.element(text, x: start, y: y, columns: columns, style: cell.style, color: painted.front[index])
                if !isPlain, cell.width == 2, x < grid.width, grid.cells[y * grid.width + x].width == 0 { x += 1 }
            }
        }
        return output
    }

    private func underline(_ cell: Cell, _ x: Int, _ y: Int, _ color: RGB) -> String {
        guard cell.style.attributes.contains(.underline), cell.glyph == .blank else { return "" }
        let bottom = Double(y) * Self.cellHeight + Self.baseline + 2
        return
            "<rect x=\"\(Self.text(Double(x) * Self.cellWidth))\" y=\"\(Self.text(bottom))\" width=\"10\" height=\"1\" fill=\"\(color)\"/>\n"
    }

    private static func element(_ text: String, x: Int, y: Int, columns: Int, style: Style, color: RGB) -> String {
        var attributes = ""
        if style.attributes.contains(.bold) { attributes += " font-weight=\"bold\"" }
        if style.attributes.contains(.italic) { attributes += " font-style=\"italic\"" }
        if style.attributes.contains(.underline) { attributes += " text-decoration=\"underline\"" }
        let isPlain = text.unicodeScalars.allSatisfy(\.isASCII)
        let left = Double(x) * cellWidth
        let baseline = self.text(Double(y) * cellHeight + Self.baseline)
        if !isPlain {
            let middle = self.text(left + Double(columns) * cellWidth / 2)
            return
                "<text x=\"\(middle)\" y=\"\(baseline)\" text-anchor=\"middle\" fill=\"\(color)\"\(attributes)>\(escaped(text))</text>\n"
        }
        // Viewers differ in textLength; a list of positions is honoured by all.
        let places = (0..<columns).map { self.text(left + Double($0) * cellWidth) }.joined(separator: " ")
        return "<text x=\"\(places)\" y=\"\(baseline)\" fill=\"\(color)\"\(attributes)>\(escaped(text))</text>\n"
    }

    static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    /// A coordinate to a thousandth, without needless digits.
    static func text(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded())
        if thousandths % 1000 == 0 { return String(thousandths / 1000) }
        var digits = String(abs(thousandths % 1000))
        digits = String(repeating: "0", count: 3 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(thousandths < 0 ? "-" : "")\(abs(thousandths) / 1000).\(digits)"
    }
}
