/// A piece of text in one style.
public struct Span: Sendable, Hashable {
    public var text: String
    public var style: Style

    public init(_ text: String, _ style: Style = .inherited) {
        self.text = text
        self.style = style
    }
}

/// A line of text in several styles.
public struct Line: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    public var spans: [Span]

    public init(_ spans: [Span]) { self.spans = spans }
    public init(_ text: String, _ style: Style = .inherited) { spans = [Span(text, style)] }
    public init(stringLiteral value: String) { self.init(value) }
    public init(arrayLiteral elements: Span...) { spans = elements }

    /// Columns the line takes.
    public var columns: Int { spans.reduce(0) { $0 + TextWidth.columns(of: $1.text) } }

    /// The characters without their styles.
    public var text: String { spans.map(\.text).joined() }

    /// The line shortened to `columns`, its last piece ending in `ellipsis`.
    public func fitted(columns limit: Int, ellipsis: String = "…") -> Line {
        guard columns > limit else { return self }
        var left = limit
        var kept: [Span] = []
        for span in spans {
            let width = TextWidth.columns(of: span.text)
            let isLast = span == spans.last
            if width <= left, !(width == left && !isLast) {
                kept.append(span)
                left -= width
                continue
            }
            // The ellipsis must show even where the cut falls between two pieces.
            let longer = span.text + String(repeating: " ", count: left + 1)
            kept.append(Span(TextWidth.fit(longer, columns: left, ellipsis: ellipsis), span.style))
            break
        }
        return Line(kept)
    }
}

/// Where text lies in the room it has.
public enum Alignment: Sendable, Hashable {
    case leading, centre, trailing
}

extension CellGrid {
    /// Writes a line on one row in at most `maxWidth` columns; returns the columns it took.
    @discardableResult
    public mutating func write(_ line: Line, at point: Point, style: Style = .inherited, maxWidth: Int = .max) -> Int {
        var used = 0
        for span in line.spans where used < maxWidth {
            used += write(
                span.text, at: Point(x: point.x + used, y: point.y), style: span.style.over(style), maxWidth: maxWidth - used)
        }
        return used
    }

    /// Writes a line into the first row of an area, aligned, shortened where it does not fit.
    public mutating func write(
        _ line: Line, in area: Rect, alignment: Alignment = .leading, style: Style = .inherited, ellipsis: String = "…"
    ) {
        guard !area.isEmpty else { return }
        let fitted = line.fitted(columns: area.width, ellipsis: ellipsis)
        let rest = area.width - fitted.columns
        let indent =
            switch alignment {
            case .leading: 0
            case .centre: rest / 2
            case .trailing: rest
            }
        write(fitted, at: Point(x: area.x + indent, y: area.y), style: style, maxWidth: area.width - indent)
    }
}

/// Something that draws itself into an area of a grid, the whole of it, every time.
public protocol Widget {
    func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance)
}

extension CellGrid {
    /// Draws a widget into an area; nothing is drawn outside it.
    public mutating func draw(_ widget: some Widget, in area: Rect, with look: Appearance) {
        clipped(to: area) { widget.draw(into: &$0, in: area, with: look) }
    }
}
