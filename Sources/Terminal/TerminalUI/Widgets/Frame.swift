/// A pane's border with its number and title, and words in the upper right and at the bottom.
public struct Frame: Widget, Sendable, Hashable {
    /// The digit that focuses the pane.
    public var number: Int?
    public var title: String
    /// Further words after the title, separated by a line; the last ones give way first.
    public var details: [Line]
    /// Words at the right end of the upper border.
    public var trailing: Line?
    /// Words in the lower border.
    public var footer: Line?
    public var isFocused: Bool

    public init(
        number: Int? = nil, title: String, details: [Line] = [], trailing: Line? = nil, footer: Line? = nil,
        isFocused: Bool = false
    ) {
        self.number = number
        self.title = title
        self.details = details
        self.trailing = trailing
        self.footer = footer
        self.isFocused = isFocused
    }

    /// What of a frame lies under the pointer.
    public enum Hit: Sendable, Hashable {
        case title, trailing, footer, border
    }

    /// The area inside the border.
    public static func inner(of area: Rect) -> Rect { area.inset(1) }

    /// The part of the border at a point; nil inside and outside.
    public func hitTest(_ point: Point, in area: Rect, with look: Appearance) -> Hit? {
        guard area.contains(point), !Self.inner(of: area).contains(point) else { return nil }
        let places = placement(in: area, ellipsis: look.glyphs.ellipsis.description)
        if point.y == area.y, let trailing = places.trailing, trailing.contains(point) { return .trailing }
        if point.y == area.y, places.title.contains(point) { return .title }
        return point.y == area.endY - 1 && footer != nil && area.height > 1 ? .footer : .border
    }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        guard area.width >= 2, area.height >= 2 else { return }
        let style = look[isFocused ? .borderFocused : .border]
        Self.drawBorder(into: &grid, area, style: style, weight: isFocused ? look.focusedWeight : .light, look: look)
        let places = placement(in: area, ellipsis: look.glyphs.ellipsis.description)
        drawTitle(into: &grid, places, look)
        if let rect = places.trailing, let trailing {
            drawWords(trailing, into: &grid, rect, look)
        }
        if let footer, area.width > 6 {
            let words = footer.fitted(columns: area.width - 6, ellipsis: look.glyphs.ellipsis.description)
            drawWords(
                words, into: &grid, Rect(x: area.x + 2, y: area.endY - 1, width: words.columns + 2, height: 1), look)
        }
    }

    /// Draws a border alone; it joins the lines it meets.
    public static func drawBorder(
        into grid: inout CellGrid, _ area: Rect, style: Style, weight: BoxArms.Weight = .light, look: Appearance
    ) {
        let ascii = look.glyphs.isASCII
        guard area.width >= 2, area.height >= 2 else { return }
        let (right, bottom) = (area.endX - 1, area.endY - 1)
        for y in [area.y, bottom] {
            for x in (area.x + 1)..<right {
                grid.drawBox(BoxArms(right: weight, left: weight), at: Point(x: x, y: y), style: style, ascii: ascii)
            }
        }
        for x in [area.x, right] {
            for y in (area.y + 1)..<bottom {
                grid.drawBox(BoxArms(up: weight, down: weight), at: Point(x: x, y: y), style: style, ascii: ascii)
            }
        }
        let corners: [(x: Int, y: Int, arms: BoxArms)] = [
            (area.x, area.y, BoxArms(right: weight, down: weight)), (right, area.y, BoxArms(down: weight, left: weight)),
            (area.x, bottom, BoxArms(up: weight, right: weight)), (right, bottom, BoxArms(up: weight, left: weight)),
        ]
        for corner in corners {
            grid.drawBox(corner.arms, at: Point(x: corner.x, y: corner.y), style: style, ascii: ascii)
        }
    }

    /// Draws a line across a frame at row `y`, joined to its sides, with a title in it.
    public static func drawDivider(
        into grid: inout CellGrid, frame area: Rect, y: Int, title: String = "", detail: Line? = nil, isFocused: Bool = false,
        with look: Appearance
    ) {
        guard area.width >= 4, y > area.y, y < area.endY - 1 else { return }
        let style = look[isFocused ? .borderFocused : .border]
        grid.drawHorizontalLine(
            at: Point(x: area.x + 1, y: y), width: area.width - 2, style: style, ascii: look.glyphs.isASCII, ends: .light)
        let side = look[isFocused ? .borderFocused : .border]
        let weight = isFocused ? look.focusedWeight : BoxArms.Weight.light
        grid.drawBox(
            BoxArms(up: weight, right: .light, down: weight), at: Point(x: area.x, y: y), style: side,
            ascii: look.glyphs.isASCII)
        grid.drawBox(
            BoxArms(up: weight, down: weight, left: .light), at: Point(x: area.endX - 1, y: y), style: side,
            ascii: look.glyphs.isASCII)
        guard !title.isEmpty else { return }
        var line = Line(" \(title) ", look[.title])
        if let detail { line.spans += [Span("\(look.glyphs.horizontalLine) ", look[.border])] + detail.spans + [Span(" ")] }
        let ellipsis = look.glyphs.ellipsis.description
        grid.write(
            line.fitted(columns: area.width - 4, ellipsis: ellipsis), at: Point(x: area.x + 2, y: y), maxWidth: area.width - 4)
    }

    private struct Placement {
        /// Title and number with a blank on either side.
        var title: Rect
        var titleText: String
        var details: [Line]
        var trailing: Rect?
    }

    private func placement(in area: Rect, ellipsis: String) -> Placement {
        let room = max(0, area.width - 4)
        let head = number.map { "\($0) " } ?? ""
        let titleText = TextWidth.fit(head + title, columns: max(0, room - 2), ellipsis: ellipsis)
        var used = TextWidth.columns(of: titleText) + 2
        var trailingRect: Rect?
        if let trailing, used + trailing.columns + 3 <= room {
            let width = trailing.columns + 2
            trailingRect = Rect(x: area.endX - 2 - width, y: area.y, width: width, height: 1)
            used += width + 1
        }
        var shown: [Line] = []
        for detail in details {
            let width = detail.columns + 3
            if used + width <= room {
                shown.append(detail)
                used += width
            } else if room - used >= 12 {
                shown.append(detail.fitted(columns: room - used - 3, ellipsis: ellipsis))
                break
            } else {
                break
            }
        }
        let titleRect = Rect(
            x: area.x + 2, y: area.y, width: titleText.isEmpty ? 0 : TextWidth.columns(of: titleText) + 2, height: 1)
        return Placement(title: titleRect, titleText: titleText, details: shown, trailing: trailingRect)
    }

    private func drawTitle(into grid: inout CellGrid, _ places: Placement, _ look: Appearance) {
        guard !places.titleText.isEmpty else { return }
        let style = look[isFocused ? .titleFocused : .title]
        grid.write(" \(places.titleText) ", at: places.title.origin, style: style)
        var x = places.title.endX
        for detail in places.details {
            grid.put(
                look.glyphs.horizontalLine, at: Point(x: x, y: places.title.y),
                style: look[isFocused ? .borderFocused : .border])
            x += 1
            grid.put(.blank, at: Point(x: x, y: places.title.y), style: look[.dim])
            x += 1 + grid.write(detail, at: Point(x: x + 1, y: places.title.y), style: look[.dim])
            grid.put(.blank, at: Point(x: x, y: places.title.y), style: look[.dim])
            x += 1
        }
    }

    private func drawWords(_ words: Line, into grid: inout CellGrid, _ rect: Rect, _ look: Appearance) {
        grid.fill(rect, style: look[.dim])
        grid.write(words, at: Point(x: rect.x + 1, y: rect.y), style: look[.dim], maxWidth: rect.width - 2)
    }
}
