/// Keys and what they do, as many as fit on one line.
public struct Footer: Widget, Sendable, Hashable {
    public struct Hint: Sendable, Hashable {
        /// As shown: "h l", "Space", "^P".
        public var keys: String
        public var label: String
        /// Where room is short the lowest go first.
        public var priority: Int

        public init(_ keys: String, _ label: String, priority: Int = 0) {
            self.keys = keys
            self.label = label
            self.priority = priority
        }
    }

    public var hints: [Hint]
    /// Words at the right end.
    public var trailing: Line?

    public init(_ hints: [Hint], trailing: Line? = nil) {
        self.hints = hints
        self.trailing = trailing
    }

    private static let gap = 3

    private func width(_ hint: Hint) -> Int { TextWidth.columns(of: hint.keys) + 1 + TextWidth.columns(of: hint.label) }

    /// Index and place of each hint that is shown.
    public func placement(in area: Rect) -> [(hint: Int, rect: Rect)] {
        let reserved = trailing.map { $0.columns + Self.gap } ?? 0
        let room = area.width - 2 - reserved
        var shown = Array(hints.indices)
        func total() -> Int { shown.reduce(0) { $0 + width(hints[$1]) } + Self.gap * max(0, shown.count - 1) }
        while !shown.isEmpty, total() > room {
            // Of equals the last goes first.
            guard let weakest = shown.indices.reversed().min(by: { hints[shown[$0]].priority < hints[shown[$1]].priority })
            else { break }
            shown.remove(at: weakest)
        }
        var x = area.x + 1
        return shown.map { index in
            defer { x += width(hints[index]) + Self.gap }
            return (index, Rect(x: x, y: area.y, width: width(hints[index]), height: 1))
        }
    }

    /// Index of the hint at a point.
    public func hitTest(_ point: Point, in area: Rect) -> Int? {
        placement(in: area).first { $0.rect.contains(point) }?.hint
    }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        grid.fill(area.top(1), style: look[.status])
        for (index, rect) in placement(in: area) {
            let hint = hints[index]
            grid.write(Line([Span(hint.keys, look[.key]), Span(" \(hint.label)", look[.status])]), at: rect.origin)
        }
        if let trailing {
            grid.write(trailing, in: area.top(1).inset(left: 1, right: 1), alignment: .trailing, style: look[.status])
        }
    }
}

/// Names side by side, one of them active.
public struct Tabs: Widget, Sendable, Hashable {
    public var titles: [String]
    public var active: Int

    public init(_ titles: [String], active: Int) {
        self.titles = titles
        self.active = active
    }

    private func places(in area: Rect) -> [Rect] {
        var x = area.x
        return titles.map { title in
            let width = TextWidth.columns(of: title) + 2
            defer { x += width + 1 }
            return Rect(x: x, y: area.y, width: width, height: 1)
        }
    }

    /// Index of the tab at a point.
    public func hitTest(_ point: Point, in area: Rect) -> Int? {
        area.contains(point) ? places(in: area).firstIndex { $0.contains(point) } : nil
    }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        for (index, place) in places(in: area).enumerated() where place.x < area.endX {
            let style = look[index == active ? .tabActive : .tab]
            grid.write(" \(titles[index]) ", at: place.origin, style: style, maxWidth: area.endX - place.x)
            if index + 1 < titles.count, place.endX < area.endX {
                grid.put(look.glyphs.tabSeparator, at: Point(x: place.endX, y: area.y), style: look[.border])
            }
        }
    }
}
